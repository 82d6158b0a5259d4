package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// sheet is an agent's timesheet of today, to be changed. If the last one is of an
// earlier day, it ends at its midnight and the next one begins.
func (a *Agent) sheet(s *State) *Timesheet {
	t := s.sheets[a.ID]
	for t == nil || t.Day < s.today() {
		next := &Timesheet{Agent: a.ID, Day: s.today()}
		if t != nil && t.Status != "" {
			// The agent is logged in: no day between is left out, unless the clock was wrong.
			end, status := s.rules.midnight(t.Counted), t.Status
			t.enter(StatusOffline, end)
			if s.now.Sub(end) > longestSpan {
				end = s.day.from.UTC()
			}
			next.Day = end.In(s.rules.Location).Format(time.DateOnly)
			next.Missing = a.requiredStatuses(s)
			next.enter(status, end)
		}
		if t != nil {
			t.close(s)
		}
		s.sheets[a.ID], t = next, next
	}
	s.touch(t)
	return t
}

// dayOver goes on to the timesheet of the next day.
func (a *Agent) dayOver(s *State) {
	a.sheet(s)
	a.DayEnd = s.rules.midnight(s.now)
}

// close ends a timesheet. It stays in the snapshot for one more day, should
// the store be away now.
func (t *Timesheet) close(s *State) {
	t.Until = s.now.Add(s.rules.Timesheet.Keep)
	s.closedSheets[t.Agent] = t
	s.touch(t)
}

// endSheets ends the timesheets of agents who are no longer in the config.
func (s *State) endSheets() {
	for _, t := range s.Timesheets() {
		if s.agents[t.Agent] != nil {
			continue
		}
		if t.Status != "" {
			t.enter(StatusOffline, s.now)
		}
		t.close(s)
		delete(s.sheets, t.Agent)
	}
}

// requiredStatuses are the statuses that an agent must use each day.
func (a *Agent) requiredStatuses(s *State) []Status {
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

// countServed counts a call that an agent has taken, which ends a row of missed ones.
func (a *Agent) countServed(s *State) {
	a.Calls++
	a.MissedInRow = 0
	a.sheet(s).Calls++
}

// Timesheets are the last ones of all agents, by agent.
func (s *State) Timesheets() []*Timesheet {
	return slices.SortedFunc(maps.Values(s.sheets), byAgent)
}

func byAgent(a, b *Timesheet) int { return cmp.Compare(a.Agent, b.Agent) }

// alignSheet lets an agent's timesheet have a status, and an end, as long as the agent is logged in.
func (a *Agent) alignSheet(s *State) {
	t := s.sheets[a.ID]
	if a.Status == StatusOffline {
		if t != nil && t.Status != "" {
			t.enter(StatusOffline, t.Counted)
			s.touch(t)
		}
		return
	}
	if a.DayEnd.IsZero() {
		a.DayEnd = s.rules.midnight(a.Since)
		s.touch(a)
	}
	if t == nil {
		t = &Timesheet{Agent: a.ID, Day: a.Since.In(s.rules.Location).Format("2006-01-02")}
		s.sheets[a.ID] = t
	}
	if t.Status == "" {
		t.LogIn = cmp.Or(t.LogIn, a.LoggedIn)
		t.enter(a.Status, a.Since)
		s.touch(t)
	}
}
