package queue

// unservedPhrase is what a caller hears if they cannot be served.
var unservedPhrase = map[Outcome]string{OutcomeFull: "queue-full", OutcomeEmpty: "nobody-here", OutcomeTimedOut: "no-answer"}

// unserved tells a caller the reason and ends the call, or sends it to the queue's fallback if there is one.
func (c *Call) unserved(s *State, why Outcome, intro ...Phrase) {
	c.Exit = s.queueRules(c.Queue).Fallback
	c.end(s, why, append(intro, c.say(unservedPhrase[why]))...)
}

// end plays the last phrases to the caller; the channel ends after them.
func (c *Call) end(s *State, why Outcome, phrases ...Phrase) {
	c.setState(s, CallEnding)
	c.Outcome = why
	c.play(s, phrases...)
}
