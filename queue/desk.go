package queue

import (
	"cmp"
	"time"
)

// Which phone an agent uses, and whether it is there.

// endpoint is the phone that rings for an agent: the one they are logged in at, otherwise their own.
func (a *Agent) endpoint(s *State) string {
	return cmp.Or(a.Endpoint, s.agentRules(a.ID).Endpoint)
}

// isAtWork reports whether an agent has something that must be finished first.
func (a *Agent) isAtWork() bool {
	return a.Call != "" || a.Callback != "" || a.Owes != "" || a.Leg != ""
}

// takePhone binds an agent to a phone, to none at the log-out.
func (a *Agent) takePhone(s *State, endpoint string) {
	a.Endpoint = endpoint
	a.Fault, a.Faults = "", 0 // of the phone before
	a.lookAtPhone(s)
}

// lookAtPhone takes over what the exchange last told about an agent's phone.
func (a *Agent) lookAtPhone(s *State) {
	phone := s.phones[a.endpoint(s)]
	a.Reachable, a.InUse = phone.Reachable, phone.InUse
	a.watchPhone(s)
}

// endShift ends a shift: now, or later, after what the agent is busy with.
func (a *Agent) endShift(s *State, why ShiftEnd, reason string) {
	if !a.isBusy(s) {
		a.goOffline(s, why, s.by, reason)
		return
	}
	a.NextStatus = NextStatus{StatusOffline, why, s.by, reason}
	s.touch(a)
}

// goOffline ends a shift now: by a supervisor's order, for whose reason, or by itself.
func (a *Agent) goOffline(s *State, why ShiftEnd, by, reason string) {
	a.noteLogOut(s, why, by, reason)
	a.noteShiftLogOut(s)
	a.setStatus(s, StatusOffline)
	a.LoggedIn, a.RestUntil, a.Last = time.Time{}, time.Time{}, Talk{}
	a.NextStatus = NextStatus{}
	a.takePhone(s, "")
}

func (a *Agent) noteLogOut(s *State, why ShiftEnd, by, reason string) {
	e := Entry{Kind: EntryAgentLogOut, Agent: a.ID, Phone: a.Endpoint, By: by, Details: &Details{ShiftEnd: why, Reason: reason}}
	if !a.LoggedIn.IsZero() {
		e.Details.Length = s.now.Sub(a.LoggedIn)
	}
	s.note(e)
}

// watchPhone bounds how long the phone of a logged-in agent may be unreachable.
func (a *Agent) watchPhone(s *State) {
	s.touch(a)
	switch {
	case a.Status == StatusOffline || a.Reachable || s.rules.PhoneGone == 0:
		a.GoneBy = time.Time{}
	case a.GoneBy.IsZero() && !s.now.IsZero():
		a.GoneBy = s.now.Add(s.rules.PhoneGone)
		s.touch(a)
	}
}
