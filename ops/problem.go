package ops

import (
	"encoding/json"
	"net/http"

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

// refusals in words.
var refusals = map[queue.Refusal]string{
	queue.UnknownAgent:    "no such agent in the config",
	queue.AlreadyLoggedIn: "the agent is already logged in",
	queue.NotLoggedIn:     "the agent is not logged in: he logs in from his phone",
	queue.InCall:          "the agent has a call: ask again when it is over",
	queue.UnknownStatus:   "no such status: want waiting, offline, or one of the config's table",
}

func problem(w http.ResponseWriter, status int, detail string) {
	sendProblem(w, Problem{Status: status, Detail: detail})
}

// refuse tells that the rules do not allow it.
func refuse(w http.ResponseWriter, refusal queue.Refusal) {
	status := http.StatusConflict
	switch refusal {
	case queue.UnknownAgent:
		status = http.StatusNotFound
	case queue.UnknownStatus:
		status = http.StatusUnprocessableEntity
	}
	detail := refusals[refusal]
	if detail == "" {
		detail = string(refusal)
	}
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
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
