package queue

import (
	"slices"
	"strconv"
	"time"
)

// holdGrace is the time left to act on a hold whose limit has passed while
// Asterisk or the daemon was away.
const holdGrace = 3 * time.Second

// sync compares the state with what Asterisk really has and repairs the differences.
// Talks go on untouched, waiting callers keep place and music, half-made connections
// are finished or undone.
func (s *State) sync(ev Synced) {
	t := truth{State: s, anew: !s.up, started: ev.Started, channels: map[string]LiveChannel{}, bridges: map[string]LiveBridge{}}
	for _, c := range ev.Channels {
		t.channels[c.ID] = c
	}
	for _, b := range ev.Bridges {
		t.bridges[b.ID] = b
	}
	if t.anew {
		t.keepNumbers()
	}
	for _, p := range ev.Phones {
		s.phoneChanged(p)
	}
	// Nothing is offered before everything is reconciled.
	s.up = false
	reconcile(t, callParties[:1], s.Calls())
	if t.anew {
		for _, c := range s.Calls() {
			s.hand = c
			t.silence(c)
		}
		t.freeCallers(ev)
	}
	reconcile(t, callParties[1:], s.Calls())
	reconcile(t, agentParties[:], s.Agents())
	reconcile(t, callbackParties[:], s.Callbacks())
	if t.anew {
		for _, cb := range s.Callbacks() {
			s.hand = cb
			t.takeUp(cb)
		}
		s.hand = nil
		s.review()
		s.leaveRetired()
	}
	s.up = true
	for _, c := range s.Calls() {
		s.hand = c
		t.reassert(c)
	}
	s.match.Recheck() // those who waited come before those who are new
	s.settle()
	s.hand = nil
	t.endStrangers(ev)
	clear(s.formerly)
	s.lamps.seen = ev.Lamps
	s.lamps.read = true
}

// neverTalked reports whether a call whose caller is gone was about to be connected when
// the daemon died: its bridge, which would outlive the caller's channel, was never made.
func (t truth) neverTalked(c *Call) bool {
	_, made := t.bridges[c.Bridge]
	return c.State == CallTalking && !made && c.Joined.Equal(c.Answered) && t.mustExist(c.Joined)
}

// takeUp goes on with a callback that came to a stop while Asterisk was away.
func (t truth) takeUp(cb *Callback) {
	switch cb.State {
	case CallbackBooking:
		t.promised(cb.ID) // it was read from the store, so it is safe
	case CallbackBriefing:
		t.do(StopPlay{cb.Leg, cb.Whisper})
		cb.dialClient(t.State)
	}
}

// reassert makes a live caller's channel match the state of the call.
func (t truth) reassert(c *Call) {
	channel, found := t.channels[c.ID]
	if !found {
		return // just arrived
	}
	t.checkRecording(c)
	if t.anew {
		c.wordHeard(t.State) // the caller may have spoken while events were lost
	}
	switch c.State {
	case CallTalking, CallTransferred:
		t.checkBridge(c)
		return
	case CallTransferring:
		t.checkParted(c)
	case CallHeld:
		t.checkApart(c)
	}
	if !t.anew {
		return
	}
	if !channel.Up {
		t.do(AnswerCall{c.ID})
	}
	if c.inLine() {
		c.boundWait(t.State)
	}
	if c.HeldBy == HeldByConsult && !c.Target.In {
		t.agents[c.Agent].agentHears(t.State, c, Phrase{ID: Ringback})
	}
	if c.Playing != "" || c.Music {
		return // begun just now, or the last phrase
	}
	switch c.State {
	case CallInMenu:
		if c.MenuBy.IsZero() {
			c.Round--
			c.playMenu(t.State)
		}
	case CallWaiting, CallOffered:
		switch {
		case c.connectIfReady(t.State):
		case c.parted:
			c.parted = false
			c.play(t.State, c.say("agent-lost"))
		default:
			c.music(t.State) // the music goes on where it was
		}
	case CallHeld:
		c.music(t.State)
	case CallTransferring:
		c.ringBack(t.State)
	case CallEnding:
		if !c.Choosing && c.Rate == "" || c.KeyBy.IsZero() {
			c.leave(t.State)
		}
	}
}

