package ops

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// books are a history that has a timesheet of 1099, who has left the config, and the corrections that the journal told.
type books struct {
	corrections []Correction
	alarms      []Alarm
	away        error
}

func (b *books) Report(context.Context, string, url.Values) ([]byte, string, error) {
	return nil, "", ErrNoReport
}
func (b *books) All() []ReportInfo { return nil }
func (b *books) Call(_ context.Context, id string, _ url.Values) ([]byte, string, error) {
	if id != "lab-1" {
		return nil, "", ErrNoCall
	}
	return []byte(`{"report":"call"}`), "application/json", b.away
}
func (b *books) QueueOf(_ context.Context, id string) (string, error) {
	return map[string]string{"lab-1": "sales", "lab-2": "repair"}[id], b.away
}
func (b *books) Recorded(_ context.Context, agent, _ string) (time.Duration, bool, error) {
	return time.Hour, agent == "1001" || agent == "1099", b.away
}
func (b *books) Corrections(_ context.Context, _, agent string) (all []Correction, _ error) {
	for _, c := range b.corrections {
		if agent == "" || c.Agent == agent {
			all = append(all, c)
		}
	}
	return all, b.away
}

func (b *books) Alarms(_ context.Context, since time.Time) (all []Alarm, _ error) {
	for _, a := range b.alarms {
		if !a.At.Before(since) {
			all = append(all, a)
		}
	}
	return all, b.away
}
func (b *books) Alarm(_ context.Context, id string) (*Alarm, error) {
	for _, a := range b.alarms {
		if a.ID == id {
			return &a, b.away
		}
	}
	return nil, b.away
}

// A correction is an order of a supervisor for a reason; both values are shown.
func TestCorrections(t *testing.T) {
	s := newSite(t)
	book := &books{}
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	day := s.at.In(s.state.Rules().Location).Format(time.DateOnly)
	path := "/api/v1/timesheets/1001/" + day
	if w := s.do("PUT", path, "steering", `{"paid": 28800, "reason": "forgotten"}`); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no history is kept") {
		t.Errorf("without a history: %d %s", w.Code, w.Body)
	}
	s.Server.reports, book.corrections = book, []Correction{{Agent: "1001", Day: day, Paid: 28800}}
	for _, tt := range []struct {
		method, path, token, body string
		code                      int
		words                     string
	}{
		{"PUT", path, "seeing", `{"paid": 28800, "reason": "x"}`, 403, "supervisor"},
		{"PUT", path, "steering", `{"paid": 28800}`, 422, "reason: missing"},
		{"PUT", path, "steering", `{"reason": "x"}`, 422, "paid: want seconds"},
		{"PUT", path, "steering", `{"paid": 28800.5, "reason": "x"}`, 400, "paid: 28800.5 is not allowed"},
		{"PUT", path, "steering", `{"paid": 28830, "reason": "x"}`, 422, "paid: want whole minutes"},
		{"PUT", path, "steering", `{"paid": 86460, "reason": "x"}`, 422, "paid: want whole minutes, from 0:00 to 24:00"},
		{"PUT", path, "steering", `{"paid": -60, "reason": "x"}`, 422, "paid: want whole minutes"},
		{"PUT", path, "steering", `{"hours": 8, "reason": "x"}`, 400, "hours"},
		{"PUT", "/api/v1/timesheets/1001/05.03.2026", "steering", `{"paid": 60, "reason": "x"}`, 422, `day: "05.03.2026" is not allowed`},
		{"PUT", "/api/v1/timesheets/1001/2027-03-05", "steering", `{"paid": 60, "reason": "x"}`, 422, "day: want a date such as 2026-03-02, today or before"},
		{"PUT", "/api/v1/timesheets/1077/" + day, "steering", `{"paid": 60, "reason": "x"}`, 404, `agent: "1077" is not in the config`},
		{"DELETE", path, "steering", "", 422, "reason: missing"},
		{"DELETE", "/api/v1/timesheets/1077/" + day, "steering", `{"reason": "x"}`, 404, `agent: "1077"`},
		{"PUT", path, "steering", `{"paid": 28800, "reason": "forgotten"}`, 200, `"recorded":3600,"paid":28800,"by":"aida"`},
		{"PUT", "/api/v1/timesheets/1099/" + day, "steering", `{"paid": 0, "reason": "was not there"}`, 200, `"paid":0`},
		{"DELETE", "/api/v1/timesheets/1099/" + day + "?reason=mistaken", "steering", "", 404, "there is no correction"},
		{"DELETE", path + "?reason=mistaken", "steering", "", 204, ""},
		{"GET", "/api/v1/history/calls/lab-1", "steering", "", 200, `"report":"call"`},
		{"GET", "/api/v1/history/calls/lab-1", "seeing", "", 403, "supervisor"},
		{"GET", "/api/v1/history/calls/lab-2", "steering", "", 404, "the history has no such call"},
	} {
		var told []queue.Entry
		l := s.feed.Listen(16)
		w := s.do(tt.method, tt.path, tt.token, tt.body)
		s.feed.Leave(l)
		for len(l.Lines) > 0 {
			told = append(told, (<-l.Lines).Entry)
		}
		if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.words) && !strings.Contains(strings.ReplaceAll(w.Body.String(), `\"`, `"`), tt.words) {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, w.Code, w.Body, tt.code, tt.words)
		}
		done := tt.method != "GET" && tt.code < 300
		if is := len(told) == 1 && told[0].By == "aida" && (told[0].Kind == queue.EntryTimesheetCorrected || told[0].Kind == queue.EntryTimesheetRestored); is != done {
			t.Errorf("%s %s %s: told is %+v", tt.method, tt.path, tt.body, told)
		}
	}

	book.corrections = []Correction{{Agent: "1001", Day: day, Paid: 28800, By: "aida", At: s.at, Reason: "forgotten"}}
	s.at = s.at.Add(10 * time.Second)
	sheet := get[items[Timesheet]](t, s, "/api/v1/timesheets").Items[0]
	if sheet.Paid != 10 || sheet.Corrected == nil || sheet.Corrected.Paid != 28800 || sheet.Corrected.Recorded != 10 {
		t.Errorf("the timesheet is %+v, corrected %+v", sheet, sheet.Corrected)
	}
	// A day is shown though the agent was not there.
	book.corrections = append(book.corrections, Correction{Agent: "1002", Day: day, Paid: 3600, By: "aida", At: s.at, Reason: "training"})
	if sheets := get[items[Timesheet]](t, s, "/api/v1/timesheets").Items; len(sheets) != 2 || sheets[1].Agent != "1002" || sheets[1].Paid != 0 || sheets[1].Corrected == nil || sheets[1].Corrected.Paid != 3600 {
		t.Errorf("the timesheets are %+v", sheets)
	}
	// A database that is away hides no timesheet, and takes no correction.
	book.away = errors.New("away")
	if sheet := get[items[Timesheet]](t, s, "/api/v1/timesheets").Items[0]; sheet.Paid != 10 || sheet.Corrected != nil {
		t.Errorf("without the history: %+v", sheet)
	}
	if w := s.do("PUT", path, "steering", `{"paid": 28800, "reason": "forgotten"}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a correction without the history: %d %s", w.Code, w.Body)
	}
}
