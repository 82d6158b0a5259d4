package queue

import "time"

// Entity is one thing of the live state that is saved by itself.
type Entity interface {
	// Kind names the sort of entity in keys: "agent", "call", "callback", "caller", "queue", "timesheet".
	Kind() string
	// Key is the entity's id among its kind.
	Key() string
	marked() *marks
}

// marks of an entity: touched in this step, stale in the index; of a call, parted:
// its talk was ended by mending, and the caller was not told yet.
type marks struct{ touched, stale, parted bool }

func (m *marks) marked() *marks { return m }

// CallState is the one place where a live call is (invariant 1).
type CallState string

// The places of a call.
const (
	// InMenu hears the welcome and chooses a language.
	InMenu CallState = "menu"
	// Waiting is in line, with music or an announcement.
	Waiting CallState = "waiting"
	// Offered keeps its place in line while one or more phones ring for it.
	Offered CallState = "offered"
	// Talking is bridged with an agent.
	Talking CallState = "talking"
	// Held is on hold: he hears music while his agent looks something up.
	Held CallState = "held"
	// Transferring hears how somebody rings to whom his agent passes him on;
	// Transferred talks to him. That is no agent of a queue.
	Transferring CallState = "transferring"
	Transferred  CallState = "transferred"
	// Ending hears its last phrase; the channel is hung up after it.
	Ending CallState = "ending"
)

// Outcome is how a call ended. Every call has exactly one (invariant 9).
type Outcome string

// The outcomes.
const (
	// CompletedByAgent and CompletedByCaller were answered; the suffix says who hung up first.
	CompletedByAgent  Outcome = "completed_agent"
	CompletedByCaller Outcome = "completed_caller"
	// Abandoned hung up while waiting; AbandonedInMenu before choosing a language.
	Abandoned       Outcome = "abandoned"
	AbandonedInMenu Outcome = "abandoned_menu"
	// Closed called outside opening hours.
	Closed Outcome = "closed"
	// Full, Empty and TimedOut could not be served: too many waiting, nobody logged in, waited too long.
	Full     Outcome = "full"
	Empty    Outcome = "empty"
	TimedOut Outcome = "timeout"
	// UnknownNumber dialled a number that is no queue's.
	UnknownNumber Outcome = "unknown_number"
	// Lost was taken by a fault of the exchange.
	Lost Outcome = "lost"
	// WithCallback left the line with a callback.
	WithCallback Outcome = "callback"
	// EndedRude was warned of his tone and went on; NotHeard could not be heard.
	EndedRude Outcome = "rude"
	NotHeard  Outcome = "not_heard"
	// EndedTransferred talked to somebody to whom his agent had passed him on.
	EndedTransferred Outcome = "transferred"
)

// Talked reports whether caller and agent have talked to each other to the end.
func (o Outcome) Talked() bool {
	return o == CompletedByAgent || o == CompletedByCaller || o == EndedRude || o == EndedTransferred
}

// Offer is one phone that rings for a call.
type Offer struct {
	Agent string    `json:"agent"`
	Leg   string    `json:"leg"`
	Since time.Time `json:"since"`
	// Answered: the agent is on the line, but not connected yet: he hears the
	// whisper, or the caller still hears that the agent speaks another language.
	Answered bool `json:"answered,omitempty"`
	// Whisper is the playback in his ear.
	Whisper string `json:"whisper,omitempty"`
}

