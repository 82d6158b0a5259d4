package queue

// mend repairs what may be wrong in a state read from two places, the store and a
// spool that knows more about callbacks, as far as that is easy: a reference to
// nothing is dropped, and a callback that nobody works on is open.
func (s *State) mend() {
	s.mergeCallbacks()
	for _, a := range s.agents {
		if a.Owes != "" && s.callbacks[a.Owes] == nil {
			a.Owes = ""
			s.touch(a)
		}
		if cb := s.callbacks[a.Callback]; a.Callback != "" && (cb == nil || cb.Agent != a.ID) {
			a.Callback, a.Status = "", StatusReady
			if a.Leg != "" {
				a.LegBy = a.Since.Add(goneGuard)
			}
			s.touch(a)
		}
	}
	for _, a := range s.agents {
		if c := s.calls[a.Target]; a.Target != "" && (c == nil || c.Target.Leg == "" || c.Target.Agent != a.ID) {
			a.Target, a.LegBy = "", a.Since.Add(goneGuard)
			if a.Status == StatusOnCall && a.Call == "" && a.Callback == "" {
				a.Status = StatusReady
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
			alone = !cb.hasCall(s)
		}
		if alone {
			cb.reopen()
			s.touch(cb)
		}
	}
}

// mergeCallbacks leaves one callback for each number. The duplicates are put aside, and
// what is stricter in them is taken over.
func (s *State) mergeCallbacks() {
	byNumber := make(map[string]*Callback, len(s.callbacks))
	for _, cb := range s.Callbacks() {
		kept := byNumber[cb.Number]
		if kept == nil {
			byNumber[cb.Number] = cb
			continue
		}
		if kept.State == CallbackOpen && cb.State != CallbackOpen {
			kept, cb = cb, kept // the one that somebody works on goes on
			byNumber[kept.Number] = kept
		}
		kept.Tighten(cb)
		s.touch(kept)
		s.straighten(cb, aside, "callback "+kept.ID+" is for the same number, and keeps the promise")
	}
}

// straighten mends one entity.
func (s *State) straighten(e Entity, hardness int, why string) {
	switch e := e.(type) {
	case *Call:
		e.straighten(s, hardness)
	case *Agent:
		e.straighten(s, hardness)
	case *Callback:
		e.straighten(s, hardness)
	default:
		return
	}
	s.touch(e)
	s.mendings = append(s.mendings, Mending{Kind: e.Kind(), Key: e.Key(), Why: why, Aside: !s.lives(e), Entity: e})
}
