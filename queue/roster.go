package queue

import "time"

// NextShift is an agent's first shift that ends after a time; zero when there is none.
func (r *Rules) NextShift(agent string, after time.Time) (next Shift) {
	roster := r.Roster[agent]
	if listed := itemOf(roster.Shifts, func(sh *Shift) bool { return sh.End.After(after) }); listed != nil {
		next = *listed
	}
	a := r.Agents[agent]
	if a == nil || a.Shifts.text == "" {
		return next
	}
	weekly := upcoming(after, r.Location, func(day time.Time) []span {
		if roster.Days[day.Format(time.DateOnly)] {
			return nil
		}
		return a.Shifts.spans[day.Weekday()]
	})
	if next.Start.IsZero() || !weekly.Start.IsZero() && weekly.Start.Before(next.Start) {
		return weekly
	}
	return next
}

// ParseShift reads a shift of a local day from "09:00" to "18:00". An end that
// is not after the start is of the next day; 24:00 is the end of the day.
func ParseShift(day time.Time, from, to string) (Shift, error) {
	sp, err := parseSpans(from + "-" + to)
	if err != nil {
		return Shift{}, err
	}
	return sp[0].on(day), nil
}

// planShifts makes sure that each agent's next shift is the one of the rules.
func (s *State) planShifts() {
	for _, a := range s.Agents() {
		due := !a.ShiftAt.IsZero() && !a.ShiftAt.After(s.now)
		if next := s.rules.NextShift(a.ID, s.now); !due && !(next.Start.Equal(a.Shift.Start) && next.End.Equal(a.Shift.End)) {
			a.planShift(s, next)
		}
	}
}

// planShift looks forward to a shift.
func (a *Agent) planShift(s *State, next Shift) {
	s.touch(a)
	a.Shift, a.ShiftAt, a.Came, a.Left = next, time.Time{}, false, time.Time{}
	if !next.Start.IsZero() {
		a.ShiftAt = next.Start.Add(s.rules.Timesheet.Grace)
	}
}

// shiftBegins looks whether an agent is there at the start of the shift.
func (a *Agent) shiftBegins(s *State) {
	a.ShiftAt = a.Shift.End
	if a.isLoggedIn() {
		a.Came = true
	} else if !a.Came {
		s.note(Entry{Kind: EntryAgentLate, Agent: a.ID})
	}
}

// shiftEnds looks whether an agent was there until the end of the shift.
func (a *Agent) shiftEnds(s *State) {
	sheet := a.sheetOfShift(s)
	s.note(Entry{Kind: EntryAgentShift, Agent: a.ID, Details: &Details{Begin: a.Shift.Start, Length: a.Shift.End.Sub(a.Shift.Start), Day: sheet.Day}})
	early := a.Shift.End.Sub(a.Left)
	switch {
	case !a.Came:
		sheet.Absences++
		s.note(Entry{Kind: EntryAgentAbsent, Agent: a.ID, Details: &Details{Day: sheet.Day}})
	case a.Status == StatusOffline && !a.Left.IsZero() && early > s.rules.Timesheet.Grace:
		sheet.LeftEarly += early
		s.note(Entry{Kind: EntryAgentLeftEarly, Agent: a.ID, Details: &Details{Early: early, Day: sheet.Day}})
	}
	a.planShift(s, s.rules.NextShift(a.ID, a.Shift.End))
}

// sheetOfShift is the timesheet of the day on which the shift ends; one that
// ends at midnight ends on the day before.
func (a *Agent) sheetOfShift(s *State) *Timesheet {
	last := a.Shift.End.Add(-time.Second).In(s.rules.Location).Format(time.DateOnly)
	if t := s.sheets[a.ID]; t != nil && t.Day == last {
		s.touch(t)
		return t
	}
	return a.sheet(s)
}

// inShift reports whether an agent's shift goes on.
func (a *Agent) inShift(s *State) bool {
	return !a.Shift.End.IsZero() && !s.now.Before(a.Shift.Start) && s.now.Before(a.Shift.End)
}

// noteShiftLogIn takes note that an agent logs in to a shift, and gives how late.
func (a *Agent) noteShiftLogIn(s *State) (late time.Duration) {
	if !a.inShift(s) {
		return 0
	}
	a.Left = time.Time{}
	if after := s.now.Sub(a.Shift.Start); !a.Came && after > s.rules.Timesheet.Grace {
		late = after
		a.sheet(s).Late += late
	}
	a.Came = true
	return late
}

// noteShiftLogOut remembers when an agent logged out of a shift that goes on.
func (a *Agent) noteShiftLogOut(s *State) {
	if a.inShift(s) {
		a.Came, a.Left = true, s.now
	}
}
