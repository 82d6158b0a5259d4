package queue

// unservedPhrase is what a caller hears if they cannot be served.
var unservedPhrase = map[Outcome]string{OutcomeFull: "queue-full", OutcomeEmpty: "nobody-here", OutcomeTimedOut: "no-answer"}

// unserved tells a caller the reason and ends the call, or sends it to the queue's fallback if there is one.
func (s *State) unserved(c *Call, why Outcome, intro ...Phrase) {
	c.Exit = s.queueRules(c.Queue).Fallback
	s.end(c, why, append(intro, c.say(unservedPhrase[why]))...)
}

// end plays the last phrases to the caller; the channel ends after them.
func (s *State) end(c *Call, why Outcome, phrases ...Phrase) {
	s.enter(c, CallEnding)
	c.Outcome = why
	s.play(c, phrases...)
}
