package queue

import (
	"maps"
	"slices"
)

// Refusal is why something that was asked for is not done.
type Refusal string

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

// refusalLine is what there is to say of a refusal: words for people, in which %q stands for what was asked
// about (the agent, the number, the callback), and its sort.
type refusalLine struct {
	words string
	sort  RefusalSort
}

// refusalTable has all refusals, by the functions that declare them.
var refusalTable = map[Refusal]refusalLine{}

func declare(why Refusal, words string, sort RefusalSort) Refusal {
	refusalTable[why] = refusalLine{words, sort}
	return why
}

func conflict(why Refusal, words string) Refusal { return declare(why, words, SortInConflict) }
func notFound(why Refusal, words string) Refusal { return declare(why, words, SortNotFound) }
func invalid(why Refusal, words string) Refusal  { return declare(why, words, SortInvalid) }

// The refusals.
var (
	// Of log-ins and of orders to agents.
	RefusalUnknownAgent  = notFound("unknown_agent", "agent: %q is not in the config")
	RefusalWrongPIN      = conflict("wrong_pin", "wrong PIN")
	RefusalPINLocked     = conflict("pin_locked", "too many wrong PINs: the log-in is locked for a while")
	RefusalNotLoggedIn   = conflict("not_logged_in", "the agent is not logged in; agents log in from their phones")
	RefusalInCall        = conflict("in_call", "the client is on the line: it ends with the conversation")
	RefusalUnknownStatus = invalid("unknown_status", "no such status: want waiting, offline, or one of the config's table")
	RefusalUnknownPhone  = conflict("unknown_phone", "no phone of the config: want an agent's endpoint or one of phones")
	RefusalPhoneTaken    = conflict("phone_taken", "another agent is at work at this phone")

	// Of a status.
	// RefusalStatusForbidden: not for agents of this agent's queues. It is a violation.
	RefusalStatusForbidden = conflict("status_forbidden",
		"the table forbids this status to agents of these queues: a supervisor may order it, for a reason")
	RefusalAtPeak = conflict("peak",
		"callers wait for long, or the service level is under target: a supervisor may order it, for a reason")
	RefusalTooManyInStatus = conflict("too_many_in_status",
		"as many agents as may are in this status: a supervisor may order one more, for a reason")
	RefusalOthersKey = conflict("key_of_another", "the key shows the status of an agent who is not logged in at this phone")

	// Of a penalty.
	RefusalNotMember    = invalid("not_member", "queue: the agent does not serve it by the config")
	RefusalWrongPenalty = invalid("wrong_penalty", "penalty: want a whole number from 0 to 1000")

	// Of a correction of a timesheet.
	RefusalWrongDay  = invalid("wrong_day", "day: want a date such as 2026-03-02, today or before")
	RefusalWrongPaid = invalid("wrong_paid", "paid: want whole minutes, from 0:00 to 24:00")

	// After a call.
	RefusalUnknownResult = conflict("unknown_result", "no such result for calls of this queue")
	RefusalNoCall        = conflict("no_call", "the agent has had no call in this shift")
	RefusalNotInWrapUp   = conflict("not_in_wrapup", "the agent is not in wrap-up")
	RefusalWrapUpLimit   = conflict("wrapup_limit", "the wrap-up is as long as it may be")

	// Of pickups.
	// RefusalPickup: a call that rings at a colleague's phone was picked up by somebody who may not have it.
	RefusalPickup = conflict("pickup", "the queue's calls that ring at another phone are not for this one: see pickup in the config")

	// Of parking.
	RefusalNoSlot     = conflict("no_slot", "no slot is free to park a caller in")
	RefusalEmptySlot  = conflict("empty_slot", "nobody is parked there")
	RefusalThirdParty = conflict("third_party", "a third party is in the call, or is being called")

	// Of transfers.
	RefusalUnknownExtension = conflict("unknown_extension", "no queue's code, no extension and no number that may be called")
	RefusalExtensionBusy    = conflict("extension_busy", "the phone of that extension is not free")
	RefusalQueueClosed      = conflict("queue_closed", "the queue takes no callers now")

	// RefusalAgentAway: a caller has keyed the extension of an agent for whom they cannot be kept.
	RefusalAgentAway = conflict("agent_away", "the agent of that extension takes no call of this caller now")

	// Of consultations.
	// RefusalQueueConsulted: the target is a queue, where nobody can be consulted out of turn.
	RefusalQueueConsulted = conflict("queue_consulted", "nobody of a queue can be asked before it is the caller's turn there")
	RefusalHoldUsedUp     = conflict("hold_used_up", "the caller was on hold for as long as one call may be")

	// RefusalNoSupervisor: *8 where no supervisor's phone is configured.
	RefusalNoSupervisor = conflict("no_supervisor", "no supervisor's phone is configured")

	// Of monitoring.
	// RefusalPINNeeded: no supervisor is logged in at that phone. It is asked once more, with a PIN.
	RefusalPINNeeded = conflict("pin_needed", "no supervisor is logged in at this phone: it needs a PIN")
	// RefusalNotSupervisor: the agent may not listen to others.
	RefusalNotSupervisor = conflict("not_supervisor", "the agent may not listen to others")
	// RefusalNoTalk: the agent has no call.
	RefusalNoTalk = conflict("no_talk", "the agent has no talk to listen to")

	// Of orders about a call.
	RefusalUnknownCall = notFound("unknown_call", "call: %q is not on the line")
	RefusalNotInLine   = conflict("not_in_line", "the caller does not wait in line, or an agent has just answered: who talks, is on hold or hears the last words is not moved")
	RefusalSameQueue   = conflict("same_queue", "the caller waits in that queue already")
	RefusalQueueFull   = conflict("queue_full", "as many callers wait in that queue as may")

	// RefusalUnknownAlarm: none of those that the history has.
	RefusalUnknownAlarm = notFound("unknown_alarm", "alarm: %q is not among those of the history; one is there a second after it happened")

	// Of notices.
	RefusalUnknownPhrase = invalid("unknown_phrase", "phrase: none of notice.phrases of the config")
	// RefusalWrongTime: a notice must end later than now, and within [LongestNotice].
	RefusalWrongTime = invalid("wrong_time", "until or for: a notice ends later than now, and within 7 days")
	RefusalNoNotice  = conflict("no_notice", "no notice is on there")

	// Of callbacks.
	RefusalNumberUnknown    = invalid("number_unknown", "number: %q is no telephone number")
	RefusalNumberNotAllowed = conflict("number_not_allowed",
		"number: %q may not be called: trunk.allow of the config does not have it")
	RefusalTooNearClosing = conflict("too_near_closing", "the queue closes before it would be due")
	RefusalNobodyOnShift  = conflict("nobody_on_shift", "no agent of the queue who speaks the language is logged in")
	RefusalTooManyOpen    = conflict("too_many_open",
		"too many callbacks are open: the agents who are logged in could not keep this one too")
	// RefusalTooManyUnverified: anybody can present or key in anybody's number, and agents are to call others too.
	RefusalTooManyUnverified = conflict("too_many_unverified",
		"too many callbacks are for numbers that were keyed in, or from which nobody has talked to an agent yet")
	// RefusalTooLittleTime: a call of the queue takes longer than the callback may wait, however few are open.
	RefusalTooLittleTime = conflict("too_little_time",
		"there is too little time: a call of this queue takes longer than the callback may wait")
	RefusalNumberLimit     = conflict("number_limit", "number: %q has been called as often as it may be within an hour")
	RefusalUnknownQueue    = invalid("unknown_queue", "queue: no such queue in the config")
	RefusalUnknownCallback = notFound("unknown_callback", "callback: %q is not open")
	// Of moving a callback.
	RefusalDueLater      = conflict("due_later", "due: it is later than was promised to the client, and a promise is not put off")
	RefusalDuePast       = invalid("due_past", "due: want a time later than now, and than the next opening of the queue")
	RefusalCallbackOwed  = conflict("callback_owed", "the agent has a callback to make first")
	RefusalReasonMissing = invalid("reason_missing", "reason: missing: a reason is required")
	RefusalNotSafe       = declare("not_safe", "neither Redis nor the spool can keep it now, so it is not promised", SortNotNow)
	RefusalTooManyInAir  = conflict("too_many_in_air", "outbound call limit reached (trunk.in_air of the config)")
	RefusalTrunkDown     = declare("trunk_down", "the trunk takes no calls now: it is tried again in a moment", SortNotNow)
	// Of erasing what is known of a number.
	RefusalNumberInCall = conflict("number_in_call", "number: %q is in a call, or is being called: try again when it is over")
	RefusalCallbackOpen = conflict("callback_open", "number: a callback to %q is open: make it, or cancel it (kezek callback cancel ID --reason …; kezek callbacks has the id), then try again")
	RefusalNotFlagged   = notFound("not_flagged", "number: %q has no flag")
)

// Refusals are all of them, by name.
var Refusals = slices.Sorted(maps.Keys(refusalTable))

// Words say it to people; "" if it is none of [Refusals]. Where they have %q, that stands for the agent,
// the number or the callback that was asked about.
func (r Refusal) Words() string { return refusalTable[r].words }

// Sort is the sort of the refusal.
func (r Refusal) Sort() RefusalSort { return refusalTable[r].sort }
