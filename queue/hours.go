package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are weekly opening hours such as "Mo-Fr 08:00-22:00; Sa,Su
// 09:00-20:00", in the site's time zone. A span may cross midnight
// ("Fr 20:00-02:00"); 24:00 is the end of a day. The zero value is always open.
type Hours struct {
	text string
	// spans in minutes from the start of each day, Sunday first, the earliest first. An
	// end past 24:00 reaches into the next day.
	spans [7][]span
}

// span is open from one minute of the day to another.
type span struct{ from, to int }

// on is the span on a local day, by the clock of its place.
func (s span) on(day time.Time) Shift {
	at := func(minute int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, day.Location()).UTC()
	}
	return Shift{at(s.from), at(s.to)}
}

// upcoming is the first of the spans of local days that ends after a time: it goes on then, also since the day before,
// or comes next. It is zero if none comes within a year.
func upcoming(after time.Time, loc *time.Location, on func(day time.Time) []span) Shift {
	local := after.In(loc)
	for d := -1; d < 366; d++ {
		day := time.Date(local.Year(), local.Month(), local.Day()+d, 0, 0, 0, 0, loc)
		for _, s := range on(day) {
			if sh := s.on(day); sh.End.After(after) {
				return sh
			}
		}
	}
	return Shift{}
}

// dayMinutes is a day without a change of the clock.
const dayMinutes = 24 * 60

var weekdays = []string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// ParseHours reads weekly hours; empty text is always open.
func ParseHours(text string) (Hours, error) {
	h := Hours{text: strings.TrimSpace(text)}
	if h.text == "" {
		return h, nil
	}
	for part := range strings.SplitSeq(h.text, ";") {
		days, times, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			return Hours{}, fmt.Errorf("hours %q: want days and times, such as \"Mo-Fr 08:00-22:00\"", part)
		}
		spans, err := parseSpans(times)
		if err != nil {
			return Hours{}, err
		}
		for list := range strings.SplitSeq(days, ",") {
			from, to, ranged := strings.Cut(list, "-")
			if !ranged {
				to = from
			}
			first, last := slices.Index(weekdays, from), slices.Index(weekdays, to)
			if first < 0 || last < 0 {
				return Hours{}, fmt.Errorf("hours %q: day %q is none of Mo Tu We Th Fr Sa Su", part, list)
			}
			for d := first; ; d = (d + 1) % 7 {
				h.spans[d] = inOrder(append(h.spans[d], spans...))
				if d == last {
					break
				}
			}
		}
	}
	return h, nil
}

// parseSpans reads "08:00-12:00,13:00-17:00".
func parseSpans(text string) ([]span, error) {
	var spans []span
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(part), "-")
		f, begins := clock(from)
		t, ends := clock(to)
		if !ok || !begins || !ends || f == dayMinutes {
			return nil, fmt.Errorf("hours %q: want times such as \"08:00-22:00\"", part)
		}
		if t <= f {
			t += dayMinutes
		}
		spans = append(spans, span{f, t})
	}
	return inOrder(spans), nil
}

// inOrder puts spans in the order of their beginnings.
func inOrder(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return spans
}

// clock reads "08:30" as minutes of the day; "24:00" is allowed.
func clock(text string) (minutes int, ok bool) {
	if text == "24:00" {
		return dayMinutes, true
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err == nil && len(text) == len("15:04") // and not 8:30
}

// UnmarshalText reads hours from a config.
func (h *Hours) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHours(string(text))
	return err
}

// String is the text the hours were read from.
func (h Hours) String() string { return h.text }

// Holiday is a day with hours of its own.
type Holiday struct {
	// Date is "2026-03-21", or "03-21" for every year.
	Date string `yaml:"date"`
	// Open is "10:00-14:00"; empty is closed all day.
	Open string `yaml:"open"`
}

// Validate tells what is wrong with the holiday.
func (d Holiday) Validate() error {
	_, once := time.Parse(time.DateOnly, d.Date)
	_, yearly := time.Parse(time.DateOnly, "2024-"+d.Date) // a leap year, so that 02-29 may be one
	if once != nil && yearly != nil {
		return fmt.Errorf("holiday date %q: want YYYY-MM-DD, or MM-DD for every year", d.Date)
	}
	if d.Open == "" {
		return nil
	}
	_, err := parseSpans(d.Open)
	return err
}
