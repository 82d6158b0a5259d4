package ops

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Reports answers questions about what happened. The daemon's history fits it.
type Reports interface {
	// Report writes the answer to a report, with its media type. [BadParameter] and [ErrNoReport] are the asker's.
	Report(ctx context.Context, name string, ask url.Values) (body []byte, mediaType string, err error)
	// Call tells one call from its start to its end, as a table. [ErrNoCall]: there is none of that id.
	Call(ctx context.Context, id string, ask url.Values) (body []byte, mediaType string, err error)
	// QueueOf is the last queue of a call; "" if there is no call of that id, or it was in none.
	QueueOf(ctx context.Context, id string) (string, error)
	// Recorded is the paid time of an agent's day as it was recorded; not known if nothing was.
	Recorded(ctx context.Context, agent, day string) (paid time.Duration, known bool, err error)
	// Corrections are those in force of a day and of an agent, either of which may be empty.
	Corrections(ctx context.Context, day, agent string) ([]Correction, error)
	// Alarms are those since a time, the newest first; Alarm is the one of an id, nil if there is none.
	Alarms(ctx context.Context, since time.Time) ([]Alarm, error)
	Alarm(ctx context.Context, id string) (*Alarm, error)
	// All describes the reports.
	All() []ReportInfo
}

// ReportInfo says what a report is.
type ReportInfo struct {
	ID string `json:"id"`
	// Title and the titles of the columns are by language: en, ru, ky.
	Title map[string]string `json:"title"`
	// Parameters are those that it knows.
	Parameters []string       `json:"parameters"`
	Columns    []ReportColumn `json:"columns"`
}

// ReportColumn is a column of a report.
type ReportColumn struct {
	ID    string            `json:"id"`
	Title map[string]string `json:"title"`
	// Unit is text, count, time, date, duration (seconds), hours (seconds, of whole minutes), percent or number.
	Unit string `json:"unit"`
	// Means says how the value comes about.
	Means string `json:"means,omitempty"`
}

// BadParameter is an error about what was asked.
type BadParameter struct{ Err error }

func (b BadParameter) Error() string { return b.Err.Error() }

// ErrNoReport: there is no report of that name; ErrNoCall: the history has no such call.
var (
	ErrNoReport = errors.New("there is no such report")
	ErrNoCall   = errors.New("the history has no such call; one that goes on is in /api/v1/calls")
)

// ReportParameters are all that reports know.
var ReportParameters = []string{
	"from", "to", "every", "queue", "language", "agent", "number", "outcome", "class", "formula", "columns", "limit", "after", "format", "words",
}

func (s *Server) listReports(w http.ResponseWriter, _ *http.Request, _ who) {
	all := []ReportInfo{}
	if s.reports != nil {
		all = s.reports.All()
	}
	sendJSON(w, http.StatusOK, items[ReportInfo]{all})
}

func (s *Server) report(w http.ResponseWriter, r *http.Request, asker who) {
	if !s.keepsHistory(w) {
		return
	}
	ask := question(r)
	if !s.mayReport(w, asker, r.PathValue("id"), ask) {
		return
	}
	body, mediaType, err := s.reports.Report(r.Context(), r.PathValue("id"), ask)
	s.sendReport(w, r.PathValue("id"), body, mediaType, err)
}

// mayReport reports whether somebody may ask a report for that, which it sets to their queue if they have only one; if not,
// it has answered the request itself. A report that does not go by queue takes the role in all.
func (s *Server) mayReport(w http.ResponseWriter, asker who, name string, ask url.Values) bool {
	theirs := asker.rights.queues(Supervisor)
	i := slices.IndexFunc(s.reports.All(), func(info ReportInfo) bool { return info.ID == name })
	switch {
	case theirs == nil, i < 0: // an unknown report has its own words
		return true
	case !slices.Contains(s.reports.All()[i].Parameters, "queue"):
		forbidden(w, fmt.Sprintf("the report %q concerns all queues; %s has the role %s only in %s", name, asker.called(), Supervisor, strings.Join(theirs, ", ")))
		return false
	case !ask.Has("queue") && len(theirs) == 1:
		ask.Set("queue", theirs[0])
		return true
	case !ask.Has("queue"):
		forbidden(w, "queue: is left out, which would mean all: want one of "+strings.Join(theirs, ", "))
		return false
	}
	return s.mayIn(w, asker, Supervisor, "the report", ask.Get("queue"))
}

