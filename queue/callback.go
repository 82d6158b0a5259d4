package queue

import (
	"slices"
	"time"
)

// CallbackClass says how soon a callback is due.
type CallbackClass string

// The classes; [Classes] is their table.
const (
	Information CallbackClass = "information"
	Manager     CallbackClass = "manager"
	Complaint   CallbackClass = "complaint"
)

// CallbackState is where a callback stands (invariant 3).
type CallbackState string

// The states.
const (
	// CallbackBooking is being saved; nothing has been promised yet.
	CallbackBooking CallbackState = "booking"
	// CallbackOpen waits for its turn or for its next attempt.
	CallbackOpen CallbackState = "open"
	// CallbackOnLine waits because the client himself is on the line.
	CallbackOnLine CallbackState = "on_line"
	// CallbackOffered rings at an agent.
	CallbackOffered CallbackState = "offered"
	// CallbackBriefing: the agent hears what it is.
	CallbackBriefing CallbackState = "briefing"
	// CallbackDialling: the client is being called.
	CallbackDialling CallbackState = "dialling"
	// CallbackGreeting: the client hears who calls.
	CallbackGreeting CallbackState = "greeting"
	// CallbackTalking: client and agent talk.
	CallbackTalking CallbackState = "talking"
	// CallbackOver has an outcome.
	CallbackOver CallbackState = "over"
)

// CallbackOutcome is how a callback ended. There are no others (S3:
// «Отклонять звонок-callback строго запрещается»).
type CallbackOutcome string

// The outcomes.
const (
	CallbackCompleted CallbackOutcome = "completed"
	// CallbackReached: the client called in himself.
	CallbackReached CallbackOutcome = "reached"
	// CallbackUnreached: all attempts failed.
	CallbackUnreached CallbackOutcome = "unreached"
	// CallbackCancelled by the client or by a supervisor, with a reason.
	CallbackCancelled CallbackOutcome = "cancelled"
)

// IsKnown reports whether it is one of them.
func (o CallbackOutcome) IsKnown() bool { return slices.Contains(CallbackOutcomes, o) }

// Attempt is one try to reach the client.
type Attempt struct {
	At    time.Time `json:"at"`
	Agent string    `json:"agent"`
	// Cause is why it failed; empty when they talked.
	Cause Cause `json:"cause,omitempty"`
}

// Refuser is an agent who did not take a callback, so many times.
type Refuser struct {
	Agent string `json:"agent"`
	Times int    `json:"times"`
}

// Callback is a promise to call a client back: an obligation with a deadline,
// not a call. No agent can end it.
type Callback struct {
	marks
	ID       string        `json:"id"`
	Number   string        `json:"number"`
	Queue    string        `json:"queue"`
	Language Language      `json:"language"`
	Class    CallbackClass `json:"class"`
	State    CallbackState `json:"state"`
	Since    time.Time     `json:"since"`
	// Place is the true place in line of the caller who left it.
	Place    time.Time `json:"place"`
	Priority int       `json:"priority,omitempty"`
	Created  time.Time `json:"created"`
	// From is when its time began to run: on booking, or at the next opening.
	From  time.Time `json:"from"`
	DueAt time.Time `json:"due_at"`
	// Origin says where it comes from: caller, agent, closed, abandoned, supervisor, hold.
	Origin string `json:"origin"`
	// Caller is the call that it was promised in, Booker the agent who promised it.
	Caller string `json:"caller,omitempty"`
	Booker string `json:"booker,omitempty"`
	// Owner is the agent who should make it, until it must be anybody's.
	Owner string `json:"owner,omitempty"`
	Note  string `json:"note,omitempty"`
	// By is the supervisor who ordered it.
	By string `json:"by,omitempty"`
	// Serial numbers the legs and playbacks of this callback; none is used twice.
	Serial int `json:"serial"`

	Making
	Trying
	Urgency
	Escalation
	Fulfilment
}

// Making is the work on a callback.
type Making struct {
	// Agent, Leg and Client are the agent who works on it now and the two channels.
	Agent  string `json:"agent,omitempty"`
	Leg    string `json:"leg,omitempty"`
	Client string `json:"client,omitempty"`
	// Whisper and Greeting are the playbacks in the agent's and in the client's ear.
	Whisper  string `json:"whisper,omitempty"`
	Greeting string `json:"greeting,omitempty"`
	// StepBy guards the step that runs: ringing, briefing, dialling, greeting.
	StepBy time.Time `json:"step_by,omitzero"`
}

