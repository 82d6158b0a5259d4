package queue

// An agent consults a third party before a transfer: *4, the number, #. Meanwhile the
// caller is on hold, by the rules of hold; if *1 put them on hold before, that hold goes on.
// Then *4 leaves the caller to the third party, as hanging up does, *3 joins all three,
// and *1 takes the caller back. A supervisor called in by *8 can be given the caller in the same way.

// consult rings the third party that the agent wants to ask. The agent hears the ringing until the answer.
func (a *Agent) consult(s *State, c *Call, to string) {
	heldByCode := c.State == CallHeld && c.HeldBy == HeldByCode && !c.Acting
	if c.State != CallTalking && !heldByCode {
		return
	}
	t, why := s.reach(to, false)
	t.Way = WayConsulted
	switch {
	case s.queueMeant(to) != nil:
		why = RefusalQueueConsulted
	case c.HoldFigures.Total >= s.queueRules(c.Queue).Hold.Total:
		why = RefusalHoldUsedUp
	}
	if why != "" {
		a.transferRefused(s, c, WayConsulted, to, why)
		return
	}
	if heldByCode {
		c.HeldBy = HeldByConsult // and the time of the hold runs on
	} else {
		c.hold(s, HeldByConsult)
	}
	c.ringTarget(s, t, EntryCallConsult)
	a.play(s, c, Phrase{ID: Ringback})
}

// together joins agent, caller and third party in one talk.
func (*Agent) together(s *State, c *Call) {
	if c.State == CallHeld && c.Target.In {
		c.endHold(s, HoldEndTogether, false)
		c.backToAgent(s)
	}
}

// leaveToThirdParty leaves the caller to the third party. If their phone still rings, the agent stays until the answer.
func (a *Agent) leaveToThirdParty(s *State, c *Call) {
	if !c.hasHeir() {
		return
	}
	c.handOver(s)
	if c.State == CallTransferred {
		c.talkEnded(s, a, TalkEndAttended, "")
		a.endLeg(s, HangupNormal)
	}
}

// consultOver gives the caller back to the agent when the third party is gone.
func (a *Agent) consultOver(s *State, c *Call, phrase string) {
	c.resume(s)
	a.tellInCall(s, c, phrase)
	c.holdIfHolding(s)
}
