package queue

// An agent consults a third party before a transfer: *4, the number, #. Meanwhile the
// caller is on hold, by the rules of hold; if *1 put them on hold before, that hold goes on.
// Then *4 leaves the caller to the third party, as hanging up does, *3 joins all three,
// and *1 takes the caller back. A supervisor called in by *8 can be given the caller in the same way.

// consult rings the third party that the agent wants to ask. The agent hears the ringing until the answer.
func (s *State) consult(a *Agent, c *Call, to string) {
	heldByCode := c.State == CallHeld && c.HeldBy == HeldByCode && !c.Acting
	if c.State != CallTalking && !heldByCode {
		return
	}
	t, why := s.reach(to, false)
	t.Way = WayConsulted
	switch {
	case s.rules.queueByCode(to) != nil:
		why = RefusalQueueConsulted
	case c.HoldFigures.Total >= s.queueRules(c.Queue).Hold.Total:
		why = RefusalHoldUsedUp
	}
	if why != "" {
		s.transferRefused(a, c, WayConsulted, to, why)
		return
	}
	if heldByCode {
		c.HeldBy = HeldByConsult // and the time of the hold runs on
		s.touch(c)
	} else {
		s.hold(c, HeldByConsult)
	}
	s.ringTarget(c, t, EntryCallConsult)
	s.agentHears(a, c, Phrase{ID: Ringback})
}

// together joins agent, caller and third party in one talk.
func (s *State) together(_ *Agent, c *Call) {
	if c.State == CallHeld && c.Target.In {
		s.endHold(c, HoldEndTogether, false)
		s.backToAgent(c)
	}
}

// leaveToThird leaves the caller to the third party. If that one still rings, the agent stays until the answer.
func (s *State) leaveToThird(a *Agent, c *Call) {
	if !c.hasHeir() {
		return
	}
	s.handOver(c)
	if c.State == CallTransferred {
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
