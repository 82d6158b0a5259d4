package ari

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// legArg is the argument with which our legs enter the app: by it they are
// known from callers, also by a daemon that has just started.
const legArg = "leg"

// table is what is known about the channels in our app and the watched
// phones, as far as it is needed to tell everything once.
type table struct {
	app string

	mu       sync.Mutex
	channels map[string]*channel
	phones   map[string]queue.PhoneChanged // the watched ones, as told last
}

type channel struct {
	leg bool
	// rang and up: a leg's phone answered the network, and was picked up.
	rang, up bool
	// failed: a leg that could not be dialled for no fault of the phone.
	failed bool
	// ending and leaving: we hung it up, or sent it back to the dialplan.
	ending, leaving bool
	// hangup was asked for by somebody; timedOut: by Asterisk, because a dial
	// took too long; deaf: by its driver, because no audio came any more.
	hangup, timedOut, deaf bool
	lastKey                ari.DateTime
	// entered is closed when a leg entered our app, or will not do so any more.
	entered chan struct{}
}

func newLeg() *channel { return &channel{leg: true, entered: make(chan struct{})} }

// enter must be called with the table locked.
func (c *channel) enter() {
	if c.entered != nil {
		close(c.entered)
		c.entered = nil
	}
}

func newTable(app string) *table {
	return &table{app: app, channels: map[string]*channel{}, phones: map[string]queue.PhoneChanged{}}
}

// expect notes what an action that is about to be done will bring about.
func (t *table) expect(a queue.Action) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch a := a.(type) {
	case queue.Dial:
		if t.channels[a.Channel] == nil {
			t.channels[a.Channel] = newLeg()
		}
	case queue.Hangup:
		if c := t.channels[a.Channel]; c != nil {
			c.ending = true
		}
	case queue.Leave:
		if c := t.channels[a.Channel]; c != nil {
			c.leaving = true
		}
	}
}

// revoke takes back what expect noted about an action that failed.
func (t *table) revoke(a queue.Action) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch a := a.(type) {
	case queue.Hangup:
		if c := t.channels[a.Channel]; c != nil {
			c.ending = false
		}
	case queue.Leave:
		if c := t.channels[a.Channel]; c != nil {
			c.leaving = false
		}
	}
}

// fail notes that a leg is ended by us because it could not be dialled.
func (t *table) fail(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil {
		c.failed = true
	}
}

// cancelled reports whether a channel is to be hung up, or is gone already.
func (t *table) cancelled(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[id]
	return c == nil || c.ending
}

// waitEntered waits until a leg is in our app, or will not be any more.
func (t *table) waitEntered(id string, atMost time.Duration) {
	t.mu.Lock()
	var entered chan struct{}
	if c := t.channels[id]; c != nil {
		entered = c.entered
	}
	t.mu.Unlock()
	if entered == nil {
		return
	}
	select {
	case <-entered:
	case <-time.After(atMost):
	}
}

// forget must be called with the table locked.
func (t *table) forget(id string) {
	if c := t.channels[id]; c != nil {
		c.enter()
		delete(t.channels, id)
	}
}

// settle reports whether an outcome of one of our actions is still news.
func (t *table) settle(ev queue.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ev, ok := ev.(queue.ChannelGone); ok {
		c := t.channels[ev.Channel]
		t.forget(ev.Channel)
		return c != nil
	}
	return true
}

// translate makes an event of the rules of an event of Asterisk, or nil. Many
// events come twice: Asterisk tells what happens to a channel of a watched
// phone as the channel's and as the phone's. Orphan is a leg that entered our
// app though nobody waits for it any more.
func (t *table) translate(ev ari.Event) (told queue.Event, orphan string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev := ev.(type) {
	case *ari.StasisStart:
		return t.started(&ev.Channel, ev.Args)
	case *ari.StasisEnd:
		return t.left(ev.Channel.ID), ""
	case *ari.ChannelStateChange:
		return t.changed(&ev.Channel), ""
	case *ari.ChannelHangupRequest:
		if c := t.channels[ev.Channel.ID]; c != nil {
			c.hangup = true
			c.timedOut = c.timedOut || ev.Soft && ev.Cause == softExplicit
			c.deaf = c.deaf || ev.Soft && ev.Cause == softDevice
		}
	case *ari.ChannelDestroyed:
		if c := t.channels[ev.Channel.ID]; c != nil {
			t.forget(ev.Channel.ID)
			return queue.ChannelGone{Channel: ev.Channel.ID, Cause: c.ended(ev.Cause)}, ""
		}
	case *ari.ChannelDtmfReceived:
		return t.pressed(ev), ""
	case *ari.PlaybackFinished:
		if id, ok := strings.CutPrefix(ev.Playback.TargetURI, "channel:"); ok {
			return queue.PlayEnded{Channel: id, Playback: ev.Playback.ID}, ""
		}
	case *ari.EndpointStateChange:
		return t.phone(&ev.Endpoint), ""
	}
	return nil, ""
}

func (t *table) started(ch *ari.ChannelData, args []string) (told queue.Event, orphan string) {
	known := t.channels[ch.ID]
	switch {
	case slices.Contains(args, legArg):
		if known == nil {
			return nil, ch.ID
		}
		known.enter()
	case known == nil && ch.ID != "":
		t.channels[ch.ID] = &channel{}
		return arrival(ch, args), ""
	}
	return nil, ""
}

