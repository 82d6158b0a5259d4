package queue

import "slices"

// The closed sets of the rules, each listed once. All that shows, checks, counts or describes their values
// (validation, API, metrics, page, command line, card, config, simulator, docs) reads them from here or is
// compared with them by a test; a test of this package compares them with the constants.

// Sets of calls.
var (
	CallStates = []CallState{CallInMenu, CallWaiting, CallOffered, CallTalking, CallHeld, CallParked, CallTransferring, CallTransferred, CallEnding}
	Outcomes   = []Outcome{
		OutcomeCompletedByAgent, OutcomeCompletedByCaller, OutcomeAbandoned, OutcomeAbandonedInMenu, OutcomeClosed, OutcomeFull, OutcomeEmpty, OutcomeTimedOut, OutcomeUnknownNumber,
		OutcomeLost, OutcomeCallback, OutcomeRude, OutcomeNotHeard, OutcomeTransferred, OutcomeEnded,
	}
	Causes = []Cause{
		CauseNormal, CauseDeclined, CauseBusy, CauseForwarded, CauseNoAnswer, CauseNoNumber, CauseUnreachable, CauseDropped, CauseNoCodec, CauseNoAudio, CauseBroken,
		CauseTrunk, CauseLost, CauseFailed, CauseCancelled, CauseHoldTooLong, CauseTransferred, CauseTransferFailed, CauseUnwell, CauseNotHeard,
	}
	Enders        = []Ender{EndedByPerson, EndedByPhone, EndedByTrunk, EndedByExchange, EndedByRules}
	VisitEnds     = []VisitEnd{VisitEndAnswered, VisitEndAbandoned, VisitEndTimedOut, VisitEndEmpty, VisitEndCallback, VisitEndLost, VisitEndEnded, VisitEndMoved}
	CallOrders    = []CallOrder{CallOrderEnd, CallOrderMove, CallOrderListen}
	HeldBys       = []HeldBy{HeldByKey, HeldByCode, HeldByConsult, HeldByParking}
	TalkEnds      = []TalkEnd{TalkEndAgent, TalkEndCaller, TalkEndBlind, TalkEndAttended, TalkEndParked, TalkEndRequeued, TalkEndCallback, TalkEndLost}
	HoldEnds      = []HoldEnd{HoldEndReturned, HoldEndCallback, HoldEndRequeued, HoldEndCallerLeft, HoldEndAgentLeft, HoldEndLost, HoldEndTogether, HoldEndHandedOver}
	HoldTurns     = []HoldTurn{HoldTurnBegins, HoldTurnEnds}
	HoldThens     = []HoldThen{HoldThenCallback, HoldThenReturn, HoldThenRequeue}
	HoldHangups   = []HoldHangup{HoldHangupCloses, HoldHangupRequeues}
	HoldAudios    = []HoldAudio{HoldAudioPhraseFirst, HoldAudioOverPhrase}
	Ways          = []Way{WayBlind, WayToQueue, WayConsulted, WayAttended, WayCalledIn}
	TransferEnds  = []TransferEnd{TransferEndHandedOver, TransferEndLeftTalk, TransferEndTakenBack, TransferEndCallerLeft}
	MonitorModes  = []MonitorMode{MonitorListen, MonitorWhisper, MonitorJoin}
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
	SetByDaemon    = []Status{StatusOffline, StatusReady, StatusRinging, StatusOnCall, StatusWrapUp, StatusMissed, StatusUnwell}
	ViolationKinds = []ViolationKind{
		ViolationDeclined, ViolationNotAnswered, ViolationHungUp, ViolationUnplugged, ViolationBreak, ViolationLogOut, ViolationStatus,
	}
	ShiftEnds    = []ShiftEnd{ShiftDialled, ShiftOrdered, ShiftPhoneGone, ShiftPhoneTaken, ShiftPhoneRemoved, ShiftAgentRemoved}
	PhoneChanges = []PhoneChange{PhoneMoved, PhoneLost, PhoneBack, PhoneBroken, PhoneWorks}
)

// Severities are those of alarms.
var Severities = []Severity{SeverityWarning, SeverityCritical}

// EntryKinds are what the journal tells.
var EntryKinds = []EntryKind{
	EntryCallEntered, EntryCallKept, EntryCallOffered, EntryCallMissed, EntryCallPickedUp, EntryCallReplaced, EntryCallAnswered, EntryVisitEnded, EntryTalkEnded, EntryCallRequeued, EntryCallOverflow, EntryCallWarned, EntryCallUnheard,
	EntryCallTransfer, EntryCallTransferred, EntryCallTransferFailed, EntryCallConsult, EntryCallSupervisor, EntryCallJoined, EntryCallLeft, EntryCallResult, EntryCallOrder, EntryCallEnded,
	EntryHoldStarted, EntryHoldReminded, EntryHoldLimited, EntryHoldEnded, EntryCallerHolds,
	EntryCallbackBooked, EntryCallbackMerged, EntryCallbackTaken, EntryCallbackAttempt, EntryCallbackCameIn, EntryCallbackWarned, EntryCallbackEscalated,
	EntryCallbackBreached, EntryCallbackAlarm, EntryCallbackMoved, EntryCallbackEnded, EntryViolation, EntryNoticeOn, EntryNoticeOff, EntryNumberCleared, EntryNumberErased,
	EntryTrunkDown, EntryTrunkUp, EntryMonitorStarted, EntryMonitorEnded, EntryRecordingPaused, EntryRecordingResumed, EntryRecordingFailed,
	EntryAgentLogIn, EntryAgentLogOut, EntryAgentStatus, EntryAgentPhone, EntryAgentUnwell, EntryAgentOverstay, EntryAgentLate, EntryAgentAbsent, EntryAgentLeftEarly, EntryAgentShift, EntryAgentOrder, EntryAgentPenalty,
	EntryTimesheetCorrected, EntryTimesheetRestored, EntryAlarmSeen,
	EntryRefused, EntryClockSet, EntryHealed,
}

// IsKnown reports whether it is one of them.
func (o CallbackOutcome) IsKnown() bool { return slices.Contains(CallbackOutcomes, o) }
