package queue

// A trainee works alone only after training (S2): they get calls only while a
// supervisor is logged in, in whatever status. When the last supervisor logs out, a
// talk goes on to its end, but no call follows it.

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

func (s *State) loggedInSupervisors() (n int) {
	for id, r := range s.rules.Agents {
		if a := s.agents[id]; r.Supervisor && a != nil && a.Status != StatusOffline {
			n++
		}
	}
	return n
}
