package queue

import "time"

// callerParty is a caller: one who has called in, or a client that we called, once there is a call.
type callerParty struct{ partyOf[*Call] }

func (p callerParty) gone(s *State, _ Cause) { s.callerGone(p.e, false) }

// reconcile: a caller's channel was there before it was told of, so its absence means that
// the caller is gone.
func (p callerParty) reconcile(t truth, _ LiveChannel, found bool) {
	if !found {
		t.heal(p.e.ID, "caller is gone")
		t.callerGone(p.e, p.e.Arrived.Before(t.started) || t.neverTalked(p.e))
	}
}

func (p callerParty) bridge() (string, time.Time) { return p.e.Bridge, p.e.Since }

// callerGone ends a call whose caller is not on the line any more, whatever its state.
// Lost: a fault of the exchange ended it, not the caller.
func (s *State) callerGone(c *Call, lost bool) {
	switch c.State {
	case CallInMenu:
		c.Outcome = OutcomeAbandonedInMenu
	case CallWaiting, CallOffered:
		c.Outcome = OutcomeAbandoned
		for len(c.Offers) > 0 {
			s.withdraw(c, c.Offers[0], HangupNormal)
		}
	case CallTransferred:
		s.dropTarget(c, TransferEndCallerLeft)
		s.do(Disconnect{Bridge: c.Bridge})
		c.Outcome = OutcomeTransferred
	case CallTransferring:
		s.dropTarget(c, TransferEndCallerLeft)
		c.Outcome = OutcomeCompletedByCaller
		if c.Leg != "" {
			a := s.agents[c.Agent]
			s.endLeg(a, HangupNormal)
			s.talkEnded(c, a)
		}
	case CallTalking, CallHeld:
		c.Outcome = OutcomeCompletedByCaller
		a := s.agents[c.Agent]
		s.dropTarget(c, TransferEndCallerLeft)
		if c.State == CallHeld {
			s.endHold(c, map[bool]HoldEnd{true: HoldEndLost, false: HoldEndCallerLeft}[lost], false)
		}
		s.endLeg(a, HangupNormal)
		s.talkEnded(c, a)
	}
	if lost {
		c.Outcome = OutcomeLost
	}
	s.finish(c)
}

// playEnded goes on after what the caller has heard.
func (p callerParty) playEnded(s *State, playback string) {
	c := p.e
	if c.Playing != playback || playback == "" {
		return
	}
	if c.State == CallEnding && !c.Choosing && c.Rate == "" && c.Exit == "" && c.PlayBy.After(s.now) {
		s.do(Hangup{c.ID, HangupNormal}) // PlayBy still guards it: there is nothing to store
		return
	}
	c.Playing, c.PlayBy = "", time.Time{}
	s.touch(c)
	switch c.State {
	case CallInMenu:
		c.MenuBy = s.now.Add(s.rules.Menu.Wait)
	case CallWaiting, CallOffered:
		switch {
		case s.connectIfReady(c):
		case c.Keying != "":
			c.KeyBy = s.now.Add(keyingWithin) // now the caller is to press keys, in silence
		default:
			s.music(c)
		}
	case CallTalking:
		c.Warned = c.Warned || playback == c.Warning
		s.rejoin(c)
	case CallHeld, CallTransferring:
		s.music(c)
	case CallEnding:
		switch {
		case c.Choosing:
			c.KeyBy = s.now.Add(choosing)
		case c.Rate == RatingNext:
			s.askRating(c)
		case c.Rate == RatingAsked:
			c.KeyBy = s.now.Add(s.queueRules(c.Queue).Rating.Wait)
		default:
			s.leave(c)
		}
	}
}

func (p callerParty) key(s *State, key byte) {
	c := p.e
	switch c.State {
	case CallInMenu:
		s.menuKey(c, key)
	case CallEnding:
		switch {
		case c.Outcome == OutcomeClosed && key == '1':
			s.askCallback(c)
		case c.Choosing && key == '2':
			s.waitInstead(c)
		default:
			s.rate(c, key)
		}
	case CallWaiting, CallOffered:
		if c.Keying != "" {
			s.numberKey(c, key)
			return
		}
		switch key {
		case '*':
			s.changeLanguage(c)
		case '1':
			s.askCallback(c)
		}
	}
}

// hold is only noted: the caller hears nothing then, by their own wish.
func (p callerParty) hold(s *State, on bool) {
	c := p.e
	if c.Holds == on {
		return
	}
	c.Holds = on
	s.touch(c)
	e := c.entry(EntryCallerHolds)
	e.Details = &Details{Holding: HoldTurnEnds}
	if on {
		e.Details.Holding = HoldTurnBegins
	}
	s.note(e)
}

func (p callerParty) pushedOut(s *State) {
	if p.e.Bridge != "" && !p.e.Apart {
		s.putBack(p.e, p.e.ID)
	}
}

func (p callerParty) speaks(s *State) { s.wordHeard(p.e) }

// playingOver: the end of a playback was never told.
func (s *State) playingOver(c *Call) {
	playing := c.Playing
	s.do(StopPlay{c.ID, playing})
	callerParty{of(c)}.playEnded(s, playing)
}

// leave ends the channel after the last phrase, or gives it back to the dialplan.
func (s *State) leave(c *Call) {
	if c.Exit != "" {
		s.do(Leave{c.ID, c.Exit})
		s.finish(c)
		return
	}
	s.do(Hangup{c.ID, HangupNormal})
	c.EndBy = s.now.Add(goneGuard)
	s.touch(c)
}

// finish writes the call's only record and removes the call from the state.
func (s *State) finish(c *Call) {
	s.note(c.record(s.now))
	if c.Outcome == OutcomeAbandoned {
		s.abandonedCallback(c)
		l := s.line(c.Queue)
		l.Abandoned++
		if s.now.Sub(c.Entered) <= s.queueRules(c.Queue).ServiceLevel.Within {
			l.AbandonedInTime++
		}
	}
	delete(s.calls, c.ID)
	s.touch(c)
	s.callbackCallOver(c)
}
