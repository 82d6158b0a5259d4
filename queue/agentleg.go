package queue

import "time"

// agentParty is the channel of an agent's phone, used for an offer, a talk or a callback. When
// it is used for none of them, it was told to end.
type agentParty struct{ partyOf[*Agent] }

func (p agentParty) answered(s *State, _ time.Duration) {
	a := p.e
	if a.pickedUp.IsZero() {
		a.pickedUp = s.now
	}
	c, cb := s.calls[a.Call], s.callbacks[a.Callback]
	switch {
	case cb != nil:
		cb.agentAnswered(s, a)
	case c != nil && c.offerOf(a.Leg) != nil:
		c.offerAnswered(s, a)
	case c == nil || c.Leg != a.Leg:
		a.endLeg(s, HangupAnsweredElsewhere)
	}
}

// gone: an offer was missed, a talk ended, or a leg that was told to end is gone.
func (p agentParty) gone(s *State, why Cause) {
	a := p.e
	leg := a.Leg
	if why == CauseBusy && a.InUse && a.isRung(s) {
		a.unring(s) // they have begun a call of their own at the same moment
	}
	c, cb := s.calls[a.Call], s.callbacks[a.Callback]
	why = a.looksAtEnd(s, why)
	a.Leg, a.LegBy, a.Telling, a.Words, a.WordsN, a.Hears, a.Holds = "", time.Time{}, "", "", 0, "", false
	s.touch(a)
	switch {
	case cb != nil:
		cb.agentGone(s, a, why)
	case c == nil:
	case c.offerOf(leg) != nil:
		c.miss(s, *c.offerOf(leg), why)
	case c.hasAgent() && c.Leg == leg:
		c.agentLeft(s, a, why)
	}
	if a.Call == "" && a.Callback == "" && s.rules.Agents[a.ID] == nil {
		a.drop(s) // the config has dropped the agent during this last call
	}
}

func (p agentParty) playEnded(s *State, playback string) {
	a := p.e
	if c := s.calls[a.Call]; c != nil {
		c.whisperEnded(s, playback)
	}
	if cb := s.callbacks[a.Callback]; cb != nil {
		cb.whisperEnded(s, playback)
	}
	if a.Hears == playback {
		a.Hears = ""
		s.touch(a)
	}
	if a.Telling == playback {
		a.endAfterWords(s)
	}
}

func (p agentParty) key(s *State, key byte) { p.e.key(s, key) }

// hold puts the caller on hold, or takes them back. Pressed twice it changes nothing.
func (p agentParty) hold(s *State, on bool) {
	a := p.e
	changed := a.Holds != on
	a.Holds = on
	s.touch(a)
	c := s.calls[a.Call]
	switch {
	case c == nil:
	case on && changed && c.State == CallTalking:
		c.hold(s, HeldByKey)
	case !on && c.State == CallHeld && c.HeldBy != HeldByConsult && (changed || c.HeldBy == HeldByKey):
		c.resume(s)
	}
}

func (p agentParty) pushedOut(s *State) {
	c := s.calls[p.e.Call]
	if c == nil || c.Bridge == "" {
		return
	}
	if c.Leg == p.e.Leg {
		p.e.stopAudio(s) // the agent can be put back only when no playback runs
	}
	c.putBack(s, p.e.Leg)
}

// pickedUp is a caller, or a callback, that rings at an agent's phone.
func (p agentParty) pickedUp(s *State, by *Agent, ev LegPickedUp) bool {
	a := p.e
	if !a.isRung(s) {
		return false
	}
	c, cb, mayHave := s.calls[a.Call], s.callbacks[a.Callback], false
	if cb != nil {
		mayHave = by.mayPickUp(s, cb.Queue, cb.Language, cb.Urgent) && (!cb.Kept || cb.Owner == by.ID)
	} else {
		mayHave = by.mayPickUp(s, c.Queue, c.Language, c.Overflowed) && (c.Keeper == "" || c.Keeper == by.ID)
	}
	a.unring(s)
	if !mayHave {
		return false
	}
	p.gone(s, CauseCancelled)
	by.losesOffer(s)
	if cb != nil {
		cb.setState(s, CallbackOffered)
		cb.Agent, cb.Leg, by.Callback = by.ID, ev.Channel, cb.ID
		by.takeLeg(s, ev.Channel, cb.callerName(s), cb.Number)
		cb.note(s, Entry{Kind: EntryCallbackTaken, Phone: by.endpoint(s), Leg: cb.Leg})
		cb.agentAnswered(s, by)
		return true
	}
	if c.State == CallWaiting {
		c.setState(s, CallOffered)
	}
	c.Offers = append(c.Offers, Offer{Agent: by.ID, Leg: ev.Channel, Since: s.now})
	by.Call = c.ID
	by.takeLeg(s, ev.Channel, c.callerName(s), c.Number)
	c.note(s, Entry{Kind: EntryCallPickedUp, Agent: by.ID, Phone: by.endpoint(s), Name: c.Name, Wait: s.now.Sub(c.Entered)})
	c.tellOffered(s, !s.agentRules(by.ID).Speaks(c.Language))
	c.offerAnswered(s, by)
	return true
}

