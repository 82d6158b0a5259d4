package ari

import (
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// reading is what lives, put together of what was read, of what was told since the
// reading began, and of what actions under way meanwhile have done or are about to do
// ([kind.overlay]).
type reading struct {
	before map[string]*channel // what was known
	known  map[string]*channel // what is known from now on

	ringing map[string]*ringing // the legs of which devices ring

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

// rings: a leg lives as long as one of its devices rings.
func (r *reading) rings(leg string) {
	if c := r.before[leg]; c != nil && !c.ending {
		r.comes(leg)
	}
	for _, id := range r.ringing[leg].devices {
		if c := r.before[id]; c != nil {
			r.known[id] = c
		}
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
	dialling := names{}
	for _, a := range unfinished {
		if d, is := a.(queue.Dial); is {
			dialling.add(d.Channel)
		}
	}
	t.readLegs(s, !again, dialling, since)
	clear(t.contacts)
	t.contactChanges++
	r := &reading{
		before: t.channels, known: map[string]*channel{}, ringing: t.ringing,
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
	for leg := range t.ringing {
		r.rings(leg)
	}
	for _, a := range unfinished {
		handlerOf(a).overlay(r, a)
	}
	t.channels = r.known
	for id, c := range r.known {
		if c.leg && !c.up && !again && r.before[id] == nil {
			t.early.add(id) // it was dialled by the daemon before
		}
	}
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
	t.phones = t.readPhones(s, watched, since.phones)
	return queue.Synced{
		Started:  s.started,
		Channels: sorted(r.channels),
		Bridges:  sorted(r.bridges),
		Phones:   sorted(t.phones),
		Lamps:    r.lamps,
	}
}

// read takes up a channel that was read. It has entered our app, and one that we
// have hung up or sent away is as good as gone, for a while: if it still lives then, it is nobody's.
func (r *reading) read(ch *channelData, args []string) {
	c := r.before[ch.ID]
	if c == nil {
		c = &channel{leg: slices.Contains(args, legArg) || slotOf(args) > 0 || ch.isSnoop(), supervisor: slices.Contains(args, supervisorArg)}
	}
	c.name = ch.Name
	c.up = c.up || ch.State == "Up"
	c.enter()
	r.known[ch.ID] = c
	late := c.ending && time.Since(c.asked) >= doubtAfter
	if (c.ending || c.leaving || r.ringing[legOf(ch.ID)] != nil) && !late {
		return
	}
	l := queue.LiveChannel{ID: ch.ID, Up: c.up, Created: ch.Created}
	if !c.leg && !c.supervisor && !late {
		call := arrival(ch, args)
		l.Inbound = &call
	}
	r.channels[ch.ID] = l
}

// sorted gives the values in the order of their keys.
func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}
