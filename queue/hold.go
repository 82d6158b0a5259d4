package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// On hold (S3: «не более 2-х минут»): the agent takes the caller out of the
// talk to look something up, and no caller stays there until the limit.

const (
	// maxHolds bounds the holds that a call's record lists, the last ones; the figures have all.
	maxHolds = 50
	// holdWords is longer than the phrase of a hold.
	holdWords = 6 * time.Second
	// returnWithin is how long the return phrase may keep the two apart.
	returnWithin = time.Second
	// recallWithin is how long a second line rings for an agent who must take the caller back.
	recallWithin = 5 * time.Second
	// safeWithin is how long a callback may take to become safe.
	safeWithin = 3 * time.Second
	// choosing is the silence in which the caller can refuse the callback.
	choosing = 3 * time.Second
)

// toggleHold is the code for both ways. It also takes back a caller who is being
// transferred, or whose agent consults somebody.
func (s *State) toggleHold(_ *Agent, c *Call) {
	switch {
	case c.State == CallHeld:
		s.resume(c)
	case c.State == CallTransferring:
		s.targetOver(c, CauseCancelled)
	case c.Target.In && c.Target.Way == WayConsulted:
		s.hold(c, HeldByConsult)
	default:
		s.hold(c, HeldByCode)
	}
}

// hold takes the caller out of the talk. The caller hears why, then music.
func (s *State) hold(c *Call, by HeldBy, intro ...Phrase) {
	r := &s.queueRules(c.Queue).Hold
	s.quiet(c)
	s.part(c)
	s.enter(c, CallHeld)
	c.HeldBy = by
	act := max(min(r.Act, r.Total-c.HoldFigures.Total), 0)
	c.ActAt, c.HoldUntil = s.now.Add(act), s.now.Add(r.Limit)
	if remind := act - (r.Act - r.Remind); remind > 0 {
		c.RemindAt = s.now.Add(remind)
	}
	e := c.entry(EntryHoldStarted)
	e.Agent, e.Details = c.Agent, &Details{HeldBy: by}
	s.note(e)
	if act > 0 {
		phrase := "hold"
		if by == HeldByConsult && !c.Target.In {
			phrase = "transfer"
		}
		s.play(c, append(intro, c.say(phrase))...)
		return
	}
	// All that the call may be on hold is used up.
	s.music(c)
	c.ActAt = time.Time{}
	s.holdTooLong(c)
}

// holdIfHolding holds a caller who has just been connected to a phone whose hold key was pressed before.
func (s *State) holdIfHolding(c *Call) {
	if s.agents[c.Agent].Holds {
		s.hold(c, HeldByKey)
	}
}

// part takes the caller out of the bridge; the agent stays in it.
func (s *State) part(c *Call) {
	if !c.Apart {
		c.Apart = true
		s.muteRecording(c)
		s.do(Part{c.Bridge, c.ID})
		s.touch(c)
	}
}

// rejoin opens the audio of a talk again.
func (s *State) rejoin(c *Call) {
	c.Apart, c.Joined = false, s.now
	if c.Bridge == "" {
		s.bridge(c, c.Leg) // the agent is back on another line
		s.muteRecording(c)
		return
	}
	s.do(Join{c.Bridge, c.ID})
	s.muteRecording(c)
	s.touch(c)
}

// resume ends the hold because the agent returns.
func (s *State) resume(c *Call) {
	s.endHold(c, HoldEndReturned, false)
	s.backToAgent(c)
}

// backToAgent lets the talk go on after the return phrase, or under it.
func (s *State) backToAgent(c *Call) {
	if s.queueRules(c.Queue).Hold.Return != HoldAudioOverPhrase {
		s.goOn(c, returnWithin, "return")
		return
	}
	s.quiet(c)
	s.enter(c, CallTalking)
	s.rejoin(c)
	s.do(Announce{c.Bridge, c.ID, s.nextID(c, c.ID, "p"), []Phrase{c.say("return")}})
}

// goOn lets the talk go on after a phrase.
func (s *State) goOn(c *Call, within time.Duration, phrase string) {
	s.enter(c, CallTalking)
	s.play(c, c.say(phrase))
	c.PlayBy = s.now.Add(within)
}

