package queue

import (
	"slices"
	"strconv"
	"time"
)

// holdGrace is the time for what must be done about a hold whose limit has
// passed while the exchange or the daemon was away.
const holdGrace = 3 * time.Second

// sync compares the state with the whole truth about the exchange and puts the
// difference right. Conversations go on untouched, waiting callers keep place
// and music, half-made connections are finished or undone.
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
	// Nothing is offered before all is known.
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

// neverTalked reports whether a call whose caller is gone was about to be
// connected when the daemon died: its bridge, which would outlive him, was never made.
func (t truth) neverTalked(c *Call) bool {
	_, made := t.bridges[c.Bridge]
	return c.State == Talking && !made && c.Joined.Equal(c.Answered) && t.mustExist(c.Joined)
}

// takeUp goes on with a callback whose work came to a stop while the exchange was away.
func (t truth) takeUp(cb *Callback) {
	switch cb.State {
	case CallbackBooking:
		t.promised(cb.ID) // it was read from the store, so it is safe
	case CallbackBriefing:
		t.do(StopPlay{cb.Leg, cb.Whisper})
		t.dialClient(cb)
	}
}

// reassert brings a live caller's channel to where his call is.
func (t truth) reassert(c *Call) {
	channel, found := t.channels[c.ID]
	if !found {
		return // just arrived
	}
	t.checkRecording(c)
	if t.anew {
		t.wordHeard(c) // he may have spoken while nobody was told
	}
	switch c.State {
	case Talking, Transferred:
		t.checkBridge(c)
		return
	case Transferring:
		t.checkParted(c)
	case Held:
		t.checkApart(c)
	}
	if !t.anew {
		return
	}
	if !channel.Up {
		t.do(AnswerCall{c.ID})
	}
	if c.inLine() {
		t.boundWait(c)
	}
	if c.HeldBy == HeldByConsult && !c.Target.In {
		t.agentHears(t.agents[c.Agent], c, Phrase{ID: Ringback})
	}
	if c.Playing != "" || c.Music {
		return // begun just now, or the last phrase
	}
	switch c.State {
	case InMenu:
		if c.MenuBy.IsZero() {
			c.Round--
			t.playMenu(c)
		}
	case Waiting, Offered:
		switch {
		case t.connectIfReady(c):
		case c.parted:
			c.parted = false
			t.play(c, c.say("agent-lost"))
		default:
			t.music(c) // it goes on where it was
		}
	case Held:
		t.music(c)
	case Transferring:
		t.ringBack(c)
	case Ending:
		if !c.Choosing && c.Rate == "" || c.KeyBy.IsZero() {
			t.leave(c)
		}
	}
}

// checkBridge makes the bridge of a talk if it is not what it should be.
func (t truth) checkBridge(c *Call) {
	if c.Apart && c.Playing == "" {
		t.rejoin(c) // the return phrase is over, or will not be
	}
	if c.Apart || c.Joined.Equal(t.now) {
		return // made just now, or not yet
	}
	far := c.Leg
	if c.State == Transferred {
		far = c.Target.Leg
	}
	t.checkIn(c)
	b, live := t.bridges[c.Bridge]
	if live && slices.Contains(b.Channels, c.ID) && slices.Contains(b.Channels, far) || !t.mustExist(c.Joined) {
		return
	}
	t.heal(c.ID, "bridge is gone")
	t.hush(c)
	t.bridge(c, far)
}

// checkParted takes a caller who is passed on out of the bridge with his agent.
func (t truth) checkParted(c *Call) {
	if c.Leg != "" && t.mustExist(c.Since) && slices.Contains(t.bridges[c.Bridge].Channels, c.ID) {
		t.heal(c.ID, "caller who is passed on is in the bridge")
		t.hush(c)
		t.do(Part{c.Bridge, c.ID})
		t.ringBack(c)
	}
}

// checkApart takes a caller who is on hold out of the bridge if he still is in
// it, and gives a limit that passed while nobody could act the time to be acted on.
func (t truth) checkApart(c *Call) {
	t.checkIn(c)
	if t.mustExist(c.Since) && slices.Contains(t.bridges[c.Bridge].Channels, c.ID) {
		t.heal(c.ID, "caller on hold is in the bridge")
		t.hush(c)
		t.do(Part{c.Bridge, c.ID})
		t.play(c, c.say("hold"))
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

// silence ends what was to be heard when the exchange went away, for the end of
// it may have been missed. Only a last phrase, and that of a hold, go on for as long as they may take.
func (t truth) silence(c *Call) {
	if c.Rate == RatingNext {
		c.Rate, c.KeyBy = "", time.Time{} // the end of the closing phrase may have been missed: the caller is not asked after a silence
		t.touch(c)
	}
	if a := t.agents[c.Agent]; c.hasAgent() && (a.Hears != "" || len(c.Transfers) > 0) {
		// Such as the tone, which never ends by itself. It stays noted until its end
		// is told: this may not be done before the next death.
		t.stopLast(a.Leg, c.Serial, "")
	}
	last := lastWords
	if c.Outcome == Closed || c.Outcome == Full || c.Outcome == Empty {
		last = lastWordsUnserved
	}
	switch {
	case (c.State == Talking || c.State == Transferred) && !c.Apart && slices.Contains(t.bridges[c.Bridge].Channels, c.ID):
		return
	case c.State == Held && t.letPlay(c, holdWords), c.State == Ending && t.letPlay(c, last):
		return
	}
	t.hush(c)
	if o := c.answeredOffer(); o != nil && o.Whisper != "" {
		t.do(StopPlay{o.Leg, o.Whisper})
		o.Whisper = ""
	}
}

// letPlay lets a phrase go on that a caller hears for so long at most, if there
// is time left. What should have ended before it may run still.
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

// hush ends whatever the caller may hear. What runs cannot be asked: the last
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

// tellAgain begins anew what an agent was being told when the exchange went
// away: how much of it he heard cannot be asked.
func (t truth) tellAgain(a *Agent) {
	if !t.anew {
		return
	}
	serial := serialOf(a.Telling)
	t.stopLast(a.Leg, serial, "")
	t.tell(a, a.Leg+"-p"+strconv.Itoa(serial+1), a.Words)
}