// transfer does what *3 and the number do, or joins two calls of the phone.
func (p agentParty) transfer(s *State, ev TransferPressed) {
	if c := s.calls[p.e.Call]; c != nil && c.Leg == p.e.Leg {
		if other := callerAt(s, ev.Other); other == nil || !p.e.joinsCalls(s, c, other, ev.Channel) {
			p.e.transferByKey(s, c, ev)
		}
		return
	}
	p.passive.transfer(s, ev)
}

func (p agentParty) reconcile(r reconciler, live LiveChannel, found bool) {
	a := p.e
	c, cb := r.calls[a.Call], r.callbacks[a.Callback]
	switch {
	case cb != nil && found && live.Up:
		cb.agentAnswered(r.State, a)
	case cb != nil && !found && r.mustExist(cb.Since):
		r.heal(cb.ID, "phone of "+a.ID+" is gone")
		r.stopLast(cb.Client, cb.Serial, cb.Greeting) // the greeting may have begun more than once
		p.gone(r.State, CauseCancelled)
	case cb != nil:
	case !found && c != nil && c.hasAgent() && r.mustExist(c.Since):
		r.heal(c.ID, "agent "+a.ID+" is gone")
		p.gone(r.State, CauseNormal)
	case !found && c != nil && c.offerOf(a.Leg) != nil && r.mustExist(c.offerOf(a.Leg).Since):
		r.heal(c.ID, "phone of "+a.ID+" does not ring")
		p.gone(r.State, CauseCancelled)
	case !found && c == nil && (r.anew || !a.LegBy.IsZero()):
		p.gone(r.State, CauseCancelled)
	case found && c == nil && a.Telling != "":
		if r.anew { // they are told anew, see silenceAgent
			a.tellNumber(r.State, serial(a.Leg, "p", serialOf(a.Telling)+1), a.Words, a.WordsN)
		}
	case found && c == nil:
		a.endLeg(r.State, HangupNormal)
	case found && live.Up:
		p.answered(r.State, 0)
	}
}

// agentLeft: the agent's channel ended during a talk.
func (c *Call) agentLeft(s *State, a *Agent, why Cause) {
	closes, end := true, TalkEndAgent
	if why.By() != EndedByPerson {
		end = TalkEndLost
	}
	if c.hasHeir() {
		c.handOver(s)
	}
	if c.State == CallHeld {
		how := HoldEndAgentLeft
		if why.By() == EndedByExchange {
			how = HoldEndLost
		}
		c.endHold(s, how, false)
		closes = s.queueRules(c.Queue).Hold.AgentHangup == HoldHangupCloses
	}
	c.talkEnded(s, a, end, "")
	switch {
	case c.isPassedOn(): // the caller is left to the far end
	case why.By() == EndedByPerson && s.now.Before(c.backUntil):
		a.RestUntil = s.now.Add(s.queueRules(c.Queue).Ring.Rest)
		c.requeue(s, CauseTransferFailed, "transfer-failed")
	case closes && why.By() == EndedByPerson: // otherwise the phone is gone
		c.end(s, OutcomeCompletedByAgent, c.say("closing"))
		if s.queueRules(c.Queue).Rating.Ask {
			c.Rate = RatingNext
		}
	default:
		// The agent rests, so that this caller does not ring at the same phone at once.
		a.RestUntil = s.now.Add(a.rest(s.queueRules(c.Queue)))
		c.requeue(s, why, "agent-lost")
	}
}

// endLegAgain: a channel that was told to end is still there. It is hung up again, and Kezek resyncs with Asterisk.
func (a *Agent) endLegAgain(s *State) {
	a.LegBy = s.now.Add(goneGuard)
	if a.Telling != "" {
		a.endAfterWords(s) // the end of the words was never told
	} else if s.up {
		s.do(Hangup{a.Leg, HangupNormal}, Resync{})
	}
}
