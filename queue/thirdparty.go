package queue

import "time"

// A call may have a third party: the target of a transfer, somebody the agent
// consults, or a supervisor who was called in. There is one at most. After the
// answer the third party is in the call's bridge. The state of the call decides
// which of the three hear each other.

// comesIn begins to ring a third party, who must answer in time.
func (s *State) comesIn(c *Call, t Target, kind EntryKind, within time.Duration) {
	t.Leg, t.Since = s.nextID(c, c.ID, "t"), s.now
	c.Target, c.TransferBy = t, s.now.Add(within)
	c.log(Transfer{At: s.now, Way: t.Way, To: t.Number, Agent: c.Agent})
	s.touch(c)
	e := c.entry(kind)
	e.Agent, e.To = c.Agent, t.Number
	s.note(e)
}

// talksAsThird shows that an agent talks in another agent's call. The status chosen before follows it.
func (s *State) talksAsThird(a *Agent) {
	if a == nil || a.Status == StatusOffline || !s.isThird(a) {
		return
	}
	if a.Status != StatusReady {
		a.After = a.Status
	}
	s.become(a, StatusOnCall)
}

func (s *State) handedOver(c *Call) {
	c.Transfers[len(c.Transfers)-1].End = TransferEndHandedOver
	e := c.entry(EntryCallTransferred)
	e.Agent, e.To = c.Agent, c.Target.Number
	s.note(e)
}

// notReached records why a third party did not come in, and clears it.
func (s *State) notReached(c *Call, how TransferEnd, why Cause) {
	s.keyDone(c, false)
	c.Transfers[len(c.Transfers)-1].End = how
	e := c.entry(EntryCallTransferFailed)
	e.Agent, e.Cause, e.To = c.Agent, why, c.Target.Number
	s.note(e)
	s.letGo(c)
}

// targetLeft records that a third party has left the talk, and clears it.
func (s *State) targetLeft(c *Call, how TransferEnd) {
	c.Transfers[len(c.Transfers)-1].End = how
	e := c.entry(EntryCallLeft)
	e.Agent, e.To = c.Agent, c.Target.Number
	s.note(e)
	s.letGo(c)
}

// dropTarget ends the line of the third party, if there is one.
func (s *State) dropTarget(c *Call, how TransferEnd) {
	if c.Target.Leg == "" {
		return
	}
	s.do(Hangup{c.Target.Leg, HangupNormal})
	switch {
	case c.State == CallTransferred: // the record has it already as handed over
		s.letGo(c)
	case c.Target.In:
		s.targetLeft(c, how)
	default:
		s.notReached(c, how, CauseCancelled)
	}
}

// letGo clears the third party. An agent whose phone it was is free once its channel is gone.
func (s *State) letGo(c *Call) {
	if a := s.agents[c.Target.Agent]; a != nil && a.Target == c.ID {
		a.Target = ""
		if a.Leg == c.Target.Leg {
			a.LegBy = s.now.Add(goneGuard)
		}
		if a.Status == StatusOnCall {
			s.release(a)
		}
		s.touch(a)
	}
	c.Target, c.TransferBy = Target{}, time.Time{}
	s.touch(c)
}
