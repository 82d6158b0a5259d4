package queue

// happen gives a callback to another agent, or makes it due earlier, on a supervisor's order. A promise is never put off: it is due no
// later than was promised.
func (ev MoveCallback) happen(s *State) {
	cb := s.callbacks[ev.ID]
	why := ev.refusal(s, cb)
	s.fx.Answer.Refused = why
	if why != "" {
		if cb != nil && why != RefusalReasonMissing {
			s.note(Entry{Kind: EntryRefused, By: ev.By, Callback: cb.ID, Queue: cb.Queue, Number: cb.Number, To: ev.Agent, Details: &Details{Refusal: why}})
		}
		return
	}
	d := &Details{Reason: ev.Reason}
	was := cb.Owner
	if cb.Agent != "" {
		was = cb.Agent
	}
	if ev.Agent != "" {
		if cb.Agent != "" && cb.Agent != ev.Agent {
			cb.takeBack(s)
			cb.setState(s, CallbackOpen)
		}
		cb.freeRefusers(s)
		cb.Owner, cb.Kept = ev.Agent, !cb.Urgent
	}
	if !ev.Due.IsZero() {
		cb.DueAt, d.Due = ev.Due.UTC(), ev.Due.UTC()
	}
	cb.planUrgency(s)
	s.touch(cb)
	e := cb.about(Entry{Kind: EntryCallbackMoved, By: ev.By, To: ev.Agent, Details: d})
	e.Agent = was
	s.note(e)
}

// refusal is why a callback is not moved; empty if it is.
func (ev MoveCallback) refusal(s *State, cb *Callback) Refusal {
	if cb == nil || cb.State == CallbackOver || cb.State == CallbackBooking {
		return RefusalUnknownCallback
	}
	if cb.State != CallbackOpen && cb.State != CallbackOffered && cb.State != CallbackBriefing {
		return RefusalInCall
	}
	if ev.Reason == "" {
		return RefusalReasonMissing
	}
	if ev.Agent != "" {
		if r, q := s.rules.Agents[ev.Agent], s.rules.Queues[cb.Queue]; r == nil || q == nil || !r.serves(q) {
			return RefusalNotMember
		}
	}
	switch {
	case ev.Due.IsZero() && ev.Agent != "":
		return ""
	case !ev.Due.After(s.now) || !ev.Due.After(cb.From):
		return RefusalDuePast
	case ev.Due.After(cb.DueAt):
		return RefusalDueLater
	}
	return ""
}
