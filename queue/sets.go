package queue

import "slices"

// The closed sets of the rules, each listed once. All that shows, checks, counts or describes their values
// (validation, API, metrics, page, command line, card, config, simulator, docs) reads them from here or is
// compared with them by a test; a test of this package compares them with the constants.

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

// IsKnown reports whether it is one of them.
func (o CallbackOutcome) IsKnown() bool { return slices.Contains(CallbackOutcomes, o) }
