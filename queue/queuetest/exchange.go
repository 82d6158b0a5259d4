package queuetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// The exchange, as far as the rules know one.

type channel struct {
	up      bool
	inbound *queue.CallArrived
	agent   string
	client  string // the number that we called
	rungFor string // the channel for which it was rung
	playing string
	music   bool
	bridge  string
	holds   bool // its phone's hold key is pressed
	// warning is the playback that warns of his tone, warned: he has heard it from his agent.
	warning string
	warned  bool
	warner  string // his agent
	// hears is the channel that a snoop hears; a recorder may be muted.
	hears string
	muted bool
	// notified: he has heard that he is recorded.
	notified bool
}

// act does an action a little later, in order for each channel.
func (w *World) act(a queue.Action) {
	at := w.now.Add(w.upTo(10 * time.Millisecond))
	keys := a.Channels()
	if lamp, ok := a.(queue.Lamp); ok {
		keys = append(keys, lamp.Name)
		w.lighting = append(w.lighting, lamp)
	}
	for _, c := range keys {
		if w.busy[c].After(at) {
			at = w.busy[c]
		}
	}
	for _, c := range keys {
		w.busy[c] = at
	}
	w.after(at.Sub(w.now), func() { w.done(a) })
}

func (w *World) done(a queue.Action) {
	switch a := a.(type) {
	case queue.AnswerCall:
		if c := w.channels[a.Channel]; c != nil {
			c.up = true
		}
	case queue.Play:
		w.play(a)
	case queue.StopPlay:
		if c := w.channels[a.Channel]; c != nil && c.playing == a.ID {
			c.playing = ""
			w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		}
	case queue.Music:
		if c := w.channels[a.Channel]; c != nil {
			c.music = true
		}
	case queue.StopMusic:
		if c := w.channels[a.Channel]; c != nil {
			c.music = false
		}
	case queue.Dial:
		w.dial(a)
	case queue.DialClient:
		w.dialClient(a)
	case queue.Take:
		w.take(a)
	case queue.Hangup:
		w.end(a.Channel, queue.Cancelled)
	case queue.Tap:
		w.tap(a)
	case queue.DetectTalk:
		if a.On && w.rng.IntN(5) > 0 { // the others have no microphone
			w.after(w.upTo(15*time.Second), func() { w.tell(queue.CallerSpeaks{Channel: a.Channel}) })
		}
	case queue.Record:
		w.record(a)
	case queue.MuteRecording:
		if c := w.channels[a.In]; c != nil {
			c.muted = a.On
		}
	case queue.Connect:
		w.connect(a)
	case queue.Disconnect:
		for id := range w.bridges[a.Bridge] {
			w.channels[id].bridge = ""
		}
		delete(w.bridges, a.Bridge)
	case queue.Part:
		if c := w.channels[a.Caller]; c != nil && c.bridge == a.Bridge {
			delete(w.bridges[a.Bridge], a.Caller)
			c.bridge = ""
		}
	case queue.Join:
		w.join(a)
	case queue.Announce:
		if len(w.bridges[a.Bridge]) == 2 {
			w.Seen["announcements"]++
		}
	case queue.Leave:
		delete(w.channels, a.Channel)
	case queue.Lamp:
		w.light(a)
	case queue.Resync:
		w.Seen["resyncs"]++
		w.tell(w.truth())
	}
}

// light sets a lamp. Once none is under way they show what the daemon's state says.
func (w *World) light(a queue.Lamp) {
	i := slices.Index(w.lighting, a)
	w.lighting = slices.Delete(w.lighting, i, i+1)
	setLamp(w.lamps, a)
	w.Seen["lamps "+string(a.State)]++
	next := w.state.Next()
	if len(w.lighting) > 0 || !w.connected || !w.attached || !next.IsZero() && !next.After(w.now) {
		return
	}
	if want := w.state.Lamps(); !maps.Equal(w.lamps, want) {
		w.fail("lamps show %v, want %v", w.lamps, want)
	}
}

func setLamp(lamps map[string]queue.LampState, a queue.Lamp) {
	if lamps[a.Name] = a.State; a.State == queue.LampDark {
		delete(lamps, a.Name)
	}
}

func (w *World) play(a queue.Play) {
	c := w.channels[a.Channel]
	if c == nil {
		return
	}
	if w.happens(w.Faults.PlayFails, "playbacks fail") {
		c.warned = c.warned || a.Phrases[0].ID == "tone-warn" // as far as anybody can know
		c.notified = true
		w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		return
	}
	if c.playing != "" || c.music {
		w.fail("%s plays %s over %q or music (%v)", a.Channel, a.ID, c.playing, c.music)
	}
	c.playing = a.ID
	switch a.Phrases[0].ID {
	case "tone-warn":
		c.warning = a.ID
	case "rating":
		w.after(w.upTo(8*time.Second), func() { w.tell(queue.KeyPressed{Channel: a.Channel, Key: "0123456789*#"[w.rng.IntN(12)]}) })
	case "tone-end":
		w.Seen["ended rude callers"]++
		if !c.warned {
			w.fail("%s is sent away without a warning", a.Channel)
		}
	}
	w.after(time.Duration(len(a.Phrases))*2*time.Second, func() {
		if w.channels[a.Channel] == c && c.playing == a.ID {
			c.playing = ""
			c.warned = c.warned || c.warning == a.ID
			c.notified = c.notified || slices.ContainsFunc(a.Phrases, func(p queue.Phrase) bool { return p.ID == "recorded" })
			w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		}
	})
}

