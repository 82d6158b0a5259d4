package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CallbackState is where a callback stands (invariant 3).
type CallbackState string

// The states.
const (
	// CallbackBooking is being saved; nothing has been promised yet.
	CallbackBooking CallbackState = "booking"
	// CallbackOpen waits for its turn or for its next attempt.
	CallbackOpen CallbackState = "open"
	// CallbackOnLine waits because the client has called in and is on the line.
	CallbackOnLine CallbackState = "on_line"
	// CallbackOffered rings at an agent.
	CallbackOffered CallbackState = "offered"
	// CallbackBriefing: the agent hears what the callback is about.
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
	// CallbackReached: the client called in and talked to an agent.
	CallbackReached CallbackOutcome = "reached"
	// CallbackUnreached: all attempts failed.
	CallbackUnreached CallbackOutcome = "unreached"
	// CallbackCancelled by the client or by a supervisor, with a reason.
	CallbackCancelled CallbackOutcome = "cancelled"
)

// Attempt is one try to reach the client.
type Attempt struct {
	At    time.Time `json:"at" must:"set"`
	Agent string    `json:"agent"`
	// Cause is why it failed; empty when they talked.
	Cause Cause `json:"cause,omitempty"`
}

// Refuser is an agent who did not take a callback, and how many times.
type Refuser struct {
	Agent string `json:"agent" must:"set"`
	Times int    `json:"times"`
}

// Callback is a promise to call a client back: an obligation with a deadline,
// not a call. No agent can end it.
type Callback struct {
	marks
	armed
	slot     callbackSlot
	ID       string        `json:"id" must:"set"`
	Number   string        `json:"number" must:"set"`
	Queue    string        `json:"queue" must:"set"`
	Language Language      `json:"language"`
	Class    CallbackClass `json:"class" must:"set"`
	State    CallbackState `json:"state" must:"set"`
	Since    time.Time     `json:"since" must:"set"`
	// Place is the true place in line of the caller who left it.
	Place    time.Time `json:"place" must:"set"`
	Priority int       `json:"priority,omitempty" is:"signed"`
	Created  time.Time `json:"created" must:"set"`
	// From is when its time began to run: on booking, or at the next opening.
	From  time.Time `json:"from" must:"set" ahead:"wait"`
	DueAt time.Time `json:"due_at" must:"set" ahead:"wait"`
	// Origin says where it comes from: caller, agent, closed, abandoned, supervisor, hold.
	Origin string `json:"origin"`
	// Caller is the call that it was promised in, Booker the agent who promised it.
	Caller string `json:"caller,omitempty"`
	Booker string `json:"booker,omitempty"`
	// Owner is the agent who should make it, until others may.
	Owner string `json:"owner,omitempty"`
	Note  string `json:"note,omitempty" is:"prose"`
	// Unverified: the caller keyed in the number, or no agent has talked to anybody who called from it.
	Unverified bool `json:"unverified,omitempty"`
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
	// Whisper and Greeting are the playbacks that the agent and the client hear.
	Whisper  string `json:"whisper,omitempty"`
	Greeting string `json:"greeting,omitempty"`
	// Rings: the trunk has said how the call to the client goes on, so it is not the trunk that fails if nobody answers.
	Rings bool `json:"rings,omitempty"`
	// Early is the bridge in which the agent hears the client's end before the answer.
	Early string `json:"early,omitempty"`
	// StepBy guards the step that runs: ringing, briefing, dialling, greeting.
	StepBy time.Time `json:"step_by,omitzero" ahead:"step"`
}

// Trying is what was tried, and when it may be tried again.
type Trying struct {
	Attempts []Attempt `json:"attempts,omitempty"`
	Refusers []Refuser `json:"refusers,omitempty"`
	// Tried are the agents who did not take it since the client was called last.
	Tried []Tried `json:"tried,omitempty"`
	// Kept: for now the owner alone may take it.
	Kept bool `json:"kept,omitempty"`
	// NextAt is the earliest time of the next attempt; zero is now.
	NextAt time.Time `json:"next_at,omitzero" ahead:"wait"`
	// PutOff is why its number may not be called now; that is checked again at NextAt.
	PutOff Refusal `json:"put_off,omitempty"`
	// TrunkFailed is when the trunk did not take the call to this number last.
	TrunkFailed time.Time `json:"trunk_failed,omitzero"`
}