// Trying is what was tried, and when it may be tried again.
type Trying struct {
	Attempts []Attempt `json:"attempts,omitempty"`
	Refusers []Refuser `json:"refusers,omitempty"`
	// Kept: for now the owner alone may take it.
	Kept bool `json:"kept,omitempty"`
	// NextAt is the earliest time of the next attempt; zero is now.
	NextAt time.Time `json:"next_at,omitzero"`
	// PutOff is why its number may not be called now; it is looked at again at NextAt.
	PutOff Refusal `json:"put_off,omitempty"`
}

// Urgency is how near the deadline is.
type Urgency struct {
	// Urgent: it must start now to be met; it goes before all live callers.
	Urgent   bool      `json:"urgent,omitempty"`
	UrgentAt time.Time `json:"urgent_at,omitzero"`
	// Warned, Escalated and Breached are the steps towards the deadline and past it.
	Warned    bool `json:"warned,omitempty"`
	Escalated bool `json:"escalated,omitempty"`
	Breached  bool `json:"breached,omitempty"`
}

// Escalation is how the supervisors are told by phone.
type Escalation struct {
	// Alarm is the call to the supervisors.
	Alarm Alarm `json:"alarm,omitzero"`
	// Told is the supervisors' phone where that call was answered.
	Told string `json:"told,omitempty"`
}

