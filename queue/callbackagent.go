package queue

import "cmp"

// What an agent hears when a callback is taken off them, and how a supervisor
// takes it off.

// sendOff frees an agent of a callback and tells them why; the leg ends after
// the words. Until it is gone the agent gets nothing new, and may hang up earlier.
func (s *State) sendOff(a *Agent, cb *Callback, phrase string) {
	if cb.Whisper != "" {
		s.do(StopPlay{a.Leg, cb.Whisper})
		cb.Whisper = ""
	}
	a.Callback = ""
	if a.Owes == cb.ID {
		a.Owes = ""
	}
	s.tell(a, s.nextCallbackID(cb, a.Leg, "p"), phrase)
	s.release(a)
}

// takeOff moves a callback that an agent owes, or that rings at their phone, on to
// others at once. A client who is being called already is not dropped: then the
// agent leaves after this callback.
func (s *State) takeOff(a *Agent, reason string) {
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
		s.endLeg(a, HangupNormal)
		s.stand(cb, CallbackOpen)
	}
	if cb.Owner == a.ID {
		cb.Owner, cb.Kept = "", false
	}
	s.planUrgency(cb)
	e := cb.entry(EntryCallbackMoved)
	e.Agent, e.Details = a.ID, &Details{Reason: reason}
	s.note(e)
}
