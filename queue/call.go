package queue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CallState is the state of a live call, one at a time (invariant 1).
type CallState string

// The states of a call.
const (
	// CallInMenu: the caller hears the welcome and chooses a language.
	CallInMenu CallState = "menu"
	// CallWaiting: the caller is in line, with music or an announcement.
	CallWaiting CallState = "waiting"
	// CallOffered: one or more phones ring for the caller, who keeps the place in line.
	CallOffered CallState = "offered"
	// CallTalking: the caller is bridged with an agent.
	CallTalking CallState = "talking"
	// CallHeld: the caller hears music while the agent looks something up.
	CallHeld CallState = "held"
	// CallParked: the caller hears music in a slot, and is with no agent.
	CallParked CallState = "parked"
	// CallTransferring: the caller hears the ringing of the party that the agent transfers them to.
	CallTransferring CallState = "transferring"
	// CallTransferred: the caller talks to that party, who does not serve them as an agent of a queue.
	CallTransferred CallState = "transferred"
	// CallEnding: the caller hears the last phrase; the channel is hung up after it.
	CallEnding CallState = "ending"
)

// Outcome is how a call ended. Every call has exactly one (invariant 9).
type Outcome string

// The outcomes.
const (
	// The caller was served; the name says who hung up first.
	OutcomeCompletedByAgent  Outcome = "completed_agent"
	OutcomeCompletedByCaller Outcome = "completed_caller"
	// The caller hung up while waiting, or before choosing a language.
	OutcomeAbandoned       Outcome = "abandoned"
	OutcomeAbandonedInMenu Outcome = "abandoned_menu"
	// OutcomeClosed: the caller called outside opening hours.
	OutcomeClosed Outcome = "closed"
	// Not served: too many callers in line, nobody logged in, or the longest wait was over.
	OutcomeFull     Outcome = "full"
	OutcomeEmpty    Outcome = "empty"
	OutcomeTimedOut Outcome = "timeout"
	// OutcomeUnknownNumber: the number dialled belongs to no queue.
	OutcomeUnknownNumber Outcome = "unknown_number"
	// OutcomeLost: a fault of the exchange ended the call.
	OutcomeLost Outcome = "lost"
	// OutcomeCallback: the caller left the line with a promised callback.
	OutcomeCallback Outcome = "callback"
	// The caller was warned about their tone and went on, or could not be heard.
	OutcomeRude     Outcome = "rude"
	OutcomeNotHeard Outcome = "not_heard"
	// OutcomeTransferred: the agent transferred the caller to a party who does not serve them as an agent of a queue, or
	// into another call, by which the agent had called a queue.
	OutcomeTransferred Outcome = "transferred"
	// OutcomeEnded: a supervisor has ended the wait of the caller.
	OutcomeEnded Outcome = "ended"
)

// Talked reports whether caller and agent have talked to each other to the end.
func (o Outcome) Talked() bool {
	return o == OutcomeCompletedByAgent || o == OutcomeCompletedByCaller || o == OutcomeRude || o == OutcomeTransferred
}

// Offer is one phone that rings for a call.
type Offer struct {
	Agent string    `json:"agent" must:"set"`
	Leg   string    `json:"leg" must:"set"`
	Since time.Time `json:"since" must:"set"`
	// Answered: the agent is on the line, but not connected yet. The agent hears the
	// whisper, or the caller still hears that the agent speaks another language.
	Answered bool `json:"answered,omitempty"`
	// Whisper is the playback that only the agent hears.
	Whisper string `json:"whisper,omitempty"`
}

// Offered is an offer that is over.
type Offered struct {
	At    time.Time     `json:"at" must:"set"`
	Agent string        `json:"agent" must:"set"`
	Ring  time.Duration `json:"ring"`
	// End is why it was not taken; empty if it was. Cancelled is one that was withdrawn: somebody else
	// answered, or the caller left the line.
	End Cause `json:"end,omitempty"`
}