// storyOfCall tells one call from its start to its end.
func (s *Server) storyOfCall(w http.ResponseWriter, r *http.Request, asker who) {
	if !s.keepsHistory(w) {
		return
	}
	if asker.rights.in(everywhere) < Supervisor {
		in, err := s.reports.QueueOf(r.Context(), r.PathValue("id"))
		if !s.reported(w, "call", err) || in != "" && !s.mayIn(w, asker, Supervisor, fmt.Sprintf("the call %q", r.PathValue("id")), in) {
			return
		}
	}
	body, mediaType, err := s.reports.Call(r.Context(), r.PathValue("id"), question(r))
	s.sendReport(w, "call", body, mediaType, err)
}

// question is what a report is asked for; an empty parameter is not given.
func question(r *http.Request) url.Values {
	ask := r.URL.Query()
	for name, values := range ask {
		if ask[name] = slices.DeleteFunc(values, func(v string) bool { return v == "" }); len(ask[name]) == 0 {
			delete(ask, name)
		}
	}
	return ask
}

func (s *Server) sendReport(w http.ResponseWriter, what string, body []byte, mediaType string, err error) {
	if s.reported(w, what, err) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(body) // the client may be gone
	}
}

// keepsHistory reports whether there is a history; if not, it has answered the request itself.
func (s *Server) keepsHistory(w http.ResponseWriter) bool {
	if s.reports == nil {
		problem(w, http.StatusNotFound, "no history is kept: history.url is empty")
	}
	return s.reports != nil
}

// reported reports whether the history has answered; if not, it has answered the request itself.
func (s *Server) reported(w http.ResponseWriter, what string, err error) bool {
	if _, bad := errors.AsType[BadParameter](err); bad {
		problem(w, http.StatusUnprocessableEntity, err.Error())
		return false
	}
	switch {
	case errors.Is(err, ErrNoReport), errors.Is(err, ErrNoCall):
		problem(w, http.StatusNotFound, err.Error())
	case err != nil:
		s.log.Warn("a report could not be made", zap.String("report", what), zap.Error(err))
		problem(w, http.StatusServiceUnavailable, "the history cannot be read now; see the daemon's log")
	}
	return err == nil
}

// historyMetrics tell how the history keeps up with the journal.
type historyMetrics struct {
	up, behind            prometheus.Gauge
	entries, lost, unread prometheus.Gauge
}

func newHistoryMetrics(add maker) historyMetrics {
	m := historyMetrics{
		up:      add.gauge("kezek_history_up", "1 while the history can be written; 0 also where none is kept."),
		behind:  add.gauge("kezek_history_behind", "1 while events wait in Redis to be written into the history."),
		entries: add.gauge("kezek_history_entries", "Events written into the history, ever."),
		lost:    add.gauge("kezek_history_lost", "Events that were gone from Redis before they were written into the history, ever: reports lack them."),
		unread:  add.gauge("kezek_history_unread", "Events that could not be read, ever."),
	}
	return m
}

// HistoryStands takes down how far the journal is in the history.
func (m *Metrics) HistoryStands(up, behind bool, entries, lost, unread int64) {
	for gauge, is := range map[prometheus.Gauge]bool{m.history.up: up, m.history.behind: behind} {
		gauge.Set(0)
		if is {
			gauge.Set(1)
		}
	}
	m.readers.stands(readerHistory, behind)
	m.history.entries.Set(float64(entries))
	m.history.lost.Set(float64(lost))
	m.history.unread.Set(float64(unread))
}
