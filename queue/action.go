package queue

import "time"

// Action is something that Asterisk is to do. Actions that share a channel are
// done in the order they were given; a later one waits for the earlier one's
// answer. A failed action is reported as an event ([ChannelGone], [PlayEnded])
// or found by the next [Synced].
type Action interface {
	// Channels are the channels whose order the action keeps.
	Channels() []string
}

// HangupReason is what the far end is told.
type HangupReason string

// The reasons.
const (
	HangupNormal HangupReason = "normal"
	// HangupAnsweredElsewhere shows no missed call on the phone.
	HangupAnsweredElsewhere HangupReason = "answered_elsewhere"
)

// The actions.
type (
	// AnswerCall picks up a caller's channel.
	AnswerCall struct{ Channel string }
	// Play starts phrases one after the other as one playback with this id;
	// its end comes back as [PlayEnded]. Music must not run.
	Play struct {
		Channel, ID string
		Phrases     []Phrase
	}
	// StopPlay ends a playback at once. It may have ended already.
	StopPlay struct{ Channel, ID string }
	// Music starts music on hold on one channel; StopMusic ends it.
	Music     struct{ Channel, Class string }
	StopMusic struct{ Channel string }
	// Dial rings an agent's phone on a new channel with this id. [LegAnswered] or [ChannelGone] follows.
	Dial struct {
		Channel, Endpoint string
		// For is the channel that is to talk with this one, "" if there is none yet. The
		// endpoint is offered its codec first, so that no audio has to be converted.
		For string
		// CallerName and CallerNumber are what the phone shows.
		CallerName, CallerNumber string
		AutoAnswer               bool
		// OwnHold: Asterisk itself handles the hold key, and no event comes, because it is not the leg of an agent in a talk.
		OwnHold bool
		// Timeout is Asterisk's own limit, a little longer than the rule's.
		Timeout time.Duration
	}
	// DialClient calls a number over the trunk on a new channel with this id.
	// [LegAnswered] or [ChannelGone] follows.
	DialClient struct {
		Channel, Number string
		For             string // as of Dial
		Timeout         time.Duration
	}
	// Take makes a new channel with this id for a party in a call that Kezek does not
	// handle, and takes the party out of that call. Party is the name of their channel
	// there. [LegAnswered] or [ChannelGone] follows.
	Take struct {
		Channel, Party string
		Timeout        time.Duration
	}
	// Fetch sends a party in a call that Kezek does not handle to the place of a channel that it does: [Replaced] follows.
	// The party is in our app then, with their own channel, unlike after a Take, which leaves a colleague's phone in a call
	// of its own: the rules know that it is in use, whoever's it is. A party that is fetched is a caller, and no colleague.
	// It is done by a new channel with the id Channel, of which [LegAnswered] and [ChannelGone] follow, or [ChannelGone] alone if
	// it cannot be done.
	Fetch struct {
		Channel, Party, Replaces string
		Timeout                  time.Duration
	}
	// Equip makes a channel that has come in the place of a leg behave as [Dial] would have made it: its hold key and its
	// transfer key are told, and the phone shows the caller.
	Equip struct {
		Channel, CallerName, CallerNumber string
		OwnHold                           bool // as of Dial
	}
	// Show lets the phone at a channel that is up show another caller (connected line).
	Show struct{ Channel, CallerName, CallerNumber string }
	// Hangup ends a channel that rings or talks. It may be gone already.
	Hangup struct {
		Channel string
		Reason  HangupReason
	}
	// Connect makes a bridge with this id and joins caller and agent. Neither hears the other's keys.
	Connect struct{ Bridge, Caller, Agent string }
	// Disconnect takes the bridge away; the channels in it live on. Caller and Agent are those that were in it.
	Disconnect struct{ Bridge, Caller, Agent string }
	// Part takes the caller out of the bridge and leaves the agent in it; Join puts the
	// caller back. An agent who is to hear last words is parted as well.
	Part struct{ Bridge, Caller string }
	Join struct{ Bridge, Caller string }
	// Announce plays phrases to both in a talk, who hear each other under them.
	// Nobody waits for its end, and it ends with the bridge at the latest.
	Announce struct {
		Bridge, Caller, ID string
		Phrases            []Phrase
	}
	// Tap lets a supervisor hear what an agent says and hears, and be heard as the mode
	// says. It makes a new channel Snoop and joins the two in a new bridge. If it cannot
	// be done, [ChannelGone] of Snoop follows.
	Tap struct {
		Supervisor, Snoop, Bridge, Leg string
		Mode                           MonitorMode
	}
	// SendKey lets the far end of a channel hear a key.
	SendKey struct {
		Channel string
		Key     byte
	}
	// TransferDone tells a phone what became of the transfer that it asked for by its own key.
	TransferDone struct {
		Channel string
		OK      bool
	}
	// DetectTalk turns the detection of a caller's speech ([CallerSpeaks]) on or off. If
	// that cannot be done, [CallerSpeaks] follows: then the caller counts as heard.
	DetectTalk struct {
		Channel string
		On      bool
	}
	// Record attaches two new channels to a caller's: In writes what the caller says to the
	// file NAME-caller, Out what they hear to NAME-agent. It ends when these channels do.
	Record struct{ Channel, In, Out, Name string }
	// MuteRecording turns the writing of silence on or off.
	MuteRecording struct {
		In, Out, Name string
		On            bool
	}
	// Leave hands a caller's channel back to the dialplan: "context,extension,priority".
	Leave struct{ Channel, Place string }
	// Lamp sets a device state that phones show as a lamp. Those of one name are set in order.
	Lamp struct {
		Name  string
		State LampState
	}
	// NoteCDR puts into the exchange's own record of a caller's call (CDR) what has become of it: the queue, the last agent, the
	// outcome if the caller hangs up now, the callback that it belongs to, the number if it was called for that callback, and the
	// recording that has begun; "" is none, or none that is new.
	NoteCDR struct {
		Channel, Queue, Agent, Outcome, Callback, Number, Recording string
	}
	// Resync asks for a [Synced] of the exchange: an event that must have come is missing.
	Resync struct{ Exchange string }
)

