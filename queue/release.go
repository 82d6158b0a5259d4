package queue

import "slices"

// withdraw ends an offer through no fault of the agent: it does not count as missed.
func (c *Call) withdraw(s *State, o Offer, reason HangupReason) {
	c.drop(o.Leg)
	c.logOffer(s, o, CauseCancelled)
	a := s.agents[o.Agent]
	a.endLeg(s, reason)
	a.release(s)
}

// logOffer notes how an offer has ended.
func (c *Call) logOffer(s *State, o Offer, end Cause) {
	c.OfferLog = appendLogged(c.OfferLog, Offered{At: o.Since, Agent: o.Agent, Ring: s.now.Sub(o.Since), End: end})
	s.touch(c)
}

// notTakenBy notes that an agent was offered something and did not take it: in the round that goes on, or in the
// next one if they were tried in this one already. The longest known leave the list of many.
func notTakenBy(list []Tried, agent string) []Tried {
	round, last := 1, 0
	for _, t := range list {
		round = max(round, t.Round)
		if t.Agent == agent {
			last = t.Round
		}
	}
	if last == round {
		round++
	}
	list = slices.DeleteFunc(list, func(t Tried) bool { return t.Agent == agent })
	if len(list) >= mostListed {
		list = list[1:]
	}
	return append(list, Tried{agent, round})
}

// withdrawUnless ends the offers to agents who may not have the call. Without any the caller waits.
func (c *Call) withdrawUnless(s *State, may func(*AgentRules) bool) {
	for _, o := range slices.Clone(c.Offers) {
		if r := s.agentRules(o.Agent); r == nil || !may(r) {
			c.withdraw(s, o, HangupNormal)
		}
	}
	if len(c.Offers) == 0 {
		c.setState(s, CallWaiting)
	}
}

// withdrawAll ends all offers of a call.
func (c *Call) withdrawAll(s *State) {
	for len(c.Offers) > 0 {
		c.withdraw(s, c.Offers[0], HangupNormal)
	}
}

// endLeg hangs up an agent's channel. The agent is free only when it is gone.
func (a *Agent) endLeg(s *State, reason HangupReason) {
	s.do(Hangup{a.Leg, reason})
	a.LegBy = s.now.Add(goneGuard)
	s.touch(a)
}

// release takes an agent off the offer or call. The status asked for meanwhile
// follows, otherwise the agent waits for the next call.
func (a *Agent) release(s *State) {
	a.Call = ""
	after, why, by, reason := a.After, a.AfterEnd, a.AfterBy, a.AfterWhy
	a.NextStatus = NextStatus{}
	switch {
	case after == StatusOffline:
		a.goOffline(s, why, by, reason)
	case slices.Contains(SetByDaemon, after) || a.mayStay(s, after, by):
		a.setStatus(s, after)
		a.OrderedBy = by
	default:
		a.setStatus(s, StatusReady)
	}
}

// mayStay reports whether the table has the status and allows it to this agent. A status
// that a supervisor ordered need not be allowed.
func (a *Agent) mayStay(s *State, status Status, by string) bool {
	t, r := s.rules.chosen(status), s.agentRules(a.ID)
	return t != nil && r != nil && (by != "" || !t.isForbiddenTo(r))
}
