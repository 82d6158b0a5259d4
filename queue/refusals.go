package queue

import (
	"maps"
	"slices"
)

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

// NotFlagged is a number that has no flag to be taken off.
const NotFlagged Refusal = "not_flagged"

// Refusals of consultations.
const (
	// QueueConsulted: the target is a queue, where nobody can be consulted out of turn.
	QueueConsulted Refusal = "queue_consulted"
	// HoldUsedUp: the caller was on hold for all the time that a call may be.
	HoldUsedUp Refusal = "hold_used_up"
)

// Refusal is why something that was asked for is not done.
type Refusal string

// The refusals.
const (
	UnknownAgent    Refusal = "unknown_agent"
	WrongPIN        Refusal = "wrong_pin"
	PINLocked       Refusal = "pin_locked"
	AlreadyLoggedIn Refusal = "already_logged_in"
	NotLoggedIn     Refusal = "not_logged_in"
	InCall          Refusal = "in_call"
	UnknownStatus   Refusal = "unknown_status"
	UnknownPhone    Refusal = "unknown_phone"
	PhoneTaken      Refusal = "phone_taken"
)

// Refusals of monitoring.
const (
	// PINNeeded: no supervisor is logged in at that phone. It is asked once more, with a PIN.
	PINNeeded Refusal = "pin_needed"
	// NotSupervisor is an agent who may not listen to others.
	NotSupervisor Refusal = "not_supervisor"
	// NoTalk is an agent who has no call.
	NoTalk Refusal = "no_talk"
)

// Refusals of notices.
const (
	UnknownPhrase Refusal = "unknown_phrase"
	// WrongTime: a notice must end later than now, and within [LongestNotice].
	WrongTime Refusal = "wrong_time"
	// NoNotice: none is on.
	NoNotice Refusal = "no_notice"
)

// Refusals after a call.
const (
	// UnknownResult is a code that the table does not have for calls of the queue.
	UnknownResult Refusal = "unknown_result"
	// NoCall: the agent has had no call since log-in.
	NoCall Refusal = "no_call"
	// NotInWrapUp: there is no wrap-up to be made longer.
	NotInWrapUp Refusal = "not_in_wrapup"
	// WrapUpLimit: it is as long as it may be.
	WrapUpLimit Refusal = "wrapup_limit"
)

// RefusalSort is the sort of a refusal, for the program or person that asked.
type RefusalSort int

// refusalLine is a line of the table of refusals.
type refusalLine struct {
	// words for people; %q stands for what was asked about: the agent, the number, the callback.
	words string
	sort  RefusalSort
}

