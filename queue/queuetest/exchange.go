package queuetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// Exchange is the model of an exchange for all tests of the rules and the
// engine: it does each action at once, and gives the events that follow from it
// at once. What takes time, goes wrong or depends on people is left to its user:
// phones ring and playbacks run until [Exchange.Answer], [Exchange.Heard] and
// [Exchange.End] say otherwise. (How the real one does the actions is tested in package ari.)
type Exchange struct {
	channels map[string]*channel
	bridges  map[string]map[string]bool
	// phones are the ones it reports: reachable or not.
	phones map[string]bool
	// lamps are those that are not dark.
	lamps   map[string]queue.LampState
	started time.Time
	// wrong is called with what no action may ask for, such as an id that is used twice.
	wrong func(format string, args ...any)
}

// channel is one that Kezek has on the exchange.
type channel struct {
	up      bool
	inbound *queue.CallArrived
	// phone is the endpoint, or client the number, that was dialled; rungFor the channel for which it rang.
	phone, client, rungFor string
	// after is the first of the channels whose place this one has taken.
	after string
	// dials: the phone itself has dialled, the number of a slot. joined: a phone has joined its two calls, one of which this is in.
	dials, joined bool
	playing       string
	// lost is what played when its bridge was ended: its end is never told.
	lost   string
	music  bool
	bridge string
	// hears is the channel that a snoop, or a recorder, hears.
	hears string
	// The person at the far end is the simulator's.
	person
}

// NewExchange has started at this time, and has these phones, which are reachable. Wrong
// is told what the actions must not ask of it.
func NewExchange(started time.Time, phones []string, wrong func(format string, args ...any)) *Exchange {
	x := &Exchange{
		channels: map[string]*channel{}, bridges: map[string]map[string]bool{}, phones: map[string]bool{}, lamps: map[string]queue.LampState{},
		started: started, wrong: wrong,
	}
	for _, p := range phones {
		x.phones[p] = true
	}
	return x
}

// phonesOf are the agents' own and all others that they may use.
func phonesOf(r *queue.Rules) []string {
	all := slices.Clone(r.Phones)
	for _, a := range r.Agents {
		all = append(all, a.Endpoint)
	}
	return all
}

func (x *Exchange) isUp(id string) bool      { return x.channels[id] != nil && x.channels[id].up }
func (x *Exchange) isRinging(id string) bool { return x.channels[id] != nil && !x.channels[id].up }

// Call is a caller who dials in.
func (x *Exchange) Call(ev queue.CallArrived) queue.CallArrived {
	x.channels[ev.Channel] = &channel{inbound: &ev}
	return ev
}

// Arrive is a phone's own call to a code: its channel is up at once.
func (x *Exchange) Arrive(id string) queue.SupervisorArrived {
	x.channels[id] = &channel{up: true}
	return queue.SupervisorArrived{Channel: id}
}

// Answer makes a phone that rings pick up.
func (x *Exchange) Answer(id string) queue.LegAnswered {
	if c := x.channels[id]; c != nil {
		c.up = true
	}
	return queue.LegAnswered{Channel: id}
}

// PickUp gives what rings to another phone, whose channel takes the place of the leg.
func (x *Exchange) PickUp(leg, by, phone string) queue.LegPickedUp {
	c := &channel{up: true, phone: phone}
	if rang := x.channels[leg]; rang != nil {
		c.rungFor, c.joined = rang.rungFor, rang.joined
	}
	x.drop(leg)
	x.channels[by] = c
	return queue.LegPickedUp{Leg: leg, Channel: by, Phone: phone}
}

// DialSlot is a phone that dials the number of a slot.
func (x *Exchange) DialSlot(id, phone string, slot int) queue.SlotDialled {
	x.channels[id] = &channel{up: true, phone: phone, dials: true}
	return queue.SlotDialled{Channel: id, Phone: phone, Slot: slot}
}

// first is the first of the channels whose place a channel has: nobody chooses the codec of one that comes later.
func (x *Exchange) first(id string) string {
	if c := x.channels[id]; c != nil {
		return cmp.Or(c.after, id)
	}
	return id
}