func (w *World) connect(a queue.Connect) {
	if w.bridges[a.Bridge] != nil {
		w.fail("bridge %s is used twice", a.Bridge)
	}
	w.bridges[a.Bridge] = map[string]bool{}
	for _, id := range a.Channels() {
		if c := w.channels[id]; c != nil {
			if old := w.bridges[c.bridge]; old != nil {
				delete(old, id)
			}
			c.bridge = a.Bridge
			w.bridges[a.Bridge][id] = true
		}
	}
	if len(w.bridges[a.Bridge]) == 2 {
		w.Seen["talks"]++
		if in := w.channels[a.Caller].inbound; in != nil {
			w.answered[in.Number] = true
		}
		w.checkTalk(a)
		if c := w.channels[a.Caller]; c.warner != w.channels[a.Agent].agent {
			c.warner, c.warned, c.warning = w.channels[a.Agent].agent, false, ""
		}
		if keys := []string{"*21", "*22", "*23", "#1", "#2", "#7"}; w.rng.IntN(10) == 0 {
			w.after(time.Second, func() {
				for _, key := range []byte(keys[w.rng.IntN(len(keys))]) {
					w.tell(queue.KeyPressed{Channel: a.Agent, Key: key})
				}
			})
		}
		w.conduct(a.Agent)
		who := a.Channels()[w.rng.IntN(2)]
		w.after(time.Second+w.upTo(2*time.Minute), func() { w.hangUp(who) })
		w.holds(a.Agent)
	}
}

// tap lets a supervisor hear an agent. The talk itself is as it was.
func (w *World) tap(a queue.Tap) {
	if w.channels[a.Snoop] != nil || w.bridges[a.Bridge] != nil {
		w.fail("snoop %s or bridge %s is used twice", a.Snoop, a.Bridge)
	}
	if w.channels[a.Leg] == nil {
		w.tell(queue.ChannelGone{Channel: a.Snoop, Cause: queue.Failed})
		return
	}
	w.channels[a.Snoop] = &channel{up: true, hears: a.Leg, bridge: a.Bridge}
	w.bridges[a.Bridge] = map[string]bool{a.Snoop: true}
	if c := w.channels[a.Supervisor]; c != nil {
		if c.playing != "" || c.bridge != "" {
			w.fail("supervisor %s hears a talk in %q under %q", a.Supervisor, c.bridge, c.playing)
		}
		c.bridge = a.Bridge
		w.bridges[a.Bridge][a.Supervisor] = true
		w.Seen["listened "+string(a.Mode)]++
	}
}

// record hangs two channels on a caller's.
func (w *World) record(a queue.Record) {
	caller := w.channels[a.Channel]
	if caller == nil {
		return
	}
	if !caller.notified {
		w.fail("%s is recorded and was not told", a.Channel)
	}
	w.Seen["recordings"]++
	for _, id := range []string{a.In, a.Out} {
		if w.channels[id] != nil {
			w.fail("recorder %s is used twice", id)
		}
		w.channels[id] = &channel{up: true, hears: a.Channel}
	}
	if w.happens(w.Faults.Conduct, "recordings break") {
		w.after(w.upTo(time.Minute), func() {
			w.tell(queue.RecordingBroke{Channel: a.Out, Kept: w.rng.IntN(2) == 0})
		})
	}
}

func (w *World) join(a queue.Join) {
	if c := w.channels[a.Caller]; c != nil && w.bridges[a.Bridge] != nil {
		if c.playing != "" || c.music {
			w.fail("%s is back in the talk under %q or music (%v)", a.Caller, c.playing, c.music)
		}
		c.bridge = a.Bridge
		w.bridges[a.Bridge][a.Caller] = true
		if in := len(w.bridges[a.Bridge]); in == 3 {
			w.Seen["talks of three"]++
		} else if in > 3 {
			w.fail("%d are in one talk: %v", in, w.bridges[a.Bridge])
		}
		if strings.Contains(a.Caller, "-t") {
			w.after(w.upTo(2*time.Minute), func() { w.hangUp(a.Caller) })
		}
	}
}

// party is the far end of another call of an agent's phone.
const party = "PJSIP/2002-1"

// take fetches such a party out of his call, if he is there still.
func (w *World) take(a queue.Take) {
	if w.channels[a.Channel] != nil {
		w.fail("leg %s is made twice", a.Channel)
	}
	c := &channel{}
	w.channels[a.Channel] = c
	w.after(w.upTo(time.Second), func() {
		switch {
		case w.channels[a.Channel] != c:
		case w.happens(w.Faults.Decline, "other parties are gone"):
			w.end(a.Channel, queue.Failed)
		default:
			c.up = true
			w.Seen["other parties taken"]++
			w.tell(queue.LegAnswered{Channel: a.Channel})
		}
	})
}

