package queue

import (
	"slices"
	"time"
)

// holdGrace is the time left to act on a hold whose limit has passed while
// Asterisk or the daemon was away.
const holdGrace = 3 * time.Second

// happen compares the state with what Asterisk really has and repairs the differences.
// Talks go on untouched, waiting callers keep place and music, half-made connections
// are finished or undone.
func (ev Synced) happen(s *State) {
	r := reconciler{State: s, anew: !s.up, started: ev.Started, channels: map[string]LiveChannel{}, bridges: map[string]LiveBridge{}, taken: map[string]bool{}}
	for _, c := range ev.Channels {
		r.channels[c.ID] = c
	}
	for _, b := range ev.Bridges {
		r.bridges[b.ID] = b
	}
	for id, c := range s.calls {
		if c.channel() != id {
			r.taken[id] = true
		}
	}
	if r.anew {
		r.keepNumbers()
	}
	for _, p := range ev.Phones {
		p.happen(s)
	}
	// Nothing is offered before everything is reconciled.
	s.up = false
	if r.anew {
		each(s, s.Calls(), r.silence)
		each(s, s.Agents(), r.silenceAgent)
		r.emptyStrangers(ev)
	}
	reconcile(r, callParties[:], 0, s.Calls())
	reconcile(r, agentParties[:], 0, s.Agents())
	reconcile(r, callbackParties[:], 0, s.Callbacks())
	if r.anew {
		each(s, s.Callbacks(), r.takeUp)
		s.review()
		s.leaveRetired()
	}
	s.up = true
	each(s, s.Calls(), r.reassert)
	s.match.Recheck() // those who waited come before those who are new
	s.settle()
	s.hand = nil
	r.endStrangers(ev)
	clear(s.formerly)
	s.lamps.seen = ev.Lamps
	s.lamps.read = true
}

// takeUp goes on with a callback that came to a stop while Asterisk was away.
func (r reconciler) takeUp(cb *Callback) {
	switch cb.State {
	case CallbackBooking:
		Promised{cb.ID}.happen(r.State) // it was read from the store, so it is safe
	case CallbackBriefing:
		r.do(StopPlay{cb.Leg, cb.Whisper})
		cb.dialClient(r.State)
	}
}

// reassert makes a live caller's channel match the state of the call.
func (r reconciler) reassert(c *Call) {
	channel, found := r.channels[c.channel()]
	if !found {
		return // just arrived
	}
	r.restoreRecording(c)
	if r.anew {
		c.wordHeard(r.State) // the caller may have spoken while events were lost
	}
	switch c.State {
	case CallTalking, CallTransferred:
		r.restoreBridge(c)
		return
	case CallTransferring:
		r.restoreTransfer(c)
	case CallHeld, CallParked:
		r.restoreHold(c)
	}
	if !r.anew {
		return
	}
	if !channel.Up {
		r.do(AnswerCall{c.channel()})
	}
	if c.inLine() {
		c.boundWait(r.State, r.now)
	}
	if c.HeldBy == HeldByConsult && !c.Target.In && !c.Target.Early {
		r.agents[c.Agent].play(r.State, c, Phrase{ID: Ringback})
	}
	if c.Playing != "" || c.Music {
		return // begun just now, or the last phrase
	}
	if c.inLine() && c.parted {
		c.parted = false
		if !c.connectIfReady(r.State) {
			c.play(r.State, c.say("agent-lost"))
		}
		return
	}
	c.resound(r.State)
}

// restoreBridge makes the bridge of a talk anew if it is gone or a party is missing in it.
func (r reconciler) restoreBridge(c *Call) {
	if c.Apart && c.Playing == "" {
		c.rejoin(r.State) // the return phrase is over, or will not be
	}
	if c.Apart || c.Joined.Equal(r.now) {
		return // made just now, or not yet
	}
	far := c.Leg
	if c.State == CallTransferred {
		far = c.Target.Leg
	}
	r.restoreThirdParty(c)
	b, live := r.bridges[c.Bridge]
	if live && slices.Contains(b.Channels, c.channel()) && slices.Contains(b.Channels, far) || !r.mustExist(c.Joined) {
		return
	}
	if live {
		r.heal(c.ID, "a party is not in the bridge")
	} else {
		r.heal(c.ID, "bridge is gone")
	}
	r.stopAll(c)
	c.bridge(r.State, far)
}

