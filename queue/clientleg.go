package queue

import (
	"cmp"
	"slices"
	"time"
)

// The client of a callback, from the call over the trunk until the two talk.

// clientParty is the channel of a client that we call, until there is a call.
type clientParty struct{ partyOf[*Callback] }

// answered greets the client, unless the answer came so quickly that a machine gave it.
// If no ringing was reported, the time since the call counts.
func (p clientParty) answered(s *State, rang time.Duration) {
	cb := p.e
	if cb.State != CallbackDialling {
		return
	}
	s.trunkWorks()
	q := s.queueRules(cb.Queue)
	if cmp.Or(rang, s.now.Sub(cb.Since)) < q.Callback.Instant {
		s.do(Hangup{cb.Client, HangupNormal})
		cb.attemptFailed(s, CauseNoAnswer)
		return
	}
	cb.endEarly(s, cb.Client, cb.Leg)
	cb.quiet(s)
	cb.greet(s)
}

// progress lets the agent hear what comes over the trunk instead of our ringing tone.
func (p clientParty) progress(s *State, audio bool) {
	cb := p.e
	if cb.State != CallbackDialling {
		return
	}
	s.trunkWorks()
	s.touch(cb)
	cb.Rings = true
	if audio && cb.Early == "" {
		cb.quiet(s)
		cb.Early = cb.nextID(s, cb.Client, "b")
		s.do(Connect{Bridge: cb.Early, Caller: cb.Client, Agent: cb.Leg})
	}
}

// bridge is the one in which the agent hears the client's end before the answer.
func (p clientParty) bridge() (string, time.Time) { return p.e.Early, p.e.Since }

// gone: the client's channel ended before the talk.
func (p clientParty) gone(s *State, why Cause) {
	cb := p.e
	switch cb.State {
	case CallbackDialling:
		cb.notReached(s, why)
	case CallbackGreeting:
		if by := why.By(); by == EndedByExchange || by == EndedByTrunk {
			cb.notReached(s, why)
			return
		}
		cb.attemptFailed(s, CauseNormal)
	}
}

// playEnded connects client and agent after the greeting.
func (p clientParty) playEnded(s *State, playback string) {
	if cb := p.e; cb.State == CallbackGreeting && cb.Greeting == playback {
		cb.Greeting = ""
		cb.talks(s, true)
	}
}

func (p clientParty) reconcile(r reconciler, client LiveChannel, found bool) {
	cb := p.e
	switch cb.State {
	case CallbackDialling:
		switch {
		case found && client.Up:
			p.answered(r.State, 0)
		case found && r.anew:
			cb.resumeDialling(r)
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

// resumeDialling goes on after an absence, in which the trunk may have said anything.
func (cb *Callback) resumeDialling(r reconciler) {
	cb.Rings = true
	r.touch(cb)
	if cb.Early != "" {
		r.stopLast(cb.Leg, cb.Serial, "") // the ringing tone, which never ends by itself
		if in := r.bridges[cb.Early].Channels; !slices.Contains(in, cb.Client) || !slices.Contains(in, cb.Leg) {
			r.do(Disconnect{cb.Early, cb.Client, cb.Leg})
			cb.Early = cb.nextID(r.State, cb.Client, "b")
			r.do(Connect{Bridge: cb.Early, Caller: cb.Client, Agent: cb.Leg})
		}
	}
}