var refusalTable = map[Refusal]refusalLine{
	UnknownAgent:    {"agent: %q is not in the config", NotFound},
	WrongPIN:        {"wrong PIN", InConflict},
	PINLocked:       {"too many wrong PINs: the log-in is locked for a while", InConflict},
	AlreadyLoggedIn: {"the agent is already logged in", InConflict},
	NotLoggedIn:     {"the agent is not logged in; agents log in from their phones", InConflict},
	InCall:          {"the client is on the line: it ends with the conversation", InConflict},
	UnknownPhone:    {"no phone of the config: want an agent's endpoint or one of phones", InConflict},
	PhoneTaken:      {"another agent is at work at this phone", InConflict},

	UnknownStatus:   {"no such status: want waiting, offline, or one of the config's table", Invalid},
	StatusForbidden: {"the table forbids this status to agents of these queues: a supervisor may order it, for a reason", InConflict},
	AtPeak:          {"callers wait for long, or the service level is under target: a supervisor may order it, for a reason", InConflict},
	TooManyInStatus: {"as many agents as may are in this status: a supervisor may order one more, for a reason", InConflict},
	CallbackOwed:    {"the agent has a callback to make first", InConflict},
	OthersKey:       {"the key shows the status of an agent who is not logged in at this phone", InConflict},

	UnknownResult: {"no such result for calls of this queue", InConflict},
	NoCall:        {"the agent has had no call in this shift", InConflict},
	NotInWrapUp:   {"the agent is not in wrap-up", InConflict},
	WrapUpLimit:   {"the wrap-up is as long as it may be", InConflict},

	QueueConsulted:   {"nobody of a queue can be asked before it is the caller's turn there", InConflict},
	HoldUsedUp:       {"the caller was on hold for as long as one call may be", InConflict},
	UnknownExtension: {"no queue's code, no extension and no number that may be called", InConflict},
	ExtensionBusy:    {"the phone of that extension is not free", InConflict},
	QueueClosed:      {"the queue takes no callers now", InConflict},

	NoSupervisor:  {"no supervisor's phone is configured", InConflict},
	PINNeeded:     {"no supervisor is logged in at this phone: it needs a PIN", InConflict},
	NotSupervisor: {"the agent may not listen to others", InConflict},
	NoTalk:        {"the agent has no talk to listen to", InConflict},

	UnknownPhrase: {"phrase: none of notice.phrases of the config", Invalid},
	WrongTime:     {"until or for: a notice ends later than now, and within 7 days", Invalid},
	NoNotice:      {"no notice is on there", InConflict},
	NotFlagged:    {"number: %q has no flag", NotFound},

	NumberUnknown:    {"number: %q is no telephone number", Invalid},
	NumberNotAllowed: {"number: %q may not be called: trunk.allow of the config does not have it", InConflict},
	TooNearClosing:   {"the queue closes before it would be due", InConflict},
	NobodyOnShift:    {"no agent of the queue who speaks the language is logged in", InConflict},
	TooManyOpen:      {"too many callbacks are open: the agents who are logged in could not keep this one too", InConflict},
	TooLittleTime:    {"there is too little time: a call of this queue takes longer than the callback may wait", InConflict},
	NumberLimit:      {"number: %q has been called as often as it may be within an hour", InConflict},
	UnknownQueue:     {"queue: no such queue in the config", Invalid},
	UnknownCallback:  {"callback: %q is not open", NotFound},
	ReasonMissing:    {"reason: missing: a reason is required", Invalid},
	TooManyInAir:     {"outbound call limit reached (trunk.in_air of the config)", InConflict},
	NotSafe:          {"neither Redis nor the spool can keep it now, so it is not promised", NotNow},
}

// Refusals are all of them, by name.
var Refusals = slices.Sorted(maps.Keys(refusalTable))

// Words say it to people; "" if it is none of [Refusals]. Where they have %q, that stands for the agent,
// the number or the callback that was asked about.
func (r Refusal) Words() string { return refusalTable[r].words }

// Sort is the sort of the refusal.
func (r Refusal) Sort() RefusalSort { return refusalTable[r].sort }

// Refusals of a status.
const (
	// StatusForbidden: not for agents of this agent's queues. It is a violation.
	StatusForbidden Refusal = "status_forbidden"
	// AtPeak: not while callers wait for long or the service level is under target.
	AtPeak Refusal = "peak"
	// TooManyInStatus: as many agents as are allowed are in it already.
	TooManyInStatus Refusal = "too_many_in_status"
	// OthersKey: the key shows the status of an agent who is not logged in at this phone.
	OthersKey Refusal = "key_of_another"
)

// Refusals of transfers.
const (
	// UnknownExtension is no queue's code, no extension and no number.
	UnknownExtension Refusal = "unknown_extension"
	// ExtensionBusy: the extension reaches an agent who is not free.
	ExtensionBusy Refusal = "extension_busy"
	// QueueClosed does not take callers now.
	QueueClosed Refusal = "queue_closed"
)

// NoSupervisor refuses *8 where no supervisor's phone is configured.
const NoSupervisor Refusal = "no_supervisor"

// The sorts.
const (
	// InConflict: it is understood, and not allowed as things are now.
	InConflict RefusalSort = iota
	// NotFound: what it is about is not there.
	NotFound
	// Invalid: it can never be right as it was asked.
	Invalid
	// NotNow: it may be asked again in a moment.
	NotNow
)
