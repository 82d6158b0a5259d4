package queue

import "time"

// Status is what an agent is doing. Beside the ones set by the daemon there
// are those of the config's table.
type Status string

// The statuses that every site has.
const (
	// StatusOffline: not logged in.
	StatusOffline Status = "offline"
	// StatusReady is «Ожидание»: waiting for a call.
	StatusReady Status = "waiting"
	// StatusRinging: the agent's phone rings for a call.
	StatusRinging Status = "ringing"
	// StatusOnCall is «Работа с абонентом».
	StatusOnCall Status = "talking"
	// StatusWrapUp is «Оформление заявки»: writing down the result.
	StatusWrapUp Status = "wrapup"
	// StatusMissed: the pause after too many missed offers; the agent ends it with the code for waiting.
	StatusMissed Status = "missed"
	// StatusUnwell: the agent could not go on with a call; it ends as [StatusMissed] does.
	StatusUnwell Status = "unwell"
)

// Agent is an agent's live state. What it knows besides the status is in
// components, by what they are about; in the store their fields stand side by side.
type Agent struct {
	marks
	armed
	slot agentSlot
	// shown are the lamps as the exchange shows them.
	shown agentLamps
	// pickedUp is when the leg was answered. It is not saved: it matters for a moment.
	pickedUp time.Time
	ID       string    `json:"id" must:"set"`
	Status   Status    `json:"status" must:"set"`
	Since    time.Time `json:"since"`

	Attendance
	Assignment
	Ear
	Keypad
	Stay
	AfterCall
	Pauses
	Standing
	Figures
	PINGuard

	// Monitor is the listening of a supervisor to somebody else's talk.
	Monitor Monitor `json:"monitor,omitzero"`
}

// agentLamps are the lamps of an agent; the zero value is all dark.
type agentLamps struct {
	state, owes LampState
	// status is the one whose key is not dark, if any.
	status Status
	key    LampState
}

// Attendance is the agent's shift and phone.
type Attendance struct {
	// LoggedIn is the start of the shift; zero when offline.
	LoggedIn time.Time `json:"logged_in,omitzero"`
	// Endpoint is the phone where the agent logged in, their own or another.
	Endpoint string `json:"endpoint,omitempty"`
	// Reachable: the phone is registered and answers. InUse: it is busy with a call that is not ours.
	Reachable bool `json:"reachable"`
	InUse     bool `json:"in_use,omitempty"`
	// Fault is why the phone does not work, Faults how many of its calls in a row have shown that.
	Fault  Cause `json:"fault,omitempty"`
	Faults int   `json:"faults,omitempty"`
	// GoneBy is when the agent is logged out unless the phone is back.
	GoneBy time.Time `json:"gone_by,omitzero" ahead:"stay"`
	// Shift is the one that goes on or comes next. ShiftAt is when it is looked
	// whether the agent is there. Came: they were; Left is when they logged out of it.
	Shift   Shift     `json:"shift,omitzero"`
	ShiftAt time.Time `json:"shift_at,omitzero" ahead:"ever" clock:"day"`
	Came    bool      `json:"came,omitempty"`
	Left    time.Time `json:"left,omitzero"`
	// DayEnd is the midnight that ends the timesheet; zero when offline.
	DayEnd time.Time `json:"day_end,omitzero" ahead:"stay" clock:"day"`
}

// Assignment is what the agent has in hand (invariant 2), and the channels of it.
type Assignment struct {
	// Call and Leg are the one offer or call.
	Call string `json:"call,omitempty"`
	Leg  string `json:"leg,omitempty"`
	// Target is the call that was passed on to this phone; Leg is its far end then.
	Target string `json:"target,omitempty"`
	// Callback is the one that the agent works on until the client is on the line; Owes is
	// the one that they refused: until it is done they get no other call, no break and no log-out.
	Callback string `json:"callback,omitempty"`
	Owes     string `json:"owes,omitempty"`
	// Holds: the phone holds the line by its own key; the agent hears nothing then.
	Holds bool `json:"holds,omitempty"`
	// Recall is a second line that rings because of a hold. Reminded: the agent was reminded of it.
	Recall   string `json:"recall,omitempty"`
	Reminded bool   `json:"reminded,omitempty"`
	// LegBy guards a leg that was told to end: by then it is gone or the exchange is asked.
	LegBy time.Time `json:"leg_by,omitzero" ahead:"step"`
}

