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
func (s *State) askRating(c *Call) {
	c.Rate = RatingAsked
	s.play(c, c.say("rating"))
}

// ratingOver: the caller gave no rating.
func (s *State) ratingOver(c *Call) {
	c.Rate = ""
	s.leave(c)
}

// rate takes the caller's rating, once. Other keys mean nothing.
func (s *State) rate(c *Call, key byte) {
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
	s.play(c, c.say("rating-thanks"))
}
