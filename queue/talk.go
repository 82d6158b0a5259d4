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
