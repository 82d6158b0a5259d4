package queue

import (
	"cmp"
	"time"
)

// How callbacks are booked: by callers, agents and supervisors.

// askCallback is the key 1 of a caller in line, or outside opening hours: it books a callback. If it cannot
// be kept, it is not promised. If it can, the caller is told only once it is safe; see promised. A caller who
// was not offered one hears the offer first.
func (c *Call) askCallback(s *State) {
	if c.answeredOffer() != nil {
		return // an agent is there already
	}
	cb := c.callerBooking(s)
	why := cb.refusal(s)
	anotherNumber := c.inLine() && (why == RefusalNumberUnknown || why == RefusalNumberNotAllowed && c.Keyed == "")
	switch {
	case why != "" && !anotherNumber:
		c.note(s, Entry{Kind: EntryRefused, Details: &Details{Refusal: why}})
		c.stopKeying(s)
		c.play(s, c.say("callback-refused"))
		return
	case c.OfferSpoken.IsZero():
		c.offerCallback(s)
		return
	case c.keyTime(s).Sub(c.OfferSpoken) < offerHeard:
		return // it is not the answer
	case anotherNumber:
		c.askNumber(s)
		return
	}
	if has := s.callbackOf(cb.Number); has != nil && has.State == CallbackBooking && has.Caller != c.ID {
		return // it is being saved for another call, and is not safe yet
	}
	c.stopKeying(s)
	c.withdrawAll(s)
	cb = cb.book(s)
	c.Callback = cb.ID
	c.Outcome = OutcomeCallback
	c.dropHeir(s)
	c.setState(s, CallEnding)
	c.stopAudio(s)
	c.PlayBy, c.EndBy = time.Time{}, s.now.Add(playGuard)
	if cb.State != CallbackBooking {
		// The promise is safe already, and the caller hears it again.
		if cb.State == CallbackOnLine && !cb.isTaken(cb.calls(s)) {
			cb.setState(s, CallbackOpen)
			cb.planUrgency(s)
		}
		c.leftWithCallback(s)
		c.play(s, c.say(cb.confirmation()))
	}
}

const (
	// keyingWithin is the longest pause between two keys of a number.
	keyingWithin = 15 * time.Second
	// maxKeyed bounds the digits of a number (E.164 has 15; a prefix may come before).
	maxKeyed = 18
	// keyingTries is how often a caller may key in a number.
	keyingTries = 3
)

// askNumber asks for another number when the caller's own is withheld or may not be called.
// First it says what was wrong with the last one. After keyingTries it refuses the callback.
func (c *Call) askNumber(s *State, wrong ...Phrase) {
	if c.Tries++; c.Tries > keyingTries {
		c.stopKeying(s)
		c.play(s, append(wrong, c.say("callback-refused"))...)
		return
	}
	c.Keying, c.Keyed = KeyingNumber, ""
	c.KeyBy = s.now.Add(keyingWithin)
	c.play(s, append(wrong, c.say("enter-number"))...)
}

// numberKey handles a key of a caller who keys in a number: digits and #, then 1 to confirm or 2 to begin again.
func (c *Call) numberKey(s *State, key byte) {
	c.KeyBy = s.now.Add(keyingWithin)
	s.touch(c)
	switch {
	case c.Keying == KeyingConfirm && key == '1':
		c.askCallback(s)
	case c.Keying == KeyingConfirm && key == '2':
		c.askNumber(s)
	case c.Keying == KeyingConfirm:
	case key == '#':
		c.readBack(s)
	case key >= '0' && key <= '9' && len(c.Keyed) < maxKeyed:
		c.Keyed += string(key)
	}
}

