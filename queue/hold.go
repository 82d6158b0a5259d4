package queue

import "time"

// On hold (S3: «не более 2-х минут»): the agent takes the caller out of the
// talk to look something up, and no caller stays there until the limit.

const (
	// recallWithin is how long a second line rings for an agent who must take the caller back.
	recallWithin = 5 * time.Second
	// safeWithin is how long a callback may take to become safe.
	safeWithin = 3 * time.Second
	// choosing is the silence in which the caller can refuse the callback.
	choosing = 3 * time.Second
)

// hold takes the caller out of the talk. The caller hears why, then music.
func (c *Call) hold(s *State, by HeldBy, intro ...Phrase) {
	r := &s.queueRules(c.Queue).Hold
	c.stopAudio(s)
	c.part(s)
	c.setState(s, CallHeld)
	c.HeldBy = by
	act := max(min(r.Act, r.Total-c.HoldFigures.Total), 0)
	c.ActAt, c.HoldUntil = s.now.Add(act), s.now.Add(r.Limit)
	if remind := act - (r.Act - r.Remind); remind > 0 {
		c.RemindAt = s.now.Add(remind)
	}
	c.note(s, Entry{Kind: EntryHoldStarted, Agent: c.Agent, Details: &Details{HeldBy: by}})
	if act > 0 {
		phrase := "hold"
		if by == HeldByConsult && !c.Target.In {
			phrase = "transfer"
		}
		c.play(s, append(intro, c.say(phrase))...)
		return
	}
	// All that the call may be on hold is used up.
	c.music(s)
	c.ActAt = time.Time{}
	c.holdTooLong(s)
}

// holdIfHolding holds a caller who has just been connected to a phone whose hold key was pressed before.
func (c *Call) holdIfHolding(s *State) {
	if s.agents[c.Agent].Holds {
		c.hold(s, HeldByKey)
	}
}

// holdTooLong does what the queue's rules say when a hold takes too long. If that
// was tried and did not work, it puts the caller back in line.
func (c *Call) holdTooLong(s *State) {
	if c.Acting {
		c.holdRequeues(s)
		return
	}
	c.Acting = true
	switch s.queueRules(c.Queue).Hold.Then {
	case HoldThenCallback:
		c.holdBooks(s)
	case HoldThenReturn:
		c.holdReturns(s)
	default:
		c.holdRequeues(s)
	}
}

// holdWaits gives what was begun at the limit some time, at most half of what is left until HoldUntil.
func (c *Call) holdWaits(s *State, atMost time.Duration) {
	c.ActAt = s.now.Add(min(atMost, c.HoldUntil.Sub(s.now)/2))
	s.touch(c)
}

// limitReached records what was done about a hold that took too long.
func (c *Call) limitReached(s *State, then HoldThen) {
	c.note(s, Entry{Kind: EntryHoldLimited, Agent: c.Agent, Callback: c.Callback, Hold: s.now.Sub(c.Since), Details: &Details{Then: then}})
}

// holdReturns gives the caller back to the agent. If the agent's phone holds,
// a second line rings.
func (c *Call) holdReturns(s *State) {
	a := s.agents[c.Agent]
	if a.Holds {
		c.holdWaits(s, recallWithin)
		a.recall(s, c, recallWithin)
		return
	}
	c.limitReached(s, HoldThenReturn)
	c.endHold(s, HoldEndReturned, true)
	a.tellInCall(s, c, "hold-returned")
	c.goOn(s, holdWords, "hold-longer")
}

// holdRequeues puts the caller at the head of the line.
func (c *Call) holdRequeues(s *State) {
	a := s.agents[c.Agent]
	c.limitReached(s, HoldThenRequeue)
	c.endHold(s, HoldEndRequeued, true)
	c.leaveAgent(s, a, TalkEndRequeued, "hold-requeued")
	a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
	c.requeue(s, CauseHoldTooLong, "hold-requeue")
}

