package ops

import (
	"fmt"
	"net/http"

	"kezek/queue"
)

// PenaltyOrder is what a supervisor sends to change an agent's penalty in a queue.
type PenaltyOrder struct {
	Queue string `json:"queue"`
	// Penalty is left out for the config's again.
	Penalty *int   `json:"penalty,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

func (s *Server) setPenalty(w http.ResponseWriter, r *http.Request, asker who) {
	var order PenaltyOrder
	if !decode(w, r, &order) {
		return
	}
	if !isReason(w, &order.Reason) {
		return
	}
	id := r.PathValue("id")
	if !s.mayIn(w, asker, Supervisor, fmt.Sprintf("the penalty in %q", order.Queue), order.Queue) {
		return
	}
	ev := queue.SetPenalty{Agent: id, Queue: order.Queue, Config: order.Penalty == nil, By: asker.name, Reason: order.Reason}
	if order.Penalty != nil {
		ev.Penalty = *order.Penalty
	}
	if _, ok := s.ask(w, r, id, ev); ok {
		one(s, copyAgents, func(a Agent) string { return a.ID })(w, r, asker)
	}
}