// Channels implements [Action].
func (a AnswerCall) Channels() []string    { return []string{a.Channel} }
func (a Play) Channels() []string          { return []string{a.Channel} }
func (a StopPlay) Channels() []string      { return []string{a.Channel} }
func (a Music) Channels() []string         { return []string{a.Channel} }
func (a StopMusic) Channels() []string     { return []string{a.Channel} }
func (a Dial) Channels() []string          { return []string{a.Channel} }
func (a DialClient) Channels() []string    { return []string{a.Channel} }
func (a Equip) Channels() []string         { return []string{a.Channel} }
func (a Show) Channels() []string          { return []string{a.Channel} }
func (a Take) Channels() []string          { return []string{a.Channel} }
func (a Fetch) Channels() []string         { return []string{a.Channel} }
func (a Hangup) Channels() []string        { return []string{a.Channel} }
func (a Connect) Channels() []string       { return []string{a.Caller, a.Agent} }
func (a Disconnect) Channels() []string    { return []string{a.Caller, a.Agent} }
func (a Part) Channels() []string          { return []string{a.Caller} }
func (a Join) Channels() []string          { return []string{a.Caller} }
func (a Announce) Channels() []string      { return []string{a.Caller} }
func (a Tap) Channels() []string           { return []string{a.Supervisor, a.Snoop, a.Leg} }
func (a Leave) Channels() []string         { return []string{a.Channel} }
func (a SendKey) Channels() []string       { return []string{a.Channel} }
func (a TransferDone) Channels() []string  { return []string{a.Channel} }
func (Lamp) Channels() []string            { return nil }
func (Resync) Channels() []string          { return nil }
func (a NoteCDR) Channels() []string       { return []string{a.Channel} }
func (a DetectTalk) Channels() []string    { return []string{a.Channel} }
func (a Record) Channels() []string        { return []string{a.Channel, a.In, a.Out} }
func (a MuteRecording) Channels() []string { return []string{a.In, a.Out} }

// LampState is an Asterisk device state, or none. Most phones know dark, lit and blinking only.
type LampState string

// Phrase is one prompt of the catalogue, in one language.
type Phrase struct {
	ID       string
	Language Language
	// N is the number in a numbered phrase such as "position"; 0 otherwise.
	N int
}

// Ringback is the id of a phrase that is a tone: what an agent hears while a client is called.
const Ringback = "ringback"

// Language is a spoken language as its ISO 639-1 code: "ru", "ky".
type Language string
