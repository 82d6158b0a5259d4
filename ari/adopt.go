package ari

import (
	"maps"
	"slices"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// reading is what lives, put together of what was read, of what was told since the
// reading began, and of what actions under way meanwhile have done or are about to do
// ([kind.overlay]).
type reading struct {
	before map[string]*channel // what was known
	known  map[string]*channel // what is known from now on

	channels map[string]queue.LiveChannel
	bridges  map[string]queue.LiveBridge
	lamps    map[string]queue.LampState
}

// comes: a channel that is being made lives, though it may not show yet.
func (r *reading) comes(id string) {
	if c := r.before[id]; c != nil && r.known[id] == nil {
		r.known[id] = c
		r.channels[id] = queue.LiveChannel{ID: id}
	}
}

// goes: a channel that is being ended, or sent away, does not live any more.
func (r *reading) goes(id string) { delete(r.channels, id) }

func (r *reading) answered(id string) {
	if l, ok := r.channels[id]; ok {
		l.Up = true
		r.channels[id] = l
	}
}

// bridged: a bridge that is being made has these members.
func (r *reading) bridged(id string, channels ...string) {
	r.bridges[id] = queue.LiveBridge{ID: id, Channels: channels}
}

func (r *reading) joins(bridge, channel string) {
	if b, ok := r.bridges[bridge]; ok && !slices.Contains(b.Channels, channel) {
		r.bridged(bridge, append(b.Channels, channel)...)
	}
}

func (r *reading) leaves(bridge, channel string) {
	if b, ok := r.bridges[bridge]; ok {
		r.bridged(bridge, slices.DeleteFunc(b.Channels, func(id string) bool { return id == channel })...)
	}
}

// adopt makes a reading what the tracker knows. Again tells that the same connection
// was read before: then no event is missing, and the end of a channel that is not there
// any more may still be told.
func (t *tracker) adopt(s *snapshot, watched []string, unfinished []queue.Action, again bool) queue.Synced {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := t.since
	t.since = changes{}
	r := &reading{
		before: t.channels, known: map[string]*channel{},
		channels: map[string]queue.LiveChannel{}, bridges: map[string]queue.LiveBridge{}, lamps: s.lamps,
	}
	for i := range s.channels {
		if ch := &s.channels[i]; !since.gone[ch.ID] {
			r.read(ch, s.args(ch))
		}
	}
	for _, b := range s.bridges {
		r.bridged(b.ID, b.ChannelIDs...)
	}
	for id := range since.came {
		r.comes(id)
	}
	for _, a := range unfinished {
		handlerOf(a).overlay(r, a)
	}
	t.channels = r.known
	for id, c := range r.before {
		switch {
		case t.channels[id] != nil:
		case again:
			t.channels[id] = c
		default:
			c.enter()
		}
	}
	if !again {
		t.bridges.adopt(r.bridges)
	}
	t.phones = t.readPhones(s.endpoints, watched, since.phones)
	return queue.Synced{
		Started:  s.started,
		Channels: sorted(r.channels),
		Bridges:  sorted(r.bridges),
		Phones:   sorted(t.phones),
		Lamps:    r.lamps,
	}
}

// read takes up a channel that was read. It has entered our app, and one that we
// have hung up or sent away is as good as gone.
func (r *reading) read(ch *channelData, args []string) {
	c := r.before[ch.ID]
	if c == nil {
		c = &channel{leg: slices.Contains(args, legArg) || ch.isSnoop(), supervisor: slices.Contains(args, supervisorArg)}
	}
	c.up = c.up || ch.State == "Up"
	c.enter()
	r.known[ch.ID] = c
	if c.ending || c.leaving {
		return
	}
	l := queue.LiveChannel{ID: ch.ID, Up: c.up, Created: ch.Created}
	if !c.leg && !c.supervisor {
		call := arrival(ch, args)
		l.Inbound = &call
	}
	r.channels[ch.ID] = l
}

// readPhones are the watched phones as they were read, or as they were told since. It
// must be called with the tracker locked, when the channels are known.
func (t *tracker) readPhones(endpoints []asterisk.EndpointData, watched []string, told names) map[string]queue.PhoneChanged {
	phones := map[string]queue.PhoneChanged{}
	for _, endpoint := range watched {
		phones[endpoint] = queue.PhoneChanged{Endpoint: endpoint}
	}
	for i := range endpoints {
		phone := t.phoneState(&endpoints[i])
		if told[phone.Endpoint] {
			phone = t.phones[phone.Endpoint]
		}
		if _, ok := phones[phone.Endpoint]; ok {
			phones[phone.Endpoint] = phone
		}
	}
	return phones
}

// sorted gives the values in the order of their keys.
func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}
