package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// show tells the whole state, a line for each call and agent.
func (s *Scenario) show() {
	for _, c := range s.state.Calls() {
		fmt.Fprintf(&s.out, "%s %s %s %s", c.ID, c.Queue, c.Language, c.State)
		if p := s.state.Position(c); p > 0 {
			fmt.Fprintf(&s.out, " position %d", p)
		}
		if c.Keeper != "" {
			fmt.Fprintf(&s.out, " kept for %s", c.Keeper)
		}
		if c.Agent != "" {
			fmt.Fprintf(&s.out, " agent %s", c.Agent)
		}
		if c.Target.Leg != "" {
			fmt.Fprintf(&s.out, " to %s", c.Target.Number)
		}
		s.out.WriteByte('\n')
	}
	for _, cb := range s.state.Callbacks() {
		fmt.Fprintf(&s.out, "callback of %s %s %s %s due %s", cb.Number, cb.Queue, cb.Class, cb.State, s.since(cb.DueAt))
		if cb.Urgent {
			s.out.WriteString(" urgent")
		}
		if cb.Owner != "" {
			fmt.Fprintf(&s.out, " owner %s", cb.Owner)
		}
		s.out.WriteByte('\n')
	}
	for _, a := range s.state.Agents() {
		if a.Status != queue.Offline {
			fmt.Fprintf(&s.out, "%s %s", a.ID, strings.TrimSpace(string(a.Status)+" "+a.Call))
			if a.Owes != "" {
				s.out.WriteString(" owes a callback")
			}
			if a.Ratings.Count > 0 {
				fmt.Fprintf(&s.out, " rated %.1f by %d", a.Ratings.Mean(), a.Ratings.Count)
			}
			s.out.WriteByte('\n')
		}
	}
}

// timesheets tells the last timesheet of each agent as it stands now, then the ones before.
func (s *Scenario) timesheets() {
	for _, t := range s.state.Snapshot().Timesheets {
		local := func(at time.Time) string {
			if at.IsZero() {
				return "…"
			}
			return at.In(s.rules.Location).Format("15:04")
		}
		t := t.At(s.now)
		fmt.Fprintf(&s.out, "%s %s: %s to %s, paid %v, calls %d", t.Agent, t.Day, local(t.LogIn), local(t.LogOut), t.Paid(s.now), t.Calls)
		for _, status := range slices.Sorted(maps.Keys(t.Spent)) {
			fmt.Fprintf(&s.out, ", %s %v", status, t.Spent[status])
		}
		for _, f := range []struct {
			what string
			d    time.Duration
		}{{"late", t.Late}, {"left early", t.LeftEarly}, {"overstayed", t.Overstayed}} {
			if f.d != 0 {
				fmt.Fprintf(&s.out, ", %s %v", f.what, f.d)
			}
		}
		if t.Overstays > 0 {
			fmt.Fprintf(&s.out, ", overstays %d", t.Overstays)
		}
		if t.Absences > 0 {
			fmt.Fprintf(&s.out, ", absent %d", t.Absences)
		}
		if len(t.Missing) > 0 {
			fmt.Fprintf(&s.out, ", has not used %v", t.Missing)
		}
		if !t.Until.IsZero() {
			fmt.Fprintf(&s.out, ", kept until %s", t.Until.In(s.rules.Location).Format("2006-01-02 15:04"))
		}
		s.out.WriteByte('\n')
	}
}

// clock is the time since the scenario began.
func (s *Scenario) clock() string { return s.since(s.now) }

// since tells a time with hours once there are some.
func (s *Scenario) since(at time.Time) string {
	d := at.Sub(start).Round(time.Second)
	text := fmt.Sprintf("%02d:%02d", int(d.Minutes())%60, int(d.Seconds())%60)
	if d >= time.Hour {
		text = fmt.Sprintf("%d:%s", int(d.Hours()), text)
	}
	return text
}

func phrases(list []queue.Phrase) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s/%s", p.Language, p.ID)
		if p.N > 0 || p.ID == "wait" || p.ID == "since" || p.ID == "waiting-calls" {
			fmt.Fprintf(&b, "-%d", p.N)
		}
	}
	return b.String()
}
