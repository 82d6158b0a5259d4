package queue

import "time"

// Tick says that the time has come for whatever is due.
type Tick struct{}

// ClockSet says that the clock of the machine was set, ahead or back if By is negative. The time of its step is still the one
// by the clock as it was; the following steps go by the clock as it is.
type ClockSet struct{ By time.Duration }

// RulesChanged brings a new, already validated config. Live calls keep their place.
type RulesChanged struct{ Rules *Rules }

// Exchange events. Channels are named by their ids on the exchange. An event
// about a channel that the rules do not know is late and changes nothing.
type (
	// CallArrived is a caller's channel that was handed to Kezek, not yet answered.
	CallArrived struct {
		Channel string
		// DID is the number that the caller dialled.
		DID string
		// Number and Name are the caller's own, cleaned; Number is empty when withheld.
		Number, Name string
		// Priority is added to the queue's own. Position, if not 0, is where in
		// line the caller joins, 1 being the front. Both come from the dialplan's
		// arguments (app_queue: QUEUE_PRIO and Queue()'s position).
		Priority, Position int
	}
	// LegAnswered: an agent, or a client that we call, picked up. Rang is how long
	// the phone rang, by the exchange's clock; 0 if no ringing was reported.
	LegAnswered struct {
		Channel string
		Rang    time.Duration
	}
	// ClientProgress: the phone of a client whom we call rings, or, with Audio, sound comes over the trunk before any answer: a
	// ringing tone, or an announcement ("the number is switched off"). May be told more than once.
	ClientProgress struct {
		Channel string
		Audio   bool
	}
	// ChannelGone is the end of a channel of any party: also of a leg that
	// could not be dialled at all. It comes exactly once or is found by [Synced].
	ChannelGone struct {
		Channel string
		Cause   Cause
	}
	// KeyPressed is one DTMF key: 0-9 * # A-D.
	KeyPressed struct {
		Channel string
		Key     byte
	}
	// HoldPressed and HoldReleased are the hold key of a phone: an agent's, or the far end's.
	HoldPressed  struct{ Channel string }
	HoldReleased struct{ Channel string }
	// CallerSpeaks is the first word of a caller, after [DetectTalk].
	CallerSpeaks struct{ Channel string }
	// RecordingBroke is the end of a [Record] that nobody asked for, by either of its channels: the files
	// could not be opened, or the disk is full. Kept: something of it is there. Why is text for people.
	RecordingBroke struct {
		Channel string
		Kept    bool
		Why     string
	}
	// TransferPressed is the transfer key of a phone (SIP REFER). To is the number
	// that the caller is passed on to. When the phone joins two of its calls, Party
	// is the exchange's name of the far end of the other call, and To the number of
	// that far end. If nobody is there (it still rings, is a conference or a menu, or has just ended) there is no Party, and
	// Rings is the channel of the phone's other call, unless it is gone: the number is rung instead of it. Other is that channel
	// if Kezek handles the other call as well. All are empty when that call cannot be joined.
	TransferPressed struct{ Channel, To, Party, Rings, Other string }
	// LegPickedUp is a phone's call that was picked up from another phone (directed or group pickup, *8) while it
	// rang: Leg is gone, and Channel, which is answered and belongs to Phone, has its place.
	LegPickedUp struct{ Leg, Channel, Phone string }
	// LegSilent: nothing comes from a phone that has answered, neither audio nor reports about it (RTCP), For so long. Never:
	// no audio has come since its answer. Anew: it has registered anew since its last. It is told again and again while it is so.
	LegSilent struct {
		Channel     string
		For         time.Duration
		Never, Anew bool
	}
	// SlotDialled is the channel of a phone, answered, that has dialled the number of a slot in which a caller may be parked.
	SlotDialled struct {
		Channel, Phone string
		Slot           int
	}
	// Replaced is a channel that has lost its place to another one (SIP Replaces, RFC 3891: in a REFER by which a phone
	// joins two of its calls, or in an INVITE). By is answered, and is where Channel was: in its bridge if it was in one. It
	// belongs to Phone, and Number and Name are those of who is there, Number empty if it is withheld, or known only later
	// ([Identified]). Joined: By is the way to another call of the phone that asked for it.
	Replaced struct {
		Channel, By, Phone, Number, Name string
		Joined                           bool
	}
	// Identified tells who is on a channel that has replaced another one.
	Identified struct{ Channel, Number, Name string }
	// LegPushedOut is a channel whose place in a bridge another one had taken, which was ended: the place is empty.
	LegPushedOut struct{ Channel string }
	// PlayEnded is a playback that finished, was stopped or could not be started.
	PlayEnded struct{ Channel, Playback string }
	// PhoneChanged is a phone's reachability and whether it is in use. It comes before the
	// [ChannelGone] of a leg that has left a phone which talks on.
	PhoneChanged struct {
		Endpoint  string
		Reachable bool
		// InUse: it has a call that is not ours. Talks: one of them is answered, and no code.
		InUse, Talks bool
	}
	// ExchangeDown is the loss of the exchange: nothing can be asked of it until [Synced].
	ExchangeDown struct{ Exchange string }
	// Synced reports all that is on an exchange: at start, after a reconnect, or on demand.
	Synced struct {
		Exchange string
		// Started is when the exchange itself was started: what lived before is lost.
		Started  time.Time
		Channels []LiveChannel
		Bridges  []LiveBridge
		Phones   []PhoneChanged
		// Lamps are those that are not dark.
		Lamps map[string]LampState
	}
)

