package queue

import (
	"maps"
	"slices"
	"time"
)

// Each channel on the exchange is that of one party, and what is told about a
// channel goes to that party.
//
// A new kind of channel is a type that implements [party], in the file of what it
// is about, and a line in callParties, agentParties or callbackParties. Without the
// line nobody knows whose the channel is, and each scenario that has one tells so.

// party is one to whom a channel belongs.
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

// kind is a sort of channel that an entity may have.
type kind[E Entity] struct {
	// channel is the id of the one that it has now, "" if it has none.
	channel func(E) string
	party   func(E) party
}

// All kinds of channels, by the entity that names them, in the order in which a [Synced] is
// held against them. Callers are the first, see sync.
var (
	callParties = [...]kind[*Call]{
		{func(c *Call) string { return c.ID }, func(c *Call) party { return callerParty{of(c)} }},
		{func(c *Call) string { return c.Target.Leg }, func(c *Call) party { return thirdParty{of(c)} }},
		{func(c *Call) string { return c.Recording.In }, func(c *Call) party { return recorderParty{of(c)} }},
		{func(c *Call) string { return c.Recording.Out }, func(c *Call) party { return recorderParty{of(c)} }},
	}
	agentParties = [...]kind[*Agent]{
		{agentsLeg, func(a *Agent) party { return agentParty{of(a)} }},
		{func(a *Agent) string { return a.Recall }, func(a *Agent) party { return recallParty{of(a)} }},
		{func(a *Agent) string { return a.Monitor.Channel }, func(a *Agent) party { return listenerParty{of(a)} }},
		{func(a *Agent) string { return a.Monitor.Snoop }, func(a *Agent) party { return snoopParty{of(a)} }},
	}
	callbackParties = [...]kind[*Callback]{
		{clientsChannel, func(cb *Callback) party { return clientParty{of(cb)} }},
		{func(cb *Callback) string { return cb.Alarm.Leg }, func(cb *Callback) party { return alarmParty{of(cb)} }},
	}
)

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

// channels are those that an entity has, each in the place of its kind: as many as the longest list has.
type channels [4]string

func channelsOf[E Entity](kinds []kind[E], e E) (is channels) {
	for i, k := range kinds {
		is[i] = k.channel(e)
	}
	return is
}

// claim lets an entity be found by the channels that it has now, and no more by those that it had.
func claim[E Entity](x *index, kinds []kind[E], e E, was, is channels) {
	if was == is {
		return
	}
	for _, channel := range was {
		if p := x.parties[channel]; p != nil && p.entity() == Entity(e) { // else it has passed to another one
			delete(x.parties, channel)
		}
	}
	for i, channel := range is {
		if channel != "" {
			x.parties[channel] = kinds[i].party(e)
		}
	}
}

// reconcile holds what the exchange told against the parties of some kinds.
func reconcile[E Entity](t truth, kinds []kind[E], all []E) {
	for _, k := range kinds {
		for _, e := range all {
			if channel := k.channel(e); channel != "" {
				t.hand = e
				live, found := t.channels[channel]
				k.party(e).reconcile(t, live, found)
			}
		}
	}
	t.hand = nil
}

// checkParties: each channel is that of one party, and it is found by it.
func (s *State) checkParties(bad report) {
	owners := make(map[string]party, len(s.index.parties))
	once := ownersOf(owners, callParties[:], s.Calls(), bad)
	once = ownersOf(owners, agentParties[:], s.Agents(), bad) && once
	once = ownersOf(owners, callbackParties[:], s.Callbacks(), bad) && once
	if !once || maps.Equal(owners, s.index.parties) {
		return
	}
	for _, channel := range slices.Sorted(maps.Keys(owners)) {
		if is := owners[channel]; s.index.parties[channel] != is {
			bad(is.entity(), "index: channel %s is not known as that of %s %s", channel, is.entity().Kind(), is.entity().Key())
		}
	}
	for _, channel := range slices.Sorted(maps.Keys(s.index.parties)) {
		if owners[channel] == nil {
			bad(nil, "index: channel %s is nobody's and known as somebody's", channel)
		}
	}
}

// ownersOf notes whose the channels of some entities are; false if one is somebody else's as well.
func ownersOf[E Entity](owners map[string]party, kinds []kind[E], all []E, bad report) bool {
	once := true
	for _, e := range all {
		for _, k := range kinds {
			channel := k.channel(e)
			if channel == "" {
				continue
			}
			if other := owners[channel]; other != nil {
				bad(e, "channel %s is that of %s %s and of %s %s", channel, other.entity().Kind(), other.entity().Key(), e.Kind(), e.Key())
				once = false
				continue
			}
			owners[channel] = k.party(e)
		}
	}
	return once
}
