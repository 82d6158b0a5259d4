package queue

import "slices"

// isFree reports whether an agent may be offered a call now.
func (a *Agent) isFree(s *State) bool {
	r := s.agentRules(a.ID)
	return a.Status == StatusReady && a.Reachable && !a.InUse && a.Leg == "" && a.RestUntil.IsZero() && r != nil && r.mayWork(s)
}

// isAtHand reports whether an agent is free, or will be after the present call and wrap-up.
func (a *Agent) isAtHand(s *State) bool {
	r := s.agentRules(a.ID)
	return r != nil && r.mayWork(s) && a.Reachable && a.Owes == "" && a.After == "" &&
		slices.Contains([]Status{StatusReady, StatusRinging, StatusOnCall, StatusWrapUp}, a.Status)
}

// isThirdParty reports whether an agent is a third party in the call of another one.
func (a *Agent) isThirdParty(s *State) bool {
	c := s.calls[a.Target]
	return c != nil && c.Target.In
}

// isBusy reports whether an agent has a call or an offer, also as a third party.
func (a *Agent) isBusy(s *State) bool { return a.Call != "" || a.Callback != "" || a.isThirdParty(s) }

// mayWork reports whether an agent may get calls: a trainee only while a supervisor is logged in.
func (r *AgentRules) mayWork(s *State) bool { return !r.Trainee || s.supervisors > 0 }