// LiveChannel is a channel that Kezek has on the exchange.
type LiveChannel struct {
	ID string
	// Up: answered.
	Up bool
	// Inbound is set on a caller's channel, with what [CallArrived] would have
	// told; Created is when the exchange made it.
	Inbound *CallArrived
	Created time.Time
}

// LiveBridge is a bridge that Kezek made.
type LiveBridge struct {
	ID       string
	Channels []string
}

// Events of agents: dialled codes, or the same through the API. Phone is the
// endpoint that called, Agent the agent's id; the one that is empty is found by the other.
type (
	// LogIn starts a shift at a phone: at the agent's own one, or at another
	// that agents may use. Without Agent it is the one whose own phone it is.
	LogIn struct {
		Phone, Agent string
		PIN          string
		// Trusted skips the PIN: somebody else has checked who asks.
		Trusted bool
		// By is the program that asks for the agent, empty when they do it themselves.
		By string
	}
	// LogOut ends it.
	LogOut struct {
		Phone, Agent string
		// By is the supervisor or program that orders it, empty when the agent does it; Reason is why.
		By, Reason string
		// Bound: what is refused to the agent is refused to By too, whatever the reason.
		Bound bool
	}
	// SetStatus asks for a status: waiting, or one of the table.
	SetStatus struct {
		Phone, Agent string
		Status       Status
		// Key is the agent whose status key (BLF) was pressed, if it was one. Pressed
		// again it ends the status; at somebody else's phone it does nothing.
		Key string
		// By is the supervisor or program that orders it, empty when the agent does it; Reason is why.
		By, Reason string
		// Bound: what is refused to the agent is refused to By too, whatever the reason.
		Bound bool
	}
	// SetPenalty sets the agent's penalty in a queue, until the config is changed there; Config: it is the config's again.
	SetPenalty struct {
		Agent, Queue string
		Penalty      int
		Config       bool
		// By is the supervisor or program that orders it; Reason is why, and may be empty.
		By, Reason string
	}
	// CorrectTimesheet sets the paid time of an agent's day, in whole minutes; Restore: it is the recorded one again.
	// Nothing of what was recorded is changed.
	CorrectTimesheet struct {
		// Day is a local date such as 2026-03-02, not after today.
		Agent, Day string
		Paid       time.Duration
		Restore    bool
		// By is the supervisor or program that orders it; Reason is why.
		By, Reason string
	}
	// AskState asks for the agent's state in words.
	AskState struct{ Phone, Agent string }
	// SetResult records the result of the agent's call, or of the last one.
	// Code is the digit of the table.
	SetResult struct{ Phone, Agent, Code string }
	// ExtendWrapUp asks for more time after a call.
	ExtendWrapUp struct{ Phone, Agent string }
	// Supervise asks to hear an agent's talk, at a phone where a supervisor is
	// logged in; at any other with Supervisor (the phone's own agent if empty)
	// and PIN. Channel is the phone's, which follows with [SupervisorArrived].
	Supervise struct {
		Phone, Supervisor, PIN string
		Channel                string
		Mode                   MonitorMode
		Agent                  string
	}
	// SupervisorArrived is the channel of a supervisor who was allowed to listen.
	SupervisorArrived struct{ Channel string }
)