// endHold is the one way out of a hold. What was begun because of the hold ends with it.
func (s *State) endHold(c *Call, how HoldEnd, limit bool) {
	a := s.agents[c.Agent]
	h := Hold{Start: c.Since, Length: s.now.Sub(c.Since), By: c.HeldBy, End: how, Limit: limit}
	c.HoldFigures.add(h.Length)
	a.HoldFigures.add(h.Length)
	c.HoldLog = append(c.HoldLog, h)
	if len(c.HoldLog) > maxHolds {
		c.HoldLog = slices.Delete(c.HoldLog, 0, 1)
	}
	if c.HeldBy == HeldByConsult && how != HoldEndTogether && how != HoldEndHandedOver {
		s.dropTarget(c, TransferEndTakenBack)
	}
	c.HeldBy, c.Acting = "", false
	c.ActAt, c.RemindAt, c.HoldUntil = time.Time{}, time.Time{}, time.Time{}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.State == CallbackBooking && cb.Origin == HoldOrigin {
		delete(s.callbacks, cb.ID) // it has not been said
		c.Callback = ""
		s.touch(cb)
	}
	if a.Recall != "" {
		s.do(Hangup{a.Recall, HangupAnsweredElsewhere})
		a.Recall = ""
	}
	a.Reminded = false
	s.hushAgent(a) // a reminder is not needed any more
	s.touch(a)
	s.touch(c)
	e := c.entry(EntryHoldEnded)
	e.Agent, e.Hold, e.Details = c.Agent, h.Length, &Details{HoldEnd: how}
	s.note(e)
}

// remind tells the agent that the caller waits: by a phrase in the ear, or by a second
// line when the phone holds and nothing is heard there. The lamp tells everybody.
func (s *State) remind(c *Call) {
	a := s.agents[c.Agent]
	e := c.entry(EntryHoldReminded)
	e.Agent = a.ID
	s.note(e)
	a.Reminded = true
	s.touch(a)
	if !a.Holds {
		s.tellInCall(a, c, "hold-reminder")
	} else if ring := s.queueRules(c.Queue).Hold.Ring; ring > 0 {
		s.recall(a, c, ring)
	}
}

// recall rings a second line of an agent whose phone holds. To answer it is to return to the caller.
func (s *State) recall(a *Agent, c *Call, ring time.Duration) {
	if a.Recall != "" {
		return
	}
	held := s.now.Sub(c.Since).Round(time.Second)
	a.Recall = s.nextID(c, c.ID, "a")
	s.touch(a)
	s.do(Dial{
		Channel: a.Recall, Endpoint: s.phoneOf(a), For: c.ID,
		CallerName:   fmt.Sprintf("HOLD %s %s %d:%02d", strings.ToUpper(string(c.Language)), c.Queue, int(held.Minutes()), int(held.Seconds())%60),
		CallerNumber: c.Number, Timeout: ring,
	})
}

// recallParty is the second line that rings at an agent whose phone holds.
type recallParty struct{ partyOf[*Agent] }

// answered: the agent took the caller back on the second line. The first line is hung up.
func (p recallParty) answered(s *State, _ time.Duration) {
	a, c := p.e, s.calls[p.e.Call]
	s.do(Disconnect{c.Bridge, c.ID, c.Leg}, Hangup{c.Leg, HangupNormal})
	c.Bridge, c.Leg = "", a.Recall
	a.Leg, a.Recall, a.Holds = a.Recall, "", false
	if c.Acting {
		s.limitReached(c, HoldThenReturn)
		s.endHold(c, HoldEndReturned, true)
	} else {
		s.endHold(c, HoldEndReturned, false)
	}
	s.backToAgent(c)
}

func (p recallParty) reconcile(t truth, live LiveChannel, _ bool) {
	if live.Up {
		p.answered(t.State, 0)
	}
}

// gone: nobody answered the second line.
func (p recallParty) gone(s *State, _ Cause) {
	a := p.e
	a.Recall = ""
	s.touch(a)
	if c := s.calls[a.Call]; c != nil && c.Acting {
		s.holdRequeues(c)
	}
}

// holdTooLong does what the queue's rules say when a hold takes too long. If that
// was tried and did not work, it puts the caller back in line.
func (s *State) holdTooLong(c *Call) {
	if c.Acting {
		s.holdRequeues(c)
		return
	}
	c.Acting = true
	switch s.queueRules(c.Queue).Hold.Then {
	case HoldThenCallback:
		s.holdBooks(c)
	case HoldThenReturn:
		s.holdReturns(c)
	default:
		s.holdRequeues(c)
	}
}

// holdWaits gives what was begun at the limit some time, at most half of what is left until HoldUntil.
func (s *State) holdWaits(c *Call, atMost time.Duration) {
	c.ActAt = s.now.Add(min(atMost, c.HoldUntil.Sub(s.now)/2))
	s.touch(c)
}

// limitReached records what was done about a hold that took too long.
func (s *State) limitReached(c *Call, then HoldThen) {
	e := c.entry(EntryHoldLimited)
	e.Agent, e.Callback, e.Hold, e.Details = c.Agent, c.Callback, s.now.Sub(c.Since), &Details{Then: then}
	s.note(e)
}

