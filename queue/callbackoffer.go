package queue

import (
	"fmt"
	"strings"
)

// offer rings an agent for a callback whose turn it is, unless its number may not be called now.
func (cb *Callback) offer(s *State, a *Agent) {
	if why, until := s.barred(cb.Number); why != "" {
		cb.postpone(s, why, until)
		return
	}
	q := s.queueRules(cb.Queue)
	cb.setState(s, CallbackOffered)
	cb.Agent = a.ID
	cb.Leg = cb.nextID(s, cb.ID, "a")
	cb.StepBy = s.now.Add(q.Ring.Timeout)
	a.Callback, a.Leg = cb.ID, cb.Leg
	a.setStatus(s, StatusRinging)
	s.do(Dial{
		Channel: cb.Leg, Endpoint: a.endpoint(s),
		CallerName:   fmt.Sprintf("CALLBACK %s %s %dm", strings.ToUpper(string(cb.Language)), cb.Queue, int(s.now.Sub(cb.Created).Minutes())) + s.flagOf(cb.Number),
		CallerNumber: cb.Number, AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
	})
	s.note(cb.entry(EntryCallbackTaken))
}

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
