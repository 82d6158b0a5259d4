package queue

import "slices"

// hindrances are why an agent cannot be rung now, whatever the rules say of them, a bit for each; 0 is that they are idle.
type hindrances uint8

const (
	// inStatus: the status is not the one for waiting.
	inStatus hindrances = 1 << iota
	// phoneGone and phoneInUse: the phone is not registered, or has a call that is not ours. legStays: a channel of ours is still there.
	phoneGone
	phoneInUse
	legStays
	// isListening: a supervisor who listens to another's talk is rung at no phone.
	isListening
	// isResting: after an offer that was not taken.
	isResting
)

// hindrances tell why an agent cannot be rung now.
func (a *Agent) hindrances() (all hindrances) {
	if a.Status != StatusReady {
		all |= inStatus
	}
	if !a.Reachable {
		all |= phoneGone
	}
	if a.InUse {
		all |= phoneInUse
	}
	if a.Leg != "" {
		all |= legStays
	}
	if a.Monitor.Channel != "" {
		all |= isListening
	}
	if !a.RestUntil.IsZero() {
		all |= isResting
	}
	return all
}

// isIdle reports whether nothing but the rules keeps an agent from a call now.
func (a *Agent) isIdle() bool { return a.hindrances() == 0 }

// isFree reports whether an agent may be offered a call now.
func (a *Agent) isFree(s *State) bool {
	return a.isIdle() && s.agentRules(a.ID).mayWork(s)
}

// isAtHand reports whether an agent is free, or will be after the present call and wrap-up.
func (a *Agent) isAtHand(s *State) bool {
	return a.isSoonIdle() && s.agentRules(a.ID).mayWork(s)
}

// isSoonIdle reports whether an agent is or will be idle.
func (a *Agent) isSoonIdle() bool {
	return a.Reachable && a.Owes == "" && a.After == "" && slices.Contains([]Status{StatusReady, StatusRinging, StatusOnCall, StatusWrapUp}, a.Status)
}

// isThirdParty reports whether an agent is a third party in the call of another one.
func (a *Agent) isThirdParty(s *State) bool {
	c := s.calls[a.Target]
	return c != nil && c.Target.In
}

// isBusy reports whether an agent has a call or an offer, also as a third party.
func (a *Agent) isBusy(s *State) bool { return a.Call != "" || a.Callback != "" || a.isThirdParty(s) }

// mayWork reports whether an agent, who has rules, may get calls: a trainee only while a supervisor is logged in.
func (r *AgentRules) mayWork(s *State) bool { return r != nil && (!r.Trainee || s.supervisors > 0) }

// A trainee works alone only after training (S2): they get calls only while a
// supervisor is logged in, in whatever status. When the last supervisor logs out, a
// talk goes on to its end, but no call follows it, and a phone that rings ceases to.

// Unsupervised reports whether an agent is a trainee who gets no calls because no supervisor is logged in.
func (s *State) Unsupervised(id string) bool {
	r := s.rules.Agents[id]
	return r != nil && !r.mayWork(s)
}

// countSupervisors counts the supervisors who are logged in. When the first comes or
// the last leaves, the trainees are matched anew.
func (s *State) countSupervisors() {
	before := s.supervisors
	s.supervisors = s.loggedInSupervisors()
	if (before > 0) == (s.supervisors > 0) {
		return
	}
	s.trainees = true
	for id, r := range s.rules.Agents {
		a := s.agents[id]
		if !r.Trainee || a == nil || a.Status == StatusOffline {
			continue
		}
		s.touch(a)
		if cb := s.callbacks[a.Owes]; cb != nil && cb.Kept && !r.mayWork(s) {
			cb.Kept = false // others must have it
			s.touch(cb)
		}
	}
}

// loggedInSupervisors counts the supervisors who are logged in, from the agents themselves.
func (s *State) loggedInSupervisors() (n int) {
	for id, r := range s.rules.Agents {
		if a := s.agents[id]; r.Supervisor && a != nil && a.isLoggedIn() {
			n++
		}
	}
	return n
}
