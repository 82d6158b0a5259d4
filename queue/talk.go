package queue

import "time"

// connect brings caller and agent together.
func (s *State) connect(c *Call, o Offer) {
	a := s.agents[o.Agent]
	s.quiet(c)
	c.Offers, c.Telling = nil, ""
	c.Agent, c.Leg = o.Agent, o.Leg
	c.Answered, c.TalkEnd, c.Warned = s.now, time.Time{}, false
	s.enter(c, CallTalking)
	s.bridge(c, c.Leg)
	s.record(c)
	s.awaitWord(c)

	s.served(a)
	a.MissedInRow = 0
	s.become(a, StatusOnCall)

	e := c.entry(EntryCallAnswered)
	e.Agent, e.Wait, e.Ring = a.ID, s.now.Sub(c.Entered), s.now.Sub(o.Since)
	s.note(e)
	l := s.line(c.Queue)
	l.Answered++
	if e.Wait <= s.queueRules(c.Queue).ServiceLevel.Within {
		l.AnsweredInTime++
	}
	s.holdIfHolding(c)
}

// agentLeft: the agent's channel ended during a talk.
func (s *State) agentLeft(c *Call, a *Agent, why Cause) {
	closes := true
	if c.hasHeir() {
		s.handOver(c)
	}
	if c.State == CallHeld {
		s.endHold(c, HoldEndAgentLeft, false)
		closes = s.queueRules(c.Queue).Hold.AgentHangup == HoldHangupCloses
	}
	s.talkEnded(c, a)
	switch {
	case c.isPassedOn(): // the caller is left to the far end
	case closes && why.isHangup(): // otherwise the phone is gone
		s.end(c, OutcomeCompletedByAgent, c.say("closing"))
		if s.queueRules(c.Queue).Rating.Ask {
			c.Rate = RatingNext
		}
	default:
		// The agent rests, so that this caller does not ring at the same phone at once.
		a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
		s.requeue(c, why, "agent-lost")
	}
}