// readBack says the number digit by digit and asks whether it is right.
func (c *Call) readBack(s *State) {
	number := s.rules.Trunk.normalize(c.Keyed)
	if number == "" || !s.allowsClient(number) {
		why := RefusalNumberNotAllowed
		if number == "" {
			why = RefusalNumberUnknown
		}
		e := c.about(Entry{Kind: EntryRefused, Details: &Details{Refusal: why}})
		e.Number = number // not the caller's own
		s.note(e)
		c.askNumber(s, c.say("number-refused"))
		return
	}
	phrases := []Phrase{c.say("your-number-is")}
	for _, digit := range c.Keyed {
		phrases = append(phrases, c.say("digit-"+string(digit)))
	}
	c.Keying, c.Keyed = KeyingConfirm, number
	c.KeyBy = s.now.Add(playGuard)
	c.play(s, append(phrases, c.say("confirm-number"))...)
}

// stopKeying goes back to plain waiting.
func (c *Call) stopKeying(s *State) {
	c.Keying, c.Keyed, c.KeyBy = "", "", time.Time{}
	s.touch(c)
}

// keyingOver: the caller took too long to key in a number, and waits on.
func (c *Call) keyingOver(s *State) {
	c.stopKeying(s)
	if c.Playing == "" {
		c.music(s)
	}
}

// abandonedCallback books a callback for a caller who hung up after a long wait, if the queue's rules say so.
func (c *Call) abandonedCallback(s *State) {
	after := s.queueRules(c.Queue).Callback.Abandoned
	if after <= 0 || s.now.Sub(c.Entered) < after || c.Callback != "" || s.promiseTo(c.Number) != nil {
		return
	}
	cb := c.callerBooking(s)
	cb.Origin, cb.Caller = "abandoned", ""
	if cb.refusal(s) == "" {
		cb.book(s)
	}
}

// backInLine puts a caller who was about to leave back in line.
func (c *Call) backInLine(s *State, phrase string) {
	c.Outcome, c.Callback, c.EndBy = "", "", time.Time{}
	if c.Entered.IsZero() {
		c.end(s, OutcomeClosed, c.say(phrase+"-closed")) // the caller was never in line
		return
	}
	c.setState(s, CallWaiting)
	c.boundWait(s, c.Entered) // the same wait goes on
	s.settle()
	if c.inLine() && c.Playing == "" { // a phone may ring for the caller already
		c.play(s, c.say(phrase))
	}
}

// bookCallback books a callback that an agent promises to the client they talk to.
// The same code once more tells the client too: the booking is safe by then.
func (a *Agent) bookCallback(s *State, c *Call, class CallbackClass) {
	if c.Promised == class {
		c.tellPromise(s)
		return
	}
	cb := &Callback{
		Number: c.Number, Queue: c.Queue, Language: c.Language, Class: class, Origin: "agent",
		Place: s.now, Owner: a.ID, Note: "call " + c.ID, Booker: a.ID, Caller: c.ID,
	}
	if other := s.rules.Queues[s.queueRules(c.Queue).Callback.ComplaintQueue]; class == ClassComplaint && other != nil {
		cb.Queue, cb.Owner = other.Name, ""
	}
	if why := cb.refusal(s); why != "" {
		c.note(s, Entry{Kind: EntryRefused, Agent: a.ID, Details: &Details{Refusal: why}})
		s.tellBooker(a.ID, "callback-not-booked")
		return
	}
	if cb = cb.book(s); cb.State == CallbackBooking {
		cb.Booker, cb.Caller = cmp.Or(cb.Booker, a.ID), cmp.Or(cb.Caller, c.ID) // they are told when it is safe
	} else {
		cb.bookedFor(s, a.ID, c, class)
	}
}

// bookedFor tells an agent that the callback they promised in a call is safe. If the client is still with them, the
// same code tells the client next. That phrase names the time from now, so there is none when the time runs from the opening.
func (cb *Callback) bookedFor(s *State, agent string, in *Call, class CallbackClass) {
	s.tellBooker(agent, "callback-booked")
	if in != nil && in.hasAgent() && in.Agent == agent && !cb.From.After(s.now) {
		in.Promised = class
		s.touch(in)
	}
}

// tellPromise says to client and agent alike by when somebody will call.
func (c *Call) tellPromise(s *State) {
	if c.State == CallTalking && c.Playing == "" {
		s.do(Announce{c.Bridge, c.channel(), c.nextID(c.ID, "p"), []Phrase{c.say(string(c.Promised) + "-callback")}})
		s.touch(c)
	}
}

