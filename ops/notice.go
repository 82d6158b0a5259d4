package ops

import (
	"net/http"
	"slices"
	"time"

	"kezek/queue"
)

// Notice is the maintenance notice that callers of a queue hear on entry.
type Notice struct {
	Phrase string    `json:"phrase"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// By is the supervisor who switched it on: a token's name, or an agent's id.
	By string `json:"by"`
}

func newNotice(n *queue.Notice) *Notice {
	if n == nil {
		return nil
	}
	return &Notice{n.Phrase, n.Since, n.Until, n.By}
}

// NoticeOrder is what a supervisor sends to switch a maintenance notice on.
type NoticeOrder struct {
	// Queues are all when none is named.
	Queues []string `json:"queues,omitempty"`
	// Phrase is one of notice.phrases of the config; the first when it is empty.
	Phrase string `json:"phrase,omitempty"`
	// Until is when it ends, otherwise after so many seconds (For), otherwise after notice.for of the config.
	Until time.Time `json:"until,omitzero"`
	For   float64   `json:"for,omitempty"`
}

// wrong says which field cannot be right; "" if none.
func (o *NoticeOrder) wrong(rules *queue.Rules) string {
	for _, name := range o.Queues {
		if rules.Queues[name] == nil {
			return noneOf("queue", name, sortedKeys(rules.Queues))
		}
	}
	if o.Phrase != "" && !slices.Contains(rules.Notice.Phrases, o.Phrase) {
		return noneOf("phrase", o.Phrase, rules.Notice.Phrases)
	}
	return ""
}

func (s *Server) setNotice(w http.ResponseWriter, r *http.Request, asker who) {
	var order NoticeOrder
	if !decode(w, r, &order) || !s.allowed(w, r, order.wrong) {
		return
	}
	queues, ok := s.noticed(w, asker, order.Queues)
	if !ok {
		return
	}
	lasts := time.Duration(order.For * float64(time.Second))
	switch longest := queue.LongestNotice.Seconds(); {
	case !order.Until.IsZero() && order.For != 0:
		problem(w, http.StatusUnprocessableEntity, "until and for: want one of them")
		return
	case order.For < 0 || order.For > longest, order.For > 0 && lasts == 0:
		refuse(w, queue.RefusalWrongTime, "")
		return
	}
	s.order(w, r, "", queue.SetNotice{
		Queues: queues, Phrase: order.Phrase, Until: order.Until, For: lasts, By: asker.name,
	})
}

// endNotice switches it off for the queues of the query, or for all.
func (s *Server) endNotice(w http.ResponseWriter, r *http.Request, asker who) {
	order := NoticeOrder{Queues: r.URL.Query()["queue"]}
	if !s.allowed(w, r, order.wrong) {
		return
	}
	if queues, ok := s.noticed(w, asker, order.Queues); ok {
		s.order(w, r, "", queue.EndNotice{Queues: queues, By: asker.name})
	}
}

// noticed are the queues of an order about the notice: those named, each of which must be the asker's, or all that are.
// It has answered the request itself if ok is false.
func (s *Server) noticed(w http.ResponseWriter, asker who, named []string) (queues []string, ok bool) {
	if len(named) == 0 {
		return asker.rights.queues(Supervisor), true
	}
	for _, q := range named {
		if !s.mayIn(w, asker, Supervisor, "the notice", q) {
			return nil, false
		}
	}
	return named, true
}