// leaveAgent takes the caller away from the agent. Unless the agent's phone holds, the agent
// hears why as the last words on the leg.
func (c *Call) leaveAgent(s *State, a *Agent, how TalkEnd, phrase string) {
	if c.Bridge != "" && !a.Holds {
		s.do(Part{c.Bridge, a.Leg}) // the end of the bridge would free the leg too late for the first word
	}
	c.talkEnded(s, a, how, "")
	if a.Holds {
		a.endLeg(s, HangupNormal)
	} else {
		a.tell(s, c.nextID(a.Leg, "p"), phrase)
	}
}

// holdBooks promises a callback by the same agent. If the promise cannot be kept,
// it is not made, and the caller goes back in line.
func (c *Call) holdBooks(s *State) {
	cb := c.callerBooking(s)
	cb.Origin, cb.Owner, cb.Note = HoldOrigin, c.Agent, "call "+c.ID
	why := cb.refusal(s)
	if has := s.promiseTo(cb.Number); has != nil && !has.isFreeFor(c) {
		why = RefusalInCall // the client is being called at this moment
	}
	if why == "" && s.queueRules(c.Queue).opening(s.now, s.rules.Location).After(s.now) {
		why = RefusalTooNearClosing // the phrase promises a call within thirty minutes from now
	}
	if why != "" {
		c.note(s, Entry{Kind: EntryRefused, Agent: c.Agent, Details: &Details{Refusal: why}})
		c.holdRequeues(s)
		return
	}
	cb = cb.book(s)
	c.Callback, cb.Caller = cb.ID, c.ID
	if cb.State != CallbackBooking {
		c.holdPromised(s, cb) // it is safe already
		return
	}
	c.holdWaits(s, safeWithin)
}

// isFreeFor reports whether the promise may be made again in this call: nobody works on it, except in this call.
func (cb *Callback) isFreeFor(c *Call) bool {
	switch cb.State {
	case CallbackBooking, CallbackOpen:
		return true
	case CallbackOnLine:
		return c.Callback == cb.ID // and not another call from the same number
	case CallbackTalking:
		return cb.Client == c.ID
	}
	return false
}

// holdPromised tells the caller about the callback, which is safe in the store now. During
// the phrase, and for a moment after it, a key puts the caller back in line instead.
func (c *Call) holdPromised(s *State, cb *Callback) {
	a := s.agents[c.Agent]
	if cb.State != CallbackOpen {
		cb.setState(s, CallbackOpen) // the callback that this call was to fulfil
	}
	cb.Owner, cb.Kept = a.ID, true
	if left := cb.DueAt.Sub(s.now); left > 0 {
		cb.NextAt = s.now.Add(left / 3) // the agent has to look it up first
	}
	cb.planUrgency(s)
	c.limitReached(s, HoldThenCallback)
	c.endHold(s, HoldEndCallback, true)
	c.leaveAgent(s, a, TalkEndCallback, "hold-expired")
	c.end(s, OutcomeCallback, c.say("hold-long"))
	c.Choosing = true
}

// choosingOver: the caller did not refuse the callback, so it stands.
func (c *Call) choosingOver(s *State) {
	c.Choosing = false
	c.play(s, c.say("closing"))
}

// waitInstead puts a caller who refuses the callback at the head of the line. A
// callback that was booked because of this hold is cancelled.
func (c *Call) waitInstead(s *State) {
	last := &c.HoldLog[len(c.HoldLog)-1]
	last.End = HoldEndRequeued
	if cb := s.callbacks[c.Callback]; cb != nil {
		if cb.Origin == HoldOrigin && !cb.Created.Before(last.Start) {
			c.Callback = ""
			cb.over(s, CallbackCancelled, "the client waits in line instead")
		} else {
			cb.setState(s, CallbackOnLine)
		}
	}
	c.Outcome, c.Choosing, c.KeyBy, c.EndBy = "", false, time.Time{}, time.Time{}
	c.requeue(s, CauseHoldTooLong, "all-busy")
}