// tellBooker tells an agent, if still in a call, whether the promised callback was booked. The caller does not hear it.
func (s *State) tellBooker(agent, phrase string) {
	if a := s.agents[agent]; a != nil {
		if c := s.calls[a.Call]; c != nil && c.hasAgent() {
			a.tellInCall(s, c, phrase)
		}
	}
}

// bookCallback books a callback that a supervisor or another program has ordered.
func (s *State) bookCallback(ev BookCallback) Refusal {
	s.by = ev.By
	q := s.rules.Queues[ev.Queue]
	if q == nil {
		return RefusalUnknownQueue
	}
	cb := &Callback{
		Number: ev.Number, Queue: q.Name, Language: cmp.Or(ev.Language, q.DefaultLanguage), Class: ev.Class, Origin: "supervisor",
		Place: s.now, Owner: ev.Owner, Note: ev.Note, By: ev.By,
	}
	if why := cb.refusal(s); why != "" {
		s.note(Entry{Kind: EntryRefused, Queue: q.Name, Number: ev.Number, Details: &Details{Refusal: why}})
		return why
	}
	s.fx.Answer.Callback = cb.book(s).ID
	return ""
}

// cancelCallback cancels a callback on a supervisor's order, which needs a reason. A
// talk with the client that has begun is not cut off.
func (s *State) cancelCallback(ev CancelCallback) Refusal {
	s.by = ev.By
	cb := s.callbacks[ev.ID]
	switch {
	case cb == nil || cb.State == CallbackOver:
		return RefusalUnknownCallback
	case cb.State == CallbackTalking || cb.State == CallbackGreeting:
		return RefusalInCall
	case ev.Reason == "":
		return RefusalReasonMissing
	}
	if cb.State == CallbackDialling {
		s.do(Hangup{cb.Client, HangupNormal})
	}
	cb.takeBack(s)
	cb.EndedBy = ev.By
	cb.over(s, CallbackCancelled, ev.Reason)
	return ""
}

// happen: the booking is safe in the store. Only now may the caller be told and the callback be made.
func (ev Promised) happen(s *State) {
	cb := s.callbacks[ev.Callback]
	if cb == nil || cb.State != CallbackBooking {
		return
	}
	cb.setState(s, CallbackOpen)
	cb.planUrgency(s)
	cb.note(s, Entry{Kind: EntryCallbackBooked, Call: cb.Caller, By: cb.By, Details: &Details{Due: cb.DueAt, Origin: cb.Origin}})
	if cb.Booker != "" {
		cb.bookedFor(s, cb.Booker, s.calls[cb.Caller], cb.Class)
	}
	s.fx.Answer.Callback = cb.ID
	switch c := s.calls[cb.Caller]; {
	case c == nil || c.Callback != cb.ID:
	case c.State == CallHeld:
		c.holdPromised(s, cb)
	case c.State == CallEnding:
		c.leftWithCallback(s)
		c.play(s, c.say(cb.confirmation()))
	}
}

// confirmation is the phrase that promises the callback: its time runs from now, or from the opening.
func (cb *Callback) confirmation() string {
	if cb.From.After(cb.Created) {
		return "callback-confirmed-closed"
	}
	return "callback-confirmed"
}

// happen: the booking could not be stored safely. The callback is dropped and never promised.
func (ev NotPromised) happen(s *State) {
	cb := s.callbacks[ev.Callback]
	if cb == nil || cb.State != CallbackBooking {
		return
	}
	s.drop(cb)
	s.fx.Answer.Refused = RefusalNotSafe
	s.tellBooker(cb.Booker, "callback-not-booked")
	switch c := s.calls[cb.Caller]; {
	case c == nil || c.Callback != cb.ID:
	case c.State == CallHeld:
		c.Callback = ""
		c.holdRequeues(s)
	default:
		c.backInLine(s, "callback-refused")
	}
}
