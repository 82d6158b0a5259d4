package ops

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"kezek/queue"
)

// What supervisors order about calls on the line, and how they move callbacks.

// MoveOrder is what a supervisor sends to move a caller who waits to another queue.
type MoveOrder struct {
	Queue  string `json:"queue"`
	Reason string `json:"reason"`
}

// ListenOrder is what a supervisor sends to hear a talk: their phone rings.
type ListenOrder struct {
	Mode queue.MonitorMode `json:"mode"`
	// Phone is that of an agent who is a supervisor: the agent's id, or the phone as Asterisk names it.
	Phone string `json:"phone"`
}

// CallbackMoveOrder is what a supervisor sends to give a callback to another agent, or to have it due earlier.
type CallbackMoveOrder struct {
	Due    time.Time `json:"due,omitzero"`
	Agent  string    `json:"agent,omitempty"`
	Reason string    `json:"reason"`
}

// wrong says which field cannot be right; "" if none.
func (o *CallbackMoveOrder) wrong(rules *queue.Rules) string {
	switch {
	case o.Due.IsZero() && o.Agent == "":
		return "due, agent: missing: want one of them, or both"
	case o.Agent != "" && rules.Agents[o.Agent] == nil:
		return fmt.Sprintf("agent: %q is no agent of the config", o.Agent)
	}
	return ""
}

// endCall ends a call for a reason, which stands in the body or in the query.
func (s *Server) endCall(w http.ResponseWriter, r *http.Request, asker who) {
	if reason, ok := reasonOf(w, r); ok {
		id := r.PathValue("id")
		if !s.mayCall(w, r, asker, Supervisor, id) {
			return
		}
		s.order(w, r, id, queue.EndCall{Call: id, By: asker.name, Reason: reason})
	}
}

// moveCall moves a caller who waits to another queue.
func (s *Server) moveCall(w http.ResponseWriter, r *http.Request, asker who) {
	var order MoveOrder
	if !decode(w, r, &order) || !isReason(w, &order.Reason) || !s.allowed(w, r, func(rules *queue.Rules) string {
		if rules.Queues[order.Queue] == nil {
			return noneOf("queue", order.Queue, sortedKeys(rules.Queues))
		}
		return ""
	}) {
		return
	}
	id := r.PathValue("id")
	if !s.mayCall(w, r, asker, Supervisor, id) || !s.mayIn(w, asker, Supervisor, "the place to move to", order.Queue) {
		return
	}
	if _, ok := s.ask(w, r, id, queue.MoveCall{Call: id, Queue: order.Queue, By: asker.name, Reason: order.Reason}); ok {
		one(s, copyCalls, func(c Call) string { return c.ID })(w, r, asker)
	}
}

// listenTo rings the phone of a supervisor, who hears the talk from the answer on.
func (s *Server) listenTo(w http.ResponseWriter, r *http.Request, asker who) {
	var order ListenOrder
	if !decode(w, r, &order) {
		return
	}
	if !slices.Contains(queue.MonitorModes, order.Mode) {
		problem(w, http.StatusUnprocessableEntity, noneOf("mode", order.Mode, queue.MonitorModes))
		return
	}
	id := r.PathValue("id")
	if !s.mayCall(w, r, asker, Supervisor, id) {
		return
	}
	s.order(w, r, id, queue.ListenTo{Call: id, Phone: order.Phone, Mode: order.Mode, By: asker.name})
}

// moveCallback gives a callback to another agent, or has it due earlier.
func (s *Server) moveCallback(w http.ResponseWriter, r *http.Request, asker who) {
	var order CallbackMoveOrder
	if !decode(w, r, &order) || !isReason(w, &order.Reason) || !s.allowed(w, r, order.wrong) {
		return
	}
	id := r.PathValue("id")
	if !s.mayCallback(w, r, asker, Supervisor, id) {
		return
	}
	if _, ok := s.ask(w, r, id, queue.MoveCallback{ID: id, Agent: order.Agent, Due: order.Due, By: asker.name, Reason: order.Reason}); ok {
		s.oneCallback(w, r, asker)
	}
}
