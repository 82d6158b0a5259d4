package ops

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"kezek/queue"
)

// Problem is the body of every error, as RFC 9457 has it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Refusal is set when the rules do not allow what was asked.
	Refusal queue.Refusal `json:"refusal,omitempty"`
}

// statuses are what the sorts of refusals are in HTTP.
var statuses = map[queue.RefusalSort]int{
	queue.SortInConflict: http.StatusConflict, queue.SortNotFound: http.StatusNotFound,
	queue.SortInvalid: http.StatusUnprocessableEntity, queue.SortNotNow: http.StatusServiceUnavailable,
}

// allowed reports whether an order can be meant as it stands; if not, it has
// answered the request with the field that is wrong.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request, wrong func(*queue.Rules) string) bool {
	var detail string
	if !s.look(w, r, func(state *queue.State) { detail = wrong(state.Rules()) }) {
		return false
	}
	if detail != "" {
		problem(w, http.StatusUnprocessableEntity, detail)
	}
	return detail == ""
}

func noneOf[T ~string](field string, got T, allowed []T) string {
	words := each(allowed, func(a T) string { return string(a) })
	return fmt.Sprintf("%s: %q is not allowed: want one of %s", field, got, strings.Join(words, ", "))
}

func problem(w http.ResponseWriter, status int, detail string) {
	sendProblem(w, Problem{Status: status, Detail: detail})
}

// refuse tells that the rules do not allow what was asked about an agent, a
// number or a callback.
func refuse(w http.ResponseWriter, refusal queue.Refusal, about string) {
	status := statuses[refusal.Sort()]
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	detail := strings.ReplaceAll(cmp.Or(refusal.Words(), string(refusal)), "%q", strconv.Quote(about))
	sendProblem(w, Problem{Status: status, Detail: detail, Refusal: refusal})
}

func sendProblem(w http.ResponseWriter, p Problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

func sendJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(masked(w, body)) // the client may be gone
}
