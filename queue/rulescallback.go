package queue

import (
	"slices"
	"time"
)

// CallbackRules are a queue's callbacks.
type CallbackRules struct {
	// Information, Manager and Complaint are the due times of the classes, which [CallbackRules.Due] reads.
	Information time.Duration `yaml:"information"`
	Manager     time.Duration `yaml:"manager"`
	Complaint   time.Duration `yaml:"complaint"`
	// OfferOver: callers are offered one when the expected wait is longer.
	OfferOver time.Duration `yaml:"offer_over"`
	// Attempts to reach the client before the deadline, RetryAfter apart, then
	// LateAttempts, LateAfter apart.
	Attempts     int           `yaml:"attempts"`
	RetryAfter   time.Duration `yaml:"retry_after"`
	LateAttempts int           `yaml:"late_attempts"`
	LateAfter    time.Duration `yaml:"late_after"`
	// Ring is how long the client's phone rings. An answer within
	// Instant of its ringing, or of the call where the trunk tells nothing of ringing, is a machine's.
	Ring    time.Duration `yaml:"ring"`
	Instant time.Duration `yaml:"instant"`
	// SameAgent is how often an agent who refuses is rung again before others, GiveBack apart.
	SameAgent int           `yaml:"same_agent"`
	GiveBack  time.Duration `yaml:"give_back"`
	// MaxOpen bounds the open callbacks of the queue.
	MaxOpen int `yaml:"max_open"`
	// Unverified bounds those for numbers that nobody vouches for.
	Unverified UnverifiedRules `yaml:"unverified"`
	// Handle is the time of a callback as long as nothing is known about the queue's calls.
	Handle time.Duration `yaml:"handle"`
	// Abandoned: a callback is booked for a caller who hangs up after at least this wait; 0 books none.
	Abandoned time.Duration `yaml:"abandoned"`
	// ComplaintQueue gets the complaints; empty is the queue of the call.
	ComplaintQueue string `yaml:"complaint_queue"`
	// Keep is how long a callback that is over is kept in the store.
	Keep time.Duration `yaml:"keep"`
}

// DefaultCallback is a queue's callbacks when the config says nothing.
func DefaultCallback() CallbackRules {
	r := CallbackRules{
		OfferOver: 3 * time.Minute,
		Attempts:  3, RetryAfter: 5 * time.Minute, LateAttempts: 2, LateAfter: 2 * time.Hour,
		Ring: 40 * time.Second, Instant: 700 * time.Millisecond,
		SameAgent: 2, GiveBack: 5 * time.Second,
		MaxOpen: 200, Unverified: UnverifiedRules{Share: 50, PerHour: 60}, Handle: 4 * time.Minute, Keep: 30 * 24 * time.Hour,
	}
	for _, c := range Classes {
		*c.due(&r) = c.Due
	}
	return r
}

// Due is the time within which a class is due; an unknown one counts as the first of [Classes].
func (r *CallbackRules) Due(class CallbackClass) time.Duration {
	i := slices.IndexFunc(Classes, func(c Class) bool { return c.Name == class })
	return *Classes[max(i, 0)].due(r)
}

// UnverifiedRules bound the callbacks for unverified numbers: keyed in by a caller, or presented by one to
// whom no agent has talked yet. Anybody can present or key in anybody's number.
type UnverifiedRules struct {
	// Share is the most of the open callbacks that they may be, in percent: of MaxOpen, and of what the agents
	// can do in time.
	Share int `yaml:"share"`
	// PerHour is how many of them may be booked within an hour.
	PerHour int `yaml:"per_hour"`
}

// TrunkRules say which numbers Kezek may call, against toll fraud.
type TrunkRules struct {
	// Allowed reports whether a number may be dialled at all; nil allows none.
	Allowed func(number string) bool
	// Normalize brings a number that a caller keyed in into one form; "" when it is none.
	Normalize func(number string) string
	// PerNumber bounds the calls to one number within an hour, InAir those at one
	// time, MaxOpen the open callbacks of all queues; 0 is no bound.
	PerNumber, InAir, MaxOpen int
	// CallerID is the number that the called party sees.
	CallerID string
}

// allows reports whether a number may be dialled at all.
func (r *TrunkRules) allows(number string) bool { return r.Allowed != nil && r.Allowed(number) }

// normalize brings a number that was keyed in into one form; "" if it is not a number.
func (r *TrunkRules) normalize(number string) string {
	if r.Normalize == nil {
		return ""
	}
	return r.Normalize(number)
}

// CallbackClass says how soon a callback is due.
type CallbackClass string

// The classes; [Classes] is their table.
const (
	ClassInformation CallbackClass = "information"
	ClassManager     CallbackClass = "manager"
	ClassComplaint   CallbackClass = "complaint"
)

// Class is a line of the table of callback classes.
type Class struct {
	// Name is the class, the key of its due time in a queue's callback rules, and part of the
	// names of its phrases: callback-class-NAME for agents, NAME-callback for clients.
	Name CallbackClass
	// Code is what an agent keys in a call to promise one.
	Code string
	// Due is the time within which one is due when the config says nothing, and the most that it
	// may say: clients hear it.
	Due time.Duration
	// due is where the rules of a queue have that time.
	due func(*CallbackRules) *time.Duration
}

// Classes is the table of callback classes. The first is that of callers, and of orders that name none.
var Classes = []Class{
	// S3: «не более 30 минут»
	{ClassInformation, "*21", 30 * time.Minute, func(r *CallbackRules) *time.Duration { return &r.Information }},
	// S3: «в течение 15-ти минут»
	{ClassManager, "*22", 15 * time.Minute, func(r *CallbackRules) *time.Duration { return &r.Manager }},
	// S1: «в ближайший час»
	{ClassComplaint, "*23", time.Hour, func(r *CallbackRules) *time.Duration { return &r.Complaint }},
}

// CallbackClasses are their names.
var CallbackClasses = func() (names []CallbackClass) {
	for _, c := range Classes {
		names = append(names, c.Name)
	}
	return names
}()