// left is a channel that left our app. For a caller that is the end, even if
// he was hung up; so it is for a leg that somebody took elsewhere. When a leg
// is hung up, ChannelDestroyed follows and says why.
func (t *table) left(id string) queue.Event {
	c := t.channels[id]
	if c == nil || c.leg && c.hangup {
		return nil
	}
	t.forget(id)
	switch {
	case c.leaving && !c.hangup:
		return nil
	case c.deaf:
		return queue.ChannelGone{Channel: id, Cause: queue.Dropped}
	}
	return queue.ChannelGone{Channel: id, Cause: queue.Normal}
}

func (t *table) changed(ch *ari.ChannelData) queue.Event {
	c := t.channels[ch.ID]
	if c == nil || !c.leg {
		return nil
	}
	switch ch.State {
	case "Ringing":
		c.rang = true
	case "Up":
		if !c.up {
			c.up = true
			return queue.LegAnswered{Channel: ch.ID}
		}
	}
	return nil
}

func (t *table) pressed(ev *ari.ChannelDtmfReceived) queue.Event {
	c := t.channels[ev.Channel.ID]
	if c == nil || ev.Timestamp == c.lastKey || len(ev.Digit) != 1 || !strings.Contains("0123456789*#ABCD", ev.Digit) {
		return nil
	}
	c.lastKey = ev.Timestamp
	return queue.KeyPressed{Channel: ev.Channel.ID, Key: ev.Digit[0]}
}

func (t *table) phone(ep *ari.EndpointData) queue.Event {
	before, watched := t.phones[endpointName(ep)]
	if !watched {
		return nil
	}
	now := t.phoneState(ep)
	if now == before {
		return nil
	}
	t.phones[now.Endpoint] = now
	return now
}

// endpointName is an endpoint as Asterisk's dial strings name it.
func endpointName(ep *ari.EndpointData) string { return ep.Technology + "/" + ep.Resource }

// phoneState: a phone is in use by channels other than our legs. A technology
// that does not know whether a phone can be reached says "unknown".
func (t *table) phoneState(ep *ari.EndpointData) queue.PhoneChanged {
	return queue.PhoneChanged{
		Endpoint:  endpointName(ep),
		Reachable: ep.State != "offline",
		InUse: slices.ContainsFunc(ep.ChannelIDs, func(id string) bool {
			c := t.channels[id]
			return c == nil || !c.leg
		}),
	}
}

// arrival is a caller's channel in the words of the rules. Nothing in it is trusted.
func arrival(ch *ari.ChannelData, args []string) queue.CallArrived {
	call := queue.CallArrived{
		Channel: ch.ID,
		DID:     cleanName(ch.GetDialplan().GetExten()),
		Number:  cleanNumber(ch.GetCaller().GetNumber()),
		Name:    cleanName(ch.GetCaller().GetName()),
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "priority":
			call.Priority = number(value)
		case "position":
			call.Position = number(value)
		case "pres": // CALLERID(num-pres)
			if strings.HasPrefix(value, "prohib") || value == "unavailable" {
				call.Number, call.Name = "", ""
			}
		}
	}
	if call.Number == "" && strings.EqualFold(call.Name, "anonymous") {
		call.Name = ""
	}
	return call
}

// number is 0 when s is no number.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// adopt makes the table what was read, completed by what actions that were
// under way meanwhile have done or are about to do.
func (t *table) adopt(s *snapshot, watched []string, unfinished []queue.Action) queue.Synced {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.channels
	t.channels = map[string]*channel{}
	live := map[string]queue.LiveChannel{}
	bridges := map[string]queue.LiveBridge{}
	for i := range s.channels {
		ch := &s.channels[i]
		l := queue.LiveChannel{ID: ch.ID, Up: ch.State == "Up"}
		args := s.args(ch)
		c := before[ch.ID]
		if c == nil {
			c = &channel{leg: slices.Contains(args, legArg)}
		}
		if !c.leg {
			call := arrival(ch, args)
			l.Inbound = &call
		}
		c.up = c.up || l.Up
		c.enter()
		t.channels[ch.ID] = c
		if !c.ending && !c.leaving {
			live[ch.ID] = l
		}
	}
	for _, b := range s.bridges {
		bridges[b.ID] = queue.LiveBridge{ID: b.ID, Channels: b.ChannelIDs}
	}
	for _, a := range unfinished {
		switch a := a.(type) {
		case queue.Dial:
			if c := before[a.Channel]; c != nil && t.channels[a.Channel] == nil {
				t.channels[a.Channel] = c
				live[a.Channel] = queue.LiveChannel{ID: a.Channel}
			}
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
		}
	}

	for id, c := range before {
		if t.channels[id] == nil {
			c.enter()
		}
	}

	phones := map[string]queue.PhoneChanged{}
	for _, endpoint := range watched {
		phones[endpoint] = queue.PhoneChanged{Endpoint: endpoint}
	}
	for i := range s.endpoints {
		phone := t.phoneState(&s.endpoints[i])
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
