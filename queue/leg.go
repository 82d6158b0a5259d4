package queue

import (
	"time"
)

// Each channel on the exchange is that of one party, and what is told about a
// channel goes to that party.
//
// A new kind of channel is a type that implements [party], in the file of what it
// is about, and a line in callParties, agentParties or callbackParties. Without the
// line nobody knows whose the channel is, and each scenario that has one tells so.

// party is the owner of a channel.
type party interface {
	// entity is the one that names the channel in its fields, nil if none does.
	entity() Entity
	// gone is the end of the channel.
	gone(s *State, why Cause)
	// reconcile finds out what became of the channel while nobody was told.
	reconcile(t truth, live LiveChannel, found bool)
	// answered is that of a phone that was rung, for so long as in [LegAnswered].
	answered(s *State, rang time.Duration)
	// playEnded is the end of a playback on the channel; one that is not known is late.
	playEnded(s *State, playback string)
	key(s *State, key byte)
	// hold is the phone's own hold key, pressed or released.
	hold(s *State, on bool)
	// pushedOut: another phone had taken the party's place in a talk, see [LegPushedOut].
	pushedOut(s *State)
	transfer(s *State, ev TransferPressed)
	speaks(s *State)
	recordingBroke(s *State, ev RecordingBroke)
	// arrived: a supervisor who was allowed to listen is on the line.
	arrived(s *State)
	// bridge is the one that was made for the party, "" if there is none, since which time.
	bridge() (id string, since time.Time)
}

// passive is what most parties do about most events: nothing, but for a transfer, which is
// refused. Neither the end of a channel nor what a [Synced] tells of it is among that: each
// party says what follows from it.
type passive struct{}

func (passive) answered(*State, time.Duration)        {}
func (passive) playEnded(*State, string)              {}
func (passive) key(*State, byte)                      {}
func (passive) hold(*State, bool)                     {}
func (passive) pushedOut(*State)                      {}
func (passive) speaks(*State)                         {}
func (passive) recordingBroke(*State, RecordingBroke) {}
func (passive) arrived(*State)                        {}
func (passive) bridge() (string, time.Time)           { return "", time.Time{} }
func (passive) transfer(s *State, ev TransferPressed) { s.do(TransferDone{ev.Channel, false}) }

// partyOf is what the parties have in common that an entity names.
type partyOf[E Entity] struct {
	passive
	e E
}

func (p partyOf[E]) entity() Entity { return p.e }

func of[E Entity](e E) partyOf[E] { return partyOf[E]{e: e} }

// nobody is the party of a channel that the rules do not know: what is told of it is late.
type nobody struct {
	passive
	channel string
}

func (nobody) entity() Entity                       { return nil }
func (nobody) gone(*State, Cause)                   {}
func (nobody) reconcile(truth, LiveChannel, bool)   {}
func (p nobody) answered(s *State, _ time.Duration) { s.do(Hangup{p.channel, HangupNormal}) }
func (p nobody) arrived(s *State)                   { s.do(Hangup{p.channel, HangupNormal}) }

// party is whose channel it is.
func (s *State) party(channel string) party {
	if p := s.index.parties[channel]; p != nil && s.lives(p.entity()) {
		return p
	}
	return nobody{channel: channel}
}

// at is the party of the channel that a step is about, which is what the step is busy with.
func (s *State) at(channel string) party {
	p := s.party(channel)
	s.hand = p.entity()
	return p
}

// Owner is the entity to which a channel on the exchange belongs, nil if the rules do not know it.
func (s *State) Owner(channel string) Entity { return s.party(channel).entity() }
