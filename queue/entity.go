package queue

import (
	"time"

	"kezek/queue/internal/match"
	"kezek/queue/internal/sorted"
)

var noTime time.Time

// Entity is one thing of the live state that is saved by itself.
type Entity interface {
	// Kind names the sort of entity in keys: "agent", "call", "callback", "caller", "queue", "timesheet".
	Kind() string
	// Key is the entity's id among its kind.
	Key() string
	marked() *marks
}

// marks of an entity: touched in this step, stale in the index, armed in the timetable; of
// a call, parted: its talk was ended by mending, and the caller was not told yet.
type marks struct {
	touched, stale, parted bool
	armed                  armed
}

func (m *marks) marked() *marks { return m }

// channels are those that an entity has on the exchange, each in the place of its kind: as many as the
// longest list has. Which party a channel of each kind belongs to is said in parties.go.
type channels [4]string

// holder is to whom a channel belongs: an entity, and the kind of channel that it is to it.
type holder struct {
	entity Entity
	kind   int
}

// owner has deadlines: an entity, the lamp of a queue, the refusals of a phone.
type owner interface {
	Entity
	// rank goes before [owner.Key] among those who are due at one time.
	rank() int
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
	at int64
	of owner
}

// armed is what a timetable has of an owner.
type armed struct {
	in *sorted.Set[wake]
	wakes
}

// What the index has of an entity, as the entity was when it was indexed last.

// callSlot is where a call stands in the index.
type callSlot struct {
	channels        channels
	outside         bool
	queue           string
	inLine, waiting bool
	entered         deadline
}

// agentSlot is where an agent stands in the index.
type agentSlot struct {
	// channels are those of the agent, listens: one is for a supervisor's listening.
	channels channels
	listens  bool
}

// callbackSlot is where a callback stands in the index.
type callbackSlot struct {
	line     match.Line
	due      deadline
	channels channels
	// live: not over.
	live bool
	// outside: the client is being called, or talks. alarmed: a supervisor is to be rung; alarms: one is.
	outside, alarmed, alarms bool
}

// deadline orders what is due, or has waited since, by time.
type deadline struct {
	at int64
	id string
}

// Caller is what is remembered about a number.
type Caller struct {
	marks
	Number   string    `json:"number"`
	Language Language  `json:"language"`
	Seen     time.Time `json:"seen"`
	// Agent had the caller last, until Talked.
	Agent  string    `json:"agent,omitempty"`
	Talked time.Time `json:"talked,omitzero"`
	// Dials counts our calls to it since DialsSince, within an hour.
	Dials      int       `json:"dials,omitempty"`
	DialsSince time.Time `json:"dials_since,omitzero"`
	// RudeUntil: until then agents see that the caller was warned about their tone, by RudeBy at RudeAt.
	RudeUntil time.Time `json:"rude_until,omitzero"`
	RudeAt    time.Time `json:"rude_at,omitzero"`
	RudeBy    string    `json:"rude_by,omitempty"`
	// Until is when it is forgotten. Each change moves it, by which a store tells an old one.
	Until time.Time `json:"until"`
}

// keep remembers the number at least until then.
func (c *Caller) keep(until time.Time) {
	if c.Until.Before(until) {
		c.Until = until
	}
}

// Line is what is known about a queue as a whole, kept over restarts.
type Line struct {
	marks
	Queue string `json:"queue"`
	// Handle is the recent mean time an agent needs for a call, wrap-up included.
	Handle time.Duration `json:"handle"`
	// LastAgent is where rrmemory stands.
	LastAgent string `json:"last_agent,omitempty"`
	// Day is the local date that the counts belong to.
	Day            string `json:"day"`
	Answered       int    `json:"answered"`
	AnsweredInTime int    `json:"answered_in_time"`
	Abandoned      int    `json:"abandoned"`
	// AbandonedInTime hung up within the time of the service level; they do not count in it.
	AbandonedInTime int `json:"abandoned_in_time"`
	// Notice is what its callers hear on entry; zero is none.
	Notice Notice `json:"notice,omitzero"`
}

// Kind implements [Entity].
func (*Caller) Kind() string { return "caller" }
func (*Line) Kind() string   { return "queue" }

// Key implements [Entity].
func (c *Caller) Key() string { return c.Number }
func (l *Line) Key() string   { return l.Queue }

// Notice is what the callers of a queue are told on entry; zero is nothing.
type Notice struct {
	Phrase string    `json:"phrase"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// By is the supervisor who switched it on: a token's name, or an agent's id.
	By string `json:"by"`
}
