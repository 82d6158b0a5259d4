package queue

import "time"

// Which phone an agent uses, and whether it is there.

// phoneOf is the phone that rings for an agent: the one they are logged in at, otherwise their own.
func (s *State) phoneOf(a *Agent) string {
	if a.Endpoint != "" {
		return a.Endpoint
	}
	if r := s.agentRules(a.ID); r != nil {
		return r.Endpoint
	}
	return ""
}

// takeSeat makes a phone free for an agent. Another agent who is still logged in there
// is logged out, unless they are at work.
func (s *State) takeSeat(a *Agent, r *AgentRules, phone string) bool {
	other := s.desks[phone]
	switch {
	case !s.rules.IsPhone(phone):
		s.refuse(a, r, RefusalUnknownPhone, "unknown-phone")
		return false
	case a.Endpoint != "" && a.Endpoint != phone && a.isAtWork():
		s.refuse(a, r, RefusalInCall, "status-refused-in-call")
		return false
	case other != nil && other != a && other.isAtWork():
		s.refuse(a, r, RefusalPhoneTaken, "phone-taken")
		return false
	}
	if other != nil && other != a {
		s.goOffline(other, ShiftPhoneTaken, "", "phone taken over by "+a.ID)
	}
	return true
}

// isAtWork reports whether an agent has something that must be finished first.
func (a *Agent) isAtWork() bool {
	return a.Call != "" || a.Callback != "" || a.Owes != "" || a.Leg != ""
}

// sit binds an agent to a phone.
func (s *State) sit(a *Agent, endpoint string) {
	if s.desks[a.Endpoint] == a {
		delete(s.desks, a.Endpoint)
	}
	a.Endpoint = endpoint
	s.desks[endpoint] = a
	s.lookAtPhone(a)
}

// getUp frees the phone of an agent who logged out.
func (s *State) getUp(a *Agent) {
	if s.desks[a.Endpoint] == a {
		delete(s.desks, a.Endpoint)
	}
	a.Endpoint = ""
	s.lookAtPhone(a)
}

// lookAtPhone takes over what the exchange last told about an agent's phone.
func (s *State) lookAtPhone(a *Agent) {
	phone := s.phones[s.phoneOf(a)]
	a.Reachable, a.InUse = phone.Reachable, phone.InUse && a.Leg == ""
	s.watchPhone(a)
}

// endShift ends a shift: now, or later, after what the agent is busy with.
func (s *State) endShift(a *Agent, why ShiftEnd, reason string) (later bool) {
	if !s.isBusy(a) {
		s.goOffline(a, why, s.by, reason)
		return false
	}
	a.NextStatus = NextStatus{StatusOffline, why, s.by, reason}
	s.touch(a)
	return true
}

// goOffline ends a shift now: by a supervisor's order, for whose reason, or by itself.
func (s *State) goOffline(a *Agent, why ShiftEnd, by, reason string) {
	s.noteLogOut(a, why, by, reason)
	s.leaves(a)
	s.become(a, StatusOffline)
	a.LoggedIn, a.RestUntil, a.Last = time.Time{}, time.Time{}, Talk{}
	a.NextStatus = NextStatus{}
	s.getUp(a)
}

func (s *State) noteLogOut(a *Agent, why ShiftEnd, by, reason string) {
	e := Entry{Kind: EntryAgentLogOut, Agent: a.ID, Phone: a.Endpoint, By: by, Details: &Details{ShiftEnd: why, Reason: reason}}
	if !a.LoggedIn.IsZero() {
		e.Details.Length = s.now.Sub(a.LoggedIn)
	}
	s.note(e)
}

// watchPhone bounds how long the phone of a logged-in agent may be unreachable.
func (s *State) watchPhone(a *Agent) {
	switch {
	case a.Status == StatusOffline || a.Reachable || s.rules.PhoneGone == 0:
		a.GoneBy = time.Time{}
	case a.GoneBy.IsZero() && !s.now.IsZero():
		a.GoneBy = s.now.Add(s.rules.PhoneGone)
	}
}
