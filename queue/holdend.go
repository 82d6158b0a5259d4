package queue

import "time"

// How a hold ends. What makes it end is in hold.go.

// HoldOrigin is the origin of a callback that took the place of a hold.
const HoldOrigin = "hold"

const (
	// holdWords is longer than the phrase of a hold.
	holdWords = 6 * time.Second
	// returnWithin is how long the return phrase may keep the two apart.
	returnWithin = time.Second
)

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
	s.do(Announce{c.Bridge, c.channel(), c.nextID(c.ID, "p"), []Phrase{c.say("return")}})
}

// goOn lets the talk go on after a phrase.
func (c *Call) goOn(s *State, within time.Duration, phrase string) {
	c.setState(s, CallTalking)
	c.play(s, c.say(phrase))
	c.PlayBy = s.now.Add(within)
}

// endHold is the one way out of a hold, if the caller is on hold. What was begun because of the hold ends with it.
func (c *Call) endHold(s *State, how HoldEnd, limit bool) {
	if c.State != CallHeld && c.State != CallParked {
		return
	}
	a := s.agents[c.Agent] // nil if the config has dropped them since they parked the caller
	h := Hold{Start: c.Since, Length: s.now.Sub(c.Since), By: c.HeldBy, End: how, Agent: c.Agent, Slot: c.Slot, Limit: limit}
	c.HoldFigures.add(h.Length)
	if a != nil {
		a.HoldFigures.add(h.Length)
		s.touch(a)
	}
	c.HoldLog = appendLogged(c.HoldLog, h)
	if c.HeldBy == HeldByConsult && how != HoldEndTogether && how != HoldEndHandedOver {
		c.dropTarget(s, TransferEndTakenBack)
	}
	c.HeldBy, c.Acting, c.Slot = "", false, 0
	c.ActAt, c.RemindAt, c.HoldUntil = time.Time{}, time.Time{}, time.Time{}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.State == CallbackBooking && cb.Origin == HoldOrigin {
		s.drop(cb) // it has not been said
		c.Callback = ""
	}
	if c.hasAgent() {
		if a.Recall != "" {
			s.do(Hangup{a.Recall, HangupAnsweredElsewhere})
			a.Recall = ""
		}
		a.Reminded = false
		a.stopAudio(s) // a reminder is not needed any more
	}
	s.touch(c)
	c.note(s, Entry{Kind: EntryHoldEnded, Agent: c.Agent, Hold: h.Length, Details: &Details{HoldEnd: how, Slot: h.Slot}})
}

// recall rings a second line of an agent whose phone holds. To answer it is to return to the caller.
func (a *Agent) recall(s *State, c *Call, ring time.Duration) {
	if a.Recall != "" {
		return
	}
	a.Recall = c.nextID(c.ID, "a")
	s.touch(a)
	s.touch(c)
	s.do(Dial{
		Channel: a.Recall, Endpoint: a.endpoint(s), For: c.channel(),
		CallerName: "HOLD " + c.nameAfter(s.now.Sub(c.Since)), CallerNumber: c.Number, Timeout: ring,
	})
}
