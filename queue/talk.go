package queue

import "time"

// connect brings caller and agent together.
func (c *Call) connect(s *State, o Offer) {
	a := s.agents[o.Agent]
	c.stopAudio(s)
	c.Offers, c.Telling = nil, ""
	c.Agent, c.Leg = o.Agent, o.Leg
	c.Answered, c.TalkEnd, c.Warned = s.now, time.Time{}, false
	c.setState(s, CallTalking)
	c.bridge(s, c.Leg)
	c.startRecording(s)
	c.awaitWord(s)

	a.countServed(s)
	a.MissedInRow = 0
	a.setStatus(s, StatusOnCall)

	e := c.entry(EntryCallAnswered)
	e.Agent, e.Wait, e.Ring = a.ID, s.now.Sub(c.Entered), s.now.Sub(o.Since)
	s.note(e)
	l := s.line(c.Queue)
	l.Answered++
	if e.Wait <= s.queueRules(c.Queue).ServiceLevel.Within {
		l.AnsweredInTime++
	}
	c.holdIfHolding(s)
}

// agentLeft: the agent's channel ended during a talk.
func (c *Call) agentLeft(s *State, a *Agent, why Cause) {
	closes := true
	if c.hasHeir() {
		c.handOver(s)
	}
	if c.State == CallHeld {
		c.endHold(s, HoldEndAgentLeft, false)
		closes = s.queueRules(c.Queue).Hold.AgentHangup == HoldHangupCloses
	}
	c.talkEnded(s, a)
	switch {
	case c.isPassedOn(): // the caller is left to the far end
	case closes && why.isHangup(): // otherwise the phone is gone
		c.end(s, OutcomeCompletedByAgent, c.say("closing"))
		if s.queueRules(c.Queue).Rating.Ask {
			c.Rate = RatingNext
		}
	default:
		// The agent rests, so that this caller does not ring at the same phone at once.
		a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
		c.requeue(s, why, "agent-lost")
	}
}
