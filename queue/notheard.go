package queue

import "time"

// A caller of whom nothing is heard after the greeting is told so, once (S3). The
// exchange tells of his first word; from then on nobody listens whether he speaks.

// unheardAnswer is how long he may take to say something then, the phrase included.
const unheardAnswer = 10 * time.Second

// awaitWord begins to listen whether a caller who has just been connected says anything.
func (s *State) awaitWord(c *Call) {
	after := s.queueRules(c.Queue).NotHeardAfter
	if after == 0 || c.Head || c.Unheard { // another agent has heard him
		return
	}
	c.SilentBy = s.now.Add(after)
	s.do(DetectTalk{c.ID, true})
	s.touch(c)
}

// wordHeard ends it: he has spoken, or whether he does matters no more.
func (s *State) wordHeard(c *Call) {
	if c == nil || c.SilentBy.IsZero() {
		return
	}
	c.SilentBy = time.Time{}
	s.do(DetectTalk{c.ID, false})
	s.touch(c)
}

// silentTooLong tells a caller that he is not heard; his agent hears it as well.
// If he says nothing to that either, the call ends as by the code for it.
func (s *State) silentTooLong(c *Call) {
	switch {
	case c.Apart || c.Holds || c.Target.In:
		s.do(DetectTalk{c.ID, false}) // it is not only the two of them, or he has us on hold
	case c.Unheard:
		s.endTalk(s.agents[c.Agent], c, NotHeard, "closing")
	default:
		c.Unheard, c.SilentBy = true, s.now.Add(unheardAnswer)
		s.do(Announce{c.Bridge, c.ID, s.nextID(c, c.ID, "p"), []Phrase{c.say("not-heard")}})
		s.touch(c)
		e := c.entry(CallUnheard)
		e.Agent = c.Agent
		s.note(e)
	}
}
