package ops

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"kezek/queue"
)

// Callback is a promise to call a client back, as the API shows it.
type Callback struct {
	ID       string              `json:"id"`
	Number   string              `json:"number"`
	Queue    string              `json:"queue"`
	Language queue.Language      `json:"language"`
	Class    queue.CallbackClass `json:"class"`
	State    queue.CallbackState `json:"state"`
	Since    *time.Time          `json:"since"`
	DueAt    time.Time           `json:"due_at"`
	// DueIn is the time left in seconds, negative once it is breached.
	DueIn float64 `json:"due_in"`
	// Urgent: it must start now to be met. Warned, Escalated and Breached are the steps towards its deadline and past it.
	Urgent    bool `json:"urgent"`
	Warned    bool `json:"warned"`
	Escalated bool `json:"escalated"`
	Breached  bool `json:"breached"`
	// Told is the supervisors' phone where somebody heard of the escalation.
	Told *string `json:"told"`
	// Attempts to reach the client so far; Tries are these, the first one first.
	Attempts int             `json:"attempts"`
	Tries    []queue.Attempt `json:"tries"`
	// NextAt is when the next one may begin, if not now.
	NextAt *time.Time `json:"next_at"`
	// Owner should make it; Agent is working on it. Refusers did not take it.
	Owner    *string         `json:"owner"`
	Agent    *string         `json:"agent"`
	Refusers []queue.Refuser `json:"refusers"`
	// Outcome is set once it is over.
	Outcome *queue.CallbackOutcome `json:"outcome"`
	Created time.Time              `json:"created"`
	// Place is the true place in line of the caller who left it.
	Place time.Time `json:"place"`
	// Origin says where it comes from, Booker which agent promised it.
	Origin string  `json:"origin"`
	Booker *string `json:"booker"`
	Note   string  `json:"note" mask:"words"`
	// By is the supervisor who ordered it, EndedBy who cancelled it.
	By      *string `json:"by"`
	EndedBy *string `json:"ended_by"`
	// PutOff is why its number may not be called now.
	PutOff *queue.Refusal `json:"put_off"`
	// Reason is why it ended as it did, Ended when.
	Reason string     `json:"reason" mask:"words"`
	Ended  *time.Time `json:"ended"`
}

// copyCallbacks runs in the engine's loop.
func copyCallbacks(s *queue.State, now time.Time) []Callback {
	return each(s.Callbacks(), func(cb *queue.Callback) Callback { return newCallback(cb, now) })
}

func newCallback(cb *queue.Callback, now time.Time) Callback {
	if !cb.Ended.IsZero() {
		now = cb.Ended // what was left then
	}
	return Callback{
		ID: cb.ID, Number: cb.Number, Queue: cb.Queue, Language: cb.Language, Class: cb.Class, State: cb.State, Since: set(cb.Since),
		DueAt: cb.DueAt, DueIn: seconds(cb.DueAt.Sub(now)), Urgent: cb.Urgent, Warned: cb.Warned, Escalated: cb.Escalated, Breached: cb.Breached, Told: set(cb.Told),
		Attempts: len(cb.Attempts), Tries: append([]queue.Attempt{}, cb.Attempts...), NextAt: set(cb.NextAt),
		Owner: set(cb.Owner), Agent: set(cb.Agent), Refusers: append([]queue.Refuser{}, cb.Refusers...),
		Outcome: set(cb.Outcome), Created: cb.Created, Place: cb.Place, Origin: cb.Origin, Booker: set(cb.Booker), Note: cb.Note,
		By: set(cb.By), EndedBy: set(cb.EndedBy), PutOff: set(cb.PutOff), Reason: cb.Reason, Ended: set(cb.Ended),
	}
}

// CallbackOrder is what a supervisor sends to have a number called back.
type CallbackOrder struct {
	Number string `json:"number"`
	Queue  string `json:"queue"`
	// Language is the queue's default when it is empty, Class information.
	Language queue.Language      `json:"language,omitempty"`
	Class    queue.CallbackClass `json:"class,omitempty"`
	// Owner is the agent who should make it; empty is anybody.
	Owner string `json:"owner,omitempty"`
	Note  string `json:"note,omitempty"`
}

// wrong says which field cannot be right; "" if none.
func (o *CallbackOrder) wrong(rules *queue.Rules) string {
	switch {
	case strings.TrimSpace(o.Number) == "":
		return "number: missing: want a telephone number"
	case rules.Queues[o.Queue] == nil:
		return noneOf("queue", o.Queue, sortedKeys(rules.Queues))
	case o.Language != "" && !slices.Contains(rules.Languages, o.Language):
		return noneOf("language", o.Language, rules.Languages)
	case !slices.Contains(queue.CallbackClasses, o.Class):
		return noneOf("class", o.Class, queue.CallbackClasses)
	case o.Owner != "" && rules.Agents[o.Owner] == nil:
		return fmt.Sprintf("owner: %q is no agent of the config", o.Owner)
	case !oneLine(o.Note):
		return "note: " + wantLine
	}
	return ""
}

// maxLine bounds what people write, in letters.
const maxLine = 200

var wantLine = fmt.Sprintf("want one line of at most %d characters", maxLine)

func oneLine(text string) bool {
	return utf8.RuneCountInString(text) <= maxLine && !strings.ContainsFunc(text, unicode.IsControl)
}

