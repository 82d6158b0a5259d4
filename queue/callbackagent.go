package queue

import "cmp"

// What an agent hears when a callback is taken off them, and how a supervisor
// takes it off.

// freeOfCallback frees an agent of a callback and tells them why; the leg ends after
// the words. Until it is gone the agent gets nothing new, and may hang up earlier.
func (a *Agent) freeOfCallback(s *State, cb *Callback, phrase string) {
	if cb.Whisper != "" {
		s.do(StopPlay{a.Leg, cb.Whisper})
		cb.Whisper = ""
	}
	a.Callback = ""
	if a.Owes == cb.ID {
		a.Owes = ""
	}
	a.tell(s, cb.nextID(s, a.Leg, "p"), phrase)
	a.release(s)
}

// takeOffCallback moves a callback that an agent owes, or that rings at their phone, on to
// others at once. A client who is being called already is not dropped: then the
// agent leaves after this callback.
func (a *Agent) takeOffCallback(s *State, reason string) {
	cb := s.callbacks[cmp.Or(a.Callback, a.Owes)]
	if cb == nil {
		return
	}
	a.Owes = ""
	s.touch(a)
	if a.Callback == cb.ID {
		if cb.State != CallbackOffered && cb.State != CallbackBriefing {
			return
		}
		a.Callback = ""
		a.endLeg(s, HangupNormal)
		cb.setState(s, CallbackOpen)
	}
	if cb.Owner == a.ID {
		cb.Owner, cb.Kept = "", false
	}
	cb.planUrgency(s)
	e := cb.entry(EntryCallbackMoved)
	e.Agent, e.Details = a.ID, &Details{Reason: reason}
	s.note(e)
}
