package ops

import (
	"cmp"
	"context"
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

// refusals in words; %q is what was asked for: the agent, the number, the callback.
var refusals = map[queue.Refusal]string{
	queue.UnknownAgent:    "agent: %q is not in the config",
	queue.WrongPIN:        "wrong PIN",
	queue.PINLocked:       "too many wrong PINs: the log-in is locked for a while",
	queue.AlreadyLoggedIn: "the agent is already logged in",
	queue.NotLoggedIn:     "the agent is not logged in: he logs in from his phone",
	queue.InCall:          "the client is on the line: it ends with the conversation",
	queue.UnknownStatus:   "no such status: want waiting, offline, or one of the config's table",
	queue.UnknownPhone:    "no phone of the config: want an agent's endpoint or one of phones",
	queue.PhoneTaken:      "another agent is at work at this phone",
	queue.StatusForbidden: "the table forbids this status to agents of his queues: a supervisor may order it, for a reason",
	queue.AtPeak:          "callers wait for long, or the service level is under target: a supervisor may order it, for a reason",
	queue.TooManyInStatus: "as many agents as may are in this status: a supervisor may order one more, for a reason",
	queue.CallbackOwed:    "the agent has a callback to make first",

	queue.UnknownPhrase: "phrase: none of notice.phrases of the config",
	queue.WrongTime:     "until or for: a notice ends later than now, and within 7 days",
	queue.NoNotice:      "no notice is on there",
	queue.NotFlagged:    "number: %q has no flag",
	queue.UnknownResult: "no such result for calls of this queue",
	queue.NoCall:        "the agent has had no call in this shift",
	queue.NotInWrapUp:   "the agent is not in his wrap-up",
	queue.WrapUpLimit:   "the wrap-up is as long as it may be",

	queue.QueueConsulted:   "nobody of a queue can be asked before it is the caller's turn there",
	queue.HoldUsedUp:       "the caller was on hold for as long as one call may be",
	queue.NoSupervisor:     "no supervisor's phone is configured",
	queue.PINNeeded:        "no supervisor is logged in at this phone: it needs a PIN",
	queue.NotSupervisor:    "the agent may not listen to others",
	queue.NoTalk:           "the agent has no talk to listen to",
	queue.OthersKey:        "the key shows the status of an agent who is not logged in at this phone",
	queue.UnknownExtension: "no queue's code, no extension and no number that may be called",
	queue.ExtensionBusy:    "the phone of that extension is not free",
	queue.QueueClosed:      "the queue takes no callers now",

	queue.NumberUnknown:    "number: %q is no telephone number",
	queue.NumberNotAllowed: "number: %q may not be called: trunk.allow of the config does not have it",
	queue.TooNearClosing:   "the queue closes before it would be due",
	queue.NobodyOnShift:    "no agent of the queue who speaks the language is logged in",
	queue.TooManyOpen:      "too many callbacks are open: the agents who are logged in could not keep this one too",
	queue.TooLittleTime:    "there is too little time: a call of this queue takes longer than the callback may wait",
	queue.NumberLimit:      "number: %q has been called as often as it may be within an hour",
	queue.UnknownQueue:     "queue: no such queue in the config",
	queue.UnknownCallback:  "callback: %q is not open",
	queue.ReasonMissing:    "reason: missing: a callback is cancelled or taken off an agent, a flag taken off a number, and a status that the table refuses is ordered, for a reason only",
	queue.TooManyInAir:     "as many clients are being called as may be at one time",
	queue.NotSafe:          "neither Redis nor the spool can keep it now, so it is not promised",
}

// statuses of refusals that are no conflict with what is now.
var statuses = map[queue.Refusal]int{
	queue.UnknownAgent:    http.StatusNotFound,
	queue.UnknownCallback: http.StatusNotFound,
	queue.NotFlagged:      http.StatusNotFound,
	queue.UnknownPhrase:   http.StatusUnprocessableEntity,
	queue.WrongTime:       http.StatusUnprocessableEntity,
	queue.UnknownStatus:   http.StatusUnprocessableEntity,
	queue.UnknownQueue:    http.StatusUnprocessableEntity,
	queue.NumberUnknown:   http.StatusUnprocessableEntity,
	queue.ReasonMissing:   http.StatusUnprocessableEntity,
	queue.NotSafe:         http.StatusServiceUnavailable,
}

// statusOf a refusal: most are in conflict with what is now.
func statusOf(refusal queue.Refusal) int { return cmp.Or(statuses[refusal], http.StatusConflict) }

// allowed reports whether an order can be meant as it stands; if not, it has
// answered the request with the field that is wrong.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request, wrong func(*queue.Rules) string) bool {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	var detail string
	if err := s.engine.View(ctx, func(state *queue.State) { detail = wrong(state.Rules()) }); err != nil {
		s.unavailable(w, err)
		return false
	}
	if detail != "" {
		problem(w, http.StatusUnprocessableEntity, detail)
	}
	return detail == ""
}

func noneOf[T ~string](field string, got T, allowed []T) string {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	return fmt.Sprintf("%s: %q is not allowed: want one of %s", field, got, strings.Join(words, ", "))
}

func problem(w http.ResponseWriter, status int, detail string) {
	sendProblem(w, Problem{Status: status, Detail: detail})
}

// refuse tells that the rules do not allow what was asked about an agent, a
// number or a callback.
func refuse(w http.ResponseWriter, refusal queue.Refusal, about string) {
	status := statusOf(refusal)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	detail := strings.ReplaceAll(cmp.Or(refusals[refusal], string(refusal)), "%q", strconv.Quote(about))
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