// restoreTransfer takes a caller who is being transferred out of the bridge with the agent.
func (r reconciler) restoreTransfer(c *Call) {
	r.restoreThirdParty(c)
	if c.Leg != "" && r.mustExist(c.Since) && slices.Contains(r.bridges[c.Bridge].Channels, c.channel()) {
		r.heal(c.ID, "caller who is passed on is in the bridge")
		r.stopAll(c)
		r.do(Part{c.Bridge, c.channel()})
		c.ringBack(r.State)
	}
}

// restoreHold takes a caller on hold out of the bridge if they are still in it. If the
// limit passed while nobody could act, it is moved by holdGrace so that it can be acted on.
func (r reconciler) restoreHold(c *Call) {
	r.restoreThirdParty(c)
	if c.Bridge != "" && r.mustExist(c.Since) && slices.Contains(r.bridges[c.Bridge].Channels, c.channel()) {
		r.heal(c.ID, "caller on hold is in the bridge")
		r.stopAll(c)
		r.do(Part{c.Bridge, c.channel()})
		c.play(r.State, c.say("hold"))
	}
	if rules := r.queueRules(c.Queue).Hold; r.anew && c.HoldUntil.After(r.now.Add(rules.Limit)) {
		c.ActAt, c.HoldUntil = r.now.Add(rules.Act), r.now.Add(rules.Limit) // the rules are new, or the clock was set back
		r.touch(c)
	}
	if soon := r.now.Add(holdGrace); !c.ActAt.After(r.now) && c.HoldUntil.Before(soon) {
		c.HoldUntil = soon
		r.touch(c)
	}
}

// silence stops what was playing when Asterisk went away, because its end may have been
// missed. Only a last phrase and the phrase of a hold go on, for as long as they may take.
func (r reconciler) silence(c *Call) {
	if _, found := r.channels[c.channel()]; !found {
		return // the caller is gone
	}
	if c.Rate == RatingNext {
		c.Rate, c.KeyBy = "", time.Time{} // the end of the closing phrase may have been missed, and the question must not follow a silence
		r.touch(c)
	}
	if a := r.agents[c.Agent]; c.hasAgent() && (a.Hears != "" || len(c.Transfers) > 0) {
		// For example the ringing tone, which never ends by itself. It stays in the state until
		// its end is told: the next crash may come before this is done.
		r.stopLast(a.Leg, c.Serial, "")
	}
	last := lastWords
	if c.Outcome == OutcomeClosed || c.Outcome == OutcomeFull || c.Outcome == OutcomeEmpty {
		last = lastWordsUnserved
	}
	switch {
	case (c.State == CallTalking || c.State == CallTransferred) && !c.Apart && slices.Contains(r.bridges[c.Bridge].Channels, c.channel()):
		return
	case (c.State == CallHeld || c.State == CallParked) && r.letPlay(c, holdWords), c.State == CallEnding && r.letPlay(c, last):
		return
	}
	r.stopAll(c)
	if o := c.answeredOffer(); o != nil && o.Whisper != "" {
		r.do(StopPlay{o.Leg, o.Whisper})
		o.Whisper = ""
	}
}

// silenceAgent stops an agent's last words, and what a supervisor who listens was told. How much was heard of either is unknown.
func (r reconciler) silenceAgent(a *Agent) {
	if a.Telling != "" {
		r.stopLast(a.Leg, serialOf(a.Telling), "")
	}
	m := &a.Monitor
	r.stopLast(m.Channel, m.Serial, "")
	if m.Playing != "" {
		m.Playing = ""
		r.touch(a)
	}
}

// letPlay lets the caller's phrase go on if there is time left, for so long at most.
// Music that should have ended before it may still run, so it is stopped.
func (r reconciler) letPlay(c *Call, within time.Duration) bool {
	until := c.Since.Add(within)
	if c.Playing == "" || !r.now.Before(until) {
		return false
	}
	c.PlayBy = until
	r.do(StopMusic{c.channel()})
	r.touch(c)
	return true
}

// stopAll ends whatever the caller may hear. Asterisk cannot be asked what runs, and the last
// actions before a crash may have been done or not. But playbacks are numbered.
func (r reconciler) stopAll(c *Call) {
	c.cutShort()
	if c.Playing != "" {
		r.do(StopPlay{c.channel(), c.Playing})
	}
	r.stopMade(c.channel(), c.ID, c.Serial, c.Playing)
	r.do(StopMusic{c.channel()})
	c.Playing, c.PlayBy, c.Music = "", time.Time{}, false
	r.touch(c)
}
