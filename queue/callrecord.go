package queue

import "time"

// KeyingState is how far a caller is with keying in a number.
type KeyingState string

// The states of keying.
const (
	KeyingNumber  KeyingState = "number"
	KeyingConfirm KeyingState = "confirm"
)

// HeldBy is how an agent put a caller on hold.
type HeldBy string

// The ways to hold. Key and code each end by either.
const (
	HeldByKey  HeldBy = "key"  // of the agent's phone
	HeldByCode HeldBy = "code" // *1
	// HeldByConsult: the agent talks to a third party, or calls one (*4). The rules of hold bound it too.
	HeldByConsult HeldBy = "consult"
	// HeldByParking: the caller is in a slot (*24), with no agent. The rules of hold bound it too.
	HeldByParking HeldBy = "parking"
)

// HoldEnd is how a hold ended. There are no other ways.
type HoldEnd string

// The ends.
const (
	HoldEndReturned   HoldEnd = "returned"
	HoldEndCallback   HoldEnd = "callback" // a callback was promised
	HoldEndRequeued   HoldEnd = "requeued"
	HoldEndCallerLeft HoldEnd = "caller_left"
	HoldEndAgentLeft  HoldEnd = "agent_left" // the agent hung up, or the phone is gone
	HoldEndLost       HoldEnd = "lost"       // a fault of the exchange
	// All three were joined in one talk, or the caller was left to the third party.
	HoldEndTogether   HoldEnd = "together"
	HoldEndHandedOver HoldEnd = "transferred"
)

// Hold is one hold that is over.
type Hold struct {
	Start  time.Time     `json:"start" must:"set"`
	Length time.Duration `json:"length"`
	By     HeldBy        `json:"by" must:"set"`
	End    HoldEnd       `json:"end"`
	Agent  string        `json:"agent,omitempty"`
	// Slot is the one in which the caller was parked.
	Slot int `json:"slot,omitempty"`
	// Limit: it ended by the rule, not by a person.
	Limit bool `json:"limit,omitempty"`
}

// HoldFigures sum holds up.
type HoldFigures struct {
	Count   int           `json:"count"`
	Total   time.Duration `json:"total"`
	Longest time.Duration `json:"longest"`
}

func (f *HoldFigures) add(length time.Duration) {
	f.Count++
	f.Total += length
	f.Longest = max(f.Longest, length)
}

// Monitored is a stretch of a call in which a supervisor was in one mode.
type Monitored struct {
	By     string        `json:"by"`
	Mode   MonitorMode   `json:"mode" must:"set"`
	Start  time.Time     `json:"start" must:"set"`
	Length time.Duration `json:"length"`
}

// RatingState is how far a caller is with the rating.
type RatingState string

// The states.
const (
	// RatingNext: the caller hears the closing phrase, and the question follows it.
	RatingNext RatingState = "next"
	// RatingAsked: the question has begun.
	RatingAsked RatingState = "asked"
)

// Recording is the recording of a talk that goes on.
type Recording struct {
	// Name of the two files, without "-caller" and "-agent": date, queue and call.
	Name string `json:"name"`
	// In and Out are the channels that record what the caller says and what the caller hears.
	In    string    `json:"in"`
	Out   string    `json:"out"`
	Since time.Time `json:"since"`
	// Muted: silence is written. PausedAt is when the agent paused it, until
	// ResumeAt at most; Paused sums up the pauses that are over.
	Muted    bool          `json:"muted,omitempty"`
	PausedAt time.Time     `json:"paused_at,omitzero"`
	ResumeAt time.Time     `json:"resume_at,omitzero" ahead:"stay"`
	Paused   time.Duration `json:"paused,omitempty"`
}

// Recorded is a recording that is over, as the call's record has it.
type Recorded struct {
	Name   string        `json:"name"`
	Agent  string        `json:"agent"`
	Start  time.Time     `json:"start" must:"set"`
	Length time.Duration `json:"length"`
	// Paused is for how much of it the agent had paused it.
	Paused time.Duration `json:"paused,omitempty"`
	// Broken is why it ended before the talk, in text for people; empty if it did not.
	Broken string `json:"broken,omitempty"`
}

// Way is how a third party comes into a call.
type Way string

// The ways.
const (
	// The caller is passed on without a word, to a number or to a queue (*3).
	WayBlind   Way = "blind"
	WayToQueue Way = "queue"
	// WayConsulted: the agent asks first (*4).
	WayConsulted Way = "consult"
	// WayAttended: the agent asked first in a second call of their phone, which then joined the two.
	WayAttended Way = "attended"
	// WayCalledIn: a supervisor is called in (*8).
	WayCalledIn Way = "supervisor"
)

// Target is the third party of a call.
type Target struct {
	// Number is the extension, an outside number in E.164, or a supervisor's phone.
	Number  string `json:"number"`
	Outside bool   `json:"outside,omitempty"`
	Way     Way    `json:"way"`
	Leg     string `json:"leg"`
	// Agent is whose phone it is, if an agent's.
	Agent string `json:"agent,omitempty"`
	// In: the third party has answered. Since is when they were rung, or came in.
	In    bool      `json:"in,omitempty"`
	Since time.Time `json:"since"`
	// Early: the agent hears what comes from there before the answer.
	Early bool `json:"early,omitempty"`
	// Keyed: the agent's phone asked for it by its own key, and is told what became of it.
	Keyed bool `json:"keyed,omitempty"`
	// Phone counts the supervisors' phones that were rung.
	Phone int `json:"phone,omitempty"`
}

// Transfer is a third party in the record of a call.
type Transfer struct {
	At    time.Time   `json:"at" must:"set"`
	Way   Way         `json:"way" must:"set"`
	To    string      `json:"to"`
	Agent string      `json:"agent"`
	End   TransferEnd `json:"end"`
	// Answered is when the third party came in, Length how long they stayed.
	Answered time.Time     `json:"answered,omitzero"`
	Length   time.Duration `json:"length,omitempty"`
}

// TransferEnd is what became of a third party: one of these, the [Cause] why it was not reached, or
// the [Refusal] of one that may not be called.
type TransferEnd string

// The ends of those who were reached, and of attempts that somebody broke off.
const (
	TransferEndHandedOver TransferEnd = "transferred"
	TransferEndLeftTalk   TransferEnd = "left"        // the third party hung up, the agent and the caller went on
	TransferEndTakenBack  TransferEnd = "cancelled"   // by the agent, or by a rule
	TransferEndCallerLeft TransferEnd = "caller_left" // the caller hung up
)

// MonitorMode is what a supervisor may do beside hearing both.
type MonitorMode string

// The modes.
const (
	// The supervisor is heard by nobody, by the agent alone, or by both.
	MonitorListen  MonitorMode = "listen"
	MonitorWhisper MonitorMode = "whisper"
	MonitorJoin    MonitorMode = "join"
)
