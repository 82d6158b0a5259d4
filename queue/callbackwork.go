package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Making a callback: the agent is rung first, then the client, then both are connected.

// offerCallback rings an agent for a callback whose turn it is, unless its number may not be called now.
func (s *State) offerCallback(cb *Callback, a *Agent) {
	if why, until := s.barred(cb.Number); why != "" {
		s.putOff(cb, why, until)
		return
	}
	q := s.queueRules(cb.Queue)
	s.stand(cb, CallbackOffered)
	cb.Agent = a.ID
	cb.Leg = s.nextCallbackID(cb, cb.ID, "a")
	cb.StepBy = s.now.Add(q.Ring.Timeout)
	a.Callback, a.Leg = cb.ID, cb.Leg
	s.become(a, StatusRinging)
	s.do(Dial{
		Channel: cb.Leg, Endpoint: s.phoneOf(a),
		CallerName:   fmt.Sprintf("CALLBACK %s %s %dm", strings.ToUpper(string(cb.Language)), cb.Queue, int(s.now.Sub(cb.Created).Minutes())) + s.flagOf(cb.Number),
		CallerNumber: cb.Number, AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
	})
	s.note(cb.entry(EntryCallbackTaken))
}

// callbackAnswered: the agent is on the line and hears what the callback is about.
func (s *State) callbackAnswered(cb *Callback, a *Agent) {
	if cb.State != CallbackOffered {
		return
	}
	s.stand(cb, CallbackBriefing)
	s.become(a, StatusOnCall)
	speech := s.speech(s.agentRules(a.ID))
	cb.Whisper = s.nextCallbackID(cb, cb.Leg, "p")
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
func (s *State) dialClient(cb *Callback) {
	q := s.queueRules(cb.Queue)
	if why, until := s.barred(cb.Number); why != "" {
		s.sendOff(s.agents[cb.Agent], cb, "number-refused")
		s.stand(cb, CallbackOpen)
		s.putOff(cb, why, until)
		return
	}
	cb.PutOff = ""
	s.dialled(cb.Number)
	s.stand(cb, CallbackDialling)
	cb.Client = s.nextCallbackID(cb, cb.ID, "c")
	cb.Whisper = s.nextCallbackID(cb, cb.Leg, "p")
	cb.StepBy = s.now.Add(q.Callback.Ring)
	cb.Attempts = append(cb.Attempts, Attempt{At: s.now, Agent: cb.Agent})
	s.do(
		Play{cb.Leg, cb.Whisper, []Phrase{{ID: Ringback}}},
		DialClient{Channel: cb.Client, Number: cb.Number, For: cb.Leg, Timeout: q.Callback.Ring + goneGuard},
	)
}

// stepOver ends a step of a callback that took too long.
func (s *State) stepOver(cb *Callback) {
	switch cb.State {
	case CallbackOffered:
		a := s.agents[cb.Agent]
		s.endLeg(a, HangupNormal)
		s.refused(cb, a, CauseNoAnswer)
	case CallbackBriefing:
		s.dialClient(cb) // the whisper's end was never told
	case CallbackDialling:
		s.do(Hangup{cb.Client, HangupNormal})
		s.attemptFailed(cb, CauseNoAnswer)
	case CallbackGreeting:
		s.callbackTalks(cb, false)
	}
}

// callbackLegGone: the agent's channel ended before the talk with the client began.
// It counts as not taken, and the callback returns.
func (s *State) callbackLegGone(cb *Callback, a *Agent, why Cause) {
	switch cb.State {
	case CallbackGreeting:
		// The client is on the line already, and is served next, not dropped.
		c := s.clientCall(cb)
		s.refused(cb, a, why)
		s.stand(cb, CallbackOnLine)
		c.Playing, c.PlayBy = "", time.Time{}
		s.requeue(c, why, "agent-lost")
		return
	case CallbackDialling:
		s.do(Hangup{cb.Client, HangupNormal})
		cb.Attempts = cb.Attempts[:len(cb.Attempts)-1] // it was not the client who failed
	}
	s.refused(cb, a, why)
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
func (s *State) refused(cb *Callback, a *Agent, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	pause := r.GiveBack
	kind, his := violationOf[why]
	if his {
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
	s.stand(cb, CallbackOpen)
	s.planUrgency(cb)
	s.release(a)
}

// passOn releases to others what is kept for an agent whose phone is gone: a callback
// that rings there will not be answered, and one that the agent owes cannot ring.
func (s *State) passOn(a *Agent) {
	if cb := s.callbacks[a.Callback]; cb != nil && cb.State == CallbackOffered {
		s.endLeg(a, HangupNormal)
		s.refused(cb, a, CauseUnreachable)
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

// callbackWhisperEnded goes on when the agent has heard what it is, or the tone has run out.
func (s *State) callbackWhisperEnded(cb *Callback, playback string) {
	switch {
	case cb.Whisper != playback:
	case cb.State == CallbackBriefing:
		s.dialClient(cb)
	case cb.State == CallbackDialling:
		cb.Whisper = s.nextCallbackID(cb, cb.Leg, "p")
		s.do(Play{cb.Leg, cb.Whisper, []Phrase{{ID: Ringback}}})
	}
}

// callbackCallOver settles the callback of a call that ended. In that call the client was
// called, or called in while the callback was waiting.
func (s *State) callbackCallOver(c *Call) {
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
		s.over(cb, CallbackCompleted, "")
	case talked:
		s.over(cb, CallbackReached, "the client called in himself")
	case weCalled && c.Outcome == OutcomeNotHeard:
		s.attemptFailed(cb, CauseNotHeard) // an agent cannot get rid of a promise with the code for "not heard"
	case s.isOnLine(cb):
		// The same client is in another call, and is served there.
	case cb.State == CallbackOnLine || cb.State == CallbackTalking:
		// The client left before an agent spoke to them. The promise stands, but they are not called at once.
		cb.NextAt = s.now.Add(time.Minute)
		s.stand(cb, CallbackOpen)
		s.planUrgency(cb)
	}
}

// called reports whether a call is one in which the client of a callback was called, rather
// than one that came in: only its channel, made for the callback, tells so for as long as it lives.
func (cb *Callback) called(c *Call) bool { return callOf(c.ID) == cb.ID }

// hasCall reports whether a call belongs to the callback, also one that is ending.
func (s *State) hasCall(cb *Callback) bool {
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
func (s *State) isOnLine(cb *Callback) bool {
	for _, c := range s.calls {
		if c.Callback == cb.ID && c.State != CallEnding {
			return true
		}
	}
	return false
}

// recognise links a caller to the callback that waits for their number. The caller gets
// its place, and nobody calls them meanwhile.
func (s *State) recognise(c *Call) {
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
		s.endLeg(a, HangupNormal)
		s.release(a)
	}
	c.Callback = cb.ID
	s.stand(cb, CallbackOnLine)
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
func (s *State) attemptFailed(cb *Callback, why Cause) {
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
		s.sendOff(a, cb, attemptPhrase(why, last))
	}
	s.unbind(cb)
	switch {
	case last:
		tried := "1 attempt"
		if n > 1 {
			tried = fmt.Sprintf("%d attempts", n)
		}
		s.over(cb, CallbackUnreached, tried)
		return
	case n >= r.Attempts:
		cb.NextAt = s.now.Add(r.LateAfter)
	default:
		cb.NextAt = s.now.Add(r.RetryAfter)
	}
	s.stand(cb, CallbackOpen)
	s.planUrgency(cb)
}
