package queue

import (
	"maps"
	"slices"
)

// The party of each kind of channel, in the order of the channels of its entity.
var (
	callParties = [...]func(*Call) party{
		func(c *Call) party { return callerParty{of(c)} },
		func(c *Call) party { return thirdParty{of(c)} },
		func(c *Call) party { return recorderParty{of(c)} },
		func(c *Call) party { return recorderParty{of(c)} },
		func(c *Call) party { return heirParty{of(c)} },
	}
	agentParties = [...]func(*Agent) party{
		func(a *Agent) party { return agentParty{of(a)} },
		func(a *Agent) party { return recallParty{of(a)} },
		func(a *Agent) party { return listenerParty{of(a)} },
		func(a *Agent) party { return snoopParty{of(a)} },
	}
	callbackParties = [...]func(*Callback) party{
		func(cb *Callback) party { return clientParty{of(cb)} },
		func(cb *Callback) party { return alarmParty{of(cb)} },
	}
)

// party is the one that the holder is by the channel.
func (h holder) party(channel string) party {
	switch e := h.entity.(type) {
	case *Call:
		return callParties[h.kind](e)
	case *Agent:
		return agentParties[h.kind](e)
	case *Callback:
		return callbackParties[h.kind](e)
	default:
		return nobody{channel: channel}
	}
}

// at is the party of the channel that a step is about, which is what the step is busy with.
func (s *State) at(channel string) party {
	h := s.holder(channel)
	s.hand = h.entity
	return h.party(channel)
}

// party is the one that a channel belongs to.
func (s *State) party(channel string) party { return s.holder(channel).party(channel) }

// withChannels is an entity that has some.
type withChannels interface {
	Entity
	channels() channels
}

// reconcile compares the parties of some kinds, those from the first one on, with what the exchange reported.
func reconcile[E withChannels](r reconciler, parties []func(E) party, first int, all []E) {
	for i, party := range parties {
		for _, e := range all {
			if channel := e.channels()[first+i]; channel != "" {
				r.hand = e
				live, found := r.channels[channel]
				party(e).reconcile(r, live, found)
			}
		}
	}
	r.hand = nil
}

// checkParties: each channel belongs to one party, and the index finds it.
func checkParties(s *State, bad report) {
	owners, once := make(map[string]holder, len(s.index.holders)), true
	twice := func(about Entity, format string, args ...any) {
		once = false
		bad(about, format, args...)
	}
	ownersOf(owners, s.Calls(), twice)
	ownersOf(owners, s.Agents(), twice)
	ownersOf(owners, s.Callbacks(), twice)
	if !once || maps.Equal(owners, s.index.holders) {
		return
	}
	for _, channel := range slices.Sorted(maps.Keys(owners)) {
		if is := owners[channel]; s.index.holders[channel] != is {
			bad(is.entity, "index: channel %s is not known as that of %s %s", channel, is.entity.Kind(), is.entity.Key())
		}
	}
	for _, channel := range slices.Sorted(maps.Keys(s.index.holders)) {
		if owners[channel].entity == nil {
			bad(nil, "index: channel %s is nobody's and known as somebody's", channel)
		}
	}
}

// ownersOf notes the holder of each channel of some entities, and tells of channels that have two.
func ownersOf[E withChannels](owners map[string]holder, all []E, twice report) {
	for _, e := range all {
		for kind, channel := range e.channels() {
			switch other := owners[channel].entity; {
			case channel == "":
			case other != nil:
				twice(e, "channel %s is that of %s %s and of %s %s", channel, other.Kind(), other.Key(), e.Kind(), e.Key())
			default:
				owners[channel] = holder{e, kind}
			}
		}
	}
}