// Tried is an agent who did not take a caller or a callback, and the last round in which they were offered it. Who did not
// take it is not offered it again while a free agent who may take it has not been offered it in the same round.
type Tried struct {
	Agent string `json:"agent" must:"set"`
	Round int    `json:"round"`
}

// Call is a caller on the line, from the first ring to the last phrase. What it
// knows besides who calls is in components, by what they are about; in the store
// their fields stand side by side.
type Call struct {
	marks
	armed
	// noted is what the exchange was told for its own record; nil is nothing. It is not saved.
	noted *NoteCDR
	slot  callSlot
	// ID is the channel with which the caller arrived. Channel is the caller's channel if it is another one by now, which has
	// taken its place, see [Replaced].
	ID       string    `json:"id" must:"set"`
	Channel  string    `json:"channel,omitempty"`
	Queue    string    `json:"queue"`
	DID      string    `json:"did"`
	Number   string    `json:"number"`
	Name     string    `json:"name,omitempty"`
	Language Language  `json:"language"`
	State    CallState `json:"state" must:"set"`
	// Since is when the call came into its state.
	Since   time.Time `json:"since" must:"set"`
	Arrived time.Time `json:"arrived" must:"set"`
	// Callback is the obligation that this call fulfils, or the one just being
	// promised to the caller.
	Callback string `json:"callback,omitempty"`
	// Serial numbers the legs, bridges and playbacks of this call; none is used twice.
	Serial int `json:"serial"`
	// backUntil: if the agent's line ends by then, it is after a transfer that failed. It is not saved.
	backUntil time.Time
	caller    *Caller

	Audio
	LanguageMenu
	PlaceInLine
	Offering
	CallbackOffer
	NumberEntry
	ExtensionEntry
	Conversation
	Holding
	ThirdParty
	Replacing
	Conduct
	Recordings
	Survey
	Farewell
}

// Audio is what the caller hears.
type Audio struct {
	// Playing is the playback that runs on the caller's channel, Music whether
	// music does. Never both.
	Playing string `json:"playing,omitempty"`
	Music   bool   `json:"music,omitempty"`
	// PlayBy guards against a playback whose end is never told.
	PlayBy time.Time `json:"play_by,omitzero" ahead:"step"`
}

// LanguageMenu is how far the caller is with the menu.
type LanguageMenu struct {
	// Round counts how often the menu was played.
	Round int `json:"round,omitempty" is:"signed"`
	// MenuBy is when the caller has taken too long to choose.
	MenuBy time.Time `json:"menu_by,omitzero" ahead:"step"`
	// MenuOver is when the menu was over, by a key or without one.
	MenuOver time.Time `json:"menu_over,omitzero"`
}

// PlaceInLine is where a caller waits, and until when.
type PlaceInLine struct {
	// Entered is when the caller came into the line, the last time of several; zero for a client that we
	// called. Visits are those times, the last ones of many, see [Visit]. A wait is that of a visit.
	Entered time.Time `json:"entered,omitzero"`
	Visits  []Visit   `json:"visits,omitempty"`
	// Place is the true place in line: those of an earlier place go first. It
	// never changes while the caller is on the line, whoever declines.
	Place    time.Time `json:"place,omitzero"`
	Priority int       `json:"priority" is:"signed"`
	// Head puts the call before all others of its weight: it was already served once and came back.
	Head bool `json:"head,omitempty"`
	// JoinedAt is the position on entering the line, of this visit.
	JoinedAt int `json:"joined_at,omitempty"`
	// Overflowed: agents of other languages may take it.
	Overflowed bool `json:"overflowed,omitempty"`
	// Keeper is the agent who had the caller before, or whose extension they keyed: until KeepUntil that agent alone may take the call.
	Keeper    string    `json:"keeper,omitempty"`
	KeepUntil time.Time `json:"keep_until,omitzero" ahead:"stay"`
	// AnnounceAt is when the place is told next, OverflowAt when agents of other
	// languages may take the call, GiveUpAt when the longest wait is over.
	AnnounceAt time.Time `json:"announce_at,omitzero" ahead:"stay"`
	OverflowAt time.Time `json:"overflow_at,omitzero" ahead:"stay"`
	GiveUpAt   time.Time `json:"give_up_at,omitzero" ahead:"stay"`
	// Overdue: it is over, but an agent has answered and is about to be connected.
	Overdue bool `json:"overdue,omitempty"`
}

