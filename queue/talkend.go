package queue

import "time"

// talkEnded takes the bridge away, unless a third party stays in it with the
// caller, and puts the agent into wrap-up. A third party to whom the caller is left is how it ended, whatever how says;
// to is the queue to which the caller is passed on.
func (c *Call) talkEnded(s *State, a *Agent, how TalkEnd, to string) {
	q := s.queueRules(c.Queue)
	a.dismissListeners(s)
	if c.isPassedOn() {
		to = c.Target.Number
		if how = TalkEndAttended; c.Target.Way == WayBlind {
			how = TalkEndBlind
		}
	} else {
		c.dropTarget(s, TransferEndTakenBack)
	}
	c.endEarly(s)
	c.endRecording(s, true, "")
	if c.Bridge != "" && c.State != CallTransferred {
		s.do(Disconnect{c.Bridge, c.channel(), c.Leg})
		c.Bridge = ""
	}
	leg := c.Leg
	c.Leg, c.Apart = "", false
	c.closeTalk(s.now)
	c.note(s, Entry{Kind: EntryTalkEnded, TalkEnd: how, To: to, Agent: a.ID, Leg: leg, Callback: c.talked().Callback, Wait: c.visitWait(), Talk: c.talked().Length})
	s.touch(c)
	c.rememberAgent(s, a) // before a new day of the queue forgets whom nobody remembers
	c.learnHandleTime(s, q)

	a.Call, a.LastCall, a.Last = "", s.now, c.talk()
	a.Passing, a.Keys = false, ""
	if q.WrapUp > 0 && a.After != StatusUnwell {
		a.WrapUntil = s.now.Add(q.WrapUp)
		a.setStatus(s, StatusWrapUp)
		return
	}
	a.release(s)
}

// learnHandleTime keeps the mean time of a call, recent ones counting most.
func (c *Call) learnHandleTime(s *State, q *QueueRules) {
	took := min(c.TalkEnd.Sub(c.Answered)+q.WrapUp, longestHandle)
	l := s.line(c.Queue)
	if l.Handle == 0 {
		l.Handle = took
	} else {
		l.Handle += (took - l.Handle) / 10
	}
}

// requeue puts a caller who lost the agent at the head of the line, with place and language kept.
func (c *Call) requeue(s *State, why Cause, phrase string) {
	c.Head = true
	c.stopAudio(s)
	c.setState(s, CallWaiting)
	c.GiveUpAt, c.OverflowAt = time.Time{}, time.Time{}
	c.boundWait(s, s.now)
	c.placed(s, why)
	c.note(s, Entry{Kind: EntryCallRequeued, Name: c.Name, Agent: c.Agent, Cause: why})
	s.settle()
	if c.Playing == "" {
		c.play(s, c.say(phrase))
	}
}

// endTalk ends a talk by a code: the caller hears a last phrase, the agent's line ends at once.
func (a *Agent) endTalk(s *State, c *Call, why Outcome, phrase string) {
	c.talkEnded(s, a, TalkEndAgent, "")
	a.endLeg(s, HangupNormal)
	c.end(s, why, c.say(phrase))
}
