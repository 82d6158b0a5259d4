package queue

import "time"

// A caller whose agent hangs up first hears the closing phrase (S3), and may
// then rate the agent by one key before the line ends.

// RatingRules are how callers of a queue rate their agents.
type RatingRules struct {
	// Ask for a rating after the closing phrase.
	Ask bool `yaml:"ask"`
	// Wait is the silence after the question in which he may still press a key.
	Wait time.Duration `yaml:"wait"`
}

// Ratings are the keys of a rating, the worst one first.
const (
	WorstRating = 1
	BestRating  = 5
)

// RatingState is how far a caller is with the rating.
type RatingState string

// The states.
const (
	// RatingNext: he hears the closing phrase, and the question follows it.
	RatingNext RatingState = "next"
	// RatingAsked: the question has begun.
	RatingAsked RatingState = "asked"
)

// RatingFigures sum up ratings.
type RatingFigures struct {
	Count int `json:"count,omitempty"`
	Sum   int `json:"sum,omitempty"`
}

// Mean is 0 when there is none.
func (f RatingFigures) Mean() float64 {
	if f.Count == 0 {
		return 0
	}
	return float64(f.Sum) / float64(f.Count)
}

// askRating asks a caller who has heard the closing phrase.
func (s *State) askRating(c *Call) {
	c.Rate = RatingAsked
	s.play(c, c.say("rating"))
}

// ratingOver is a caller who gives none.
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
	if a := s.agents[c.Agent]; a != nil && a.Status != Offline {
		a.Ratings.Count++
		a.Ratings.Sum += rating
		s.touch(a)
	}
	s.play(c, c.say("rating-thanks"))
}