// Urgency is how near the deadline is.
type Urgency struct {
	// Urgent: it must start now to be met; it goes before all live callers.
	Urgent   bool      `json:"urgent,omitempty"`
	UrgentAt time.Time `json:"urgent_at,omitzero" ahead:"wait"`
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
	Reason  string          `json:"reason,omitempty" is:"prose"`
	// EndedBy is the supervisor who cancelled it.
	EndedBy string    `json:"ended_by,omitempty"`
	Ended   time.Time `json:"ended,omitzero"`
	// Until is when a callback that is over is deleted.
	Until time.Time `json:"until,omitzero" ahead:"ever"`
}

// Kind and Key implement [Entity].
func (*Callback) Kind() string   { return "callback" }
func (cb *Callback) Key() string { return cb.ID }

// release clears the agent who works on it and its channels.
func (cb *Callback) release() {
	cb.Agent, cb.Leg, cb.Client, cb.Whisper, cb.Greeting = "", "", "", "", ""
	cb.Early = ""
}

// workedOn are the states in which an agent works on a callback, and does not talk to the client yet.
var workedOn = []CallbackState{CallbackOffered, CallbackBriefing, CallbackDialling, CallbackGreeting}

// isWorkedOn reports whether an agent has it in hand, and does not talk to the client yet.
func (cb *Callback) isWorkedOn() bool {
	return slices.Contains(workedOn, cb.State)
}

// nameWith is what a phone shows of the callback: "CALLBACK RU sales 5m".
func (cb *Callback) nameWith(what string, minutes int) string {
	return fmt.Sprintf("%s %s %s %dm", what, strings.ToUpper(string(cb.Language)), cb.Queue, minutes)
}

// partOver is when so much of a callback's time is over.
func (cb *Callback) partOver(n, of time.Duration) time.Time {
	return cb.From.Add(cb.DueAt.Sub(cb.From) * n / of)
}

// refuser counts how often an agent did not take a callback.
func (cb *Callback) refuser(agent string) *Refuser {
	if r := itemOf(cb.Refusers, func(r *Refuser) bool { return r.Agent == agent }); r != nil {
		return r
	}
	cb.Refusers = append(cb.Refusers, Refuser{Agent: agent})
	return &cb.Refusers[len(cb.Refusers)-1]
}

// AlarmState is how far the call to the supervisors is.
type AlarmState string

// The states of an alarm; it begins as none.
const (
	AlarmDue     AlarmState = "due"
	AlarmRinging AlarmState = "ringing"
	AlarmTold    AlarmState = "told"
	AlarmOver    AlarmState = "over"
)

// Alarm is the call to the supervisors about one callback.
type Alarm struct {
	State AlarmState `json:"state"`
	// Phone counts the phones that were rung, Leg is the channel of the last one.
	Phone int    `json:"phone,omitempty"`
	Leg   string `json:"leg,omitempty"`
	Words string `json:"words,omitempty"`
	// Since is when it came into its state, By guards that.
	Since time.Time `json:"since,omitzero"`
	By    time.Time `json:"by,omitzero" ahead:"step"`
}

func (cb *Callback) channels() channels {
	client := cb.Client
	if cb.State == CallbackTalking {
		client = "" // a caller's by now
	}
	return channels{client, cb.Alarm.Leg}
}

// reopen makes a callback wait for its turn again. When it becomes urgent is planned again.
func (cb *Callback) reopen() {
	cb.State, cb.StepBy, cb.Rings = CallbackOpen, noTime, false
	cb.release()
	if !cb.Urgent && cb.UrgentAt.IsZero() {
		cb.UrgentAt = cb.Created
	}
}

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