// bookCallback promises a callback. A number that has one already keeps that one.
func (s *Server) bookCallback(w http.ResponseWriter, r *http.Request, asker who) {
	order := CallbackOrder{Class: queue.ClassInformation}
	if !decode(w, r, &order) || !s.allowed(w, r, order.wrong) {
		return
	}
	if !s.mayIn(w, asker, Supervisor, "the callback", order.Queue) {
		return
	}
	began := s.now()
	answer, ok := s.ask(w, r, order.Number, queue.BookCallback{
		Number: order.Number, Queue: order.Queue, Language: order.Language, Class: order.Class, Owner: order.Owner, Note: order.Note,
		By: asker.name,
	})
	if !ok {
		return
	}
	s.log.Info("callback ordered", zap.String("callback", answer.Callback), zap.String("number", order.Number), zap.String("by", asker.name))
	cb, there, ok := s.callback(w, r, answer.Callback)
	switch {
	case !ok:
	case !there: // it came to its end meanwhile
		problem(w, http.StatusNotFound, fmt.Sprintf("callback %q no longer exists", answer.Callback))
	case !s.mayIn(w, asker, Supervisor, "the number has a callback already, which", cb.Queue):
	default:
		status := http.StatusCreated
		if cb.Created.Before(began) {
			status = http.StatusOK
		}
		w.Header().Set("Location", "/api/v1/callbacks/"+cb.ID)
		sendJSON(w, status, cb)
	}
}

// How many callbacks that are over are listed.
const (
	usualLimit = 100
	mostLimit  = 1000
)

// listCallbacks answers with those that are open, or with state=over with those that are not any more.
func (s *Server) listCallbacks(w http.ResponseWriter, r *http.Request, asker who) {
	query := r.URL.Query()
	limit := usualLimit
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostLimit {
			problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("limit: %q is not allowed: want 1 to %d", text, mostLimit))
			return
		}
		limit = n
	}
	var all []Callback
	switch state := query.Get("state"); state {
	case "", "open":
		open, ok := view(s, w, r, onlySeen(asker, copyCallbacks))
		if !ok {
			return
		}
		all = open
		if query.Has("limit") {
			all = open[:min(limit, len(open))]
		}
	case "over":
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		asked := limit
		if asker.rights.in(everywhere) == anyone {
			asked = mostLimit // those of other queues are among them
		}
		over, err := s.history.CallbacksOver(ctx, asked)
		if err != nil {
			s.forgetful(w, "finished callbacks", err)
			return
		}
		over = slices.DeleteFunc(slices.Clone(over), func(cb *queue.Callback) bool { return asker.rights.in(cb.Queue) == anyone })
		all = each(over[:min(limit, len(over))], func(cb *queue.Callback) Callback { return newCallback(cb, s.now()) })
	default:
		problem(w, http.StatusUnprocessableEntity, noneOf("state", state, []string{"open", "over"}))
		return
	}
	sendJSON(w, http.StatusOK, items[Callback]{all})
}

// oneCallback answers with one, open or over.
func (s *Server) oneCallback(w http.ResponseWriter, r *http.Request, asker who) {
	id := r.PathValue("id")
	cb, there, ok := s.callback(w, r, id)
	switch {
	case !ok:
	case there && !s.mayIn(w, asker, Wall, fmt.Sprintf("the callback %q", id), cb.Queue):
	case there:
		sendJSON(w, http.StatusOK, cb)
	default:
		problem(w, http.StatusNotFound, fmt.Sprintf("callback %q not found; finished ones are deleted after a time", id))
	}
}

// callback looks one up, open or over; it has answered the request itself if ok is false.
func (s *Server) callback(w http.ResponseWriter, r *http.Request, id string) (cb Callback, there, ok bool) {
	all, ok := view(s, w, r, copyCallbacks)
	if !ok {
		return Callback{}, false, false
	}
	if i := slices.IndexFunc(all, func(c Callback) bool { return c.ID == id }); i >= 0 {
		return all[i], true, true
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	switch over, err := s.history.CallbackOver(ctx, id); {
	case err != nil:
		s.forgetful(w, "finished callbacks", err)
		return Callback{}, false, false
	case over == nil:
		return Callback{}, false, true
	default:
		return newCallback(over, s.now()), true, true
	}
}

// forgetful tells that Redis cannot be asked for what is over.
func (s *Server) forgetful(w http.ResponseWriter, what string, err error) {
	s.log.Warn("cannot read "+what, zap.Error(err))
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusServiceUnavailable, "Redis, which stores the "+what+", does not answer properly")
}

// CancelOrder is what a supervisor sends to cancel a callback, or to take the flag off a number.
type CancelOrder struct {
	Reason string `json:"reason"`
}

// reasonOf is the reason in the body or in the query; it has answered the request itself if it reports false.
func reasonOf(w http.ResponseWriter, r *http.Request) (reason string, ok bool) {
	query := r.URL.Query()
	order := CancelOrder{Reason: query.Get("reason")}
	if r.ContentLength != 0 {
		if query.Has("reason") {
			problem(w, http.StatusUnprocessableEntity, "reason: want it in the query or in a body, not in both")
			return "", false
		}
		if !decode(w, r, &order) {
			return "", false
		}
	}
	if !isReason(w, &order.Reason) {
		return "", false
	}
	return order.Reason, true
}

// isReason takes blanks off the ends of a reason, and refuses the request if it is not one line.
func isReason(w http.ResponseWriter, reason *string) bool {
	*reason = strings.TrimSpace(*reason)
	if !oneLine(*reason) {
		problem(w, http.StatusUnprocessableEntity, "reason: "+wantLine)
		return false
	}
	return true
}

// cancelCallback ends a callback for a reason, which stands in the body or in the query.
func (s *Server) cancelCallback(w http.ResponseWriter, r *http.Request, asker who) {
	reason, ok := reasonOf(w, r)
	if !ok {
		return
	}
	id := r.PathValue("id")
	if !s.mayCallback(w, r, asker, Supervisor, id) {
		return
	}
	s.order(w, r, id, queue.CancelCallback{ID: id, By: asker.name, Reason: reason})
}
