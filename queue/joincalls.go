package queue

// An agent holds the caller, calls another queue on the second line of the phone, waits there or talks to a colleague, and joins
// the two by the transfer key (REFER with Replaces), in either call. The caller takes over that call, with number and language;
// their own is over, for a transfer to that queue.

// callerAt is the call of a caller's channel, nil if it is none.
func callerAt(s *State, channel string) *Call {
	c, _ := s.Owner(channel).(*Call)
	if c == nil || c.channel() != channel {
		return nil
	}
	return c
}

// talkAt is the call that an agent has on a leg, nil if there is none.
func talkAt(s *State, leg string) *Call {
	a, _ := s.Owner(leg).(*Agent)
	if a == nil || a.Leg != leg {
		return nil
	}
	if c := s.calls[a.Call]; c != nil && c.hasAgent() && c.Leg == leg {
		return c
	}
	return nil
}

// joinsCalls gives the agent's other call to the caller. It reports whether that can be.
func (a *Agent) joinsCalls(s *State, c, other *Call, asked string) bool {
	if other == c || !c.hasAgent() || c.Target.Leg != "" || c.Heir.Leg != "" || other.Heir.Leg != "" || other.State == CallEnding {
		return false
	}
	s.do(TransferDone{asked, true})
	c.endHold(s, HoldEndHandedOver, false)
	c.stopAudio(s)
	c.note(s, Entry{Kind: EntryCallTransfer, Agent: a.ID, To: other.Queue})
	c.Transfers = appendLogged(c.Transfers, Transfer{At: s.now, Way: WayToQueue, To: other.Queue, Agent: a.ID, End: TransferEndHandedOver})
	c.Outcome = OutcomeTransferred
	c.talkEnded(s, a, TalkEndBlind, other.Queue)
	a.endLeg(s, HangupNormal)
	c.finish(s)
	s.refresh() // a promise to the caller may be kept by now

	line := other.channel()
	other.MenuOver = s.now
	other.replacedBy(s, c.channel(), c.Number, c.Name)
	other.Notified = c.Notified
	other.goOnIn(s, c.Language, a)
	s.do(Hangup{line, HangupNormal})
	return true
}

// goOnIn lets a call go on in the language of who is the caller now, whom an agent has passed on.
func (c *Call) goOnIn(s *State, l Language, passer *Agent) {
	switch {
	case c.State == CallInMenu:
		c.Language = l
		c.joinFrom(s, passer)
	case c.inLine() && l != c.Language && c.answeredOffer() == nil:
		c.setLanguage(s, l)
	default: // an agent who has answered and does not speak it stays
		if o := c.answeredOffer(); o == nil || s.agentRules(o.Agent).Speaks(l) {
			c.Language = l
		}
	}
}
