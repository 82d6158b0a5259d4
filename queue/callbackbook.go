package queue

import (
	"strconv"
	"strings"
)

// Tighten takes over what is stricter in another promise to the same number, or in
// another copy of this one: the earlier deadline, with its class if the queue is the
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
		s.note(cb.entry(EntryCallbackMerged))
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
