package queue

// An agent consults a third party before a transfer: *4, the number, #. Meanwhile the
// caller is on hold, by the rules of hold; if *1 put them on hold before, that hold goes on.
// Then *4 leaves the caller to the third party, as hanging up does, *3 joins all three,
// and *1 takes the caller back. A supervisor called in by *8 can be given the caller in the same way.

// consult rings the third party that the agent wants to ask. The agent hears the ringing until the answer.
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
		c.HeldBy = HeldByConsult // and the time of the hold runs on
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

// leaveToThird leaves the caller to the third party. If that one still rings, the agent stays until the answer.
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

// consultOver gives the caller back to the agent when the third party is gone.
func (s *State) consultOver(a *Agent, c *Call, phrase string) {
	s.resume(c)
	s.tellInCall(a, c, phrase)
	s.holdIfHolding(c)
}
