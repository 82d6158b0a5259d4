package queue

import (
	"cmp"
	"fmt"
	"time"
)

// Making a callback: the agent is rung first, then the client, then both are connected.

// agentAnswered: the agent is on the line and hears what the callback is about.
func (cb *Callback) agentAnswered(s *State, a *Agent) {
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
	s.caller(cb.Number).dialled(s.now)
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

// greet tells the client who calls, and what they must hear before the connection.
func (cb *Callback) greet(s *State) {
	q := s.queueRules(cb.Queue)
	cb.setState(s, CallbackGreeting)
	cb.StepBy = s.now.Add(playGuard)
	cb.Greeting = cb.nextID(s, cb.Client, "p")
	phrases := []Phrase{{ID: "callback-greeting", Language: cb.Language}}
	if q.Recording.isTold() {
		phrases = append(phrases, Phrase{ID: recordedPhrase, Language: cb.Language})
	}
	if !s.agentRules(cb.Agent).Speaks(cb.Language) {
		phrases = append(phrases, Phrase{ID: "other-language", Language: cb.Language})
	}
	s.do(Play{cb.Client, cb.Greeting, phrases})
}

// talks connects client and agent: from here on it is a call like any
// other. Greeted: the client has heard the greeting to its end.
func (cb *Callback) talks(s *State, greeted bool) {
	a := s.agents[cb.Agent]
	c := cb.clientCall(s)
	c.Notified = greeted && s.queueRules(cb.Queue).Recording.isTold()
	c.beginTalk(s, a, cb.Leg)
	leg := cb.Leg
	cb.setState(s, CallbackTalking)
	cb.Leg = leg
	a.Callback, a.Call = "", c.ID
	a.countServed(s)
	s.touch(a)
	c.bridge(s, c.Leg)
	c.startRecording(s)
	c.awaitWord(s)
	c.note(s, Entry{Kind: EntryCallAnswered, Agent: a.ID, Leg: c.Leg, Callback: cb.ID, Details: &Details{Dialled: cb.dialledFor(s)}})
	c.holdIfHolding(s)
}

// clientCall makes the call of a client who is on the line because we called them.
func (cb *Callback) clientCall(s *State) *Call {
	if cb.Greeting != "" {
		s.do(StopPlay{cb.Client, cb.Greeting})
		cb.Greeting = ""
	}
	c := &Call{
		ID: cb.Client, Serial: cb.Serial, Queue: cb.Queue, Number: cb.Number, Language: cb.Language, Callback: cb.ID,
		Arrived: s.now, PlaceInLine: PlaceInLine{Place: cb.Place, Priority: cb.Priority}, Since: s.now,
	}
	s.calls[c.ID] = c
	s.touch(c)
	return c
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
		if cb.Rings {
			cb.attemptFailed(s, CauseNoAnswer)
		} else {
			cb.notReached(s, CauseTrunk) // not a word from the trunk, all the time
		}
	case CallbackGreeting:
		cb.talks(s, false)
	}
}

// quiet ends what the agent hears while the client is called: the ringing tone, or the client's end.
func (cb *Callback) quiet(s *State) {
	if cb.Whisper != "" {
		s.do(StopPlay{cb.Leg, cb.Whisper})
		cb.Whisper = ""
	}
	cb.endEarly(s, cb.Leg, cb.Client)
}