// Ear is what the agent hears of Kezek itself.
type Ear struct {
	// Telling is the playback of the last words of the leg, such as what became of the
	// client, Words its phrase; the leg ends after it.
	Telling string `json:"telling,omitempty"`
	Words   string `json:"words,omitempty"`
	// WordsN is the number in them, if there is one.
	WordsN int `json:"words_n,omitempty"`
	// Hears is the playback during a call. While it runs neither the agent
	// nor the caller hears the other.
	Hears string `json:"hears,omitempty"`
}

// Keypad is the keys that the agent presses in a call.
type Keypad struct {
	// Passing: they go through to the far end.
	Passing bool `json:"passing,omitempty"`
	// Keys are the keys of a code that were pressed so far, the last one at KeysAt.
	Keys   string    `json:"keys,omitempty"`
	KeysAt time.Time `json:"keys_at,omitzero"`
}

// Stay is the time in a status of the table.
type Stay struct {
	// OrderedBy is the supervisor who ordered the status.
	OrderedBy string `json:"ordered_by,omitempty"`
	// StayUntil is how long the agent may stay in it; Overstayed: they stay longer.
	StayUntil  time.Time `json:"stay_until,omitzero" ahead:"stay"`
	Overstayed bool      `json:"overstayed,omitempty"`
}

// AfterCall is what follows the call.
type AfterCall struct {
	NextStatus
	// Last is the last talk of this shift, whose result may be written down.
	Last Talk `json:"last,omitzero"`
}

// NextStatus is the status that follows the call.
type NextStatus struct {
	// After is what the agent, or the supervisor AfterBy, asked for. If it ends the shift, AfterEnd is why,
	// and AfterWhy the supervisor's reason.
	After    Status   `json:"after,omitempty"`
	AfterEnd ShiftEnd `json:"after_end,omitempty"`
	AfterBy  string   `json:"after_by,omitempty"`
	AfterWhy string   `json:"after_why,omitempty"`
}

// Pauses are the times in which the agent gets no call.
type Pauses struct {
	// MissedInRow counts offers not taken since the last one taken.
	MissedInRow int       `json:"missed_in_row,omitempty"`
	RestUntil   time.Time `json:"rest_until,omitzero" ahead:"step"`
	WrapUntil   time.Time `json:"wrap_until,omitzero" ahead:"stay"`
}

// Standing is the agent's place in queues, as supervisors have changed it.
type Standing struct {
	// Penalties are those that go before the config's, one for a queue.
	Penalties []PenaltyOrder `json:"penalties,omitempty"`
}

// PenaltyOrder is a supervisor's order.
type PenaltyOrder struct {
	Queue   string `json:"queue" must:"set"`
	Penalty int    `json:"penalty"`
	// Config is what the config said when the order was given. Once it says something else, that is the later word.
	Config int `json:"config"`
	// By gave the order at that time.
	By    string    `json:"by"`
	Since time.Time `json:"since"`
}

// PenaltyChange is the penalty that an agent has in a queue from now on, and the one before, which is another.
type PenaltyChange struct {
	Is  int `json:"is"`
	Was int `json:"was"`
}

// Figures are counted since log-in.
type Figures struct {
	// Calls and the end of the last one are for the strategies.
	Calls    int       `json:"calls"`
	LastCall time.Time `json:"last_call,omitzero"`
	// HoldFigures sum up the holds.
	HoldFigures HoldFigures `json:"hold_figures,omitzero"`
	// Ratings by callers.
	Ratings RatingFigures `json:"ratings,omitzero"`
}

// PINGuard has the wrong PINs that were keyed in for the agent.
type PINGuard struct {
	// Guesses are the last ones by phone; WrongPINs are those of all phones since
	// the last right one, and LockedUntil when the log-in at phones other than their own is locked.
	Guesses     []Guess   `json:"guesses,omitempty"`
	WrongPINs   int       `json:"wrong_pins,omitempty"`
	LockedUntil time.Time `json:"locked_until,omitzero" ahead:"stay"`
}

