package queue

import "slices"

// isFree reports whether an agent may be offered a call now.
func (s *State) isFree(a *Agent) bool {
	r := s.agentRules(a.ID)
	return a.Status == StatusReady && a.Reachable && !a.InUse && a.Leg == "" && a.RestUntil.IsZero() && r != nil && s.mayWork(r)
}

// isAtHand reports whether an agent is free, or will be after the present call and wrap-up.
func (s *State) isAtHand(a *Agent) bool {
	r := s.agentRules(a.ID)
	return r != nil && s.mayWork(r) && a.Reachable && a.Owes == "" && a.After == "" &&
		slices.Contains([]Status{StatusReady, StatusRinging, StatusOnCall, StatusWrapUp}, a.Status)
}

// isThird reports whether an agent is a third party in the call of another one.
func (s *State) isThird(a *Agent) bool {
	c := s.calls[a.Target]
	return c != nil && c.Target.In
}

// isBusy reports whether an agent has a call or an offer, also as a third party.
func (s *State) isBusy(a *Agent) bool { return a.Call != "" || a.Callback != "" || s.isThird(a) }

// mayWork reports whether an agent may get calls: a trainee only while a supervisor is logged in.
func (s *State) mayWork(r *AgentRules) bool { return !r.Trainee || s.supervisors > 0 }
