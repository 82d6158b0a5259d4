package queue

import "time"

// Each channel on the exchange belongs to one party, and events about a channel go
// to that party.
//
// A new kind of channel is a type that implements [party], in the file of what it
// is about, a line in callParties, agentParties or callbackParties, and its id among
// the channels of the entity. Without these the channel belongs to no party, and each
// scenario that has one fails.

// party is the owner of a channel.
type party interface {
	// gone is the end of the channel.
	gone(s *State, why Cause)
	// reconcile finds out what became of the channel while events were lost.
	reconcile(r reconciler, live LiveChannel, found bool)
	// answered: the phone was rung and answered; rang is as in [LegAnswered].
	answered(s *State, rang time.Duration)
	// progress: it rings, or is heard before the answer, see [ClientProgress].
	progress(s *State, audio bool)
	// playEnded is the end of a playback on the channel; an unknown one is late.
	playEnded(s *State, playback string)
	key(s *State, key byte)
	// hold is the phone's own hold key, pressed or released.
	hold(s *State, on bool)
	// pickedUp: what rings here was picked up from another phone; by its end the leg is gone. It reports whether
	// that phone's agent has it now, see [LegPickedUp].
	pickedUp(s *State, by *Agent, ev LegPickedUp) bool
	// ringsAnew: the pickup was refused, and has ended the leg. It reports whether the phone is rung by another one already;
	// otherwise the leg is gone, and the line rings whose turn it is.
	ringsAnew(s *State) bool
	// replaced: another channel is where the party's was. It reports whether it may stay there, see [Replaced].
	replaced(s *State, ev Replaced) bool
	// identified tells who has come by a replacement.
	identified(s *State, number, name string)
	// pushedOut: another phone had taken the party's place in a talk, see [LegPushedOut].
	pushedOut(s *State)
	// silent: nothing comes from the phone, see [LegSilent].
	silent(s *State, ev LegSilent)
	transfer(s *State, ev TransferPressed)
	speaks(s *State)
	recordingBroke(s *State, ev RecordingBroke)
	// arrived: a supervisor who was allowed to listen is on the line.
	arrived(s *State)
	// bridge is the one that was made for the party, "" if there is none, and since when.
	bridge() (id string, since time.Time)
}

// passive is what most parties do about most events: nothing, except that a transfer is
// refused. It has no answer to the end of a channel or to what a [Synced] tells about it:
// each party has its own.
type passive struct{}

func (passive) answered(*State, time.Duration)            {}
func (passive) progress(*State, bool)                     {}
func (passive) playEnded(*State, string)                  {}
func (passive) key(*State, byte)                          {}
func (passive) hold(*State, bool)                         {}
func (passive) pickedUp(*State, *Agent, LegPickedUp) bool { return false }
func (passive) ringsAnew(*State) bool                     { return false }
func (passive) replaced(*State, Replaced) bool            { return false }
func (passive) identified(*State, string, string)         {}
func (passive) pushedOut(*State)                          {}
func (passive) silent(*State, LegSilent)                  {}
func (passive) speaks(*State)                             {}
func (passive) recordingBroke(*State, RecordingBroke)     {}
func (passive) arrived(*State)                            {}
func (passive) bridge() (string, time.Time)               { return "", time.Time{} }
func (passive) transfer(s *State, ev TransferPressed)     { s.do(TransferDone{ev.Channel, false}) }

// partyOf is what the parties of an entity have in common.
type partyOf[E Entity] struct {
	passive
	e E
}

func of[E Entity](e E) partyOf[E] { return partyOf[E]{e: e} }

// nobody is the party of a channel that the rules do not know: events about it are late.
type nobody struct {
	passive
	channel string
}

// refusalOf is the playback of a refusal on such a channel, which ends after it.
func refusalOf(channel string) string { return serial(channel, "p", 1) }

func (nobody) gone(*State, Cause)                      {}
func (nobody) reconcile(reconciler, LiveChannel, bool) {}
func (p nobody) answered(s *State, _ time.Duration)    { s.do(Hangup{p.channel, HangupNormal}) }
func (p nobody) playEnded(s *State, playback string) {
	if playback == refusalOf(p.channel) {
		s.do(Hangup{p.channel, HangupNormal})
	}
}
func (p nobody) arrived(s *State) { s.do(Hangup{p.channel, HangupNormal}) }

// holder is the owner of a channel; zero if the rules do not know it.
func (s *State) holder(channel string) holder {
	if h := s.index.holders[channel]; h.entity != nil && !h.entity.marked().dropped {
		return h
	}
	return holder{}
}

// Owner is the entity to which a channel on the exchange belongs, nil if the rules do not know it.
func (s *State) Owner(channel string) Entity { return s.holder(channel).entity }
