package queue

import (
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
	// spans in minutes from the start of each day, Sunday first. An end past
	// 24:00 reaches into the next day.
	spans [7][]span
}

// span is open from one minute of the day to another.
type span struct{ from, to int }

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
				h.spans[d] = append(h.spans[d], spans...)
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
		f, err1 := clock(from)
		t, err2 := clock(to)
		if !ok || err1 != nil || err2 != nil || f == dayMinutes {
			return nil, fmt.Errorf("hours %q: want times such as \"08:00-22:00\"", part)
		}
		if t <= f {
			t += dayMinutes
		}
		spans = append(spans, span{f, t})
	}
	return spans, nil
}

// clock reads "08:30" as minutes of the day; "24:00" is allowed.
func clock(text string) (int, error) {
	if len(text) != 5 || text[2] != ':' {
		return 0, fmt.Errorf("time %q: want HH:MM", text)
	}
	for _, i := range []int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return 0, fmt.Errorf("time %q: want HH:MM", text)
		}
	}
	hour, minute := int(text[0]-'0')*10+int(text[1]-'0'), int(text[3]-'0')*10+int(text[4]-'0')
	if minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, fmt.Errorf("time %q: want 00:00 to 24:00", text)
	}
	return hour*60 + minute, nil
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
	if _, err := time.Parse("2006-01-02", d.Date); err != nil {
		// A leap year, so that 02-29 may be a yearly holiday.
		if _, err := time.Parse("2006-01-02", "2024-"+d.Date); err != nil {
			return fmt.Errorf("holiday date %q: want YYYY-MM-DD, or MM-DD for every year", d.Date)
		}
	}
	if d.Open == "" {
		return nil
	}
	_, err := parseSpans(d.Open)
	return err
}
