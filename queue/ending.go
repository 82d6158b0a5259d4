package queue

import "time"

// unservedPhrase is what a caller hears if they cannot be served.
var unservedPhrase = map[Outcome]string{OutcomeFull: "queue-full", OutcomeEmpty: "nobody-here", OutcomeTimedOut: "no-answer"}

// unserved tells a caller the reason and ends the call, or sends it to the queue's fallback if there is one.
func (c *Call) unserved(s *State, why Outcome, intro ...Phrase) {
	c.Exit = s.queueRules(c.Queue).Fallback
	c.end(s, why, append(intro, c.say(unservedPhrase[why]))...)
}

// end plays the last phrases to the caller; the channel ends after them.
func (c *Call) end(s *State, why Outcome, phrases ...Phrase) {
	c.Outcome = why
	if !c.Heir.Left { // otherwise nobody is there to hear how it ends, but for who may come
		c.dropHeir(s)
	}
	c.setState(s, CallEnding)
	c.play(s, phrases...)
}

// A caller whose agent hangs up first hears the closing phrase (S3), and may
// then rate the agent by one key before the line ends.

// WorstRating to BestRating are the keys of a rating.
const (
	WorstRating = 1
	BestRating  = 5
)

// rate takes the caller's rating, once. Other keys mean nothing.
func (c *Call) rate(s *State, key byte) {
	rating := int(key) - '0'
	if c.Rate != RatingAsked || rating < WorstRating || rating > BestRating {
		return
	}
	c.Rate, c.Rating, c.KeyBy = "", rating, time.Time{}
	if a := s.agents[c.Agent]; a != nil && a.isLoggedIn() {
		a.Ratings.Count++
		a.Ratings.Sum += rating
		s.touch(a)
	}
	c.play(s, c.say("rating-thanks"))
}
