package ops

import (
	"net/http"
	"time"

	"kezek/queue"
)

// Number is a caller's number that agents are warned of.
type Number struct {
	Number string `json:"number"`
	// Flag is why: "rude", the caller was warned about their tone.
	Flag string `json:"flag"`
	// Agent gave it at that time; it ends by itself.
	Agent string    `json:"agent"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// rude is the flag of a caller who was warned about their tone.
const rude = "rude"

// copyNumbers runs in the engine's loop.
func copyNumbers(s *queue.State, _ time.Time) []Number {
	return each(s.Flagged(), func(c *queue.Caller) Number { return Number{c.Number, rude, c.RudeBy, c.RudeAt, c.RudeUntil} })
}

// clearNumber takes the flag off a number for a reason, which stands in the body or in the query.
func (s *Server) clearNumber(w http.ResponseWriter, r *http.Request, asker who) {
	reason, ok := reasonOf(w, r)
	if !ok {
		return
	}
	number := r.PathValue("id")
	if !s.mayNumber(w, r, asker, Supervisor, number) {
		return
	}
	s.order(w, r, number, queue.ClearNumber{Number: number, By: asker.name, Reason: reason})
}
