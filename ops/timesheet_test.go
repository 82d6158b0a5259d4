package ops

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// Timesheets of today show what goes on up to now; of another day there are none.
func TestTimesheets(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	s.happen(queue.SetStatus{Agent: "1001", Status: "coffee", By: "aida"}) // a second later
	s.at = s.at.Add(10 * time.Second)

	get := func(query string) []Timesheet {
		t.Helper()
		w := s.do("GET", "/api/v1/timesheets"+query, "seeing", "")
		var got struct{ Items []Timesheet }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", query, w.Code, w.Body)
		}
		return got.Items
	}
	today := get("")
	if len(today) != 1 || today[0].Agent != "1001" || today[0].Paid != 11 || today[0].Spent["coffee"] != 10 || today[0].Spent["waiting"] != 1 || today[0].LogOut != nil {
		t.Fatalf("today %+v", today)
	}
	// Two shifts of the day, with a gap of a minute; the rules say whether it is paid.
	s.happen(queue.LogOut{Agent: "1001"})
	s.at = s.at.Add(time.Minute)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	gap := get("")[0].Paid
	s.state.Rules().Timesheet.WorkingDay = queue.WorkingDaySum
	if sum := get("")[0].Paid; gap-sum != 60 && gap-sum != 61 {
		t.Errorf("two shifts are paid %v by span, %v by sum", gap, sum)
	}
	for query, want := range map[string]int{"?agent=1001": 1, "?day=" + today[0].Day: 1, "?day=2001-01-01": 0} {
		if got := get(query); len(got) != want {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for query, want := range map[string]struct {
		code  int
		words string
	}{"?agent=9": {422, `agent: "9"`}, "?day=2026-13-01": {422, `day: "2026-13-01"`}, "?date=2026-03-01": {422, `the query: "date"`}} {
		w := s.do("GET", "/api/v1/timesheets"+query, "seeing", "")
		if p := decoded[Problem](t, w.Body); w.Code != want.code || !strings.Contains(p.Detail, want.words) {
			t.Errorf("%s: %d %+v, want %d %q", query, w.Code, p, want.code, want.words)
		}
	}
	s.lost = errors.New("away")
	if w := s.do("GET", "/api/v1/timesheets", "seeing", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without Redis: %d", w.Code)
	}
}