// Call is a caller on the line, from the first ring to the last phrase.
type Call struct {
	marks
	// ID is the caller's channel.
	ID       string    `json:"id"`
	Queue    string    `json:"queue"`
	DID      string    `json:"did"`
	Number   string    `json:"number"`
	Name     string    `json:"name,omitempty"`
	Language Language  `json:"language"`
	State    CallState `json:"state"`
	// Since is when the call came into its state.
	Since   time.Time `json:"since"`
	Arrived time.Time `json:"arrived"`
	// Entered is when the caller came into line; his wait counts from it.
	Entered time.Time `json:"entered,omitzero"`
	// Place is his true place in line: those of an earlier place go first. It
	// never changes while he is on the line, whoever declines him.
	Place    time.Time `json:"place,omitzero"`
	Priority int       `json:"priority"`
	// Head puts the call before all others of its weight: it was already served once and came back.
	Head bool `json:"head,omitempty"`
	// Overflowed: agents of other languages may take it.
	Overflowed bool `json:"overflowed,omitempty"`
	// ToldOther: the caller has been told that an agent of another language will
	// answer. Telling is the playback that tells it; a connection waits for its end.
	ToldOther bool   `json:"told_other,omitempty"`
	Telling   string `json:"telling,omitempty"`

	Offers []Offer `json:"offers,omitempty"`
	// Agent and Leg are whom he talks to, or talked to last.
	Agent  string `json:"agent,omitempty"`
	Leg    string `json:"leg,omitempty"`
	Bridge string `json:"bridge,omitempty"`
	// Apart: the caller is out of the bridge, on hold or hearing the phrase that
	// ends it. Joined is when he was last put back into it.
	Apart    bool      `json:"apart,omitempty"`
	Joined   time.Time `json:"joined,omitzero"`
	Answered time.Time `json:"answered,omitzero"`
	TalkEnd  time.Time `json:"talk_end,omitzero"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	// Result is what his agent wrote down, a name of the table of results.
	Result string `json:"result,omitempty"`
	// Target is the third party, such as the one to whom he is passed on. Until
	// TransferBy that has answered. Transfers lists the last ones of this call.
	Target     Target     `json:"target,omitzero"`
	TransferBy time.Time  `json:"transfer_by,omitzero"`
	Transfers  []Transfer `json:"transfers,omitempty"`
	// Keeper is the agent who had him before: until KeepUntil he alone may take the call.
	Keeper    string    `json:"keeper,omitempty"`
	KeepUntil time.Time `json:"keep_until,omitzero"`
	// Misses counts offers that agents did not take.
	Misses int `json:"misses,omitempty"`
	// Callback is the obligation that this call fulfils, or the one just being
	// promised to the caller.
	Callback string `json:"callback,omitempty"`
	// Warning is the playback that warns him of his tone; Warned: his agent may end the talk now.
	Warning string `json:"warning,omitempty"`
	Warned  bool   `json:"warned,omitempty"`
	// Unheard: he was told, once, that nothing is heard of him.
	Unheard bool `json:"unheard,omitempty"`
	// Promised is the class of the callback that his agent has booked for him last, by code.
	Promised CallbackClass `json:"promised,omitempty"`
	// HeldBy is how he was put on hold. Acting: the limit was reached, and what is
	// done about it is not finished.
	HeldBy HeldBy `json:"held_by,omitempty"`
	Acting bool   `json:"acting,omitempty"`
	// HoldFigures sum up the holds of this call that are over, HoldLog lists the last ones.
	HoldFigures HoldFigures `json:"hold_figures,omitzero"`
	HoldLog     []Hold      `json:"hold_log,omitempty"`
	// Recording is that of the talk that goes on, Recorded are the last ones that
	// are over. Notified: he has heard that talks are recorded.
	Recording Recording  `json:"recording,omitzero"`
	Recorded  []Recorded `json:"recorded,omitempty"`
	Notified  bool       `json:"notified,omitempty"`
	// Monitored are the last stretches in which supervisors listened.
	Monitored []Monitored `json:"monitored,omitempty"`
	// Rate is how far he is with his rating, Rating what he has given: 1 to 5.
	Rate   RatingState `json:"rate,omitempty"`
	Rating int         `json:"rating,omitempty"`
	// Choosing: he is told of the callback that took the place of a hold, and may refuse it.
	Choosing bool `json:"choosing,omitempty"`
	// Holds: the caller himself has us on hold.
	Holds bool `json:"holds,omitempty"`
	// JoinedAt is the position on entering the line.
	JoinedAt int `json:"joined_at,omitempty"`

	// Keying is the number that the caller keys in for his callback: asked for,
	// then read back. Keyed is what he has keyed so far, Tries how often he began.
	Keying KeyingState `json:"keying,omitempty"`
	Keyed  string      `json:"keyed,omitempty"`
	Tries  int         `json:"tries,omitempty"`
	// Round counts how often the menu was played.
	Round int `json:"round,omitempty"`
	// Playing is the playback that runs on the caller's channel, Music whether
	// music does. Never both.
	Playing string `json:"playing,omitempty"`
	Music   bool   `json:"music,omitempty"`
	// Serial numbers the legs, bridges and playbacks of this call; none is used twice.
	Serial int `json:"serial"`

	// Deadlines; zero is none. Each place of a call has one (invariant 10).
	MenuBy     time.Time `json:"menu_by,omitzero"`
	RingBy     time.Time `json:"ring_by,omitzero"`
	AnnounceAt time.Time `json:"announce_at,omitzero"`
	OverflowAt time.Time `json:"overflow_at,omitzero"`
	GiveUpAt   time.Time `json:"give_up_at,omitzero"`
	EndBy      time.Time `json:"end_by,omitzero"`
	// Exit is the dialplan place where the call goes after its last phrase; empty hangs up.
	Exit string `json:"exit,omitempty"`
	// PlayBy guards against a playback whose end is never told.
	PlayBy time.Time `json:"play_by,omitzero"`
	// KeyBy is when he has taken too long to key a number in.
	KeyBy time.Time `json:"key_by,omitzero"`
	// SilentBy is until when a word of him is awaited.
	SilentBy time.Time `json:"silent_by,omitzero"`
	// RemindAt and ActAt are when something must be done about a hold, counted
	// from its start; HoldUntil is its limit, which no hold reaches (invariant 5).
	RemindAt  time.Time `json:"remind_at,omitzero"`
	ActAt     time.Time `json:"act_at,omitzero"`
	HoldUntil time.Time `json:"hold_until,omitzero"`
}

// inLine reports whether he waits, be it that a phone rings for him already.
func (c *Call) inLine() bool { return c.State == Waiting || c.State == Offered }

// Status is what an agent is doing. Beside the ones set by the daemon there
// are those of the config's table.
type Status string

// The statuses that every site has.
const (
	// Offline is not logged in.
	Offline Status = "offline"
	// Ready is «Ожидание»: logged in and waiting for a call.
	Ready Status = "waiting"
	// Ringing is set while his phone rings for a call.
	Ringing Status = "ringing"
	// OnCall is «Работа с абонентом».
	OnCall Status = "talking"
	// WrapUp is «Оформление заявки»: writing down the result.
	WrapUp Status = "wrapup"
	// Missed is the pause after too many missed offers; the agent ends it with the code for waiting.
	Missed Status = "missed"
	// Unwell is set when an agent could not go on with a call; he ends it as [Missed].
	Unwell Status = "unwell"
)

// Agent is an agent's live state.
type Agent struct {
	marks
	ID     string    `json:"id"`
	Status Status    `json:"status"`
	Since  time.Time `json:"since"`
	// LoggedIn is the start of the shift; zero when offline.
	LoggedIn time.Time `json:"logged_in,omitzero"`
	// Endpoint is the phone he logged in at, his own or another.
	Endpoint string `json:"endpoint,omitempty"`
	// Reachable: his phone is registered and answers. InUse: it is busy with a call that is not ours.
	Reachable bool `json:"reachable"`
	InUse     bool `json:"in_use,omitempty"`

	// Call and Leg are the one offer or call he has (invariant 2).
	Call string `json:"call,omitempty"`
	Leg  string `json:"leg,omitempty"`
	// Target is the call that was passed on to his phone; Leg is its far end then.
	Target string `json:"target,omitempty"`
	// Holds: his phone holds the line by its own key; he hears nothing then.
	Holds bool `json:"holds,omitempty"`
	// Recall is a second line that rings because of a hold. Reminded: he was reminded of it.
	Recall   string `json:"recall,omitempty"`
	Reminded bool   `json:"reminded,omitempty"`
	// LegBy guards a leg that was told to end: by then it is gone or the exchange is asked.
	LegBy time.Time `json:"leg_by,omitzero"`
	// Callback is the one he works on until the client is on the line; Owes is
	// the one he refused: until it is done he gets no other call, no break and no log-out.
	Callback string `json:"callback,omitempty"`
	Owes     string `json:"owes,omitempty"`
	// Telling is the playback that tells him what became of the client he was to
	// call or had on hold, Words its phrase; his leg ends after it.
	Telling string `json:"telling,omitempty"`
	Words   string `json:"words,omitempty"`
	// Hears is the playback in his ear during a call. While it runs neither he
	// nor the caller hears the other.
	Hears string `json:"hears,omitempty"`
	// OrderedBy is the supervisor who sent him into his status, AfterBy the one
	// who sent him into the one that follows the call.
	OrderedBy string `json:"ordered_by,omitempty"`
	AfterBy   string `json:"after_by,omitempty"`
	// AfterWhy is why the shift ends after the call, if it does.
	AfterWhy string `json:"after_why,omitempty"`
	// After is the status that follows the call, if he asked for one during it.
	After Status `json:"after,omitempty"`
	// StayUntil is how long he may stay in his status; Overstayed: he stays longer.
	StayUntil  time.Time `json:"stay_until,omitzero"`
	Overstayed bool      `json:"overstayed,omitempty"`
	// Shift is the one that goes on or comes next. ShiftAt is when it is looked
	// whether he is there. Came: he was; Left is when he logged out of it.
	Shift   Shift     `json:"shift,omitzero"`
	ShiftAt time.Time `json:"shift_at,omitzero"`
	Came    bool      `json:"came,omitempty"`
	Left    time.Time `json:"left,omitzero"`
	// DayEnd is the midnight that ends his timesheet; zero when offline.
	DayEnd time.Time `json:"day_end,omitzero"`
	// GoneBy is when he is logged out unless his phone is back.
	GoneBy time.Time `json:"gone_by,omitzero"`

	// Last is the last talk of this shift, whose result he may write down.
	Last Talk `json:"last,omitzero"`
	// Monitor is the listening of a supervisor to somebody else's talk.
	Monitor Monitor `json:"monitor,omitzero"`

	// Calls since log-in and the end of the last one, for the strategies.
	Calls    int       `json:"calls"`
	LastCall time.Time `json:"last_call,omitzero"`
	// HoldFigures sum up his holds since log-in.
	HoldFigures HoldFigures `json:"hold_figures,omitzero"`
	// Ratings by callers since log-in.
	Ratings RatingFigures `json:"ratings,omitzero"`
	// MissedInRow counts offers not taken since the last one taken.
	MissedInRow int `json:"missed_in_row,omitempty"`
	// Passing: the keys that he presses go through to the far end.
	Passing bool `json:"passing,omitempty"`
	// Keys are the keys of a code that he has pressed so far in a call, the last one at KeysAt.
	Keys      string    `json:"keys,omitempty"`
	KeysAt    time.Time `json:"keys_at,omitzero"`
	RestUntil time.Time `json:"rest_until,omitzero"`
	WrapUntil time.Time `json:"wrap_until,omitzero"`
	// Guesses are wrong PINs by phone, the last ones; WrongPINs are those of all phones since
	// the last right one, and LockedUntil when the log-in at other phones than the own is locked.
	Guesses     []Guess   `json:"guesses,omitempty"`
	WrongPINs   int       `json:"wrong_pins,omitempty"`
	LockedUntil time.Time `json:"locked_until,omitzero"`
}

// Caller is what is remembered about a number.
type Caller struct {
	marks
	Number   string    `json:"number"`
	Language Language  `json:"language"`
	Seen     time.Time `json:"seen"`
	// Agent had him last, until Talked.
	Agent  string    `json:"agent,omitempty"`
	Talked time.Time `json:"talked,omitzero"`
	// Dials counts our calls to it since DialsSince, within an hour.
	Dials      int       `json:"dials,omitempty"`
	DialsSince time.Time `json:"dials_since,omitzero"`
	// RudeUntil: until then agents see that he was warned of his tone, by RudeBy at RudeAt.
	RudeUntil time.Time `json:"rude_until,omitzero"`
	RudeAt    time.Time `json:"rude_at,omitzero"`
	RudeBy    string    `json:"rude_by,omitempty"`
	// Until is when it is forgotten. Each change moves it, by which a store tells an old one.
	Until time.Time `json:"until"`
}

// keep remembers the number at least until then.
func (c *Caller) keep(until time.Time) {
	if c.Until.Before(until) {
		c.Until = until
	}
}

// Line is what is known about a queue as a whole, kept over restarts.
type Line struct {
	marks
	Queue string `json:"queue"`
	// Handle is the recent mean time an agent needs for a call, wrap-up included.
	Handle time.Duration `json:"handle"`
	// LastAgent is where rrmemory stands.
	LastAgent string `json:"last_agent,omitempty"`
	// Day is the local date that the counts belong to.
	Day            string `json:"day"`
	Answered       int    `json:"answered"`
	AnsweredInTime int    `json:"answered_in_time"`
	Abandoned      int    `json:"abandoned"`
	// AbandonedInTime hung up within the time of the service level; they are not held against it.
	AbandonedInTime int `json:"abandoned_in_time"`
	// Notice is what its callers hear on entry; zero is none.
	Notice Notice `json:"notice,omitzero"`
}

// Kind implements [Entity].
func (*Call) Kind() string   { return "call" }
func (*Agent) Kind() string  { return "agent" }
func (*Caller) Kind() string { return "caller" }
func (*Line) Kind() string   { return "queue" }

// Key implements [Entity].
func (c *Call) Key() string   { return c.ID }
func (a *Agent) Key() string  { return a.ID }
func (c *Caller) Key() string { return c.Number }
func (l *Line) Key() string   { return l.Queue }

// Snapshot is the saved state of a site, as a store loads it.
type Snapshot struct {
	Agents  []*Agent
	Calls   []*Call
	Callers []*Caller
	Lines   []*Line
	// Callbacks that are not over.
	Callbacks []*Callback
	// Timesheets are the last ones of each agent.
	Timesheets []*Timesheet
}