// checkBridge makes the bridge of a talk anew if it is gone or a party is missing in it.
func (t truth) checkBridge(c *Call) {
	if c.Apart && c.Playing == "" {
		c.rejoin(t.State) // the return phrase is over, or will not be
	}
	if c.Apart || c.Joined.Equal(t.now) {
		return // made just now, or not yet
	}
	far := c.Leg
	if c.State == CallTransferred {
		far = c.Target.Leg
	}
	t.checkIn(c)
	b, live := t.bridges[c.Bridge]
	if live && slices.Contains(b.Channels, c.ID) && slices.Contains(b.Channels, far) || !t.mustExist(c.Joined) {
		return
	}
	t.heal(c.ID, "bridge is gone")
	t.hush(c)
	c.bridge(t.State, far)
}

// checkParted takes a caller who is being transferred out of the bridge with the agent.
func (t truth) checkParted(c *Call) {
	if c.Leg != "" && t.mustExist(c.Since) && slices.Contains(t.bridges[c.Bridge].Channels, c.ID) {
		t.heal(c.ID, "caller who is passed on is in the bridge")
		t.hush(c)
		t.do(Part{c.Bridge, c.ID})
		c.ringBack(t.State)
	}
}

// checkApart takes a caller on hold out of the bridge if they are still in it. If the
// limit passed while nobody could act, it is moved by holdGrace so that it can be acted on.
func (t truth) checkApart(c *Call) {
	t.checkIn(c)
	if t.mustExist(c.Since) && slices.Contains(t.bridges[c.Bridge].Channels, c.ID) {
		t.heal(c.ID, "caller on hold is in the bridge")
		t.hush(c)
		t.do(Part{c.Bridge, c.ID})
		c.play(t.State, c.say("hold"))
	}
	if r := t.queueRules(c.Queue).Hold; t.anew && c.HoldUntil.After(t.now.Add(r.Limit)) {
		c.ActAt, c.HoldUntil = t.now.Add(r.Act), t.now.Add(r.Limit) // the rules are new, or the clock was set back
		t.touch(c)
	}
	if soon := t.now.Add(holdGrace); !c.ActAt.After(t.now) && c.HoldUntil.Before(soon) {
		c.HoldUntil = soon
		t.touch(c)
	}
}

// silence stops what was playing when Asterisk went away, because its end may have been
// missed. Only a last phrase and the phrase of a hold go on, for as long as they may take.
func (t truth) silence(c *Call) {
	if c.Rate == RatingNext {
		c.Rate, c.KeyBy = "", time.Time{} // the end of the closing phrase may have been missed, and the question must not follow a silence
		t.touch(c)
	}
	if a := t.agents[c.Agent]; c.hasAgent() && (a.Hears != "" || len(c.Transfers) > 0) {
		// For example the ringing tone, which never ends by itself. It stays in the state until
		// its end is told: the next crash may come before this is done.
		t.stopLast(a.Leg, c.Serial, "")
	}
	last := lastWords
	if c.Outcome == OutcomeClosed || c.Outcome == OutcomeFull || c.Outcome == OutcomeEmpty {
		last = lastWordsUnserved
	}
	switch {
	case (c.State == CallTalking || c.State == CallTransferred) && !c.Apart && slices.Contains(t.bridges[c.Bridge].Channels, c.ID):
		return
	case c.State == CallHeld && t.letPlay(c, holdWords), c.State == CallEnding && t.letPlay(c, last):
		return
	}
	t.hush(c)
	if o := c.answeredOffer(); o != nil && o.Whisper != "" {
		t.do(StopPlay{o.Leg, o.Whisper})
		o.Whisper = ""
	}
}

// letPlay lets the caller's phrase go on if there is time left, for so long at most.
// Music that should have ended before it may still run, so it is stopped.
func (t truth) letPlay(c *Call, within time.Duration) bool {
	until := c.Since.Add(within)
	if c.Playing == "" || !t.now.Before(until) {
		return false
	}
	c.PlayBy = until
	t.do(StopMusic{c.ID})
	t.touch(c)
	return true
}

// hush ends whatever the caller may hear. Asterisk cannot be asked what runs, and the last
// actions before a crash may have been done or not. But playbacks are numbered.
func (t truth) hush(c *Call) {
	c.cutShort()
	if c.Playing != "" {
		t.do(StopPlay{c.ID, c.Playing})
	}
	t.stopLast(c.ID, c.Serial, c.Playing)
	t.do(StopMusic{c.ID})
	c.Playing, c.PlayBy, c.Music = "", time.Time{}, false
	t.touch(c)
}

// tellAgain repeats the last words that an agent was hearing when Asterisk went
// away: how much of them was heard is unknown.
func (t truth) tellAgain(a *Agent) {
	if !t.anew {
		return
	}
	serial := serialOf(a.Telling)
	t.stopLast(a.Leg, serial, "")
	a.tell(t.State, a.Leg+"-p"+strconv.Itoa(serial+1), a.Words)
}