// pushOut lets another phone take the place of a leg for a moment.
func (w *World) pushOut(leg string) {
	if c := w.channels[leg]; c != nil && w.bridges[c.bridge] != nil {
		delete(w.bridges[c.bridge], leg)
		c.bridge = ""
		w.Seen["legs pushed out"]++
		w.tell(queue.LegPushedOut{Channel: leg})
	}
}

// conduct lets an agent press a code that ends a talk, now and then, once or twice.
func (w *World) conduct(leg string) {
	if !w.happens(w.Faults.Conduct, "codes of conduct") {
		return
	}
	outside := fmt.Sprintf("*30770%06d#", w.order)
	codes := []string{
		"*5", "*5", "*5", "*5", "*6", "*9", "*32001#", "*31001#", "*31005#", "*3802#", outside,
		"*7", "*7", "*42001#", "*42001#", "*42002#", "*42003#", "*42004#", "*41001#", "*41005#", strings.Replace(outside, "*3", "*4", 1), "*8", "*8", "*8",
	}
	code := codes[w.rng.IntN(len(codes))]
	if to := []string{"2001", "1003", "802", "9", "", party, party}; w.rng.IntN(6) == 0 {
		ev := queue.TransferPressed{Channel: leg, To: to[w.rng.IntN(len(to))]}
		if ev.To == party {
			ev.To, ev.Party = "2002", party
		} else if w.rng.IntN(3) == 0 {
			ev.Rings = leg + "-other"
		}
		w.after(w.upTo(30*time.Second), func() { w.tell(ev) })
	}
	if w.rng.IntN(6) == 0 {
		w.after(w.upTo(30*time.Second), func() { w.pushOut(leg) })
	}
	at := w.upTo(20 * time.Second)
	w.presses(leg, code, at)
	for range 1 + w.rng.IntN(3) {
		next := []string{code, code, code, "*1", "*3", "*3", "*4", "*8"}
		w.presses(leg, next[w.rng.IntN(len(next))], at+w.upTo(15*time.Second))
	}
}

// presses lets an agent key something in, a little later.
func (w *World) presses(leg, keys string, later time.Duration) {
	w.after(later, func() {
		for _, key := range []byte(keys) {
			w.tell(queue.KeyPressed{Channel: leg, Key: key})
		}
	})
}

// holds lets an agent play with hold key and code, in any order, for a while.
func (w *World) holds(leg string) {
	if !w.happens(w.Faults.Hold, "holds") {
		return
	}
	w.after(w.upTo(30*time.Second), func() {
		c := w.channels[leg]
		if c == nil {
			return
		}
		if w.rng.IntN(2) == 0 {
			w.tell(queue.KeyPressed{Channel: leg, Key: '*'})
			w.tell(queue.KeyPressed{Channel: leg, Key: '1'})
		} else if c.holds = !c.holds; c.holds {
			w.tell(queue.HoldPressed{Channel: leg})
		} else {
			w.tell(queue.HoldReleased{Channel: leg})
		}
		if !w.happens(w.Faults.NeverBack, "agents who never come back") {
			w.holds(leg)
		}
	})
}

// hangUp is a person who hangs up.
func (w *World) hangUp(channel string) { w.end(channel, queue.Normal) }

func (w *World) end(id string, why queue.Cause) {
	c := w.channels[id]
	if c == nil {
		return
	}
	delete(w.channels, id)
	delete(w.bridges[c.bridge], id)
	w.tell(queue.ChannelGone{Channel: id, Cause: why})
	for _, snoop := range slices.Sorted(maps.Keys(w.channels)) {
		if c := w.channels[snoop]; c != nil && c.hears == id {
			w.end(snoop, queue.Normal)
		}
	}
}

// truth is all that the exchange knows.
func (w *World) truth() queue.Synced {
	ev := queue.Synced{Started: w.started}
	for _, id := range slices.Sorted(maps.Keys(w.channels)) {
		c := w.channels[id]
		ev.Channels = append(ev.Channels, queue.LiveChannel{ID: id, Up: c.up, Inbound: c.inbound})
	}
	for _, id := range slices.Sorted(maps.Keys(w.bridges)) {
		ev.Bridges = append(ev.Bridges, queue.LiveBridge{ID: id, Channels: slices.Sorted(maps.Keys(w.bridges[id]))})
	}
	for _, e := range slices.Sorted(maps.Keys(w.phones)) {
		ev.Phones = append(ev.Phones, queue.PhoneChanged{Endpoint: e, Reachable: w.phones[e]})
	}
	ev.Lamps = maps.Clone(w.lamps)
	for _, lamp := range w.lighting { // they will have been set
		setLamp(ev.Lamps, lamp)
	}
	return ev
}
