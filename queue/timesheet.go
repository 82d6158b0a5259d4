package queue

import (
	"maps"
	"slices"
	"time"
)

// Timesheet is what an agent did on one day of the site's time zone. A shift
// over midnight is on two of them: midnight ends the one and begins the other.
type Timesheet struct {
	marks
	Agent string `json:"agent"`
	// Day is the local date.
	Day string `json:"day"`
	// LogIn is the first log-in, LogOut the last log-out, zero while he is logged
	// in. Between them is the paid time.
	LogIn  time.Time `json:"log_in,omitzero"`
	LogOut time.Time `json:"log_out,omitzero"`
	// Spent is the time in each status, up to Counted; Status is the one since then.
	Spent   map[Status]time.Duration `json:"spent,omitempty"`
	Status  Status                   `json:"status,omitempty"`
	Counted time.Time                `json:"counted,omitzero"`
	// Calls are those that he talked in, callbacks among them.
	Calls int `json:"calls"`
	// Late is how long after the start of his shift he logged in, LeftEarly how
	// long before its end he logged out, on the day of that end.
	Late      time.Duration `json:"late,omitempty"`
	LeftEarly time.Duration `json:"left_early,omitempty"`
	// Absences counts shifts of which he was not there at all.
	Absences int `json:"absences,omitempty"`
	// Overstays counts longer stays in a status than allowed, Overstayed sums up the excess of those that are over.
	Overstays  int           `json:"overstays,omitempty"`
	Overstayed time.Duration `json:"overstayed,omitempty"`
	// Missing are the statuses required daily that he has not used.
	Missing []Status `json:"missing,omitempty"`
	// Until is when it is forgotten; zero while it is his last one.
	Until time.Time `json:"until,omitzero"`
}

// Kind implements [Entity].
func (*Timesheet) Kind() string { return "timesheet" }

// Key implements [Entity].
func (t *Timesheet) Key() string { return t.Agent + ":" + t.Day }

// At is the timesheet as it stands at a time: what goes on is counted until then.
func (t *Timesheet) At(now time.Time) *Timesheet {
	at := *t
	at.Spent, at.Missing = maps.Clone(t.Spent), slices.Clone(t.Missing)
	at.count(now)
	return &at
}

// Paid is the time from the first log-in to the last log-out, or to now.
func (t *Timesheet) Paid(now time.Time) time.Duration {
	switch {
	case t.LogIn.IsZero():
		return 0
	case !t.LogOut.IsZero():
		return t.LogOut.Sub(t.LogIn)
	}
	return max(0, now.Sub(t.LogIn))
}

// enter counts the status that ends now and begins another.
func (t *Timesheet) enter(status Status, now time.Time) {
	t.count(now)
	switch {
	case status == Offline:
		t.LogOut, t.Status, t.Counted = now, "", time.Time{}
		return
	case t.LogIn.IsZero():
		t.LogIn = now
	}
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

// day is a local date and when it begins and ends.
type day struct {
	date       string
	from, till time.Time
	in         *time.Location
}

// today is the local date, which is written out once a day.
func (s *State) today() string {
	d := &s.day
	if d.in != s.rules.Location || s.now.Before(d.from) || !s.now.Before(d.till) {
		now := s.now.In(s.rules.Location)
		y, m, n := now.Date()
		*d = day{now.Format(time.DateOnly), time.Date(y, m, n, 0, 0, 0, 0, now.Location()), s.midnight(now), now.Location()}
	}
	return d.date
}

// midnight is the end of the local day that a time is in, whatever the clock does in between.
func (s *State) midnight(at time.Time) time.Time {
	y, m, d := at.In(s.rules.Location).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, s.rules.Location).UTC()
}

// sheet is an agent's timesheet of today, to be changed. If his last one is of
// another day it ends at its midnight, and he goes on on the next.
func (s *State) sheet(a *Agent) *Timesheet {
	t := s.sheets[a.ID]
	for t == nil || t.Day < s.today() {
		next := &Timesheet{Agent: a.ID, Day: s.today()}
		if t != nil && t.Status != "" {
			// The agent is logged in: no day between is left out, unless the clock was wrong.
			end, status := s.midnight(t.Counted), t.Status
			t.enter(Offline, end)
			if s.now.Sub(end) > longestSpan {
				end = s.day.from.UTC()
			}
			next.Day = end.In(s.rules.Location).Format(time.DateOnly)
			next.Missing = s.required(a)
			next.enter(status, end)
		}
		if t != nil {
			s.closeSheet(t)
		}
		s.sheets[a.ID], t = next, next
	}
	s.touch(t)
	return t
}

// dayOver goes on to the timesheet of the next day.
func (s *State) dayOver(a *Agent) {
	s.sheet(a)
	a.DayEnd = s.midnight(s.now)
}

// closeSheet ends a timesheet. It stays in the snapshot for one more day, should
// the store be away now.
func (s *State) closeSheet(t *Timesheet) {
	t.Until = s.now.Add(s.rules.Timesheet.Keep)
	s.closedSheets[t.Agent] = t
	s.touch(t)
}

// endSheets ends the timesheets of agents whom the config does not have any more.
func (s *State) endSheets() {
	for _, t := range s.Timesheets() {
		if s.agents[t.Agent] != nil {
			continue
		}
		if t.Status != "" {
			t.enter(Offline, s.now)
		}
		s.closeSheet(t)
		delete(s.sheets, t.Agent)
	}
}

// required are the statuses that an agent must use each day.
func (s *State) required(a *Agent) []Status {
	r := s.rules.Agents[a.ID]
	if r == nil {
		return nil
	}
	var all []Status
	for name, t := range s.rules.Statuses {
		if t.RequiredDaily && t.Code != "" && !t.isForbiddenTo(r) {
			all = append(all, Status(name))
		}
	}
	slices.Sort(all)
	return all
}

// served counts a call that an agent has taken.
func (s *State) served(a *Agent) {
	a.Calls++
	s.sheet(a).Calls++
}

// Timesheets are the last ones of all agents, by agent.
func (s *State) Timesheets() []*Timesheet {
	var all []*Timesheet
	for _, id := range slices.Sorted(maps.Keys(s.sheets)) {
		all = append(all, s.sheets[id])
	}
	return all
}
