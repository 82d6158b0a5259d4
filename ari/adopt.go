package ari

import (
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// adopt makes the table what was read, completed by what was told since, and by
// what actions that were under way meanwhile have done or are about to do. Again
// tells that the same connection was read before: then no event is missing, and
// the end of a channel that is not there any more may still be told.
func (t *table) adopt(s *snapshot, watched []string, unfinished []queue.Action, again bool) queue.Synced {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, since := t.channels, t.since
	t.channels, t.since = map[string]*channel{}, changes{}
	live := map[string]queue.LiveChannel{}
	bridges := map[string]queue.LiveBridge{}
	for i := range s.channels {
		ch := &s.channels[i]
		if since.gone[ch.ID] {
			continue
		}
		l := queue.LiveChannel{ID: ch.ID, Up: ch.State == "Up", Created: time.Time(ch.Created)}
		args := s.args(ch)
		c := before[ch.ID]
		if c == nil {
			c = &channel{leg: slices.Contains(args, legArg) || ch.isSnoop(), supervisor: slices.Contains(args, supervisorArg)}
		}
		if !c.leg && !c.supervisor {
			call := arrival(ch, args)
			l.Inbound = &call
		}
		c.up = c.up || l.Up
		l.Up = c.up
		c.enter()
		t.channels[ch.ID] = c
		if !c.ending && !c.leaving {
			live[ch.ID] = l
		}
	}
	for _, b := range s.bridges {
		bridges[b.ID] = queue.LiveBridge{ID: b.ID, Channels: b.ChannelIDs}
	}
	comes := func(id string) {
		if c := before[id]; c != nil && t.channels[id] == nil {
			t.channels[id] = c
			live[id] = queue.LiveChannel{ID: id}
		}
	}
	for id := range since.came {
		comes(id)
	}
	for _, a := range unfinished {
		switch a := a.(type) {
		case queue.Dial, queue.DialClient, queue.Take:
			comes(a.Channels()[0])
		case queue.Record:
			comes(a.In)
			comes(a.Out)
		case queue.Tap:
			comes(a.Snoop)
			bridges[a.Bridge] = queue.LiveBridge{ID: a.Bridge, Channels: []string{a.Supervisor, a.Snoop}}
		case queue.AnswerCall:
			if l, ok := live[a.Channel]; ok {
				l.Up = true
				live[a.Channel] = l
			}
		case queue.Hangup:
			delete(live, a.Channel)
		case queue.Leave:
			delete(live, a.Channel)
		case queue.Connect:
			bridges[a.Bridge] = queue.LiveBridge{ID: a.Bridge, Channels: []string{a.Caller, a.Agent}}
		case queue.Disconnect:
			delete(bridges, a.Bridge)
		case queue.Part:
			if b, ok := bridges[a.Bridge]; ok {
				b.Channels = slices.DeleteFunc(b.Channels, func(id string) bool { return id == a.Caller })
				bridges[a.Bridge] = b
			}
		case queue.Lamp:
			if a.State == queue.LampDark {
				delete(s.lamps, a.Name) // at rest it need not be known
			} else {
				s.lamps[a.Name] = a.State
			}
		case queue.Join:
			if b, ok := bridges[a.Bridge]; ok && !slices.Contains(b.Channels, a.Caller) {
				b.Channels = append(b.Channels, a.Caller)
				bridges[a.Bridge] = b
			}
		}
	}

	if !again {
		t.seats.adopt(bridges)
	}
	for id, c := range before {
		switch {
		case t.channels[id] != nil:
		case again:
			t.channels[id] = c
		default:
			c.enter()
		}
	}

	phones := map[string]queue.PhoneChanged{}
	for _, endpoint := range watched {
		phones[endpoint] = queue.PhoneChanged{Endpoint: endpoint}
	}
	for i := range s.endpoints {
		phone := t.phoneState(&s.endpoints[i])
		if since.phones[phone.Endpoint] {
			phone = t.phones[phone.Endpoint]
		}
		if _, ok := phones[phone.Endpoint]; ok {
			phones[phone.Endpoint] = phone
		}
	}
	t.phones = phones
	return queue.Synced{
		Started:  s.started,
		Channels: sorted(live),
		Bridges:  sorted(bridges),
		Phones:   sorted(maps.Clone(phones)),
		Lamps:    s.lamps,
	}
}

// sorted gives the values in the order of their keys.
func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}