// Events of calls on the line: orders of supervisors. By gives them, Reason is why.
type (
	// EndCall ends a call, politely; at once if it ends already.
	EndCall struct{ Call, By, Reason string }
	// MoveCall moves a caller in line to another queue, with their place.
	MoveCall struct{ Call, Queue, By, Reason string }
	// ListenTo rings the phone of a supervisor, an agent's id or a phone's name, to hear the talk of a call.
	ListenTo struct {
		Call, Phone string
		Mode        MonitorMode
		By          string
	}
)

// AcknowledgeAlarm says that somebody has seen an alarm: an entry of the journal, by its id, that has a [Severity].
type AcknowledgeAlarm struct{ Alarm, By string }

// Events of maintenance notices.
type (
	// SetNotice switches one on, or changes it, for these queues or for all.
	SetNotice struct {
		Queues []string
		// Phrase is one of the rules'; empty is their first.
		Phrase string
		// Until is when it ends, otherwise after For; both zero is after the rules' time.
		Until time.Time
		For   time.Duration
		// By is who orders it.
		By string
	}
	// EndNotice switches it off, for these queues or for all.
	EndNotice struct {
		Queues []string
		By     string
	}
	// NoticeCode is the same by a code that a supervisor has dialled: on, or off again.
	NoticeCode struct{ Phone, Supervisor, PIN string }
)

// Events of callbacks.
type (
	// BookCallback is a supervisor's order to call a number back.
	BookCallback struct {
		Number, Queue string
		// Language and Owner may be empty: the queue's default, anybody.
		Language Language
		Class    CallbackClass
		Owner    string
		Note     string
		// By is who orders it.
		By string
	}
	// EraseNumber is an order to forget what is remembered about a number, with who and why.
	EraseNumber struct{ Number, By, Reason string }
	// ClearNumber is a supervisor's order to take the flag off a number, with who and why.
	ClearNumber struct{ Number, By, Reason string }
	// CancelCallback is a supervisor's order, with who and why.
	CancelCallback struct{ ID, By, Reason string }
	// MoveCallback is a supervisor's order to give a callback to another agent, or to have it due earlier.
	MoveCallback struct {
		// Agent and Due: one of them may be empty.
		ID, Agent  string
		Due        time.Time
		By, Reason string
	}
	// Promised says that a callback of [Effects.Promises] is safe: it may be
	// told to the client. NotPromised says that it could not be made safe.
	Promised    struct{ Callback string }
	NotPromised struct{ Callback string }
)

// Effects is what a step has brought about.
type Effects struct {
	// Changed and Gone are to be saved before Actions go out.
	Changed []Entity
	Gone    []Entity
	// Actions for the exchange, in order. Actions that name a common channel must be done in this order.
	Actions []Action
	// Journal is what happened, for statistics, live events and logs.
	Journal []Entry
	// Promises are callbacks that must be made safe before anybody is told of
	// them: [Promised] or [NotPromised] follows for each.
	Promises []string
	// Answer is for the one who asked, if the event was a question or an order.
	Answer Answer
}

// Answer to an event of an agent or a supervisor.
type Answer struct {
	// Refused is empty when it was done, otherwise why not.
	Refused Refusal
	// Say is the answer in speech, in the agent's language.
	Say []Phrase
	// Callback is the one that was booked.
	Callback string
}
