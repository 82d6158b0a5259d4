package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Working a callback off: the agent first, then the client, then both together.

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
	s.become(a, Ringing)
	s.do(Dial{
		Channel: cb.Leg, Endpoint: s.phoneOf(a),
		CallerName:   fmt.Sprintf("CALLBACK %s %s %dm", strings.ToUpper(string(cb.Language)), cb.Queue, int(s.now.Sub(cb.Created).Minutes())) + s.flagOf(cb.Number),
		CallerNumber: cb.Number, AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
	})
	s.note(cb.entry(CallbackTaken))
}

// callbackAnswered is the agent on the line: he hears what it is.
func (s *State) callbackAnswered(cb *Callback, a *Agent) {
	if cb.State != CallbackOffered {
		return
	}
	s.stand(cb, CallbackBriefing)
	s.become(a, OnCall)
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

// stepOver is a step of a callback that took too long.
func (s *State) stepOver(cb *Callback) {
	switch cb.State {
	case CallbackOffered:
		a := s.agents[cb.Agent]
		s.endLeg(a, HangupNormal)
		s.refused(cb, a, NoAnswer)
	case CallbackBriefing:
		s.dialClient(cb) // the whisper's end was never told
	case CallbackDialling:
		s.do(Hangup{cb.Client, HangupNormal})
		s.attemptFailed(cb, NoAnswer)
	case CallbackGreeting:
		s.callbackTalks(cb, false)
	}
}

// callbackLegGone is an agent's channel that ended before the client was on
// the line: he did not take it, and it comes back.
func (s *State) callbackLegGone(cb *Callback, a *Agent, why Cause) {
	switch cb.State {
	case CallbackGreeting:
		// The client is there already: he is served next, not dropped.
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

// longestGiveBack bounds the pause after which a callback rings again at one who refused it.
const longestGiveBack = 2 * time.Minute

// violationOf names what an agent did to a callback.
var violationOf = map[Cause]ViolationKind{
	Declined: ViolationDeclined, Busy: ViolationDeclined, NoAnswer: ViolationNotAnswered,
	Normal: ViolationHungUp, Dropped: ViolationUnplugged, Unreachable: ViolationUnplugged,
}

// refused brings a callback back after an agent did not take it. It is rung
// at the same agent again, then at others; he is bound until it is done.
func (s *State) refused(cb *Callback, a *Agent, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	pause := r.GiveBack
	kind, his := violationOf[why]
	if his {
		e := cb.entry(Violation)
		e.Agent, e.Details = a.ID, &Details{Violation: kind}
		s.note(e)
		times := cb.refuser(a.ID)
		times.Times++
		cb.Kept = false
		if a.After == "" { // else a supervisor sends him away, and it is for others
			a.Owes = cb.ID
			cb.Owner, cb.Kept = a.ID, times.Times < r.SameAgent && !cb.Urgent && a.Reachable && why != Unreachable && why != Dropped
		}
		// Nobody is rung for ever without a pause: it doubles from the refusal on after which others are asked.
		pause = min(pause<<min(max(times.Times-r.SameAgent, 0), 10), longestGiveBack)
	}
	a.Callback = ""
	a.RestUntil = s.now.Add(pause)
	s.stand(cb, CallbackOpen)
	s.planUrgency(cb)
	s.release(a)
}

// passOn lets others have what is kept for an agent whose phone is gone: one
// that rings there will not be answered, and one that he refused will not ring.
func (s *State) passOn(a *Agent) {
	if cb := s.callbacks[a.Callback]; cb != nil && cb.State == CallbackOffered {
		s.endLeg(a, HangupNormal)
		s.refused(cb, a, Unreachable)
	}
	if cb := s.callbacks[a.Owes]; cb != nil && cb.Kept {
		cb.Kept = false
		s.touch(cb)
	}
}

// failed counts the attempts that did not reach the client. One that did, but
// whose talk ended on hold with the same promise again, is none of them.
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

// callbackCallOver looks at a call that ended: it may have been the callback's,
// or the client's own while a callback of his waits.
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
	case weCalled && c.Outcome == NotHeard:
		s.attemptFailed(cb, Unheard) // nobody gets rid of a promise by the code for it
	case s.isOnLine(cb):
		// The same number on another line: that one is served.
	case cb.State == CallbackOnLine || cb.State == CallbackTalking:
		// He left before an agent spoke to him: the promise stands, but he is not called at the same moment.
		cb.NextAt = s.now.Add(time.Minute)
		s.stand(cb, CallbackOpen)
		s.planUrgency(cb)
	}
}

// called reports whether a call is one in which the client of a callback was called, rather
// than one that came in: only its channel, made for the callback, tells so for as long as it lives.
func (cb *Callback) called(c *Call) bool { return callOf(c.ID) == cb.ID }

// hasCall reports whether there is a call of it, one that ends included.
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

// isTaken reports whether a callback is that of one of its calls: its client is on
// the line, or hears the last words of a talk that ends it.
func (cb *Callback) isTaken(calls []*Call) bool {
	return slices.ContainsFunc(calls, func(c *Call) bool {
		ends := c.ID != cb.Caller && (c.Outcome.Talked() || c.Outcome == NotHeard && cb.called(c))
		return c.State != Ending || ends
	})
}

// secondCall is a call in which the client of a callback was called though there is
// another one; nil as a rule.
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

// isOnLine reports whether the client of a callback waits or talks in a call of it.
func (s *State) isOnLine(cb *Callback) bool {
	for _, c := range s.calls {
		if c.Callback == cb.ID && c.State != Ending {
			return true
		}
	}
	return false
}

// recognise links a caller to the callback that waits for his number: he gets
// its place, and nobody calls him meanwhile.
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
	s.note(cb.entry(CallbackCameIn))
}

// attemptPhrase tells an agent why the client is not on the line.
func attemptPhrase(why Cause, last bool) string {
	switch {
	case last:
		return "client-unreached"
	case why == Busy || why == Declined:
		return "client-busy"
	case why == NoAnswer:
		return "client-no-answer"
	default:
		return "client-unreached"
	}
}

// attemptFailed is a client who was not reached: the next attempt by the plan,
// or the end of it. The agent is told, and is free again.
func (s *State) attemptFailed(cb *Callback, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	a := s.agents[cb.Agent]
	if n := len(cb.Attempts); n > 0 {
		cb.Attempts[n-1].Cause = why
	}
	e := cb.entry(CallbackAttempt)
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
