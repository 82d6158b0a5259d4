package queue

import (
	"strconv"
	"strings"
	"time"
)

// booking is what is asked for.
type booking struct {
	number   string
	queue    *QueueRules
	language Language
	class    CallbackClass
	origin   string
	place    time.Time
	priority int
	owner    string
	caller   string
	note     string
	by       string
	// booker is the agent who promises it. He needs some time to find out what he will say.
	booker string
}

// mayBook tells why a callback cannot be kept, and so must not be promised; empty when it can.
func (s *State) mayBook(b booking) Refusal {
	r := &b.queue.Callback
	switch {
	case b.number == "":
		return NumberUnknown
	case s.rules.Trunk.Allowed == nil || !s.rules.Trunk.Allowed(b.number):
		return NumberNotAllowed
	case s.callbackOf(b.number) != nil:
		return "" // it is the same promise
	case s.dialledEnough(b.number):
		return NumberLimit
	}
	from := s.opening(b.queue)
	if !b.queue.open(from.Add(r.Due(b.class)), s.rules.Location) {
		return TooNearClosing
	}
	open := 0
	for _, l := range s.rules.Languages {
		open += size(s.index.dues, lineOf(b.queue.Name, l))
	}
	if r.MaxOpen > 0 && open >= r.MaxOpen || s.rules.Trunk.MaxOpen > 0 && len(s.callbacks) >= s.rules.Trunk.MaxOpen {
		return TooManyOpen
	}
	if from.After(s.now) {
		return "" // who will be on shift then is not known
	}
	agents := s.servers(b.queue, b.language)
	if agents == 0 {
		return NobodyOnShift
	}
	// One after the other, all open ones and this one must fit before its deadline.
	ahead, handle := size(s.index.dues, lineOf(b.queue.Name, b.language)), s.handleTime(b.queue)
	switch {
	case handle > r.Due(b.class):
		return TooLittleTime
	case handle*time.Duration(ahead/agents+1) > r.Due(b.class):
		return TooManyOpen
	}
	return ""
}

// servers counts who is logged in and may talk to a client of the queue in the language.
func (s *State) servers(q *QueueRules, l Language) int {
	if n := s.staff(q.Name, l); n > 0 || !q.Overflow {
		return n
	}
	return s.staff(q.Name, "")
}

// handleTime is the recent time an agent needs for a call of the queue.
func (s *State) handleTime(q *QueueRules) time.Duration {
	if l := s.lines[q.Name]; l != nil && l.Handle > 0 {
		return l.Handle
	}
	return q.Callback.Handle
}

// opening is now when the queue is open, otherwise when it opens next.
func (s *State) opening(q *QueueRules) time.Time {
	if q.open(s.now, s.rules.Location) {
		return s.now
	}
	return q.nextOpening(s.now, s.rules.Location)
}

// callbackOf is the callback of a number that is not over.
func (s *State) callbackOf(number string) *Callback {
	return s.callbacks[s.index.numbers[number]]
}

// Tighten takes over what another promise to the same number, or another copy of
// this one, has stricter: the earlier deadline, with its class if the queue is the
// same, and the earlier place.
func (cb *Callback) Tighten(other *Callback) {
	if other.DueAt.Before(cb.DueAt) {
		cb.DueAt = other.DueAt
		if other.Queue == cb.Queue {
			cb.Class = other.Class
		}
	}
	if other.Place.Before(cb.Place) {
		cb.Place = other.Place
	}
}

// book makes a callback, or merges into the one that the number has: the
// earlier place and the stricter deadline win. It must have passed mayBook.
func (s *State) book(b booking) *Callback {
	from := s.opening(b.queue)
	due := from.Add(b.queue.Callback.Due(b.class))
	if cb := s.callbackOf(b.number); cb != nil {
		cb.Tighten(&Callback{Queue: b.queue.Name, Class: b.class, DueAt: due, Place: b.place})
		if b.note != "" {
			cb.Note = b.note
		}
		s.planUrgency(cb)
		s.touch(cb)
		s.note(cb.entry(CallbackMerged))
		return cb
	}
	cb := &Callback{
		ID: s.newCallbackID(), Number: b.number, Queue: b.queue.Name, Language: b.language, Class: b.class,
		State: CallbackBooking, Since: s.now, Created: s.now, From: from, Place: b.place, Priority: b.priority, DueAt: due,
		Origin: b.origin, Owner: b.owner, Caller: b.caller, Booker: b.booker, Note: b.note, By: b.by,
		Trying: Trying{Kept: b.owner != ""},
	}
	switch {
	case from.After(s.now):
		cb.NextAt = from
	case b.booker != "":
		cb.NextAt = s.now.Add(b.queue.Callback.Due(b.class) / 3)
	}
	s.callbacks[cb.ID] = cb
	s.touch(cb)
	s.fx.Promises = append(s.fx.Promises, cb.ID)
	return cb
}

const callbackIDPrefix = "cb-"

// newCallbackID follows from the time. None is used twice, not even that of one
// which is over and kept in the store.
func (s *State) newCallbackID() string {
	s.lastID = max(s.lastID+1, s.now.UnixMicro())
	return callbackIDPrefix + strconv.FormatInt(s.lastID, 36)
}

// keepID keeps an id that was loaded from being given again, should the clock have been set back.
func (s *State) keepID(id string) {
	if made, ok := strings.CutPrefix(id, callbackIDPrefix); ok {
		if n, err := strconv.ParseInt(made, 36, 64); err == nil && n < newest.UnixMicro() {
			s.lastID = max(s.lastID, n)
		}
	}
}

// promised is a booking that is safe in the store: now it may be said, and worked off.
func (s *State) promised(id string) {
	cb := s.callbacks[id]
	if cb == nil || cb.State != CallbackBooking {
		return
	}
	s.stand(cb, CallbackOpen)
	s.planUrgency(cb)
	e := cb.entry(CallbackBooked)
	e.By = cb.By
	s.note(e)
	if cb.Booker != "" {
		s.bookedFor(cb.Booker, cb.Class, cb)
	}
	s.fx.Answer.Callback = id
	switch c := s.calls[cb.Caller]; {
	case c == nil || c.Callback != cb.ID:
	case c.State == Held:
		s.holdPromised(c, cb)
	case c.State == Ending:
		s.play(c, c.say(cb.confirmation()))
	}
}

// confirmation is the phrase that promises the callback: its time runs from now, or from the opening.
func (cb *Callback) confirmation() string {
	if cb.From.After(cb.Created) {
		return "callback-confirmed-closed"
	}
	return "callback-confirmed"
}

// notPromised is a booking that could not be made safe: it is not said.
func (s *State) notPromised(id string) {
	cb := s.callbacks[id]
	if cb == nil || cb.State != CallbackBooking {
		return
	}
	delete(s.callbacks, id)
	s.touch(cb)
	s.fx.Answer.Refused = NotSafe
	s.tellBooker(cb.Booker, "callback-not-booked")
	switch c := s.calls[cb.Caller]; {
	case c == nil || c.Callback != cb.ID:
	case c.State == Held:
		c.Callback = ""
		s.holdRequeues(c)
	default:
		s.backInLine(c, "callback-refused")
	}
}
