package queue

// The exchange keeps a record of each call of its own (CDR), from which its owner's call reports are made. It is told what became
// of a caller as it will be if they hang up now, because afterwards it is too late to tell.

// noteCDRs tells the exchange what the calls that have changed in this step have come to.
func noteCDRs(s *State) {
	if !s.rules.CDR || !s.up {
		return
	}
	for _, e := range s.touched {
		if c, ok := e.(*Call); ok && !c.dropped {
			c.noteCDR(s)
		}
	}
}

// noteCDR begins with the first talk or the end: until then the dialplan has said all, that the caller gave up in this queue.
func (c *Call) noteCDR(s *State) {
	is := NoteCDR{Channel: c.channel(), Queue: c.Queue, Agent: c.Agent, Outcome: string(c.outcomeNow()), Callback: c.Callback, Recording: c.Recording.Name}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.wasCalledIn(c) {
		is.Number = cb.Number
	}
	was := c.noted
	if was == nil && (c.State == CallInMenu || c.inLine()) {
		return
	}
	tell := is
	if was != nil {
		if is.Recording == "" || is.Recording == was.Recording {
			is.Recording, tell.Recording = was.Recording, ""
		}
		if is == *was {
			return
		}
	}
	c.noted = &is
	s.do(tell)
}

// outcomeNow is the outcome of a call whose caller hangs up now.
func (c *Call) outcomeNow() Outcome {
	switch c.State {
	case CallInMenu:
		return OutcomeAbandonedInMenu
	case CallWaiting, CallOffered:
		return OutcomeAbandoned
	case CallTransferred:
		return OutcomeTransferred
	case CallEnding:
		return c.Outcome
	default:
		return OutcomeCompletedByCaller
	}
}
