package queue

import (
	"maps"
	"slices"
)

// kind is a sort of channel that an entity may have.
type kind[E Entity] struct {
	// channel is the id of the one that it has now, "" if it has none.
	channel func(E) string
	party   func(E) party
}

// All kinds of channels, by the entity that names them, in the order in which they are
// compared with a [Synced]. Callers are the first, see sync.
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

func channelsOf[E Entity](kinds []kind[E], e E) (is channels) {
	for i, k := range kinds {
		is[i] = k.channel(e)
	}
	return is
}

// claim makes an entity found by the channels that it has now, and no longer by those that it had.
func claim[E Entity](x *index, kinds []kind[E], e E, was, is channels) {
	if was == is {
		return
	}
	for _, channel := range was {
		if p := x.parties[channel]; p != nil && p.entity() == Entity(e) { // otherwise the channel belongs to another party by now
			delete(x.parties, channel)
		}
	}
	for i, channel := range is {
		if channel != "" {
			x.parties[channel] = kinds[i].party(e)
		}
	}
}

// reconcile compares the parties of some kinds with what the exchange reported.
func reconcile[E Entity](r reconciler, kinds []kind[E], all []E) {
	for _, k := range kinds {
		for _, e := range all {
			if channel := k.channel(e); channel != "" {
				r.hand = e
				live, found := r.channels[channel]
				k.party(e).reconcile(r, live, found)
			}
		}
	}
	r.hand = nil
}

// checkParties: each channel belongs to one party, and the index finds it.
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

// ownersOf notes the party of each channel of some entities; false if a channel has two.
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
