package queue

import "time"

// If nothing is heard of the caller after the greeting, they are told so, once (S3).
// Asterisk reports the caller's first word; after that the detection is off.

// unheardAnswer is how long the caller then has to say something, the phrase included.
const unheardAnswer = 10 * time.Second

// awaitWord turns on the detection of speech for a caller who has just been connected.
func (c *Call) awaitWord(s *State) {
	after := s.queueRules(c.Queue).NotHeardAfter
	if after == 0 || c.Head || c.Unheard { // the caller came back to the line, or was told already
		return
	}
	c.SilentBy = s.now.Add(after)
	s.do(DetectTalk{c.channel(), true})
	s.touch(c)
}

// wordHeard turns the detection off: the caller has spoken, or it no longer matters.
func (c *Call) wordHeard(s *State) {
	if c == nil || c.SilentBy.IsZero() {
		return
	}
	c.SilentBy = time.Time{}
	s.do(DetectTalk{c.channel(), false})
	s.touch(c)
}
