package queue

import "time"

// callerParty is a caller: one who has called in, or a client that we called, once there is a call.
type callerParty struct{ partyOf[*Call] }

// gone: the caller has hung up. If somebody is fetched to take their place, it is kept for them.
func (p callerParty) gone(s *State, why Cause) {
	if c := p.e; c.Heir.Leg != "" && why.By() == EndedByPerson {
		c.Heir.Left = true
		s.touch(c)
		return
	}
	p.e.gone(s, why.By() == EndedByExchange)
}

func (p callerParty) bridge() (string, time.Time) { return p.e.Bridge, p.e.Since }

// playEnded goes on after what the caller has heard.
func (p callerParty) playEnded(s *State, playback string) {
	c := p.e
	if c.Playing != playback || playback == "" {
		return
	}
	if c.State == CallEnding && !c.Choosing && !c.OfferNext && c.Rate == "" && c.Exit == "" && c.PlayBy.After(s.now) {
		s.do(Hangup{c.channel(), HangupNormal}) // PlayBy still guards it: there is nothing to store
		return
	}
	c.Playing, c.PlayBy = "", time.Time{}
	s.touch(c)
	switch c.State {
	case CallInMenu:
		c.MenuBy = s.now.Add(s.rules.Menu.Wait)
	case CallWaiting, CallOffered:
		switch {
		case c.connectIfReady(s):
		case c.Keying != "":
			c.KeyBy = s.now.Add(keyingWithin) // now the caller is to press keys, in silence
		case c.OfferNext:
			c.offerCallback(s)
		default:
			c.music(s)
		}
	case CallTalking:
		c.Warned = c.Warned || playback == c.Warning
		c.rejoin(s)
	case CallHeld, CallParked, CallTransferring:
		c.music(s)
	case CallEnding:
		switch {
		case c.OfferNext:
			c.offerCallback(s)
		case c.Choosing:
			c.KeyBy = s.now.Add(choosing)
		case c.Rate == RatingNext:
			c.Rate = RatingAsked
			c.play(s, c.say("rating"))
		case c.Rate == RatingAsked:
			c.KeyBy = s.now.Add(s.queueRules(c.Queue).Rating.Wait)
		default:
			c.leave(s)
		}
	}
}

func (p callerParty) key(s *State, key byte) {
	c := p.e
	if c.dialKey(s, key) {
		return
	}
	switch c.State {
	case CallInMenu:
		c.plainKey(s, key)
	case CallEnding:
		switch {
		case c.Outcome == OutcomeClosed && key == '1':
			c.askCallback(s)
		case c.Choosing && key == '2':
			c.waitInstead(s)
		default:
			c.rate(s, key)
		}
	case CallWaiting, CallOffered:
		if c.Keying != "" {
			c.numberKey(s, key)
			return
		}
		c.plainKey(s, key)
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
	turn := HoldTurnEnds
	if on {
		turn = HoldTurnBegins
	}
	c.note(s, Entry{Kind: EntryCallerHolds, Details: &Details{Holding: turn}})
}

func (p callerParty) speaks(s *State) { p.e.wordHeard(s) }

// reconcile: a caller's channel was there before it was told of, so its absence means that
// the caller is gone.
func (p callerParty) reconcile(r reconciler, _ LiveChannel, found bool) {
	if !found && !p.e.Heir.Left { // otherwise that is known
		if r.anew { // otherwise they hung up just now, and it was read before it is told
			r.heal(p.e.ID, "caller is gone")
		}
		p.e.gone(r.State, p.e.Arrived.Before(r.started) || r.neverTalked(p.e))
	}
}

// gone ends a call whose caller is not on the line any more, whatever its state.
// Lost: a fault of the exchange ended it, not the caller.
func (c *Call) gone(s *State, lost bool) {
	c.dropHeir(s)
	c.Outcome = c.outcomeNow()
	switch c.State {
	case CallWaiting, CallOffered:
		c.withdrawAll(s)
	case CallTransferred:
		c.dropTarget(s, TransferEndCallerLeft)
		s.do(Disconnect{Bridge: c.Bridge})
	case CallTalking, CallHeld, CallParked, CallTransferring:
		c.dropTarget(s, TransferEndCallerLeft)
		end := HoldEndCallerLeft
		if lost {
			end = HoldEndLost
		}
		c.endHold(s, end, false)
		if a := s.agents[c.Agent]; c.Leg != "" { // otherwise the agent has left during a transfer
			a.endLeg(s, HangupNormal)
			how := TalkEndCaller
			if lost {
				how = TalkEndLost
			}
			c.talkEnded(s, a, how, "")
		}
	}
	if lost && c.State != CallEnding { // else it was over, and only the last words were lost
		c.Outcome = OutcomeLost
	}
	c.finish(s)
}

// neverTalked reports whether a call whose caller is gone was about to be connected when
// the daemon died: its bridge, which would outlive the caller's channel, was never made.
func (r reconciler) neverTalked(c *Call) bool {
	_, made := r.bridges[c.Bridge]
	return c.State == CallTalking && !made && r.mustExist(c.Joined)
}

// playingOver: the end of a playback was never told.
func (c *Call) playingOver(s *State) {
	playing := c.Playing
	s.do(StopPlay{c.channel(), playing})
	callerParty{of(c)}.playEnded(s, playing)
}

// leave ends the channel after the last phrase, or gives it back to the dialplan.
func (c *Call) leave(s *State) {
	if c.Exit != "" {
		s.do(Leave{c.channel(), c.Exit})
		c.finish(s)
		return
	}
	s.do(Hangup{c.channel(), HangupNormal})
	c.EndBy = s.now.Add(goneGuard)
	s.touch(c)
}

// endAgain: a channel that was told to end is still there. It is hung up again, and Kezek resyncs with Asterisk.
func (c *Call) endAgain(s *State) {
	c.EndBy = s.now.Add(goneGuard)
	s.do(Hangup{c.channel(), HangupNormal}, Resync{})
}

// finish writes the call's only record and removes the call from the state.
func (c *Call) finish(s *State) {
	if c.inLine() {
		c.endVisit(s, VisitEnd(c.Outcome))
		c.noteLeft(s)
	} else if cb := s.callbacks[c.Callback]; cb != nil && cb.State == CallbackBooking {
		c.leftWithCallback(s)
	}
	s.note(c.record())
	if c.Outcome == OutcomeAbandoned {
		c.abandonedCallback(s)
	}
	s.drop(c)
	c.callbackOver(s)
}

// ratingOver: the caller gave no rating.
func (c *Call) ratingOver(s *State) {
	c.Rate = ""
	c.leave(s)
}