// Join is a phone that joins two of its calls: nobody chose the codecs of those who come together by that, nor of
// those who ring for one of them.
func (x *Exchange) Join(ev queue.TransferPressed) queue.TransferPressed {
	for _, id := range []string{ev.Channel, ev.Other} {
		c := x.channels[id]
		if c == nil || ev.Other == "" {
			continue
		}
		c.joined = true
		for mate := range x.bridges[c.bridge] {
			x.channels[mate].joined = true
		}
		for _, other := range x.channels {
			other.joined = other.joined || other.rungFor == x.first(id)
		}
	}
	return ev
}

// Replace gives the place of a channel to another one. One that was in no bridge is gone.
func (x *Exchange) Replace(ev queue.Replaced) queue.Replaced {
	if was := x.channels[ev.Channel]; was != nil {
		by := &channel{up: true, phone: ev.Phone, bridge: was.bridge}
		if was.inbound != nil {
			if ev.Number != "" && ev.Number == was.inbound.Number { // the same person
				by.notified, by.warned, by.warner = was.notified, was.warned, was.warner
			}
			by.inbound = &queue.CallArrived{Channel: ev.By, DID: was.inbound.DID, Number: ev.Number}
		}
		x.channels[ev.By] = by
		by.rungFor, by.after = was.rungFor, x.first(ev.Channel)
		if in := x.bridges[was.bridge]; in != nil {
			delete(in, ev.Channel)
			was.bridge, in[ev.By] = "", true
		} else {
			by.music = was.music // what plays ends with what comes next
			x.drop(ev.Channel)
		}
	}
	return ev
}

// Heard is the end of what plays on a channel.
func (x *Exchange) Heard(id string) queue.PlayEnded {
	ev := queue.PlayEnded{Channel: id}
	if c := x.channels[id]; c != nil {
		if c.playing != "" && c.playing == c.lost {
			x.wrong("%s hears no end of %s: its bridge ended under it", id, c.playing)
		}
		ev.Playback, c.playing = c.playing, ""
	}
	return ev
}

// End is the end of a channel, and of those that hear it. One that does not live has none.
func (x *Exchange) End(id string, why queue.Cause) []queue.Event {
	if !x.drop(id) {
		return nil
	}
	events := []queue.Event{queue.ChannelGone{Channel: id, Cause: why}}
	for _, snoop := range slices.Sorted(maps.Keys(x.channels)) {
		if c := x.channels[snoop]; c != nil && c.hears == id {
			events = append(events, x.End(snoop, queue.CauseNormal)...)
		}
	}
	return events
}

// drop takes a channel away and tells nobody.
func (x *Exchange) drop(id string) bool {
	c := x.channels[id]
	if c == nil {
		return false
	}
	delete(x.bridges[c.bridge], id)
	delete(x.channels, id)
	return true
}

// Restart ends all that lives, and tells nobody.
func (x *Exchange) Restart(at time.Time) {
	clear(x.channels)
	clear(x.bridges)
	x.started = at
}

// Truth is all that the exchange knows.
func (x *Exchange) Truth() queue.Synced {
	ev := queue.Synced{Started: x.started, Lamps: maps.Clone(x.lamps)}
	for _, id := range slices.Sorted(maps.Keys(x.channels)) {
		c := x.channels[id]
		ev.Channels = append(ev.Channels, queue.LiveChannel{ID: id, Up: c.up, Inbound: c.inbound})
	}
	for _, id := range slices.Sorted(maps.Keys(x.bridges)) {
		ev.Bridges = append(ev.Bridges, queue.LiveBridge{ID: id, Channels: slices.Sorted(maps.Keys(x.bridges[id]))})
	}
	for _, p := range slices.Sorted(maps.Keys(x.phones)) {
		ev.Phones = append(ev.Phones, queue.PhoneChanged{Endpoint: p, Reachable: x.phones[p]})
	}
	return ev
}

