package queue

import (
	"maps"
	"slices"
)

// Refusal is why something that was asked for is not done.
type Refusal string

// Refusals of log-ins and of orders to agents.
const (
	RefusalUnknownAgent    Refusal = "unknown_agent"
	RefusalWrongPIN        Refusal = "wrong_pin"
	RefusalPINLocked       Refusal = "pin_locked"
	RefusalAlreadyLoggedIn Refusal = "already_logged_in"
	RefusalNotLoggedIn     Refusal = "not_logged_in"
	RefusalInCall          Refusal = "in_call"
	RefusalUnknownStatus   Refusal = "unknown_status"
	RefusalUnknownPhone    Refusal = "unknown_phone"
	RefusalPhoneTaken      Refusal = "phone_taken"
)

// Refusals of a status.
const (
	// RefusalStatusForbidden: not for agents of this agent's queues. It is a violation.
	RefusalStatusForbidden Refusal = "status_forbidden"
	// RefusalAtPeak: not while callers wait for long or the service level is under target.
	RefusalAtPeak Refusal = "peak"
	// RefusalTooManyInStatus: as many agents as are allowed are in it already.
	RefusalTooManyInStatus Refusal = "too_many_in_status"
	// RefusalOthersKey: the key shows the status of an agent who is not logged in at this phone.
	RefusalOthersKey Refusal = "key_of_another"
)

// Refusals after a call.
const (
	// RefusalUnknownResult: the table does not have the code for calls of the queue.
	RefusalUnknownResult Refusal = "unknown_result"
	// RefusalNoCall: the agent has had no call since log-in.
	RefusalNoCall Refusal = "no_call"
	// RefusalNotInWrapUp: there is no wrap-up to be made longer.
	RefusalNotInWrapUp Refusal = "not_in_wrapup"
	// RefusalWrapUpLimit: it is as long as it may be.
	RefusalWrapUpLimit Refusal = "wrapup_limit"
)

// Refusals of transfers.
const (
	// RefusalUnknownExtension: neither a queue's code nor an extension nor a number that may be called.
	RefusalUnknownExtension Refusal = "unknown_extension"
	// RefusalExtensionBusy: the extension reaches an agent who is not free.
	RefusalExtensionBusy Refusal = "extension_busy"
	// RefusalQueueClosed: the queue takes no callers now.
	RefusalQueueClosed Refusal = "queue_closed"
)

// Refusals of consultations.
const (
	// RefusalQueueConsulted: the target is a queue, where nobody can be consulted out of turn.
	RefusalQueueConsulted Refusal = "queue_consulted"
	// RefusalHoldUsedUp: the caller was on hold for all the time that a call may be.
	RefusalHoldUsedUp Refusal = "hold_used_up"
)

// RefusalNoSupervisor: *8 where no supervisor's phone is configured.
const RefusalNoSupervisor Refusal = "no_supervisor"

// Refusals of monitoring.
const (
	// RefusalPINNeeded: no supervisor is logged in at that phone. It is asked once more, with a PIN.
	RefusalPINNeeded Refusal = "pin_needed"
	// RefusalNotSupervisor: the agent may not listen to others.
	RefusalNotSupervisor Refusal = "not_supervisor"
	// RefusalNoTalk: the agent has no call.
	RefusalNoTalk Refusal = "no_talk"
)

// Refusals of notices.
const (
	RefusalUnknownPhrase Refusal = "unknown_phrase"
	// RefusalWrongTime: a notice must end later than now, and within [LongestNotice].
	RefusalWrongTime Refusal = "wrong_time"
	// RefusalNoNotice: none is on.
	RefusalNoNotice Refusal = "no_notice"
)

// Refusals of callbacks.
const (
	RefusalNumberUnknown    Refusal = "number_unknown"
	RefusalNumberNotAllowed Refusal = "number_not_allowed"
	RefusalTooNearClosing   Refusal = "too_near_closing"
	RefusalNobodyOnShift    Refusal = "nobody_on_shift"
	RefusalTooManyOpen      Refusal = "too_many_open"
	// RefusalTooLittleTime: a call of the queue takes longer than the callback may wait, however few are open.
	RefusalTooLittleTime   Refusal = "too_little_time"
	RefusalNumberLimit     Refusal = "number_limit"
	RefusalUnknownQueue    Refusal = "unknown_queue"
	RefusalUnknownCallback Refusal = "unknown_callback"
	RefusalCallbackOwed    Refusal = "callback_owed"
	RefusalReasonMissing   Refusal = "reason_missing"
	RefusalNotSafe         Refusal = "not_safe"
	// RefusalTooManyInAir: as many clients are on the trunk as may be at one time.
	RefusalTooManyInAir Refusal = "too_many_in_air"
)

// RefusalNotFlagged: the number has no flag to be taken off.
const RefusalNotFlagged Refusal = "not_flagged"

// RefusalSort is the sort of a refusal, for the program or person that asked.
type RefusalSort int

// The sorts.
const (
	// SortInConflict: it is understood, and not allowed as things are now.
	SortInConflict RefusalSort = iota
	// SortNotFound: what it is about is not there.
	SortNotFound
	// SortInvalid: it can never be right as it was asked.
	SortInvalid
	// SortNotNow: it may be asked again in a moment.
	SortNotNow
)

