package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Making a callback: the agent is rung first, then the client, then both are connected.

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
		Channel: cb.Leg, Endpoint: a.phone(s),
		CallerName:   fmt.Sprintf("CALLBACK %s %s %dm", strings.ToUpper(string(cb.Language)), cb.Queue, int(s.now.Sub(cb.Created).Minutes())) + s.flagOf(cb.Number),
		CallerNumber: cb.Number, AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
	})
	s.note(cb.entry(EntryCallbackTaken))
}

// answered: the agent is on the line and hears what the callback is about.
func (cb *Callback) answered(s *State, a *Agent) {
	if cb.State != CallbackOffered {
		return
	}
	cb.setState(s, CallbackBriefing)
	a.setStatus(s, StatusOnCall)
	speech := s.agentRules(a.ID).speech(s)
	cb.Whisper = cb.nextID(s, cb.Leg, "p")
	cb.StepBy = s.now.Add(playGuard)
	words := []Phrase{
		{ID: "callback-whisper", Language: speech},
		{ID: "callback-class-" + string(cb.Class), Language: speech},
		{ID: "whisper-" + string(cb.Language), Language: speech},
		{ID: "since", Language: speech, N: int(s.now.Sub(cb.Created).Minutes())},
	}
	s.do(Play{cb.Leg, cb.Whisper, s.flagWords(words, cb.Number, speech)})
}

// dialClient calls the client over the trunk; the agent hears it ring.
func (cb *Callback) dialClient(s *State) {
	q := s.queueRules(cb.Queue)
	if why, until := s.barred(cb.Number); why != "" {
		s.agents[cb.Agent].freeOfCallback(s, cb, "number-refused")
		cb.setState(s, CallbackOpen)
		cb.postpone(s, why, until)
		return
	}
	cb.PutOff = ""
	s.dialled(cb.Number)
	cb.setState(s, CallbackDialling)
	cb.Client = cb.nextID(s, cb.ID, "c")
	cb.Whisper = cb.nextID(s, cb.Leg, "p")
	cb.StepBy = s.now.Add(q.Callback.Ring)
	cb.Attempts = append(cb.Attempts, Attempt{At: s.now, Agent: cb.Agent})
	s.do(
		Play{cb.Leg, cb.Whisper, []Phrase{{ID: Ringback}}},
		DialClient{Channel: cb.Client, Number: cb.Number, For: cb.Leg, Timeout: q.Callback.Ring + goneGuard},
	)
}

// stepOver ends a step of a callback that took too long.
func (cb *Callback) stepOver(s *State) {
	switch cb.State {
	case CallbackOffered:
		a := s.agents[cb.Agent]
		a.endLeg(s, HangupNormal)
		cb.refused(s, a, CauseNoAnswer)
	case CallbackBriefing:
		cb.dialClient(s) // the whisper's end was never told
	case CallbackDialling:
		s.do(Hangup{cb.Client, HangupNormal})
		cb.attemptFailed(s, CauseNoAnswer)
	case CallbackGreeting:
		cb.talks(s, false)
	}
}

// legGone: the agent's channel ended before the talk with the client began.
// It counts as not taken, and the callback returns.
func (cb *Callback) legGone(s *State, a *Agent, why Cause) {
	switch cb.State {
	case CallbackGreeting:
		// The client is on the line already, and is served next, not dropped.
		c := cb.clientCall(s)
		cb.refused(s, a, why)
		cb.setState(s, CallbackOnLine)
		c.Playing, c.PlayBy = "", time.Time{}
		c.requeue(s, why, "agent-lost")
		return
	case CallbackDialling:
		s.do(Hangup{cb.Client, HangupNormal})
		cb.Attempts = cb.Attempts[:len(cb.Attempts)-1] // it was not the client who failed
	}
	cb.refused(s, a, why)
}

// longestGiveBack bounds the pause before a callback rings again at an agent who refused it.
const longestGiveBack = 2 * time.Minute

// violationOf names what an agent did to a callback.
var violationOf = map[Cause]ViolationKind{
	CauseDeclined: ViolationDeclined, CauseBusy: ViolationDeclined, CauseNoAnswer: ViolationNotAnswered,
	CauseNormal: ViolationHungUp, CauseDropped: ViolationUnplugged, CauseUnreachable: ViolationUnplugged,
}

// refused reopens a callback that an agent did not take. The same agent is rung
// again, then others. The agent owes it until it is done.
func (cb *Callback) refused(s *State, a *Agent, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	pause := r.GiveBack
	kind, theirs := violationOf[why]
	if theirs {
		e := cb.entry(EntryViolation)
		e.Agent, e.Details = a.ID, &Details{Violation: kind}
		s.note(e)
		times := cb.refuser(a.ID)
		times.Times++
		cb.Kept = false
		if a.After == "" { // otherwise a status is already set to follow, and others get the callback
			a.Owes = cb.ID
			cb.Owner, cb.Kept = a.ID, times.Times < r.SameAgent && !cb.Urgent && a.Reachable && why != CauseUnreachable && why != CauseDropped
		}
		// Nobody is rung for ever without a pause: it doubles with each refusal after SameAgent of them, when others are asked too.
		pause = min(pause<<min(max(times.Times-r.SameAgent, 0), 10), longestGiveBack)
	}
	a.Callback = ""
	a.RestUntil = s.now.Add(pause)
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
	a.release(s)
}

