package queue

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// booking is a callback that is asked for; the fields are those of [Callback].
type booking struct {
	number, origin, owner, caller, note, by string

	queue    *QueueRules
	language Language
	class    CallbackClass
	place    time.Time
	priority int
	// booker is the agent who promises it, and who needs some time to prepare the answer.
	booker string
}

// refusal tells why a callback cannot be kept, and so must not be promised; empty when it can.
func (b booking) refusal(s *State) Refusal {
	r := &b.queue.Callback
	switch {
	case b.number == "":
		return RefusalNumberUnknown
	case !s.rules.Trunk.allows(b.number):
		return RefusalNumberNotAllowed
	case s.callbackOf(b.number) != nil:
		return "" // it is the same promise
	case s.callers[b.number].dialledEnough(s.rules.Trunk.PerNumber, s.now):
		return RefusalNumberLimit
	}
	from := b.queue.opening(s)
	if !b.queue.open(from.Add(r.Due(b.class)), s.rules.Location) {
		return RefusalTooNearClosing
	}
	open := 0
	for _, l := range s.rules.Languages {
		open += size(s.index.dues, lineOf(b.queue.Name, l))
	}
	if r.MaxOpen > 0 && open >= r.MaxOpen || s.rules.Trunk.MaxOpen > 0 && len(s.callbacks) >= s.rules.Trunk.MaxOpen {
		return RefusalTooManyOpen
	}
	if from.After(s.now) {
		return "" // who will be on shift then is not known
	}
	agents := b.queue.servers(s, b.language)
	if agents == 0 {
		return RefusalNobodyOnShift
	}
	// One after the other, all open ones and this one must fit before its deadline.
	ahead, handle := size(s.index.dues, lineOf(b.queue.Name, b.language)), b.queue.handleTime(s)
	switch {
	case handle > r.Due(b.class):
		return RefusalTooLittleTime
	case handle*time.Duration(ahead/agents+1) > r.Due(b.class):
		return RefusalTooManyOpen
	}
	return ""
}

// book makes a callback, or merges into the one that the number has: the
// earlier place and the stricter deadline win. It must have passed refusal.
func (b booking) book(s *State) *Callback {
	from := b.queue.opening(s)
	due := from.Add(b.queue.Callback.Due(b.class))
	if cb := s.callbackOf(b.number); cb != nil {
		cb.Tighten(&Callback{Queue: b.queue.Name, Class: b.class, DueAt: due, Place: b.place})
		if b.note != "" {
			cb.Note = b.note
		}
		cb.planUrgency(s)
		s.touch(cb)
		cb.note(s, Entry{Kind: EntryCallbackMerged})
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

// callbackOf is the callback of a number that is not over.
func (s *State) callbackOf(number string) *Callback {
	return s.callbacks[s.index.numbers[number]]
}

// offersCallback reports whether a caller should be offered a callback on entry.
func (c *Call) offersCallback(s *State) bool {
	q := s.queueRules(c.Queue)
	return s.ExpectedWait(c) > q.Callback.OfferOver && c.callerBooking(s).refusal(s) == ""
}

// callerBooking is the callback of a caller in line: it keeps the caller's true place.
func (c *Call) callerBooking(s *State) booking {
	b := booking{
		number: cmp.Or(c.Keyed, c.Number), queue: s.queueRules(c.Queue), language: c.Language, class: ClassInformation,
		origin: "caller", place: c.Place, priority: c.Priority, caller: c.ID,
	}
	if c.Outcome == OutcomeClosed {
		b.origin, b.place = "closed", s.now
	}
	return b
}

// opening is now when the queue is open, otherwise when it opens next.
func (q *QueueRules) opening(s *State) time.Time {
	if q.open(s.now, s.rules.Location) {
		return s.now
	}
	return q.nextOpening(s.now, s.rules.Location)
}

const callbackIDPrefix = "cb-"

// newCallbackID makes an id from the time. None is used twice, not even the id of a
// callback that is over and kept in the store.
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
