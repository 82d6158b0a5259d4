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

// channelGone is the end of a caller's channel or of an agent's leg.
func (s *State) channelGone(channel string, why Cause) {
	if c := s.calls[channel]; c != nil {
		s.callerGone(c, false)
		return
	}
	if cb := s.callbacks[s.index.alarmLegs[channel]]; cb != nil {
		s.supervisorGone(cb)
		return
	}
	if cb := s.callbacks[s.index.clients[channel]]; cb != nil {
		s.clientGone(cb, why)
		return
	}
	if boss := s.agents[s.index.monitors[channel]]; boss != nil {
		s.monitorGone(boss, channel)
		return
	}
	a := s.agents[s.index.legs[channel]]
	if c := s.calls[s.index.targets[channel]]; c != nil {
		s.targetGone(c, why)
	}
	switch {
	case a == nil:
	case channel == a.Recall:
		s.recallGone(a)
	default:
		s.legGone(a, why)
	}
}

// callerGone ends a call whose caller is not on the line any more, wherever it
// was; lost when it was not he who ended it but a fault of the exchange.
func (s *State) callerGone(c *Call, lost bool) {
	switch c.State {
	case InMenu:
		c.Outcome = AbandonedInMenu
	case Waiting, Offered:
		c.Outcome = Abandoned
		for len(c.Offers) > 0 {
			s.withdraw(c, c.Offers[0], HangupNormal)
		}
	case Transferred:
		s.dropTarget(c, CallerLeft)
		s.do(Disconnect{Bridge: c.Bridge})
		c.Outcome = EndedTransferred
	case Transferring:
		s.dropTarget(c, CallerLeft)
		c.Outcome = CompletedByCaller
		if c.Leg != "" {
			a := s.agents[c.Agent]
			s.endLeg(a, HangupNormal)
			s.talkEnded(c, a)
		}
	case Talking, Held:
		c.Outcome = CompletedByCaller
		a := s.agents[c.Agent]
		s.dropTarget(c, CallerLeft)
		if c.State == Held {
			s.endHold(c, map[bool]HoldEnd{true: HoldLost, false: HoldCallerLeft}[lost], false)
		}
		s.endLeg(a, HangupNormal)
		s.talkEnded(c, a)
	}
	if lost {
		c.Outcome = Lost
	}
	s.finish(c)
}

// legGone is the end of an agent's channel: a missed offer, the end of a talk, or one that was told to end.
func (s *State) legGone(a *Agent, why Cause) {
	leg := a.Leg
	c := s.calls[a.Call]
	a.Leg, a.LegBy, a.Telling, a.Words, a.Hears, a.Holds = "", time.Time{}, "", "", "", false
	s.touch(a)
	cb := s.callbacks[a.Callback]
	switch {
	case cb != nil:
		s.callbackLegGone(cb, a, why)
	case c == nil:
	case c.offerOf(leg) != nil:
		s.miss(c, *c.offerOf(leg), why)
	case c.hasAgent() && c.Leg == leg:
		closes := true
		if c.hasHeir() {
			s.handOver(c)
		}
		if c.State == Held {
			s.endHold(c, HoldAgentLeft, false)
			closes = s.queueRules(c.Queue).Hold.AgentHangup == HangupCloses
		}
		s.talkEnded(c, a)
		if c.isPassedOn() {
			break // he leaves the caller to the far end
		}
		if closes && why.isHangup() { // else his phone vanished
			s.end(c, CompletedByAgent, c.say("closing"))
			if s.queueRules(c.Queue).Rating.Ask {
				c.Rate = RatingNext
			}
			break
		}
		// The caller must not pay for it, nor be the one to try that phone out.
		a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
		s.requeue(c, why, "agent-lost")
	}
	if a.Call == "" && a.Callback == "" && s.rules.Agents[a.ID] == nil {
		s.dropAgent(a) // the config dropped him during his last call
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
