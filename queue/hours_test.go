package queue

import (
	"testing"
	"time"
)

func bishkek(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Bishkek")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestHours(t *testing.T) {
	for _, test := range []struct {
		hours    string
		holidays []Holiday
		at       string
		open     bool
		next     string // opening, when it is closed
	}{
		{"", nil, "2026-03-02 03:00", true, ""},
		{"Mo-Fr 08:00-22:00; Sa-Su 09:00-20:00", nil, "2026-03-02 07:59", false, "2026-03-02 08:00"},
		{"Mo-Fr 08:00-22:00; Sa-Su 09:00-20:00", nil, "2026-03-02 08:00", true, ""},
		{"Mo-Fr 08:00-22:00; Sa-Su 09:00-20:00", nil, "2026-03-06 22:00", false, "2026-03-07 09:00"},
		{"Fr-Mo 10:00-12:00,14:00-16:00", nil, "2026-03-08 13:00", false, "2026-03-08 14:00"},
		{"Fr-Mo 10:00-12:00,14:00-16:00", nil, "2026-03-09 16:00", false, "2026-03-13 10:00"},
		{"Fr 20:00-02:00", nil, "2026-03-07 01:59", true, ""},
		{"Fr 20:00-02:00", nil, "2026-03-07 02:00", false, "2026-03-13 20:00"},
		{"Su 00:00-24:00", nil, "2026-03-08 23:59", true, ""},
		{"Mo-Su 09:00-18:00", []Holiday{{Date: "03-08"}, {Date: "2026-03-09", Open: "11:00-12:00"}}, "2026-03-08 12:00", false, "2026-03-09 11:00"},
		{"", []Holiday{{Date: "03-08"}}, "2026-03-08 12:00", false, "2026-03-09 00:00"},
	} {
		loc := bishkek(t)
		h, err := ParseHours(test.hours)
		if err != nil {
			t.Fatal(err)
		}
		q := &QueueRules{Hours: h, Holidays: test.holidays}
		at, err := time.ParseInLocation("2006-01-02 15:04", test.at, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.open(at, loc); got != test.open {
			t.Errorf("%q at %s: open %v", test.hours, test.at, got)
		}
		if test.open {
			continue
		}
		if got := q.opening(at, loc).In(loc).Format("2006-01-02 15:04"); got != test.next {
			t.Errorf("%q at %s opens next at %s, want %s", test.hours, test.at, got, test.next)
		}
	}
}

func TestHoursRefused(t *testing.T) {
	for _, text := range []string{"Mo", "Mo 8-22", "Mo 08:00", "Mo 08:00-25:00", "Mo 24:00-25:00", "Xx 08:00-09:00", "Mo- 08:00-09:00", "Mo 08:60-09:00", ";"} {
		if h, err := ParseHours(text); err == nil {
			t.Errorf("%q is taken as %+v", text, h)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("Mo-Fr 08:00-22:00; Sa,Su 09:00-20:00")
	f.Add("Fr 20:00-02:00")
	loc := bishkek(f)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours(text)
		if err != nil {
			return
		}
		q := &QueueRules{Hours: h}
		at := time.Date(2026, 3, 2, 12, 0, 0, 0, loc)
		if q.open(at, loc) {
			return
		}
		if next := q.opening(at, loc); next.Before(at.AddDate(0, 11, 0)) && !q.open(next, loc) {
			t.Errorf("%q: not open at its own opening %v", text, next)
		}
	})
}
