package queue

import (
	"maps"
	"slices"
	"time"
)

// The closed sets of the rules, each listed once. Whoever shows, checks, counts or describes their values
// (validation, API, metrics, page, command line, card, config, simulator, docs) reads them from here or is
// held against them by a test; a test of this package holds them against the constants.

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
	{Information, "*21", 30 * time.Minute, func(r *CallbackRules) *time.Duration { return &r.Information }},
	// S3: «в течение 15-ти минут»
	{Manager, "*22", 15 * time.Minute, func(r *CallbackRules) *time.Duration { return &r.Manager }},
	// S1: «в ближайший час»
	{Complaint, "*23", time.Hour, func(r *CallbackRules) *time.Duration { return &r.Complaint }},
}

// CallbackClasses are their names.
var CallbackClasses = func() (names []CallbackClass) {
	for _, c := range Classes {
		names = append(names, c.Name)
	}
	return names
}()

// Sets of calls.
var (
	CallStates = []CallState{InMenu, Waiting, Offered, Talking, Held, Transferring, Transferred, Ending}
	Outcomes   = []Outcome{
		CompletedByAgent, CompletedByCaller, Abandoned, AbandonedInMenu, Closed, Full, Empty, TimedOut, UnknownNumber,
		Lost, WithCallback, EndedRude, NotHeard, EndedTransferred,
	}
	Causes        = []Cause{Normal, Declined, Busy, NoAnswer, Unreachable, Cancelled, Dropped, HoldTooLong, PassedOn, FellIll, Unheard, Failed}
	HeldBys       = []HeldBy{HeldByKey, HeldByCode, HeldByConsult}
	HoldEnds      = []HoldEnd{HoldReturned, HoldCalledBack, HoldRequeued, HoldCallerLeft, HoldAgentLeft, HoldLost, HoldTogether, HoldHandedOver}
	HoldTurns     = []HoldTurn{HoldTurnBegins, HoldTurnEnds}
	HoldThens     = []HoldThen{HoldCallback, HoldReturn, HoldRequeue}
	HoldHangups   = []HoldHangup{HangupCloses, HangupRequeues}
	HoldAudios    = []HoldAudio{PhraseFirst, OverPhrase}
	Ways          = []Way{Blind, ToLine, Consulted, Attended, CalledIn}
	TransferEnds  = []TransferEnd{HandedOver, LeftTalk, TakenBack, CallerLeft}
	MonitorModes  = []MonitorMode{Listen, Whisper, JoinIn}
	KeyingStates  = []KeyingState{KeyingNumber, KeyingConfirm}
	RatingStates  = []RatingState{RatingNext, RatingAsked}
	HangupReasons = []HangupReason{HangupNormal, HangupAnsweredElsewhere}
	Escapes       = []Escape{EscapeCode, EscapeDigits, EscapeNone}
)

// Sets of callbacks.
var (
	CallbackStates = []CallbackState{
		CallbackBooking, CallbackOpen, CallbackOnLine, CallbackOffered, CallbackBriefing, CallbackDialling,
		CallbackGreeting, CallbackTalking, CallbackOver,
	}
	CallbackOutcomes = []CallbackOutcome{CallbackCompleted, CallbackReached, CallbackUnreached, CallbackCancelled}
	AlarmStates      = []AlarmState{AlarmDue, AlarmRinging, AlarmTold, AlarmOver}
)

// Sets of agents. SetByDaemon are the statuses that Kezek sets by itself; the others are those of the config's table.
var (
	SetByDaemon    = []Status{Offline, Ready, Ringing, OnCall, WrapUp, Missed, Unwell}
	ViolationKinds = []ViolationKind{
		ViolationDeclined, ViolationNotAnswered, ViolationHungUp, ViolationUnplugged, ViolationBreak, ViolationLogOut, ViolationStatus,
	}
	ShiftEnds    = []ShiftEnd{ShiftDialled, ShiftOrdered, ShiftPhoneGone, ShiftPhoneTaken, ShiftPhoneRemoved, ShiftAgentRemoved}
	PhoneChanges = []PhoneChange{PhoneMoved, PhoneLost, PhoneBack}
)

// EntryKinds are what the journal tells.
var EntryKinds = []EntryKind{
	CallEntered, CallKept, CallOffered, CallMissed, CallAnswered, CallRequeued, CallOverflow, CallWarned, CallUnheard,
	CallTransfer, CallTransferred, CallTransferFailed, CallConsult, CallSupervisor, CallJoined, CallLeft, CallResult, CallEnded,
	HoldStarted, HoldReminded, HoldLimited, HoldEnded, CallerHolds,
	CallbackBooked, CallbackMerged, CallbackTaken, CallbackAttempt, CallbackCameIn, CallbackWarned, CallbackEscalated,
	CallbackBreached, CallbackAlarm, CallbackMoved, CallbackEnded, Violation, NoticeOn, NoticeOff, NumberCleared,
	MonitorStarted, MonitorEnded, RecordingPaused, RecordingResumed, RecordingFailed,
	AgentLogIn, AgentLogOut, AgentStatus, AgentPhone, AgentUnwell, AgentOverstay, AgentLate, AgentAbsent, AgentLeftEarly, AgentOrder,
	Refused, Healed,
}

// RefusalSort is what a refusal means to whoever asked.
type RefusalSort int

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

// Sort is what it means to whoever asked.
func (r Refusal) Sort() RefusalSort { return refusalTable[r].sort }