// Offering is the phones that ring for a call.
type Offering struct {
	Offers []Offer   `json:"offers,omitempty"`
	RingBy time.Time `json:"ring_by,omitzero" ahead:"step"`
	// Misses counts offers that agents did not take. Tried are these agents, since the caller talked to one last.
	Misses int     `json:"misses,omitempty"`
	Tried  []Tried `json:"tried,omitempty"`
	// OfferLog lists the last offers that are over.
	OfferLog []Offered `json:"offer_log,omitempty"`
	// ToldOther: the caller has been told that an agent of another language will
	// answer. Telling is the playback that tells it; a connection waits for its end.
	ToldOther bool   `json:"told_other,omitempty"`
	Telling   string `json:"telling,omitempty"`
}

// CallbackOffer is the offer of a callback to the caller.
type CallbackOffer struct {
	// OfferNext: it follows what the caller hears now. OfferSpoken is when it was last spoken to them, since
	// they came into line.
	OfferNext   bool      `json:"offer_next,omitempty"`
	OfferSpoken time.Time `json:"offer_spoken,omitzero"`
}

// NumberEntry is the number that the caller keys in for a callback.
type NumberEntry struct {
	// Keying is how far it is: asked for, then read back. Keyed is what was keyed so far, Tries how often it was begun.
	Keying KeyingState `json:"keying,omitempty"`
	Keyed  string      `json:"keyed,omitempty"`
	Tries  int         `json:"tries,omitempty"`
	// KeyBy is when the caller has taken too long for the next key, here and after the closing phrase.
	KeyBy time.Time `json:"key_by,omitzero" ahead:"step"`
}

// ExtensionEntry is the agent's extension that the caller keys.
type ExtensionEntry struct {
	// Dialled is what was keyed so far; it is complete when no digit has followed by DialBy. Dials counts those that were complete.
	Dialled string    `json:"dialled,omitempty"`
	DialBy  time.Time `json:"dial_by,omitzero" ahead:"step"`
	Dials   int       `json:"dials,omitempty"`
}

// Conversation is the talk with an agent, the last one of several.
type Conversation struct {
	Agent  string `json:"agent,omitempty"`
	Leg    string `json:"leg,omitempty"`
	Bridge string `json:"bridge,omitempty"`
	// Apart: the caller is out of the bridge, on hold or hearing the phrase that
	// ends it. Joined is when they were last put back into it.
	Apart  bool      `json:"apart,omitempty"`
	Joined time.Time `json:"joined,omitzero"`
	// Answered and TalkEnd are when the talk began and ended. A caller who is back in a line has neither.
	Answered time.Time `json:"answered,omitzero"`
	TalkEnd  time.Time `json:"talk_end,omitzero"`
	// Talks are those of the call, the last ones of many, see [Talked].
	Talks []Talked `json:"talks,omitempty"`
	// Result is what an agent wrote down last, a name of the table of results.
	Result string `json:"result,omitempty"`
	// Promised is the class of the callback that this agent has booked last in this talk, by code.
	Promised CallbackClass `json:"promised,omitempty"`
}

