package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Timesheet is what an agent did on one day of the site's time zone. A shift
// over midnight is on two of them: midnight ends the one and begins the other.
type Timesheet struct {
	marks
	Agent string `json:"agent" must:"set"`
	// Day is the local date.
	Day string `json:"day" must:"set" is:"date"`
	// LogIn is the first log-in, LogOut the last log-out, zero while the agent is
	// logged in.
	LogIn  time.Time `json:"log_in,omitzero"`
	LogOut time.Time `json:"log_out,omitzero"`
	// Spent is the time in each status, up to Counted; Status is the one since then.
	Spent   map[Status]time.Duration `json:"spent,omitempty"`
	Status  Status                   `json:"status,omitempty"`
	Counted time.Time                `json:"counted,omitzero"`
	// Calls counts the calls in which the agent talked, callbacks included.
	Calls int `json:"calls"`
	// Late is the time from the start of the shift to the log-in, LeftEarly the
	// time from the log-out to its end, on the day of that end.
	Late      time.Duration `json:"late,omitempty"`
	LeftEarly time.Duration `json:"left_early,omitempty"`
	// Absences counts shifts that the agent missed entirely.
	Absences int `json:"absences,omitempty"`
	// Overstays counts longer stays in a status than allowed, Overstayed sums up the excess of those that are over.
	Overstays  int           `json:"overstays,omitempty"`
	Overstayed time.Duration `json:"overstayed,omitempty"`
	// Missing are the statuses required daily that the agent has not used.
	Missing []Status `json:"missing,omitempty"`
	// Until is when it is deleted; zero while it is the agent's last one.
	Until time.Time `json:"until,omitzero" ahead:"ever" clock:"day"`
}

// Kind and Key implement [Entity].
func (*Timesheet) Kind() string  { return "timesheet" }
func (t *Timesheet) Key() string { return t.Agent + ":" + t.Day }

// At is the timesheet as it stands at a time: what goes on is counted until then.
func (t *Timesheet) At(now time.Time) *Timesheet {
	at := *t
	at.Spent, at.Missing = maps.Clone(t.Spent), slices.Clone(t.Missing)
	at.count(now)
	return &at
}

// Paid is the working day of a timesheet as it stands now, see [Timesheet.At]: the time from the first log-in to the last
// log-out, or to now, or the sum of the times between a log-in and the next log-out.
func (t *Timesheet) Paid(now time.Time, by WorkingDay) time.Duration {
	switch {
	case t.LogIn.IsZero():
		return 0
	case by == WorkingDaySum:
		var sum time.Duration
		for _, spent := range t.Spent { // in a status is who is logged in
			sum += spent
		}
		return sum
	}
	return max(0, cmp.Or(t.LogOut, now).Sub(t.LogIn))
}

// enter counts the status that ends now and begins another.
func (t *Timesheet) enter(status Status, now time.Time) {
	t.count(now)
	if status == StatusOffline {
		t.LogOut, t.Status, t.Counted = now, "", time.Time{}
		return
	}
	t.LogIn = cmp.Or(t.LogIn, now)
	t.LogOut, t.Status, t.Counted = time.Time{}, status, now
	t.Missing = slices.DeleteFunc(t.Missing, func(m Status) bool { return m == status })
}

func (t *Timesheet) count(now time.Time) {
	if t.Status == "" || !now.After(t.Counted) {
		return
	}
	if t.Spent == nil {
		t.Spent = map[Status]time.Duration{}
	}
	t.Spent[t.Status] += now.Sub(t.Counted)
	t.Counted = now
}

// HoursMinutes writes a time as hours and minutes, as timesheets do: 7:12. Seconds are rounded.
func HoursMinutes(d time.Duration) string {
	m := int64(d.Round(time.Minute) / time.Minute)
	return fmt.Sprintf("%d:%02d", m/60, m%60)
}
