package queue

import "time"

// A caller whose agent hangs up first hears the closing phrase (S3), and may
// then rate the agent by one key before the line ends.

// Ratings are the keys of a rating, the worst one first.
const (
	WorstRating = 1
	BestRating  = 5
)

// askRating asks a caller who has heard the closing phrase.
func (c *Call) askRating(s *State) {
	c.Rate = RatingAsked
	c.play(s, c.say("rating"))
}

// rate takes the caller's rating, once. Other keys mean nothing.
func (c *Call) rate(s *State, key byte) {
	rating := int(key) - '0'
	if c.Rate != RatingAsked || rating < WorstRating || rating > BestRating {
		return
	}
	c.Rate, c.Rating, c.KeyBy = "", rating, time.Time{}
	if a := s.agents[c.Agent]; a != nil && a.Status != StatusOffline {
		a.Ratings.Count++
		a.Ratings.Sum += rating
		s.touch(a)
	}
	c.play(s, c.say("rating-thanks"))
}
