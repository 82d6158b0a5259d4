package queue

import (
	"time"

	"kezek/queue/internal/match"
)

// noTime is the zero time: a deadline that is not set.
var noTime time.Time

// Entity is one thing of the live state that is saved by itself.
type Entity interface {
	// Kind names the sort of entity in keys: "agent", "call", "callback", "caller", "queue", "timesheet".
	Kind() string
	// Key is the entity's id among its kind.
	Key() string
	marked() *marks
}

// marks of an entity: touched in this step, stale in the index, dropped from the state; of a call, parted: its talk was ended
// by mending, and the caller was not told yet.
type marks struct{ touched, stale, dropped, parted bool }

func (m *marks) marked() *marks { return m }

// armed is where an owner of deadlines stands in the timetable.
type armed struct{ always, up wake }

func (a *armed) inTimetable() *armed { return a }

// channels are those that an entity has on the exchange, each in the place of its kind: as many as the
// longest list has. Which party a channel of each kind belongs to is said in parties.go.
type channels [5]string

// holder is the owner of a channel: an entity, and the kind of channel that it is to it.
type holder struct {
	entity Entity
	kind   int
}

// owner has deadlines: an entity, the lamp of a queue, the refusals of a phone.
type owner interface {
	Entity
	inTimetable() *armed
	// wakes are the earliest deadlines, as they are now.
	wakes() wakes
}

// wakes are the earliest deadlines of an owner, in ns since 1970; 0 is none.
type wakes struct {
	// always is that of those that are looked at whether or not the exchange is there, up of the others.
	always, up int64
}

func (w *wakes) add(at time.Time, waits bool) {
	first, ns := &w.always, at.UnixNano()
	if waits {
		first = &w.up
	}
	if *first == 0 || ns < *first {
		*first = ns
	}
}

// wake is when an owner is due.
type wake struct {
	at int64 // in ns since 1970; 0 is never
	of owner
	// place is where it stands in its heap.
	place int
}

// callSlot is what the index has of a call, as the call was when it was indexed last.
type callSlot struct {
	channels channels
	outside  bool
	place
}

// place is where a call is in line, and whether no phone rings for it; zero unless it is in line.
type place struct {
	queue   string
	entered deadline
	waiting bool
}

// agentSlot is what the index has of an agent.
type agentSlot struct {
	channels channels
	// listener is the id of a supervisor who listens.
	listener string
}

// callbackSlot is what the index has of a callback; zero when it is over.
type callbackSlot struct {
	line     match.Line
	channels channels
	// due is its deadline; alarm is the same if a supervisor is to be rung, and before all of them while one is.
	due, alarm deadline
	// outside: the client is being called, or talks. unverified: its number is.
	outside, unverified bool
}

// deadline orders what is due, or has waited since, by time.
type deadline struct {
	at int64
	id string
}
