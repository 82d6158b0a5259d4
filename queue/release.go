package queue

import "slices"

// withdraw ends an offer through no fault of the agent: it does not count as missed.
func (s *State) withdraw(c *Call, o Offer, reason HangupReason) {
	c.drop(o.Leg)
	s.touch(c)
	a := s.agents[o.Agent]
	s.endLeg(a, reason)
	s.release(a)
}

// endLeg hangs up an agent's channel. The agent is free only when it is gone.
func (s *State) endLeg(a *Agent, reason HangupReason) {
	s.do(Hangup{a.Leg, reason})
	a.LegBy = s.now.Add(goneGuard)
	s.touch(a)
}

// release takes an agent off the offer or call. The status asked for meanwhile
// follows, otherwise the agent waits for the next call.
func (s *State) release(a *Agent) {
	a.Call = ""
	after, why, by, reason := a.After, a.AfterEnd, a.AfterBy, a.AfterWhy
	a.NextStatus = NextStatus{}
	switch {
	case after == StatusOffline:
		s.goOffline(a, why, by, reason)
	case slices.Contains(SetByDaemon, after) || s.mayStay(a, after, by):
		s.become(a, after)
		a.OrderedBy = by
	default:
		s.become(a, StatusReady)
	}
}

// mayStay reports whether the table has the status and allows it to this agent. A status
// that a supervisor ordered need not be allowed.
func (s *State) mayStay(a *Agent, status Status, by string) bool {
	t, r := s.rules.chosen(status), s.agentRules(a.ID)
	return t != nil && r != nil && (by != "" || !t.isForbiddenTo(r))
}
