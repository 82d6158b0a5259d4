package queue

import "slices"

// withdraw ends an offer through no fault of the agent: it does not count as missed.
func (c *Call) withdraw(s *State, o Offer, reason HangupReason) {
	s.agents[o.Agent].endLeg(s, reason)
	c.takeBack(s, o)
}

// takeBack is [Call.withdraw] for a leg that is gone already.
func (c *Call) takeBack(s *State, o Offer) {
	c.drop(o.Leg)
	c.logOffer(s, o, CauseCancelled)
	s.agents[o.Agent].release(s)
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

// losesOffer takes what rings at an agent away from them because they cannot take it any more: they talk in another
// call, or asked for a break or a log-out. Nobody is charged, and the next agent is rung at once. Who has answered keeps
// what they have.
func (a *Agent) losesOffer(s *State) {
	if a.isRung(s) {
		a.endLeg(s, HangupNormal)
		a.unring(s)
	}
}

// withdrawFromTrainees takes what rings at trainees away from them if the last supervisor has left in this step, or the
// rules are new. Who has answered keeps what they have.
func (s *State) withdrawFromTrainees() {
	if !s.trainees {
		return
	}
	s.trainees = false
	for _, a := range s.Agents() {
		if r := s.agentRules(a.ID); !r.mayWork(s) {
			a.losesOffer(s)
		}
	}
}

// isRung reports whether an agent's phone rings for a caller or a callback.
func (a *Agent) isRung(s *State) bool {
	c, cb := s.calls[a.Call], s.callbacks[a.Callback]
	if cb != nil {
		return cb.State == CallbackOffered
	}
	return c != nil && c.offerOf(a.Leg) != nil && !c.offerOf(a.Leg).Answered
}

// isRungByCaller is [Agent.isRung] without callbacks, which nobody may dodge.
func (a *Agent) isRungByCaller(s *State) bool { return a.Call != "" && a.isRung(s) }

// unring is [Agent.losesOffer] when the leg is gone already. It must ring.
func (a *Agent) unring(s *State) {
	if cb := s.callbacks[a.Callback]; cb != nil {
		a.Callback = ""
		a.release(s)
		cb.setState(s, CallbackOpen)
		cb.planUrgency(s)
		return
	}
	c := s.calls[a.Call]
	c.takeBack(s, *c.offerOf(a.Leg))
	c.ifNobodyRings(s)
}

// ifNobodyRings puts a caller back in line when the last offer is over. No agent is connected yet: what
// the caller heard for it is told again next time.
func (c *Call) ifNobodyRings(s *State) {
	if len(c.Offers) > 0 {
		return
	}
	if c.isToldFirst() {
		c.ToldOther, c.Notified = false, false
	}
	c.Telling = ""
	c.setState(s, CallWaiting)
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
