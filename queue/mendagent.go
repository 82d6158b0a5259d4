package queue

import "slices"

// straighten ends what an agent is busy with. The leg of a phone that was
// in it is told to end, and until then the agent gets no call. An agent whose log-in
// cannot stay as it is, is logged out.
func (a *Agent) straighten(s *State, hardness int) {
	if hardness >= aside {
		delete(s.agents, a.ID) // one of the config is made anew, logged out
		return
	}
	plain := &Agent{
		marks: a.marks, slot: a.slot, ID: a.ID, Status: a.Status, Since: a.Since,
		Attendance: a.Attendance, Stay: a.Stay, Figures: a.Figures, PINGuard: a.PINGuard,
	}
	plain.Reachable, plain.InUse = false, false // the exchange tells
	if plain.ShiftAt.IsZero() {
		plain.Shift, plain.Came, plain.Left = Shift{}, false, noTime // it is planned anew
	}
	if a.LoggedIn.IsZero() || a.Endpoint == "" || hardness >= bare {
		plain.Status, plain.LoggedIn, plain.Endpoint, plain.DayEnd = StatusOffline, noTime, "", noTime
		plain.Stay, plain.GoneBy = Stay{}, noTime
		*a = *plain
		return
	}
	plain.Last, plain.MissedInRow, plain.RestUntil = a.Last, a.MissedInRow, a.RestUntil
	if slices.Contains([]Status{StatusRinging, StatusOnCall, StatusWrapUp, StatusOffline}, a.Status) {
		plain.Status = StatusReady
	}
	if a.Leg != "" {
		plain.Leg, plain.LegBy = a.Leg, a.Since.Add(goneGuard)
	}
	if cb := s.callbacks[a.Owes]; cb != nil && cb.owedBy(a) {
		plain.Owes = a.Owes
	}
	*a = *plain
	agentTimers.dropStrays(a)
}
