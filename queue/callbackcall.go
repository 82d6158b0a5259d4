package queue

import (
	"slices"
	"time"
)

// callbackOver settles the callback of a call that ended. In that call the client was
// called, or called in while the callback was waiting.
func (c *Call) callbackOver(s *State) {
	cb := s.callbacks[c.Callback]
	if cb == nil || cb.State == CallbackOver || cb.State == CallbackBooking {
		return
	}
	if c.ID == cb.Caller && cb.State != CallbackOnLine && cb.State != CallbackTalking {
		s.touch(cb) // its client is off the line now, and may be called
		return
	}
	switch {
	case c.Outcome.Talked():
		cb.kept(s, c)
	case cb.wasCalledIn(c) && c.Outcome == OutcomeNotHeard:
		cb.attemptFailed(s, CauseNotHeard) // an agent cannot get rid of a promise with the code for "not heard"
	case cb.isTaken(cb.calls(s)):
		// The same client is in another call, and is served there, or was just now.
	case cb.State == CallbackOnLine || cb.State == CallbackTalking:
		cb.leftLine(s)
	}
}

// leftLine: the client left before an agent spoke to them. The promise stands, but they are not called at once.
func (cb *Callback) leftLine(s *State) {
	cb.NextAt = s.now.Add(cb.pause(s, time.Minute))
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
}

// callsOf are the calls that are to fulfil each callback, or in which it is promised.
func (s *State) callsOf() map[string][]*Call {
	all := map[string][]*Call{}
	for _, c := range s.Calls() {
		if c.Callback != "" {
			all[c.Callback] = append(all[c.Callback], c)
		}
	}
	return all
}

// isTaken reports whether one of its calls deals with the callback: the client is on
// the line, or hears the last words of a talk that fulfils it or counts as an attempt.
func (cb *Callback) isTaken(calls []*Call) bool {
	return slices.ContainsFunc(calls, func(c *Call) bool {
		ends := c.keeps(cb) || c.ID != cb.Caller && c.Outcome == OutcomeNotHeard && cb.wasCalledIn(c)
		return c.State != CallEnding || ends
	})
}

// secondCall is a duplicate: a call in which the client of a callback was called though there
// is already another such call. Normally nil.
func (cb *Callback) secondCall(calls []*Call) *Call {
	var first *Call
	for _, c := range calls {
		switch {
		case !cb.wasCalledIn(c):
		case first == nil:
			first = c
		case c.ID == cb.Client:
			return first
		default:
			return c
		}
	}
	return nil
}

// recognise links a caller to the callback that waits for their number. The caller gets
// its place, and nobody calls them meanwhile.
func (c *Call) recognise(s *State) {
	cb := s.callbackOf(c.Number)
	if cb == nil || cb.State == CallbackTalking || cb.State == CallbackBooking || cb.State == CallbackOnLine || cb.State == CallbackGreeting {
		return
	}
	if cb.State == CallbackDialling {
		s.do(Hangup{cb.Client, HangupNormal})
		cb.Attempts = cb.Attempts[:len(cb.Attempts)-1]
	}
	cb.takeBack(s)
	c.Callback = cb.ID
	cb.setState(s, CallbackOnLine)
	cb.note(s, Entry{Kind: EntryCallbackCameIn})
}
