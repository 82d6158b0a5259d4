package queue

import "time"

// targetAnswered brings the third party into the talk. In a transfer it connects the caller to
// the third party, and the agent's part ends.
func (c *Call) targetAnswered(s *State) {
	t, a := &c.Target, s.agents[c.Agent]
	if t.In {
		return
	}
	if t.Outside {
		s.trunkWorks()
	}
	t.In, t.Since, c.TransferBy = true, s.now, time.Time{}
	c.Transfers[len(c.Transfers)-1].Answered = s.now
	s.touch(c)
	s.agents[t.Agent].talksAsThirdParty(s)
	if c.State != CallTransferring {
		a.stopAudio(s)
		if c.Bridge != "" && !t.Early {
			s.do(Join{c.Bridge, t.Leg})
		}
		t.Early = false
		c.note(s, Entry{Kind: EntryCallJoined, Agent: c.Agent, To: t.Number})
		return
	}
	c.stopAudio(s)
	c.keyDone(s, true)
	if c.Leg != "" {
		c.talkEnded(s, a, TalkEndBlind, "")
		a.endLeg(s, HangupNormal)
	}
	c.setState(s, CallTransferred)
	c.bridge(s, t.Leg)
	c.recordTarget(s, EntryCallTransferred, TransferEndHandedOver, "")
}

// targetGone: the third party's channel ended. They were not reached, or have hung up.
func (c *Call) targetGone(s *State, why Cause) {
	t := c.Target
	if t.Outside && !t.In {
		s.outsideEnded(why)
	}
	if c.State == CallTransferred {
		if why == CauseNormal && s.now.Sub(t.Since) < s.queueRules(c.Queue).Ring.Broken {
			why = CauseBroken
		}
		c.clearTarget(s)
		s.do(Disconnect{c.Bridge, c.channel(), ""})
		c.Bridge = ""
		if why.By() == EndedByPerson {
			c.end(s, OutcomeTransferred, c.say("closing"))
		} else {
			c.requeue(s, why, "agent-lost") // the far end broke off
		}
		return
	}
	how := TransferEnd(why)
	if t.In {
		how = TransferEndLeftTalk
	}
	c.targetOut(s, how, why)
	a := s.agents[c.Agent]
	switch {
	case c.State == CallTransferring:
		if t.Way != WayAttended || !c.ringsAgain(s, t.Number) {
			c.transferFailed(s, why)
		}
	case t.In && c.HeldBy == HeldByConsult:
		a.consultOver(s, c, "hold-returned")
	case t.In: // caller and agent talk on, or the caller stays on hold
	case t.Way == WayCalledIn:
		c.ringSupervisor(s, t.Phone)
	default:
		a.consultOver(s, c, "transfer-not-done")
	}
}

// targetOver ends an attempt that took too long, or that the agent takes back.
func (c *Call) targetOver(s *State, why Cause) {
	s.do(Hangup{c.Target.Leg, HangupNormal})
	c.targetGone(s, why)
}