// Holding is the hold that goes on, and those that are over.
type Holding struct {
	// HeldBy is how the caller was put on hold. Acting: the limit was reached, and what is
	// done about it is not finished.
	HeldBy HeldBy `json:"held_by,omitempty"`
	Acting bool   `json:"acting,omitempty"`
	// Choosing: the caller is told of the callback that took the place of a hold, and may refuse it.
	Choosing bool `json:"choosing,omitempty"`
	// RemindAt and ActAt are when something must be done about a hold, counted
	// from its start; HoldUntil is its limit, which no hold reaches (invariant 5).
	RemindAt  time.Time `json:"remind_at,omitzero" ahead:"step"`
	ActAt     time.Time `json:"act_at,omitzero" ahead:"step"`
	HoldUntil time.Time `json:"hold_until,omitzero" ahead:"step"`
	// Slot is the one in which the caller is parked, from 1 on.
	Slot int `json:"slot,omitempty"`
	// HoldFigures sum up the holds of this call that are over, HoldLog lists the last ones.
	HoldFigures HoldFigures `json:"hold_figures,omitzero"`
	HoldLog     []Hold      `json:"hold_log,omitempty"`
	// Holds: the caller's own phone has us on hold.
	Holds bool `json:"holds,omitempty"`
}

// ThirdParty is somebody beside caller and agent: the caller is passed on to them, or they are consulted or called in.
type ThirdParty struct {
	// Target has answered by TransferBy, or is over. Transfers lists the last ones of this call.
	Target     Target     `json:"target,omitzero"`
	TransferBy time.Time  `json:"transfer_by,omitzero" ahead:"step"`
	Transfers  []Transfer `json:"transfers,omitempty"`
}

// Replacing is somebody in another call of the caller's phone who is to take the caller's place (attended transfer).
type Replacing struct {
	// Heir is that party. They are fetched from that call by HeirBy, or stay there.
	Heir   Heir      `json:"heir,omitzero"`
	HeirBy time.Time `json:"heir_by,omitzero" ahead:"step"`
}

// Heir is who is fetched from another call.
type Heir struct {
	// Leg is the channel that fetches them. Comes: they were found there. Left: the caller's phone has hung up, as many do as
	// soon as the exchange has taken their REFER. The call is the one who comes', or over.
	Leg   string `json:"leg"`
	Comes bool   `json:"comes,omitempty"`
	Left  bool   `json:"left,omitempty"`
}

// Conduct is about callers who are rude or cannot be heard.
type Conduct struct {
	// Warning is the playback that warns the caller of their tone; Warned: the agent may end the talk now.
	Warning string `json:"warning,omitempty"`
	Warned  bool   `json:"warned,omitempty"`
	// Unheard: the caller was told, once, that nothing is heard of them.
	Unheard bool `json:"unheard,omitempty"`
	// SilentBy is until when a word of the caller is awaited.
	SilentBy time.Time `json:"silent_by,omitzero" ahead:"step"`
}

// Recordings are those of the call, and who listened to it.
type Recordings struct {
	// Recording is that of the talk that goes on, Recorded are the last ones that
	// are over. Notified: the caller has heard that talks are recorded.
	Recording Recording  `json:"recording,omitzero"`
	Recorded  []Recorded `json:"recorded,omitempty"`
	Notified  bool       `json:"notified,omitempty"`
	// Monitored are the last stretches in which supervisors listened.
	Monitored []Monitored `json:"monitored,omitempty"`
}

// Survey is the rating that a caller is asked for.
type Survey struct {
	// Rate is how far it is, Rating what was given: 1 to 5.
	Rate   RatingState `json:"rate,omitempty"`
	Rating int         `json:"rating,omitempty"`
}

// Farewell is how the call ends.
type Farewell struct {
	Outcome Outcome `json:"outcome,omitempty"`
	// Exit is the dialplan place where the call goes after its last phrase; empty hangs up.
	Exit string `json:"exit,omitempty"`
	// EndBy is when a channel that was told to end must be gone.
	EndBy time.Time `json:"end_by,omitzero" ahead:"step"`
}

// inLine reports whether the caller waits, also while a phone rings for them.
func (c *Call) inLine() bool { return c.State.inLine() }

func (s CallState) inLine() bool { return s == CallWaiting || s == CallOffered }

// farEnd is the channel that the agent talks to: the third party's if there is one.
func (c *Call) farEnd() string {
	switch {
	case c.Target.In:
		return c.Target.Leg
	case c.State == CallTalking && !c.Apart:
		return c.channel()
	}
	return ""
}

