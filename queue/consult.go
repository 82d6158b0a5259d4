package queue

// An agent asks somebody before he passes the caller on: *4, who, #. The caller
// is on hold meanwhile, by the rules of hold, or still is when *1 put him there.
// Then *4 leaves him to whom was asked, as hanging up does, *3 joins all three,
// and *1 brings him back. Who is called in by *8 can be left the caller in the same way.

// consult rings whom the agent wants to ask. Until he answers the agent hears how it rings.
func (s *State) consult(a *Agent, c *Call, to string) {
	heldByCode := c.State == Held && c.HeldBy == HeldByCode && !c.Acting
	if c.State != Talking && !heldByCode {
		return
	}
	t, why := s.reach(to, false)
	t.Way = Consulted
	switch {
	case s.rules.queueByCode(to) != nil:
		why = QueueConsulted
	case c.HoldFigures.Total >= s.queueRules(c.Queue).Hold.Total:
		why = HoldUsedUp
	}
	if why != "" {
		s.transferRefused(a, c, Consulted, to, why)
		return
	}
	if heldByCode {
		c.HeldBy = HeldByConsult // and the time goes on
		s.touch(c)
	} else {
		s.hold(c, HeldByConsult)
	}
	s.ringTarget(c, t, CallConsult)
	s.agentHears(a, c, Phrase{ID: Ringback})
}

// together joins agent, caller and third party in one talk.
func (s *State) together(_ *Agent, c *Call) {
	if c.State == Held && c.Target.In {
		s.endHold(c, HoldTogether, false)
		s.backToAgent(c)
	}
}

// leaveToThird lets the agent go; the third party has the caller, or is still rung for him.
func (s *State) leaveToThird(a *Agent, c *Call) {
	if !c.hasHeir() {
		return
	}
	s.handOver(c)
	if c.State == Transferred {
		s.talkEnded(c, a)
		s.endLeg(a, HangupNormal)
	}
}

// consultOver gives the caller back to an agent whose third party is not there any more.
func (s *State) consultOver(a *Agent, c *Call, phrase string) {
	s.resume(c)
	s.tellInCall(a, c, phrase)
	s.holdIfHolding(c)
}
