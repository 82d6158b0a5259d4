package queue

import "time"

// connect brings caller and agent together.
func (s *State) connect(c *Call, o Offer) {
	a := s.agents[o.Agent]
	s.quiet(c)
	c.Offers, c.Telling = nil, ""
	c.Agent, c.Leg = o.Agent, o.Leg
	c.Answered, c.TalkEnd, c.Warned = s.now, time.Time{}, false
	s.enter(c, Talking)
	s.bridge(c, c.Leg)
	s.record(c)
	s.awaitWord(c)

	s.served(a)
	a.MissedInRow = 0
	s.become(a, OnCall)

	e := c.entry(CallAnswered)
	e.Agent, e.Wait, e.Ring = a.ID, s.now.Sub(c.Entered), s.now.Sub(o.Since)
	s.note(e)
	l := s.line(c.Queue)
	l.Answered++
	if e.Wait <= s.queueRules(c.Queue).ServiceLevel.Within {
		l.AnsweredInTime++
	}
	s.holdIfHolding(c)
}

// bridge joins the caller and the far end of his talk in a new bridge.
func (s *State) bridge(c *Call, far string) {
	c.Bridge, c.Joined = s.nextID(c, c.ID, "b"), s.now
	s.do(Connect{c.Bridge, c.ID, far})
	if c.Target.In && c.Target.Leg != far {
		s.do(Join{c.Bridge, c.Target.Leg})
	}
	s.touch(c)
}

// agentLeft is the end of a talk by the agent's phone.
func (s *State) agentLeft(c *Call, a *Agent, why Cause) {
	closes := true
	if c.hasHeir() {
		s.handOver(c)
	}
	if c.State == Held {
		s.endHold(c, HoldAgentLeft, false)
		closes = s.queueRules(c.Queue).Hold.AgentHangup == HangupCloses
	}
	s.talkEnded(c, a)
	switch {
	case c.isPassedOn(): // the caller is left to the far end
	case closes && why.isHangup(): // else the phone vanished
		s.end(c, CompletedByAgent, c.say("closing"))
		if s.queueRules(c.Queue).Rating.Ask {
			c.Rate = RatingNext
		}
	default:
		// The caller must not pay for it, nor be the one to try that phone out.
		a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
		s.requeue(c, why, "agent-lost")
	}
}

// talkEnded takes the bridge away, unless a third party stays in it with the
// caller, and sends the agent to his wrap-up.
func (s *State) talkEnded(c *Call, a *Agent) {
	q := s.queueRules(c.Queue)
	s.monitorsOver(a.ID)
	if !c.isPassedOn() {
		s.dropTarget(c, TakenBack)
	}
	s.stopRecording(c)
	if c.Bridge != "" && c.State != Transferred {
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
	if q.WrapUp > 0 && a.After != Unwell {
		a.WrapUntil = s.now.Add(q.WrapUp)
		s.become(a, WrapUp)
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

// requeue puts a caller who lost his agent at the head of the line, with place and language kept.
func (s *State) requeue(c *Call, why Cause, phrase string) {
	c.Head = true
	s.quiet(c)
	s.enter(c, Waiting)
	c.GiveUpAt, c.OverflowAt = time.Time{}, time.Time{}
	s.boundWait(c)
	e := c.entry(CallRequeued)
	e.Agent, e.Cause = c.Agent, why
	s.note(e)
	s.settle()
	if c.Playing == "" {
		s.play(c, c.say(phrase))
	}
}