// hasAgent reports whether the call is with an agent, also on hold or while the agent transfers it.
func (c *Call) hasAgent() bool {
	return c.State == CallTalking || c.State == CallHeld || c.State == CallTransferring && c.Leg != ""
}

// offerOf is the offer that rings on a leg, nil if there is none.
func (c *Call) offerOf(leg string) *Offer {
	return itemOf(c.Offers, func(o *Offer) bool { return o.Leg == leg })
}

// answeredOffer is the agent who is on the line but not connected yet.
func (c *Call) answeredOffer() *Offer {
	return itemOf(c.Offers, func(o *Offer) bool { return o.Answered })
}

// itemOf is the first item of a list of which something is so, nil if there is none.
func itemOf[T any](list []T, is func(*T) bool) *T {
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// drop takes an offer off the call.
func (c *Call) drop(leg string) {
	c.Offers = slices.DeleteFunc(c.Offers, func(o Offer) bool { return o.Leg == leg })
}

// isToldFirst reports whether the caller hears what must come first, see tellFirst.
func (c *Call) isToldFirst() bool { return c.Playing != "" && c.Playing == c.Telling }

// maxLogged bounds each list of a call's record: of visits, talks, holds, third parties, recordings and listening. The last ones are kept.
const maxLogged = 50

// appendLogged adds an item to a list of a call's record.
func appendLogged[T any](list []T, item T) []T {
	if list = append(list, item); len(list) > maxLogged {
		list = slices.Delete(list, 0, 1)
	}
	return list
}

// isPassedOn reports whether the caller is being transferred to a third party, or talks to them.
func (c *Call) isPassedOn() bool { return c.State == CallTransferring || c.State == CallTransferred }

// hasHeir reports whether the caller goes to a third party when the agent leaves, now or after the answer.
func (c *Call) hasHeir() bool {
	return c.hasAgent() && (c.Target.In || c.HeldBy == HeldByConsult)
}

// talked is the last talk of the call, one without an agent if there is none.
func (c *Call) talked() *Talked {
	if len(c.Talks) == 0 {
		return &Talked{}
	}
	return &c.Talks[len(c.Talks)-1]
}

// turn is how often the call has come to its queue: by a visit, or by a talk without one.
func (c *Call) turn() (n int) {
	for i := range c.Visits {
		if v := &c.Visits[i]; v.Queue == c.Queue && v.End != VisitEndAnswered {
			n++
		}
	}
	for i := range c.Talks {
		if c.Talks[i].Queue == c.Queue {
			n++
		}
	}
	return n
}

// channel is that of the caller.
func (c *Call) channel() string { return cmp.Or(c.Channel, c.ID) }

// say is a phrase in the caller's language.
func (c *Call) say(id string) Phrase { return Phrase{ID: id, Language: c.Language} }

// nameAfter is what a phone shows of the call after a time: "RU sales 1:05".
func (c *Call) nameAfter(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	name := make([]byte, 0, 64)
	name = append(append(append(name, strings.ToUpper(string(c.Language))...), ' '), c.Queue...)
	name = strconv.AppendInt(append(name, ' '), int64(seconds/60), 10)
	return string(append(name, ':', byte('0'+seconds%60/10), byte('0'+seconds%10)))
}

// parkCode parks the caller; dialled out of a call with the number of a slot behind it, it fetches them (dialplan/templates/extensions.conf.tmpl).
const parkCode = "*24"

// parkedName is what a phone shows of a slot.
func parkedName(slot int) string { return "PARKED " + strconv.Itoa(slot) }

// Kind and Key implement [Entity].
func (*Call) Kind() string  { return "call" }
func (c *Call) Key() string { return c.ID }

func (c *Call) channels() channels {
	return channels{c.channel(), c.Target.Leg, c.Recording.In, c.Recording.Out, c.Heir.Leg}
}
