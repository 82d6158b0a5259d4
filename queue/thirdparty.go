package queue

import "time"

// A call may have a third party: the target of a transfer, somebody the agent
// consults, or a supervisor who was called in. There is one at most. After the
// answer the third party is in the call's bridge. The state of the call decides
// which of the three hear each other.

// bringIn begins to ring a third party, who must answer in time.
func (c *Call) bringIn(s *State, t Target, kind EntryKind, within time.Duration) {
	c.Target, c.TransferBy = t, s.now.Add(within)
	c.newTargetLeg(s)
	c.Transfers = appendLogged(c.Transfers, Transfer{At: s.now, Way: t.Way, To: t.Number, Agent: c.Agent})
	c.note(s, Entry{Kind: kind, Agent: c.Agent, To: t.Number})
}

// newTargetLeg gives the third party a channel, which is to be dialled or fetched.
func (c *Call) newTargetLeg(s *State) {
	c.Target.Leg, c.Target.Since = c.nextID(c.ID, "t"), s.now
	s.touch(c)
}

// beginEarly lets the agent, if there is one, hear a third party who has not answered.
func (c *Call) beginEarly(s *State) {
	if !c.Target.Early && c.Leg != "" && c.Bridge != "" {
		s.agents[c.Agent].stopAudio(s)
		c.Target.Early = true
		s.do(Join{c.Bridge, c.Target.Leg})
		s.touch(c)
	}
}

// endEarly takes a third party who has not answered out of the bridge with the agent.
func (c *Call) endEarly(s *State) {
	if c.Target.Early {
		c.Target.Early = false
		s.do(Part{c.Bridge, c.Target.Leg})
		s.touch(c)
	}
}

// talksAsThirdParty shows that an agent talks in another agent's call. The status chosen before follows it.
func (a *Agent) talksAsThirdParty(s *State) {
	if a == nil || a.Status == StatusOffline || !a.isThirdParty(s) {
		return
	}
	if a.Status != StatusReady {
		a.After = a.Status
	}
	a.setStatus(s, StatusOnCall)
}

// recordTarget records what became of the third party.
func (c *Call) recordTarget(s *State, kind EntryKind, how TransferEnd, why Cause) {
	c.Transfers[len(c.Transfers)-1].End = how
	c.note(s, Entry{Kind: kind, Agent: c.Agent, Cause: why, To: c.Target.Number})
}

// targetOut records that a third party has left the talk, or why they did not come in, and clears it.
func (c *Call) targetOut(s *State, how TransferEnd, why Cause) {
	if c.Target.In {
		c.recordTarget(s, EntryCallLeft, how, "")
	} else {
		c.keyDone(s, false)
		c.recordTarget(s, EntryCallTransferFailed, how, why)
	}
	c.clearTarget(s)
}

// dropTarget ends the line of the third party, if there is one.
func (c *Call) dropTarget(s *State, how TransferEnd) {
	if c.Target.Leg == "" {
		return
	}
	s.do(Hangup{c.Target.Leg, HangupNormal})
	if c.State == CallTransferred {
		c.clearTarget(s) // the record has it already as handed over
	} else {
		c.targetOut(s, how, CauseCancelled)
	}
}

// clearTarget clears the third party. An agent whose phone it was is free once its channel is gone.
func (c *Call) clearTarget(s *State) {
	if a := s.agents[c.Target.Agent]; a != nil && a.Target == c.ID {
		if a.Leg == c.Target.Leg {
			a.LegBy = s.now.Add(goneGuard)
		}
		a.leaveThirdParty(s)
	}
	if c.Target.In {
		c.Transfers[len(c.Transfers)-1].Length = s.now.Sub(c.Target.Since)
	}
	c.Target, c.TransferBy = Target{}, time.Time{}
	s.touch(c)
}

// leaveThirdParty ends an agent's part in another agent's call.
func (a *Agent) leaveThirdParty(s *State) {
	a.Target = ""
	if a.Status == StatusOnCall {
		a.release(s)
	}
	s.touch(a)
}

// heirOver tells the caller's phone what became of the transfer that its key asked for.
func (c *Call) heirOver(s *State, ok bool) {
	if !c.Heir.Left {
		s.do(TransferDone{c.channel(), ok})
	}
	c.Heir, c.HeirBy = Heir{}, time.Time{}
	s.touch(c)
}

// dropHeir gives up who is to take the caller's place.
func (c *Call) dropHeir(s *State) {
	if c.Heir.Leg != "" {
		s.do(Hangup{c.Heir.Leg, HangupNormal})
		c.heirOver(s, false)
	}
}

// keyDone tells the agent's phone what became of the transfer that its key asked for.
func (c *Call) keyDone(s *State, ok bool) {
	if c.Target.Keyed && c.Leg != "" {
		s.do(TransferDone{c.Leg, ok})
	}
}
