package queue

// mend puts right what a state read from two places may have: the store, and a
// spool that knows more about callbacks. What refers to nothing is dropped; a
// callback that nobody works on is open.
func (s *State) mend() {
	for _, a := range s.agents {
		if a.Owes != "" && s.callbacks[a.Owes] == nil {
			a.Owes = ""
			s.touch(a)
		}
		if cb := s.callbacks[a.Callback]; a.Callback != "" && (cb == nil || cb.Agent != a.ID) {
			a.Callback, a.Status = "", Ready
			if a.Leg != "" {
				a.LegBy = a.Since.Add(goneGuard)
			}
			s.touch(a)
		}
	}
	for _, a := range s.agents {
		if c := s.calls[a.Target]; a.Target != "" && (c == nil || c.Target.Leg == "" || c.Target.Agent != a.ID) {
			a.Target, a.LegBy = "", a.Since.Add(goneGuard)
			if a.Status == OnCall && a.Call == "" && a.Callback == "" {
				a.Status = Ready
			}
			s.touch(a)
		}
	}
	for _, cb := range s.callbacks {
		alone := false
		switch {
		case cb.isWorkedOn():
			a := s.agents[cb.Agent]
			alone = a == nil || a.Callback != cb.ID
		case cb.State == CallbackTalking || cb.State == CallbackOnLine:
			alone = !s.hasCall(cb)
		}
		if alone {
			cb.State = CallbackOpen
			cb.release()
			s.touch(cb)
		}
	}
}