// Fulfilment is how a callback ended.
type Fulfilment struct {
	Outcome CallbackOutcome `json:"outcome,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	// EndedBy is the supervisor who cancelled it.
	EndedBy string    `json:"ended_by,omitempty"`
	Ended   time.Time `json:"ended,omitzero"`
	// Until is when a callback that is over is forgotten.
	Until time.Time `json:"until,omitzero"`
}

// Kind implements [Entity].
func (*Callback) Kind() string { return "callback" }

// Key implements [Entity].
func (cb *Callback) Key() string { return cb.ID }

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
	// Handle is the time of a callback as long as nothing is known about the queue's calls.
	Handle time.Duration `yaml:"handle"`
	// Abandoned books one for a caller who gave up after so long a wait; 0 does not.
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
		MaxOpen: 200, Handle: 4 * time.Minute, Keep: 30 * 24 * time.Hour,
	}
	for _, c := range Classes {
		*c.due(&r) = c.Due
	}
	return r
}

// Due is the time within which a class is due; an unknown one counts as the first of [Classes].
func (r *CallbackRules) Due(class CallbackClass) time.Duration {
	for _, c := range Classes {
		if c.Name == class {
			return *c.due(r)
		}
	}
	return *Classes[0].due(r)
}

// TrunkRules say whom Kezek may call (toll fraud is shut out).
type TrunkRules struct {
	// Allowed reports whether a number may be dialled at all; nil allows none.
	Allowed func(number string) bool
	// Normalize brings a number that a caller keyed in into one form; "" when it is none.
	Normalize func(number string) string
	// PerNumber bounds the calls to one number within an hour, InAir those at one
	// time, MaxOpen the open callbacks of all queues; 0 is no bound.
	PerNumber, InAir, MaxOpen int
}

// Bookings of callbacks.
const (
	NumberUnknown    Refusal = "number_unknown"
	NumberNotAllowed Refusal = "number_not_allowed"
	TooNearClosing   Refusal = "too_near_closing"
	NobodyOnShift    Refusal = "nobody_on_shift"
	TooManyOpen      Refusal = "too_many_open"
	// TooLittleTime: a call of the queue takes longer than the callback may wait, however few are open.
	TooLittleTime   Refusal = "too_little_time"
	NumberLimit     Refusal = "number_limit"
	UnknownQueue    Refusal = "unknown_queue"
	UnknownCallback Refusal = "unknown_callback"
	CallbackOwed    Refusal = "callback_owed"
	ReasonMissing   Refusal = "reason_missing"
	NotSafe         Refusal = "not_safe"
	// TooManyInAir: as many clients are on the trunk as may be at one time.
	TooManyInAir Refusal = "too_many_in_air"
)

// stand brings a callback into a state; what belonged to the old one ends.
func (s *State) stand(cb *Callback, state CallbackState) {
	s.moving(cb, CallbackMoves.declared(cb.State, state), cb.State, state)
	cb.State, cb.Since = state, s.now
	cb.StepBy = time.Time{}
	if state == CallbackOnLine || state == CallbackTalking || state == CallbackOver {
		s.unbind(cb)
	}
	if state == CallbackTalking || state == CallbackOver {
		s.endAlarm(cb)
	}
	if state == CallbackOpen || state == CallbackOver || state == CallbackOnLine {
		cb.release()
	}
	s.touch(cb)
}

// release forgets who worked on it, and by which channels.
func (cb *Callback) release() {
	cb.Agent, cb.Leg, cb.Client, cb.Whisper, cb.Greeting = "", "", "", "", ""
}

// isWorkedOn reports whether an agent has it in hand, and does not talk to the client yet.
func (cb *Callback) isWorkedOn() bool {
	switch cb.State {
	case CallbackOffered, CallbackBriefing, CallbackDialling, CallbackGreeting:
		return true
	}
	return false
}

// over ends a callback with one of the allowed outcomes, and frees who was bound by it.
func (s *State) over(cb *Callback, outcome CallbackOutcome, reason string) {
	s.stand(cb, CallbackOver)
	cb.Outcome, cb.Reason, cb.Ended = outcome, reason, s.now
	cb.Until = s.now.Add(s.queueRules(cb.Queue).Callback.Keep)
	e := cb.entry(CallbackEnded)
	e.Details = &Details{Reason: reason}
	s.note(e)
}

// unbind frees the agents who refused a callback: it is done, or being done.
func (s *State) unbind(cb *Callback) {
	for _, r := range cb.Refusers {
		if a := s.agents[r.Agent]; a != nil && a.Owes == cb.ID {
			a.Owes = ""
			s.touch(a)
		}
	}
}

// headway is for calls that last longer than usual, and for the agent to hear what it is.
const headway = time.Minute

// planUrgency computes the latest moment to start: from the recent time of a
// call, how many are due before it, and how many agents there are. Who must
// start now takes along all who are due before him: they go first.
func (s *State) planUrgency(cb *Callback) {
	q := s.queueRules(cb.Queue)
	dues := lazily(s.index.dues, lineOf(cb.Queue, cb.Language), compareDeadlines)
	ahead := dues.Rank(deadline{cb.DueAt.UnixNano(), cb.ID})
	agents := max(s.servers(q, cb.Language), 1)
	lead := s.handleTime(q)*time.Duration(ahead/agents+1) + q.Ring.Timeout + headway

	cb.Urgent, cb.UrgentAt = false, cb.DueAt.Add(-lead)
	s.touch(cb)
	next, ok := dues.At(ahead)
	if ok && next.id == cb.ID {
		next, ok = dues.At(ahead + 1)
	}
	if cb.UrgentAt.After(s.now) && !(ok && s.callbacks[next.id].Urgent) {
		return
	}
	s.hurry(cb)
	for ahead--; ahead >= 0; ahead-- {
		before, _ := dues.At(ahead)
		if s.callbacks[before.id].Urgent {
			return
		}
		s.hurry(s.callbacks[before.id])
	}
}

// hurry makes a callback go before all live callers, and to anybody.
func (s *State) hurry(cb *Callback) {
	cb.Urgent, cb.UrgentAt, cb.Kept = true, time.Time{}, false
	s.touch(cb)
}

// partOver is when so much of a callback's time is over.
func (cb *Callback) partOver(n, of time.Duration) time.Time {
	return cb.From.Add(cb.DueAt.Sub(cb.From) * n / of)
}

// warnOfCallback, escalate and breach are the steps towards its deadline and past it.
func (s *State) warnOfCallback(cb *Callback) {
	cb.Warned = true
	s.note(cb.entry(CallbackWarned))
}

func (s *State) escalate(cb *Callback) {
	cb.Escalated = true
	s.note(cb.entry(CallbackEscalated))
	s.alarm(cb)
}

func (s *State) breach(cb *Callback) {
	cb.Breached = true
	s.note(cb.entry(CallbackBreached))
}

// refuser counts how often an agent did not take a callback.
func (cb *Callback) refuser(agent string) *Refuser {
	i := slices.IndexFunc(cb.Refusers, func(r Refuser) bool { return r.Agent == agent })
	if i < 0 {
		cb.Refusers = append(cb.Refusers, Refuser{Agent: agent})
		i = len(cb.Refusers) - 1
	}
	return &cb.Refusers[i]
}

// entry is a journal line about the callback.
func (cb *Callback) entry(kind EntryKind) Entry {
	return Entry{
		Kind: kind, Callback: cb.ID, Class: cb.Class, Queue: cb.Queue, Language: cb.Language, Number: cb.Number,
		Agent: cb.Agent, CallbackOutcome: cb.Outcome,
	}
}