// holdReturns gives the caller back to the agent. If the agent's phone holds,
// a second line rings.
func (s *State) holdReturns(c *Call) {
	a := s.agents[c.Agent]
	if a.Holds {
		s.holdWaits(c, recallWithin)
		s.recall(a, c, recallWithin)
		return
	}
	s.limitReached(c, HoldThenReturn)
	s.endHold(c, HoldEndReturned, true)
	s.tellInCall(a, c, "hold-returned")
	s.goOn(c, holdWords, "hold-longer")
}

// holdRequeues puts the caller at the head of the line.
func (s *State) holdRequeues(c *Call) {
	a := s.agents[c.Agent]
	s.limitReached(c, HoldThenRequeue)
	s.endHold(c, HoldEndRequeued, true)
	s.leaveAgent(c, a, "hold-requeued")
	a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
	s.requeue(c, CauseHoldTooLong, "hold-requeue")
}

// leaveAgent takes the caller away from the agent. Unless the agent's phone holds, the agent
// hears why as the last words on the leg.
func (s *State) leaveAgent(c *Call, a *Agent, phrase string) {
	if c.Bridge != "" && !a.Holds {
		s.do(Part{c.Bridge, a.Leg}) // the end of the bridge would free the leg too late for the first word
	}
	s.talkEnded(c, a)
	if a.Holds {
		s.endLeg(a, HangupNormal)
	} else {
		s.tell(a, s.nextID(c, a.Leg, "p"), phrase)
	}
}

// HoldOrigin is the origin of a callback that took the place of a hold.
const HoldOrigin = "hold"

// holdBooks promises a callback by the same agent. If the promise cannot be kept,
// it is not made, and the caller goes back in line.
func (s *State) holdBooks(c *Call) {
	b := s.callerBooking(c)
	b.origin, b.owner, b.note = HoldOrigin, c.Agent, "call "+c.ID
	why := s.mayBook(b)
	if cb := s.callbackOf(b.number); cb != nil && !cb.isFor(c) {
		why = RefusalInCall // the client is being called at this moment
	}
	if why == "" && s.opening(b.queue).After(s.now) {
		why = RefusalTooNearClosing // the phrase promises a call within thirty minutes from now
	}
	if why != "" {
		e := c.entry(EntryRefused)
		e.Agent, e.Details = c.Agent, &Details{Refusal: why}
		s.note(e)
		s.holdRequeues(c)
		return
	}
	cb := s.book(b)
	c.Callback, cb.Caller = cb.ID, c.ID
	if cb.State != CallbackBooking {
		s.holdPromised(c, cb) // it is safe already
		return
	}
	s.holdWaits(c, safeWithin)
}

// isFor reports whether the promise may be made again in this call: nobody works on it, except in this call.
func (cb *Callback) isFor(c *Call) bool {
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
func (s *State) holdPromised(c *Call, cb *Callback) {
	a := s.agents[c.Agent]
	if cb.State != CallbackOpen {
		s.stand(cb, CallbackOpen) // the callback that this call was to fulfil
	}
	cb.Owner, cb.Kept = a.ID, true
	if left := cb.DueAt.Sub(s.now); left > 0 {
		cb.NextAt = s.now.Add(left / 3) // the agent has to look it up first
	}
	s.planUrgency(cb)
	s.limitReached(c, HoldThenCallback)
	s.endHold(c, HoldEndCallback, true)
	s.leaveAgent(c, a, "hold-expired")
	s.end(c, OutcomeCallback, c.say("hold-long"))
	c.Choosing = true
}

// choosingOver: the caller did not refuse the callback, so it stands.
func (s *State) choosingOver(c *Call) {
	c.Choosing = false
	s.play(c, c.say("closing"))
}

// waitInstead puts a caller who refuses the callback at the head of the line. A
// callback that was booked because of this hold is cancelled.
func (s *State) waitInstead(c *Call) {
	last := &c.HoldLog[len(c.HoldLog)-1]
	last.End = HoldEndRequeued
	if cb := s.callbacks[c.Callback]; cb != nil {
		if cb.Origin == HoldOrigin && !cb.Created.Before(last.Start) {
			c.Callback = ""
			s.over(cb, CallbackCancelled, "the client waits in line instead")
		} else {
			s.stand(cb, CallbackOnLine)
		}
	}
	c.Outcome, c.Choosing, c.KeyBy, c.EndBy = "", false, time.Time{}, time.Time{}
	s.requeue(c, CauseHoldTooLong, "all-busy")
}