// agentGone: the agent's channel ended before the talk with the client began.
// It counts as not taken, and the callback returns.
func (cb *Callback) agentGone(s *State, a *Agent, why Cause) {
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

// violationOf names what an agent did to a callback, if it was theirs to take. A phone that does not work frees nobody of it.
func violationOf(why Cause) (kind ViolationKind, theirs bool) {
	switch {
	case why.By() == EndedByPhone:
		return ViolationUnplugged, true
	case why.By() != EndedByPerson:
		return "", false
	case why == CauseNoAnswer:
		return ViolationNotAnswered, true
	case why == CauseNormal:
		return ViolationHungUp, true
	}
	return ViolationDeclined, true
}

// refused reopens a callback that an agent did not take. The same agent is rung
// again, then others. The agent owes it until it is done.
func (cb *Callback) refused(s *State, a *Agent, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	pause := r.GiveBack
	kind, theirs := violationOf(why)
	if theirs {
		cb.note(s, Entry{Kind: EntryViolation, Agent: a.ID, Details: &Details{Violation: kind}})
		times := cb.refuser(a.ID)
		times.Times++
		cb.Kept = false
		if a.After == "" { // otherwise a status is already set to follow, and others get the callback
			a.Owes = cb.ID
			cb.Owner, cb.Kept = a.ID, times.Times < r.SameAgent && !cb.Urgent && a.Reachable && why.By() != EndedByPhone
		}
		// Nobody is rung for ever without a pause: it doubles with each refusal after SameAgent of them, when others are asked too.
		pause = min(pause<<min(max(times.Times-r.SameAgent, 0), 10), longestGiveBack)
	}
	a.Callback = ""
	a.RestUntil = s.now.Add(cb.pause(s, pause))
	cb.Tried = notTakenBy(cb.Tried, a.ID)
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

// notReached: the call to the client was not answered. What the client cannot help uses up no attempt. A fault of the
// trunk is the number's, though, if the trunk has worked for others since it last failed for this number.
func (cb *Callback) notReached(s *State, why Cause) {
	alone := why.By() == EndedByTrunk && !cb.TrunkFailed.IsZero() && s.trunk.workedAt.After(cb.TrunkFailed)
	if !alone {
		s.outsideEnded(why)
	}
	switch {
	case why.By() == EndedByPerson || alone:
		cb.attemptFailed(s, why)
	case why.By() == EndedByExchange:
		cb.notTried(s)
		cb.NextAt = s.now.Add(inAirAgain)
	default:
		cb.TrunkFailed = s.now
		cb.notTried(s)
		cb.postpone(s, RefusalTrunkDown, s.now.Add(trunkAgain))
	}
}

// notTried reopens a callback as if its client had not been called.
func (cb *Callback) notTried(s *State) {
	s.caller(cb.Number).notDialled()
	cb.Attempts = cb.Attempts[:len(cb.Attempts)-1]
	s.agents[cb.Agent].freeOfCallback(s, cb, "client-unreached")
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
}

// attemptFailed: the client was not reached. The next attempt is planned, or the
// callback ends after the last one. The agent is told, and is free again.
func (cb *Callback) attemptFailed(s *State, why Cause) {
	r := s.queueRules(cb.Queue).Callback
	a := s.agents[cb.Agent]
	if n := len(cb.Attempts); n > 0 {
		cb.Attempts[n-1].Cause = why
	}
	e := Entry{Kind: EntryCallbackAttempt, Cause: why}
	if cb.State != CallbackTalking { // otherwise their call has told of itself
		e.Call, e.Details = cb.Client, &Details{Dialled: cb.dialledFor(s)}
	}
	cb.note(s, e)
	n := cb.failed()
	last := n >= r.Attempts+r.LateAttempts
	if a != nil && a.Callback == cb.ID {
		phrase := "client-unreached"
		if !last {
			phrase = cmp.Or(attemptPhrase[why], phrase)
		}
		a.freeOfCallback(s, cb, phrase)
	}
	cb.freeRefusers(s)
	cb.Tried = nil
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
		cb.NextAt = s.now.Add(cb.pause(s, r.RetryAfter))
	}
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
}

// dialledFor is for how long the client was called in the last attempt.
func (cb *Callback) dialledFor(s *State) time.Duration {
	if len(cb.Attempts) == 0 {
		return 0
	}
	return max(0, s.now.Sub(cb.Attempts[len(cb.Attempts)-1].At))
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

// attemptPhrase tells an agent why the client is not on the line, if they are called again.
var attemptPhrase = map[Cause]string{CauseBusy: "client-busy", CauseDeclined: "client-busy", CauseNoAnswer: "client-no-answer"}

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
	cb.note(s, Entry{Kind: EntryCallbackMoved, Agent: a.ID, Details: &Details{Reason: reason}})
}

// takeBack takes a callback back from the agent who works on it, if there is one: their leg is hung up.
func (cb *Callback) takeBack(s *State) {
	if a := s.agents[cb.Agent]; a != nil && a.Callback == cb.ID {
		a.Callback = ""
		a.endLeg(s, HangupNormal)
		a.release(s)
	}
}

// freeOfCallback frees an agent of a callback and tells them why; the leg ends after
// the words. Until it is gone the agent gets nothing new, and may hang up earlier.
func (a *Agent) freeOfCallback(s *State, cb *Callback, phrase string) {
	cb.quiet(s)
	a.Callback = ""
	if a.Owes == cb.ID {
		a.Owes = ""
	}
	a.tell(s, cb.nextID(s, a.Leg, "p"), phrase)
	a.release(s)
}
