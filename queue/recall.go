package queue

import "time"

// remind tells the agent that the caller waits: by a phrase in the ear, or by a second
// line when the phone holds and nothing is heard there. The lamp tells everybody.
func (c *Call) remind(s *State) {
	a := s.agents[c.Agent]
	c.note(s, Entry{Kind: EntryHoldReminded, Agent: a.ID})
	a.Reminded = true
	s.touch(a)
	if !a.Holds {
		a.tellInCall(s, c, "hold-reminder")
	} else if ring := s.queueRules(c.Queue).Hold.Ring; ring > 0 {
		a.recall(s, c, ring)
	}
}

// recallParty is the second line that rings at an agent whose phone holds.
type recallParty struct{ partyOf[*Agent] }

// answered: the agent took the caller back on the second line. The first line is hung up.
func (p recallParty) answered(s *State, _ time.Duration) {
	a, c := p.e, s.calls[p.e.Call]
	s.do(Disconnect{c.Bridge, c.channel(), c.Leg}, Hangup{c.Leg, HangupNormal})
	c.Bridge, c.Leg = "", a.Recall
	a.Leg, a.Recall, a.Holds = a.Recall, "", false
	if c.Acting {
		c.limitReached(s, HoldThenReturn)
	}
	c.endHold(s, HoldEndReturned, c.Acting)
	c.backToAgent(s)
}

func (p recallParty) reconcile(r reconciler, live LiveChannel, _ bool) {
	if live.Up {
		p.answered(r.State, 0)
	}
}

// ringsAnew: the second line rings again, at the limit for what is left of the time.
func (p recallParty) ringsAnew(s *State) bool {
	a, c := p.e, s.calls[p.e.Call]
	ring := s.queueRules(c.Queue).Hold.Ring
	if c.Acting {
		ring = c.ActAt.Sub(s.now)
	}
	a.Recall = ""
	a.recall(s, c, ring)
	return true
}

// gone: nobody answered the second line.
func (p recallParty) gone(s *State, _ Cause) {
	a := p.e
	a.Recall = ""
	s.touch(a)
	if c := s.calls[a.Call]; c != nil && c.Acting {
		c.holdRequeues(s)
	}
}
