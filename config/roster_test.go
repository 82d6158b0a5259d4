package config

import (
	"os"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

func rosterRules(t testing.TB) *queue.Rules {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin") // with daylight saving
	if err != nil {
		t.Fatal(err)
	}
	return &queue.Rules{Location: loc, Agents: map[string]*queue.AgentRules{"1001": {ID: "1001"}, "1002": {ID: "1002"}}}
}

// TestRoster: days off, a shift over midnight, the hour that daylight saving takes.
func TestRoster(t *testing.T) {
	r := rosterRules(t)
	text := "day,agent,start,end\n2026-03-28,1001,22:00,06:00\n2026-03-30,1001,,\n# a remark\n2026-03-27, 1001 ,09:00,24:00\n"
	r.Roster = parseRoster([]byte(text), r, func(line int, format string, args ...any) {
		t.Errorf("line %d: "+format, append([]any{line}, args...)...)
	})
	at := func(text string) time.Time {
		got, err := time.ParseInLocation("2006-01-02 15:04", text, r.Location)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct{ after, start, end string }{
		{"2026-03-20 00:00", "2026-03-27 09:00", "2026-03-28 00:00"},
		{"2026-03-28 00:00", "2026-03-28 22:00", "2026-03-29 06:00"},
		{"2026-03-29 05:59", "2026-03-28 22:00", "2026-03-29 06:00"},
	} {
		if got := r.NextShift("1001", at(c.after)); !got.Start.Equal(at(c.start)) || !got.End.Equal(at(c.end)) {
			t.Errorf("after %s: %v to %v, want %s to %s", c.after, got.Start, got.End, c.start, c.end)
		}
	}
	if night := r.NextShift("1001", at("2026-03-28 12:00")); night.End.Sub(night.Start) != 7*time.Hour {
		t.Errorf("the night of the shorter day lasts %v", night.End.Sub(night.Start))
	}
	if got := r.NextShift("1001", at("2026-03-29 06:00")); !got.Start.IsZero() {
		t.Errorf("a shift after the last: %v", got)
	}
	if got := r.NextShift("1002", at("2026-03-01 00:00")); !got.Start.IsZero() {
		t.Errorf("a shift of somebody else: %v", got)
	}
	// Weekly hours, as far as the roster says nothing of a day.
	if err := r.Agents["1001"].Shifts.UnmarshalText([]byte("Mo-Su 10:00-11:00")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ after, start string }{
		{"2026-03-26 10:30", "2026-03-26 10:00"},
		{"2026-03-26 11:00", "2026-03-27 09:00"},
		{"2026-03-29 06:00", "2026-03-29 10:00"},
		{"2026-03-29 12:00", "2026-03-31 10:00"},
	} {
		if got := r.NextShift("1001", at(c.after)); !got.Start.Equal(at(c.start)) {
			t.Errorf("after %s: %v, want %s", c.after, got.Start.In(r.Location), c.start)
		}
	}
}

// FuzzRoster: whatever the file, there is no panic; a mistake has its line;
// what is read is in order and does not overlap.
func FuzzRoster(f *testing.F) {
	if data, err := os.ReadFile("testdata/bad/bad-roster.csv"); err == nil {
		f.Add(data)
	}
	f.Add([]byte("\uFEFFday,agent,start,end\r\n2026-03-02,1001,09:00,18:00\r\n"))
	f.Add([]byte("2026-03-29,1001,02:10,02:20\n"))
	f.Add([]byte("\"2026-03-29\n,1001,02:10,02:20\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := rosterRules(t)
		lines := strings.Count(string(data), "\n") + 1
		roster := parseRoster(data, r, func(line int, _ string, _ ...any) {
			if line < 1 || line > lines {
				t.Fatalf("line %d of %d", line, lines)
			}
		})
		for id, days := range roster {
			if r.Agents[id] == nil {
				t.Fatalf("agent %q", id)
			}
			for i, sh := range days.Shifts {
				if !sh.End.After(sh.Start) || sh.End.Sub(sh.Start) > 26*time.Hour || i > 0 && sh.Start.Before(days.Shifts[i-1].End) {
					t.Fatalf("shifts %v", days.Shifts)
				}
			}
		}
	})
}
