package queue

import "time"

// bridge joins the caller and the far end of the talk in a new bridge.
func (s *State) bridge(c *Call, far string) {
	c.Bridge, c.Joined = s.nextID(c, c.ID, "b"), s.now
	s.do(Connect{c.Bridge, c.ID, far})
	if c.Target.In && c.Target.Leg != far {
		s.do(Join{c.Bridge, c.Target.Leg})
	}
	s.touch(c)
}

// talkEnded takes the bridge away, unless a third party stays in it with the
// caller, and puts the agent into wrap-up.
func (s *State) talkEnded(c *Call, a *Agent) {
	q := s.queueRules(c.Queue)
	s.monitorsOver(a.ID)
	if !c.isPassedOn() {
		s.dropTarget(c, TransferEndTakenBack)
	}
	s.stopRecording(c)
	if c.Bridge != "" && c.State != CallTransferred {
		s.do(Disconnect{c.Bridge, c.ID, c.Leg})
		c.Bridge = ""
	}
	c.Leg, c.Apart = "", false
	c.TalkEnd = s.now
	s.touch(c)
	s.learnHandleTime(c, q)
	s.rememberAgent(c, a)

	a.Call, a.LastCall, a.Last = "", s.now, c.talk()
	a.Passing, a.Keys = false, ""
	if q.WrapUp > 0 && a.After != StatusUnwell {
		a.WrapUntil = s.now.Add(q.WrapUp)
		s.become(a, StatusWrapUp)
		return
	}
	s.release(a)
}

// learnHandleTime keeps the mean time of a call, recent ones counting most.
func (s *State) learnHandleTime(c *Call, q *QueueRules) {
	took := min(c.TalkEnd.Sub(c.Answered)+q.WrapUp, longestHandle)
	l := s.line(c.Queue)
	if l.Handle == 0 {
		l.Handle = took
	} else {
		l.Handle += (took - l.Handle) / 10
	}
}

// requeue puts a caller who lost the agent at the head of the line, with place and language kept.
func (s *State) requeue(c *Call, why Cause, phrase string) {
	c.Head = true
	s.quiet(c)
	s.enter(c, CallWaiting)
	c.GiveUpAt, c.OverflowAt = time.Time{}, time.Time{}
	s.boundWait(c)
	e := c.entry(EntryCallRequeued)
	e.Agent, e.Cause = c.Agent, why
	s.note(e)
	s.settle()
	if c.Playing == "" {
		s.play(c, c.say(phrase))
	}
}

// endTalk ends a talk by a code: the caller hears a last phrase, the agent's line ends at once.
func (s *State) endTalk(a *Agent, c *Call, why Outcome, phrase string) {
	s.talkEnded(c, a)
	s.endLeg(a, HangupNormal)
	s.end(c, why, c.say(phrase))
}
