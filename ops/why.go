package ops

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"kezek/queue"
)

// Why is why nobody takes a caller, told from the rules.
type Why struct {
	Call     string          `json:"call"`
	Queue    string          `json:"queue"`
	Language *queue.Language `json:"language"`
	State    queue.CallState `json:"state"`
	Asked    time.Time       `json:"asked"`
	// Summary is the reason of all agents together, Words are those for it.
	Summary queue.ReasonCode `json:"summary"`
	Words   string           `json:"words"`
	// Agents are all of the config, those nearest to the caller first; none if the caller is not in line.
	Agents []WhyAgent `json:"agents"`
}

// WhyAgent is an agent who may be offered the caller now, or why not.
type WhyAgent struct {
	Agent    string      `json:"agent"`
	Name     string      `json:"name"`
	Eligible bool        `json:"eligible"`
	Reasons  []WhyReason `json:"reasons"`
}

// WhyReason is one reason, with what else is known of it.
type WhyReason struct {
	Code  queue.ReasonCode `json:"code"`
	Words string           `json:"words"`
	// Status of the agent, or what hinders them otherwise, since when and until when at the latest.
	Status queue.Status `json:"status,omitempty"`
	Since  time.Time    `json:"since,omitzero"`
	Until  time.Time    `json:"until,omitzero"`
	// Agent for whom the caller is kept, who is rung, or to whom a supervisor listens; Call and Callback that the agent has, owes or gets first.
	Agent    string      `json:"agent,omitempty"`
	Call     string      `json:"call,omitempty"`
	Callback string      `json:"callback,omitempty"`
	Cause    queue.Cause `json:"cause,omitempty"`
}

// wordLanguages are those in which the API says what codes mean.
var wordLanguages = []string{"en", "ru", "ky"}

// wordsOf is the language of the words that a request asks for: the one of its query, else the first of the site's; it has answered
// the request itself if ok is false.
func (s *Server) wordsOf(w http.ResponseWriter, r *http.Request) (language string, ok bool) {
	language = r.URL.Query().Get("words")
	switch {
	case slices.Contains(wordLanguages, language):
		return language, true
	case language != "":
		problem(w, http.StatusUnprocessableEntity, noneOf("words", language, wordLanguages))
		return "", false
	}
	ok = s.look(w, r, func(state *queue.State) { language = string(state.Rules().Languages[0]) })
	return language, ok
}

// whyCall answers why nobody takes a caller.
func (s *Server) whyCall(w http.ResponseWriter, r *http.Request, asker who) {
	language, ok := s.wordsOf(w, r)
	if !ok {
		return
	}
	id, now := r.PathValue("id"), s.now()
	var answer Why
	known := false
	if !s.look(w, r, func(state *queue.State) {
		var why queue.Why
		if why, known = queue.WhyNobody(state, id); known {
			answer = newWhy(state, why, language, now)
		}
	}) {
		return
	}
	if !known {
		problem(w, http.StatusNotFound, fmt.Sprintf("%q not found", id))
		return
	}
	if s.mayIn(w, asker, Viewer, fmt.Sprintf("the call %q", id), answer.Queue) {
		sendJSON(w, http.StatusOK, answer)
	}
}

func newWhy(s *queue.State, w queue.Why, language string, now time.Time) Why {
	return Why{
		Call: w.Call, Queue: w.Queue, Language: set(w.Language), State: w.State, Asked: now, Summary: w.Summary, Words: w.Summary.Words(language),
		Agents: each(w.Agents, func(a queue.WhyAgent) WhyAgent {
			one := WhyAgent{Agent: a.Agent, Eligible: a.Eligible, Reasons: each(a.Reasons, func(r queue.Reason) WhyReason {
				return WhyReason{r.Code, r.Code.Words(language), r.Status, r.Since, r.Until, r.Agent, r.Call, r.Callback, r.Cause}
			})}
			if rules := s.Rules().Agents[a.Agent]; rules != nil {
				one.Name = inWords(rules.Name, rules.Speech)
			}
			return one
		}),
	}
}
