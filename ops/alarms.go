package ops

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"kezek/queue"
)

// Alarm is what supervisors are to see, and who has seen it.
type Alarm struct {
	// ID is that of the event, up to its slash.
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Kind     queue.EntryKind `json:"kind"`
	Severity queue.Severity  `json:"severity"`
	Queue    string          `json:"queue,omitempty"`
	Language queue.Language  `json:"language,omitempty"`
	Agent    string          `json:"agent,omitempty"`
	Call     string          `json:"call,omitempty"`
	Callback string          `json:"callback,omitempty"`
	// Detail is a code: what a violation was, why a phone or the trunk failed, the status of an overstay.
	Detail string `json:"detail,omitempty"`
	// Acknowledged is null until somebody has said that they have seen it.
	Acknowledged *Acknowledged `json:"acknowledged"`
}

// Acknowledged is who has seen an alarm, and when.
type Acknowledged struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// alarmsFor is how far back alarms are listed unless it is asked for.
const alarmsFor = 24 * time.Hour

// listAlarms answers with those of the last 24 hours, or since a time, the newest first.
func (s *Server) listAlarms(w http.ResponseWriter, r *http.Request, asker who) {
	since := s.now().Add(-alarmsFor)
	if text := r.URL.Query().Get("since"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			problem(w, http.StatusUnprocessableEntity, fmt.Sprintf(`since: invalid time %q: want RFC 3339, such as "2026-11-22T18:00:00+06:00"`, text))
			return
		}
		since = at
	}
	if !s.keepsHistory(w) {
		return
	}
	all, err := s.reports.Alarms(r.Context(), since)
	if s.reported(w, "alarms", err) {
		rules := s.rules()
		all = slices.DeleteFunc(slices.Clone(all), func(a Alarm) bool { return a.role(asker, rules) < Viewer })
		sendJSON(w, http.StatusOK, items[Alarm]{each(all, func(a Alarm) Alarm { return a })})
	}
}

// role is the one that somebody has where an alarm belongs: in its queue, else in those of its agent. One of the daemon itself, such
// as the trunk's, concerns everybody.
func (a *Alarm) role(of who, rules *queue.Rules) Role {
	switch {
	case a.Queue != "":
		return of.rights.in(a.Queue)
	case a.Agent != "":
		return of.rights.inAny(queuesOf(rules, a.Agent))
	}
	return of.role
}

// alarmID is the id of an event in the journal.
var alarmID = regexp.MustCompile(`^[0-9]{1,19}-[0-9]{1,19}$`)

// acknowledgeAlarm takes note that the one who asks has seen an alarm. The first to say so stays.
func (s *Server) acknowledgeAlarm(w http.ResponseWriter, r *http.Request, asker who) {
	if r.ContentLength != 0 {
		var nothing struct{}
		if !decode(w, r, &nothing) {
			return
		}
	}
	if !s.keepsHistory(w) {
		return
	}
	id := r.PathValue("id")
	var a *Alarm
	if alarmID.MatchString(id) {
		var err error
		if a, err = s.reports.Alarm(r.Context(), id); !s.reported(w, "alarms", err) {
			return
		}
	}
	if a == nil {
		refuse(w, queue.RefusalUnknownAlarm, id)
		return
	}
	if a.role(asker, s.rules()) < Supervisor {
		s.mayIn(w, asker, Supervisor, fmt.Sprintf("the alarm %q", id), a.Queue)
		return
	}
	if a.Acknowledged == nil {
		if _, ok := s.ask(w, r, id, queue.AcknowledgeAlarm{Alarm: id, By: asker.name}); !ok {
			return
		}
		a.Acknowledged = &Acknowledged{asker.name, s.now()}
	}
	sendJSON(w, http.StatusOK, a)
}