// passOnCallbacks releases to others what is kept for an agent whose phone is gone: a callback
// that rings there will not be answered, and one that the agent owes cannot ring.
func (a *Agent) passOnCallbacks(s *State) {
	if cb := s.callbacks[a.Callback]; cb != nil && cb.State == CallbackOffered {
		a.endLeg(s, HangupNormal)
		cb.refused(s, a, CauseUnreachable)
	}
	if cb := s.callbacks[a.Owes]; cb != nil && cb.Kept {
		cb.Kept = false
		s.touch(cb)
	}
}

// failed counts the attempts that did not reach the client. An attempt that did, but
// whose talk ended on hold with the same promise again, does not count.
func (cb *Callback) failed() (n int) {
	for _, a := range cb.Attempts {
		if a.Cause != "" {
			n++
		}
	}
	return n
}

// whisperEnded goes on when the agent has heard what it is, or the tone has run out.
func (cb *Callback) whisperEnded(s *State, playback string) {
	switch {
	case cb.Whisper != playback:
	case cb.State == CallbackBriefing:
		cb.dialClient(s)
	case cb.State == CallbackDialling:
		cb.Whisper = cb.nextID(s, cb.Leg, "p")
		s.do(Play{cb.Leg, cb.Whisper, []Phrase{{ID: Ringback}}})
	}
}

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
	talked := c.Outcome.Talked()
	weCalled := cb.called(c)
	switch {
	case talked && weCalled:
		cb.over(s, CallbackCompleted, "")
	case talked:
		cb.over(s, CallbackReached, "the client called in himself")
	case weCalled && c.Outcome == OutcomeNotHeard:
		cb.attemptFailed(s, CauseNotHeard) // an agent cannot get rid of a promise with the code for "not heard"
	case cb.isOnLine(s):
		// The same client is in another call, and is served there.
	case cb.State == CallbackOnLine || cb.State == CallbackTalking:
		// The client left before an agent spoke to them. The promise stands, but they are not called at once.
		cb.NextAt = s.now.Add(time.Minute)
		cb.setState(s, CallbackOpen)
		cb.planUrgency(s)
	}
}

// called reports whether a call is one in which the client of a callback was called, rather
// than one that came in: only its channel, made for the callback, tells so for as long as it lives.
func (cb *Callback) called(c *Call) bool { return callOf(c.ID) == cb.ID }

// hasCall reports whether a call belongs to the callback, also one that is ending.
func (cb *Callback) hasCall(s *State) bool {
	for _, c := range s.calls {
		if c.Callback == cb.ID {
			return true
		}
	}
	return false
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

// isTaken reports whether one of its calls has the callback in hand: the client is on
// the line, or hears the last words of a talk that fulfils it or counts as an attempt.
func (cb *Callback) isTaken(calls []*Call) bool {
	return slices.ContainsFunc(calls, func(c *Call) bool {
		ends := c.ID != cb.Caller && (c.Outcome.Talked() || c.Outcome == OutcomeNotHeard && cb.called(c))
		return c.State != CallEnding || ends
	})
}

// secondCall is a duplicate: a call in which the client of a callback was called though there
// is already another such call. Normally nil.
func (cb *Callback) secondCall(calls []*Call) *Call {
	var first *Call
	for _, c := range calls {
		switch {
		case !cb.called(c):
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

// isOnLine reports whether the client of a callback is in a call of it that is not ending.
func (cb *Callback) isOnLine(s *State) bool {
	for _, c := range s.calls {
		if c.Callback == cb.ID && c.State != CallEnding {
			return true
		}
	}
	return false
}

// recognise links a caller to the callback that waits for their number. The caller gets
// its place, and nobody calls them meanwhile.
func (c *Call) recognise(s *State) {
	cb := s.callbackOf(c.Number)
	if cb == nil || cb.State == CallbackTalking || cb.State == CallbackBooking || cb.State == CallbackOnLine || cb.State == CallbackGreeting {
		return
	}
	if a := s.agents[cb.Agent]; a != nil && a.Callback == cb.ID {
		if cb.State == CallbackDialling {
			s.do(Hangup{cb.Client, HangupNormal})
			cb.Attempts = cb.Attempts[:len(cb.Attempts)-1]
		}
		a.Callback = ""
		a.endLeg(s, HangupNormal)
		a.release(s)
	}
	c.Callback = cb.ID
	cb.setState(s, CallbackOnLine)
	s.note(cb.entry(EntryCallbackCameIn))
}

// attemptPhrase tells an agent why the client is not on the line.
func attemptPhrase(why Cause, last bool) string {
	switch {
	case last:
		return "client-unreached"
	case why == CauseBusy || why == CauseDeclined:
		return "client-busy"
	case why == CauseNoAnswer:
		return "client-no-answer"
	default:
		return "client-unreached"
	}
}

// attemptFailed: the client was not reached. The next attempt is planned, or the
// callback ends after the last one. The agent is told, and is free again.
func (cb *Callback) attemptFailed(s *State, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	a := s.agents[cb.Agent]
	if n := len(cb.Attempts); n > 0 {
		cb.Attempts[n-1].Cause = why
	}
	e := cb.entry(EntryCallbackAttempt)
	e.Cause = why
	s.note(e)
	n := cb.failed()
	last := n >= r.Attempts+r.LateAttempts
	if a != nil && a.Callback == cb.ID {
		a.freeOfCallback(s, cb, attemptPhrase(why, last))
	}
	cb.freeRefusers(s)
	switch {
	case last:
		tried := "1 attempt"
		if n > 1 {
			tried = fmt.Sprintf("%d attempts", n)
		}
		cb.over(s, CallbackUnreached, tried)
		return
	case n >= r.Attempts:
		cb.NextAt = s.now.Add(r.LateAfter)
	default:
		cb.NextAt = s.now.Add(r.RetryAfter)
	}
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
}
