package ops

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

//go:embed openapi.yaml
var assets embed.FS

// items is the body of every list.
type items[T any] struct {
	Items []T `json:"items"`
}

// look sees the state; it has answered the request itself if it reports false.
func (s *Server) look(w http.ResponseWriter, r *http.Request, look func(*queue.State)) bool {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	err := s.engine.View(ctx, look)
	if err != nil {
		s.unavailable(w, err)
	}
	return err == nil
}

// view copies from the state; it has answered the request itself if it reports false.
func view[T any](s *Server, w http.ResponseWriter, r *http.Request, take func(*queue.State, time.Time) []T) (taken []T, ok bool) {
	now := s.now()
	ok = s.look(w, r, func(state *queue.State) { taken = take(state, now) })
	return taken, ok
}

// ask gives the rules an order about an agent, a number or a callback; it has answered the
// request itself if it reports false.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, about string, ev queue.Event) (answer queue.Answer, ok bool) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	answer, err := s.engine.Ask(ctx, ev)
	switch {
	case err != nil:
		s.unavailable(w, err)
	case answer.Refused != "":
		refuse(w, answer.Refused, about)
	default:
		return answer, true
	}
	return answer, false
}

// order is an ask that leaves nothing to show.
func (s *Server) order(w http.ResponseWriter, r *http.Request, about string, ev queue.Event) {
	if _, ok := s.ask(w, r, about, ev); ok {
		w.WriteHeader(http.StatusNoContent)
	}
}

func list[T any](s *Server, take func(*queue.State, time.Time) []T) func(http.ResponseWriter, *http.Request, who) {
	return func(w http.ResponseWriter, r *http.Request, asker who) {
		if all, ok := view(s, w, r, onlySeen(asker, take)); ok {
			sendJSON(w, http.StatusOK, items[T]{all})
		}
	}
}

func one[T any](s *Server, take func(*queue.State, time.Time) []T, id func(T) string) func(http.ResponseWriter, *http.Request, who) {
	return func(w http.ResponseWriter, r *http.Request, asker who) {
		seen := true
		all, ok := view(s, w, r, func(state *queue.State, now time.Time) []T {
			all := slices.DeleteFunc(take(state, now), func(t T) bool { return id(t) != r.PathValue("id") })
			seen = len(all) == 0 || asker.sees(state.Rules(), all[0])
			return all
		})
		switch {
		case !ok:
		case len(all) == 0:
			problem(w, http.StatusNotFound, fmt.Sprintf("%q not found", r.PathValue("id")))
		case !seen:
			forbidden(w, fmt.Sprintf("%q belongs to no queue of yours: %s has %s", r.PathValue("id"), asker.called(), strings.Join(asker.rights.queues(Wall), ", ")))
		default:
			sendJSON(w, http.StatusOK, all[0])
		}
	}
}

// unavailable tells that the engine cannot be asked now.
func (s *Server) unavailable(w http.ResponseWriter, err error) {
	detail := "the daemon is not ready"
	if faults := s.health().faults(); len(faults) > 0 {
		detail += ": " + strings.Join(faults, "; ")
	} else {
		s.log.Warn("engine did not answer in time: " + err.Error())
		detail = "the daemon did not answer in time"
	}
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusServiceUnavailable, detail)
}

// StatusOrder is what a supervisor sends to change an agent's status.
type StatusOrder struct {
	// Status is waiting, offline, or one of the config's table.
	Status queue.Status `json:"status"`
	Reason string       `json:"reason"`
}

// wrong says which field cannot be right; "" if none.
func (o *StatusOrder) wrong(rules *queue.Rules) string {
	want := []queue.Status{queue.StatusReady, queue.StatusOffline}
	for _, name := range sortedKeys(rules.Statuses) {
		if rules.Statuses[name].Code != "" {
			want = append(want, queue.Status(name))
		}
	}
	if !slices.Contains(want, o.Status) {
		return noneOf("status", o.Status, want)
	}
	return ""
}

func (s *Server) setStatus(w http.ResponseWriter, r *http.Request, asker who) {
	var order StatusOrder
	if !decode(w, r, &order) {
		return
	}
	if !isReason(w, &order.Reason) {
		return
	}
	if !s.allowed(w, r, order.wrong) {
		return
	}
	id := r.PathValue("id")
	if !s.mayAgent(w, r, asker, Supervisor, id) {
		return
	}
	var ev queue.Event = queue.SetStatus{Agent: id, Status: order.Status, By: asker.name, Reason: order.Reason}
	if order.Status == queue.StatusOffline {
		ev = queue.LogOut{Agent: id, By: asker.name, Reason: order.Reason}
	}
	if _, ok := s.ask(w, r, id, ev); ok {
		one(s, copyAgents, func(a Agent) string { return a.ID })(w, r, asker)
	}
}
