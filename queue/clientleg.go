package queue

import (
	"cmp"
	"time"
)

// The client of a callback, from the call over the trunk until the two talk.

// clientParty is the channel of a client that we call, until there is a call.
type clientParty struct{ partyOf[*Callback] }

// clientsChannel is the channel of a callback's client, unless it is a caller's by now.
func clientsChannel(cb *Callback) string {
	if cb.State == CallbackTalking {
		return ""
	}
	return cb.Client
}

// answered greets the client, unless the answer came so quickly that a machine gave it.
// If no ringing was reported, the time since the call counts.
func (p clientParty) answered(s *State, rang time.Duration) {
	cb := p.e
	if cb.State != CallbackDialling {
		return
	}
	q := s.queueRules(cb.Queue)
	if cmp.Or(rang, s.now.Sub(cb.Since)) < q.Callback.Instant {
		s.do(Hangup{cb.Client, HangupNormal})
		cb.attemptFailed(s, CauseNoAnswer)
		return
	}
	s.do(StopPlay{cb.Leg, cb.Whisper})
	cb.Whisper = ""
	cb.greet(s)
}

// gone: the client's channel ended before the talk.
func (p clientParty) gone(s *State, why Cause) {
	cb := p.e
	switch cb.State {
	case CallbackDialling:
		cb.attemptFailed(s, why)
	case CallbackGreeting:
		cb.attemptFailed(s, CauseNormal)
	}
}

// playEnded connects client and agent after the greeting.
func (p clientParty) playEnded(s *State, playback string) {
	if cb := p.e; cb.State == CallbackGreeting && cb.Greeting == playback && playback != "" {
		cb.Greeting = ""
		cb.talks(s, true)
	}
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
	c.Agent, c.Leg, c.Answered = a.ID, cb.Leg, s.now
	c.setState(s, CallTalking)
	leg := cb.Leg
	cb.setState(s, CallbackTalking)
	cb.Leg = leg
	a.Callback, a.Call = "", c.ID
	a.countServed(s)
	a.MissedInRow = 0
	s.touch(a)
	c.bridge(s, c.Leg)
	c.startRecording(s)
	c.awaitWord(s)
	e := c.entry(EntryCallAnswered)
	e.Agent, e.Callback = a.ID, cb.ID
	s.note(e)
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
		Arrived: s.now, PlaceInLine: PlaceInLine{Entered: s.now, Place: cb.Place, Priority: cb.Priority}, Since: s.now,
	}
	s.calls[c.ID] = c
	s.touch(c)
	return c
}

func (p clientParty) reconcile(r reconciler, client LiveChannel, found bool) {
	cb := p.e
	switch cb.State {
	case CallbackDialling:
		switch {
		case found && client.Up:
			p.answered(r.State, 0)
		case !found && r.mustExist(cb.Since):
			r.heal(cb.ID, "client is not being called")
			r.stopLast(cb.Leg, cb.Serial, cb.Whisper)
			p.gone(r.State, CauseFailed)
		}
	case CallbackGreeting:
		switch {
		case !found && r.mustExist(cb.Since):
			r.heal(cb.ID, "client is gone")
			r.stopLast(cb.Leg, cb.Serial, cb.Whisper)
			p.gone(r.State, CauseNormal)
		case r.anew && r.now.After(cb.Since):
			r.stopLast(cb.Leg, cb.Serial, "") // for example the ringing tone, which never ends by itself
			r.stopLast(cb.Client, cb.Serial, "")
			if r.queueRules(cb.Queue).Recording.isTold() {
				cb.greet(r.State) // how much of it the client heard is unknown
			} else {
				cb.talks(r.State, false)
			}
		}
	}
}
