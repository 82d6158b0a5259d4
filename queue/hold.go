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
func (*Agent) toggleHold(s *State, c *Call) {
	switch {
	case c.State == CallHeld:
		c.resume(s)
	case c.State == CallTransferring:
		c.targetOver(s, CauseCancelled)
	case c.Target.In && c.Target.Way == WayConsulted:
		c.hold(s, HeldByConsult)
	default:
		c.hold(s, HeldByCode)
	}
}

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
	e := c.entry(EntryHoldStarted)
	e.Agent, e.Details = c.Agent, &Details{HeldBy: by}
	s.note(e)
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

// part takes the caller out of the bridge; the agent stays in it.
func (c *Call) part(s *State) {
	if !c.Apart {
		c.Apart = true
		c.muteRecording(s)
		s.do(Part{c.Bridge, c.ID})
		s.touch(c)
	}
}

// rejoin opens the audio of a talk again.
func (c *Call) rejoin(s *State) {
	c.Apart, c.Joined = false, s.now
	if c.Bridge == "" {
		c.bridge(s, c.Leg) // the agent is back on another line
		c.muteRecording(s)
		return
	}
	s.do(Join{c.Bridge, c.ID})
	c.muteRecording(s)
	s.touch(c)
}

// resume ends the hold because the agent returns.
func (c *Call) resume(s *State) {
	c.endHold(s, HoldEndReturned, false)
	c.backToAgent(s)
}

// backToAgent lets the talk go on after the return phrase, or under it.
func (c *Call) backToAgent(s *State) {
	if s.queueRules(c.Queue).Hold.Return != HoldAudioOverPhrase {
		c.goOn(s, returnWithin, "return")
		return
	}
	c.stopAudio(s)
	c.setState(s, CallTalking)
	c.rejoin(s)
	s.do(Announce{c.Bridge, c.ID, c.nextID(s, c.ID, "p"), []Phrase{c.say("return")}})
}

// goOn lets the talk go on after a phrase.
func (c *Call) goOn(s *State, within time.Duration, phrase string) {
	c.setState(s, CallTalking)
	c.play(s, c.say(phrase))
	c.PlayBy = s.now.Add(within)
}

// endHold is the one way out of a hold. What was begun because of the hold ends with it.
func (c *Call) endHold(s *State, how HoldEnd, limit bool) {
	a := s.agents[c.Agent]
	h := Hold{Start: c.Since, Length: s.now.Sub(c.Since), By: c.HeldBy, End: how, Limit: limit}
	c.HoldFigures.add(h.Length)
	a.HoldFigures.add(h.Length)
	c.HoldLog = append(c.HoldLog, h)
	if len(c.HoldLog) > maxHolds {
		c.HoldLog = slices.Delete(c.HoldLog, 0, 1)
	}
	if c.HeldBy == HeldByConsult && how != HoldEndTogether && how != HoldEndHandedOver {
		c.dropTarget(s, TransferEndTakenBack)
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
	a.stopAudio(s) // a reminder is not needed any more
	s.touch(a)
	s.touch(c)
	e := c.entry(EntryHoldEnded)
	e.Agent, e.Hold, e.Details = c.Agent, h.Length, &Details{HoldEnd: how}
	s.note(e)
}

// remind tells the agent that the caller waits: by a phrase in the ear, or by a second
// line when the phone holds and nothing is heard there. The lamp tells everybody.
func (c *Call) remind(s *State) {
	a := s.agents[c.Agent]
	e := c.entry(EntryHoldReminded)
	e.Agent = a.ID
	s.note(e)
	a.Reminded = true
	s.touch(a)
	if !a.Holds {
		a.tellInCall(s, c, "hold-reminder")
	} else if ring := s.queueRules(c.Queue).Hold.Ring; ring > 0 {
		a.recall(s, c, ring)
	}
}

// recall rings a second line of an agent whose phone holds. To answer it is to return to the caller.
func (a *Agent) recall(s *State, c *Call, ring time.Duration) {
	if a.Recall != "" {
		return
	}
	held := s.now.Sub(c.Since).Round(time.Second)
	a.Recall = c.nextID(s, c.ID, "a")
	s.touch(a)
	s.do(Dial{
		Channel: a.Recall, Endpoint: a.phone(s), For: c.ID,
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
		c.limitReached(s, HoldThenReturn)
		c.endHold(s, HoldEndReturned, true)
	} else {
		c.endHold(s, HoldEndReturned, false)
	}
	c.backToAgent(s)
}

func (p recallParty) reconcile(r reconciler, live LiveChannel, _ bool) {
	if live.Up {
		p.answered(r.State, 0)
	}
}

// gone: nobody answered the second line.
func (p recallParty) gone(s *State, _ Cause) {
	a := p.e
	a.Recall = ""
	s.touch(a)
	if c := s.calls[a.Call]; c != nil && c.Acting {
		c.holdRequeues(s)
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
	e := c.entry(EntryHoldLimited)
	e.Agent, e.Callback, e.Hold, e.Details = c.Agent, c.Callback, s.now.Sub(c.Since), &Details{Then: then}
	s.note(e)
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
	c.leaveAgent(s, a, "hold-requeued")
	a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
	c.requeue(s, CauseHoldTooLong, "hold-requeue")
}

// leaveAgent takes the caller away from the agent. Unless the agent's phone holds, the agent
// hears why as the last words on the leg.
func (c *Call) leaveAgent(s *State, a *Agent, phrase string) {
	if c.Bridge != "" && !a.Holds {
		s.do(Part{c.Bridge, a.Leg}) // the end of the bridge would free the leg too late for the first word
	}
	c.talkEnded(s, a)
	if a.Holds {
		a.endLeg(s, HangupNormal)
	} else {
		a.tell(s, c.nextID(s, a.Leg, "p"), phrase)
	}
}

// HoldOrigin is the origin of a callback that took the place of a hold.
const HoldOrigin = "hold"

// holdBooks promises a callback by the same agent. If the promise cannot be kept,
// it is not made, and the caller goes back in line.
func (c *Call) holdBooks(s *State) {
	b := c.callerBooking(s)
	b.origin, b.owner, b.note = HoldOrigin, c.Agent, "call "+c.ID
	why := b.mayBook(s)
	if cb := s.callbackOf(b.number); cb != nil && !cb.isFor(c) {
		why = RefusalInCall // the client is being called at this moment
	}
	if why == "" && b.queue.opening(s).After(s.now) {
		why = RefusalTooNearClosing // the phrase promises a call within thirty minutes from now
	}
	if why != "" {
		e := c.entry(EntryRefused)
		e.Agent, e.Details = c.Agent, &Details{Refusal: why}
		s.note(e)
		c.holdRequeues(s)
		return
	}
	cb := b.book(s)
	c.Callback, cb.Caller = cb.ID, c.ID
	if cb.State != CallbackBooking {
		c.holdPromised(s, cb) // it is safe already
		return
	}
	c.holdWaits(s, safeWithin)
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
	c.leaveAgent(s, a, "hold-expired")
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
