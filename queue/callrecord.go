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
	// HeldByConsult is a caller whose agent talks to a third party, or rings one (*4). The rules of hold bound it, too.
	HeldByConsult HeldBy = "consult"
)

// HoldEnd is how a hold ended. There are no other ways.
type HoldEnd string

// The ends.
const (
	HoldReturned   HoldEnd = "returned"
	HoldCalledBack HoldEnd = "callback" // a callback was promised
	HoldRequeued   HoldEnd = "requeued"
	HoldCallerLeft HoldEnd = "caller_left"
	HoldAgentLeft  HoldEnd = "agent_left" // the agent hung up, or the phone is gone
	HoldLost       HoldEnd = "lost"       // a fault of the exchange
	// HoldTogether joined all three in one talk, HoldHandedOver left the caller to the third party.
	HoldTogether   HoldEnd = "together"
	HoldHandedOver HoldEnd = "transferred"
)

// Hold is one hold that is over.
type Hold struct {
	Start  time.Time     `json:"start"`
	Length time.Duration `json:"length"`
	By     HeldBy        `json:"by"`
	End    HoldEnd       `json:"end"`
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
	Mode   MonitorMode   `json:"mode"`
	Start  time.Time     `json:"start"`
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
	ResumeAt time.Time     `json:"resume_at,omitzero"`
	Paused   time.Duration `json:"paused,omitempty"`
}

// Recorded is a recording that is over, as the call's record has it.
type Recorded struct {
	Name   string        `json:"name"`
	Agent  string        `json:"agent"`
	Start  time.Time     `json:"start"`
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
	// Blind is passed the caller without a word (*3), and ToLine is a queue that is.
	Blind  Way = "blind"
	ToLine Way = "queue"
	// Consulted is asked by the agent first (*4).
	Consulted Way = "consult"
	// Attended was asked first by the agent in another call of the agent's phone, which then joined the two.
	Attended Way = "attended"
	// CalledIn is a supervisor (*8).
	CalledIn Way = "supervisor"
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
	// Keyed: the agent's phone asked for it by its own key, and is told what became of it.
	Keyed bool `json:"keyed,omitempty"`
	// Phone counts the supervisors' phones that were rung.
	Phone int `json:"phone,omitempty"`
}

// Transfer is a third party in the record of a call.
type Transfer struct {
	At    time.Time   `json:"at"`
	Way   Way         `json:"way"`
	To    string      `json:"to"`
	Agent string      `json:"agent"`
	End   TransferEnd `json:"end"`
}

// TransferEnd is what became of a third party: one of these, the [Cause] why it was not reached, or
// the [Refusal] of one that may not be called.
type TransferEnd string

// The ends of those who were reached, and of attempts that somebody broke off.
const (
	HandedOver TransferEnd = "transferred"
	LeftTalk   TransferEnd = "left"        // the third party hung up, the agent and the caller went on
	TakenBack  TransferEnd = "cancelled"   // by the agent, or by a rule
	CallerLeft TransferEnd = "caller_left" // the caller hung up
)

// MonitorMode is what a supervisor may do beside hearing both.
type MonitorMode string

// The modes.
const (
	// Listen is heard by nobody, Whisper by the agent alone, JoinIn by both.
	Listen  MonitorMode = "listen"
	Whisper MonitorMode = "whisper"
	JoinIn  MonitorMode = "join"
)