// refusalLine is a line of the table of refusals.
type refusalLine struct {
	// words for people; %q stands for what was asked about: the agent, the number, the callback.
	words string
	sort  RefusalSort
}

// refusalTable has all refusals.
var refusalTable = map[Refusal]refusalLine{
	RefusalUnknownAgent:    {"agent: %q is not in the config", SortNotFound},
	RefusalWrongPIN:        {"wrong PIN", SortInConflict},
	RefusalPINLocked:       {"too many wrong PINs: the log-in is locked for a while", SortInConflict},
	RefusalAlreadyLoggedIn: {"the agent is already logged in", SortInConflict},
	RefusalNotLoggedIn:     {"the agent is not logged in; agents log in from their phones", SortInConflict},
	RefusalInCall:          {"the client is on the line: it ends with the conversation", SortInConflict},
	RefusalUnknownPhone:    {"no phone of the config: want an agent's endpoint or one of phones", SortInConflict},
	RefusalPhoneTaken:      {"another agent is at work at this phone", SortInConflict},

	RefusalUnknownStatus:   {"no such status: want waiting, offline, or one of the config's table", SortInvalid},
	RefusalStatusForbidden: {"the table forbids this status to agents of these queues: a supervisor may order it, for a reason", SortInConflict},
	RefusalAtPeak:          {"callers wait for long, or the service level is under target: a supervisor may order it, for a reason", SortInConflict},
	RefusalTooManyInStatus: {"as many agents as may are in this status: a supervisor may order one more, for a reason", SortInConflict},
	RefusalCallbackOwed:    {"the agent has a callback to make first", SortInConflict},
	RefusalOthersKey:       {"the key shows the status of an agent who is not logged in at this phone", SortInConflict},

	RefusalUnknownResult: {"no such result for calls of this queue", SortInConflict},
	RefusalNoCall:        {"the agent has had no call in this shift", SortInConflict},
	RefusalNotInWrapUp:   {"the agent is not in wrap-up", SortInConflict},
	RefusalWrapUpLimit:   {"the wrap-up is as long as it may be", SortInConflict},

	RefusalQueueConsulted:   {"nobody of a queue can be asked before it is the caller's turn there", SortInConflict},
	RefusalHoldUsedUp:       {"the caller was on hold for as long as one call may be", SortInConflict},
	RefusalUnknownExtension: {"no queue's code, no extension and no number that may be called", SortInConflict},
	RefusalExtensionBusy:    {"the phone of that extension is not free", SortInConflict},
	RefusalQueueClosed:      {"the queue takes no callers now", SortInConflict},

	RefusalNoSupervisor:  {"no supervisor's phone is configured", SortInConflict},
	RefusalPINNeeded:     {"no supervisor is logged in at this phone: it needs a PIN", SortInConflict},
	RefusalNotSupervisor: {"the agent may not listen to others", SortInConflict},
	RefusalNoTalk:        {"the agent has no talk to listen to", SortInConflict},

	RefusalUnknownPhrase: {"phrase: none of notice.phrases of the config", SortInvalid},
	RefusalWrongTime:     {"until or for: a notice ends later than now, and within 7 days", SortInvalid},
	RefusalNoNotice:      {"no notice is on there", SortInConflict},
	RefusalNotFlagged:    {"number: %q has no flag", SortNotFound},

	RefusalNumberUnknown:    {"number: %q is no telephone number", SortInvalid},
	RefusalNumberNotAllowed: {"number: %q may not be called: trunk.allow of the config does not have it", SortInConflict},
	RefusalTooNearClosing:   {"the queue closes before it would be due", SortInConflict},
	RefusalNobodyOnShift:    {"no agent of the queue who speaks the language is logged in", SortInConflict},
	RefusalTooManyOpen:      {"too many callbacks are open: the agents who are logged in could not keep this one too", SortInConflict},
	RefusalTooLittleTime:    {"there is too little time: a call of this queue takes longer than the callback may wait", SortInConflict},
	RefusalNumberLimit:      {"number: %q has been called as often as it may be within an hour", SortInConflict},
	RefusalUnknownQueue:     {"queue: no such queue in the config", SortInvalid},
	RefusalUnknownCallback:  {"callback: %q is not open", SortNotFound},
	RefusalReasonMissing:    {"reason: missing: a reason is required", SortInvalid},
	RefusalTooManyInAir:     {"outbound call limit reached (trunk.in_air of the config)", SortInConflict},
	RefusalNotSafe:          {"neither Redis nor the spool can keep it now, so it is not promised", SortNotNow},
}

// Refusals are all of them, by name.
var Refusals = slices.Sorted(maps.Keys(refusalTable))

// Words say it to people; "" if it is none of [Refusals]. Where they have %q, that stands for the agent,
// the number or the callback that was asked about.
func (r Refusal) Words() string { return refusalTable[r].words }

// Sort is the sort of the refusal.
func (r Refusal) Sort() RefusalSort { return refusalTable[r].sort }