// Do does an action and gives what follows from it at once. One that comes too
// late, to a channel that is gone, does nothing, as on the real exchange. A
// [queue.Resync] is its user's to answer, with [Exchange.Truth].
func (x *Exchange) Do(a queue.Action) []queue.Event {
	on := func(id string, do func(c *channel)) {
		if c := x.channels[id]; c != nil {
			do(c)
		}
	}
	switch a := a.(type) {
	case queue.AnswerCall:
		x.Answer(a.Channel)
	case queue.Play:
		on(a.Channel, func(c *channel) { c.playing = a.ID })
	case queue.StopPlay:
		if c := x.channels[a.Channel]; c != nil && c.playing == a.ID {
			c.lost = ""
			return []queue.Event{x.Heard(a.Channel)}
		}
	case queue.Music:
		on(a.Channel, func(c *channel) { c.music = true })
	case queue.StopMusic:
		on(a.Channel, func(c *channel) { c.music = false })
	case queue.Dial:
		if reachable, known := x.phones[a.Endpoint]; known && !reachable {
			return []queue.Event{queue.ChannelGone{Channel: a.Channel, Cause: queue.CauseUnreachable}}
		}
		x.make(a.Channel, &channel{phone: a.Endpoint, rungFor: x.first(a.For)})
	case queue.DialClient:
		x.make(a.Channel, &channel{client: a.Number, rungFor: x.first(a.For)})
	case queue.Take:
		x.make(a.Channel, &channel{})
	case queue.Fetch:
		x.make(a.Channel, &channel{})
	case queue.Hangup:
		return x.End(a.Channel, queue.CauseCancelled)
	case queue.Tap:
		if x.channels[a.Leg] == nil {
			return []queue.Event{queue.ChannelGone{Channel: a.Snoop, Cause: queue.CauseFailed}}
		}
		x.make(a.Snoop, &channel{up: true, hears: a.Leg})
		on(a.Supervisor, func(c *channel) {
			if c.bridge != "" {
				x.wrong("supervisor %s hears a talk in %s", a.Supervisor, c.bridge)
			}
		})
		x.bridge(a.Bridge, a.Snoop, a.Supervisor)
	case queue.Record:
		on(a.Channel, func(*channel) {
			x.make(a.In, &channel{up: true, hears: a.Channel})
			x.make(a.Out, &channel{up: true, hears: a.Channel})
		})
	case queue.Connect:
		x.bridge(a.Bridge, a.Caller, a.Agent)
	case queue.Disconnect:
		for id := range x.bridges[a.Bridge] {
			c := x.channels[id]
			if id != a.Caller {
				c.lost = c.playing
			}
			c.bridge = ""
		}
		delete(x.bridges, a.Bridge)
	case queue.Part:
		on(a.Caller, func(c *channel) {
			if c.bridge == a.Bridge {
				x.leave(a.Caller, c)
			}
		})
	case queue.Join:
		if c, in := x.channels[a.Caller], x.bridges[a.Bridge]; c != nil && in != nil {
			c.bridge, in[a.Caller] = a.Bridge, true
			if len(in) > 3 {
				x.wrong("%d are in one talk: %v", len(in), in)
			}
		}
	case queue.Leave:
		x.drop(a.Channel)
	case queue.Lamp:
		setLamp(x.lamps, a)
	}
	return nil
}

// make makes a channel.
func (x *Exchange) make(id string, c *channel) {
	if x.channels[id] != nil {
		x.wrong("channel %s is made twice", id)
	}
	x.channels[id] = c
}

// bridge makes a bridge of those channels that live, out of the ones that they were in.
func (x *Exchange) bridge(id string, channels ...string) {
	if x.bridges[id] != nil {
		x.wrong("bridge %s is used twice", id)
	}
	x.bridges[id] = map[string]bool{}
	for _, in := range channels {
		if c := x.channels[in]; c != nil {
			x.leave(in, c)
			c.bridge, x.bridges[id][in] = id, true
		}
	}
}

// leave takes a channel out of the bridge that it is in.
func (x *Exchange) leave(id string, c *channel) {
	delete(x.bridges[c.bridge], id)
	c.bridge = ""
}

func setLamp(lamps map[string]queue.LampState, a queue.Lamp) {
	if lamps[a.Name] = a.State; a.State == queue.LampDark {
		delete(lamps, a.Name)
	}
}