// Monitor is a supervisor who listens: allowed to, on the line, or told that it is over.
type Monitor struct {
	// Channel is the supervisor's own, from their phone.
	Channel string      `json:"channel"`
	Mode    MonitorMode `json:"mode"`
	Agent   string      `json:"agent"`
	Call    string      `json:"call"`
	// Snoop and Bridge let the supervisor hear the talk; empty before and after.
	Snoop  string `json:"snoop,omitempty"`
	Bridge string `json:"bridge,omitempty"`
	// Playing is the playback that the supervisor hears. Over: it is the last one.
	Playing string `json:"playing,omitempty"`
	Over    bool   `json:"over,omitempty"`
	// Rung: their phone was rung for it.
	Rung bool `json:"rung,omitempty"`
	// Since is when this mode began, or the time before or after it.
	Since time.Time `json:"since"`
	// By is until when the supervisor must be on the line, or off it.
	By time.Time `json:"by,omitzero" ahead:"step"`
	// Serial numbers the snoops, bridges and playbacks; none is used twice.
	Serial int `json:"serial"`
}

// Guess is what a phone has tried as the PIN of an agent.
type Guess struct {
	Phone string `json:"phone"`
	// Wrong PINs in a row since the last lock, and Total in all, the last one at Last.
	Wrong int       `json:"wrong"`
	Total int       `json:"total"`
	Last  time.Time `json:"last"`
	// Locks so far; the last one ends at Until.
	Locks int       `json:"locks,omitempty"`
	Until time.Time `json:"until,omitzero" ahead:"stay"`
}

// RatingFigures sum up ratings.
type RatingFigures struct {
	Count int `json:"count,omitempty"`
	Sum   int `json:"sum,omitempty"`
}

// Mean is the mean rating, 0 when there is none.
func (f RatingFigures) Mean() float64 {
	if f.Count == 0 {
		return 0
	}
	return float64(f.Sum) / float64(f.Count)
}

// Talk is a talk that an agent has, or had last.
type Talk struct {
	Call     string   `json:"call"`
	Queue    string   `json:"queue"`
	Language Language `json:"language"`
	Number   string   `json:"number,omitempty"`
	Callback string   `json:"callback,omitempty"`
	Result   string   `json:"result,omitempty"`
	// Turn is how often the call had come to the queue, from 2 on.
	Turn int `json:"turn,omitempty"`
	// Called: we had called the client for the callback.
	Called bool `json:"called,omitempty"`
}

// Shift is a time that an agent is due to work.
type Shift struct {
	Start time.Time `json:"start" ahead:"ever" clock:"day"`
	End   time.Time `json:"end" ahead:"ever" clock:"day"`
}

// ShiftEnd is why a shift ended.
type ShiftEnd string

// The ends of shifts. The agent wanted it, or a supervisor ordered it; the phone stayed away, or somebody else
// logged in at it; phone or agent are not in a new config.
const (
	ShiftDialled      ShiftEnd = "dialled"
	ShiftOrdered      ShiftEnd = "ordered"
	ShiftPhoneGone    ShiftEnd = "phone_gone"
	ShiftPhoneTaken   ShiftEnd = "phone_taken"
	ShiftPhoneRemoved ShiftEnd = "phone_removed"
	ShiftAgentRemoved ShiftEnd = "agent_removed"
)

// Kind and Key implement [Entity].
func (*Agent) Kind() string  { return "agent" }
func (a *Agent) Key() string { return a.ID }

func (a *Agent) channels() channels {
	leg := a.Leg
	if a.Target != "" {
		leg = "" // the agent is the third party in another agent's call, which has the channel
	}
	return channels{leg, a.Recall, a.Monitor.Channel, a.Monitor.Snoop}
}

// isLoggedIn reports whether a shift of the agent goes on, in whatever status.
func (a *Agent) isLoggedIn() bool { return a.Status != StatusOffline }
