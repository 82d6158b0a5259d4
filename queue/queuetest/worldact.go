package queuetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// What people and the exchange do about an action in the simulator, a little later and not always well.

// person is the one at the far end of a channel.
type person struct {
	holds bool // the hold key of the phone is pressed
	// warning is the playback that warns a caller of the tone, warned: heard to the end, from the agent warner.
	warning string
	warned  bool
	warner  string
	// notified: the caller has heard that the talk is recorded.
	notified bool
}

// agent is the extension that was dialled, "" if it is no phone of ours.
func (c *channel) agent() string { return strings.TrimPrefix(c.phone, "PJSIP/") }

// act does an action a little later, in order for each channel.
func (w *World) act(a queue.Action) {
	at := w.now.Add(w.upTo(10 * time.Millisecond))
	keys := a.Channels()
	if lamp, ok := a.(queue.Lamp); ok {
		keys = append(keys, lamp.Name)
		w.lighting = append(w.lighting, lamp)
	}
	if talk, ok := a.(queue.Connect); ok { // a caller may hang up in this moment, and has been answered all the same
		if c := find(w.state.Calls(), func(c *queue.Call) bool { return talk.Caller == cmp.Or(c.Channel, c.ID) }); c != nil {
			w.answered[c.Number] = true
		}
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

// done does an action. What it is that people see and hear of it is checked before, and what they do comes of it.
func (w *World) done(a queue.Action) {
	switch a := a.(type) {
	case queue.Play:
		if c := w.channels[a.Channel]; c != nil && w.happens(w.Faults.PlayFails, "playbacks fail") {
			c.warned = c.warned || a.Phrases[0].ID == "tone-warn" // as far as anybody can know
			c.notified = true
			w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
			return
		}
		w.checkQuiet(a.Channel, a)
	case queue.Connect:
		w.checkQuiet(a.Caller, a)
	case queue.Join:
		w.checkQuiet(a.Caller, a)
	case queue.Tap:
		w.checkQuiet(a.Supervisor, a)
	case queue.Dial:
		w.checkDial(a)
	case queue.DialClient:
		w.checkDialClient(a)
	case queue.Record:
		if c := w.channels[a.Channel]; c != nil && !c.notified {
			w.fail("%s is recorded and was not told", a.Channel)
		}
	}
	for _, ev := range w.Do(a) {
		w.tell(ev)
	}
	switch a := a.(type) {
	case queue.Play:
		w.play(a)
	case queue.Dial:
		w.dial(a)
	case queue.DialClient:
		w.dialClient(a)
	case queue.Take:
		w.take(a)
	case queue.TransferDone:
		if !a.OK && w.often("hang-ups on a failed transfer") {
			w.hangUpOnFailure(a.Channel)
		}
	case queue.Fetch:
		w.fetch(a)
	case queue.Tap:
		if c := w.channels[a.Supervisor]; c != nil && c.bridge == a.Bridge {
			w.Seen["listened "+string(a.Mode)]++
		}
	case queue.DetectTalk:
		if a.On && w.rng.IntN(5) > 0 { // the others have no microphone
			w.after(w.upTo(15*time.Second), func() { w.tell(queue.CallerSpeaks{Channel: a.Channel}) })
		}
	case queue.Record:
		w.record(a)
	case queue.Connect:
		w.connect(a)
	case queue.Join:
		w.join(a)
	case queue.Announce:
		if len(w.bridges[a.Bridge]) == 2 {
			w.Seen["announcements"]++
		}
	case queue.Lamp:
		w.light(a)
	case queue.Resync:
		w.Seen["resyncs"]++
		w.tell(w.truth())
	}
}

// light is a lamp that was set. Once none is under way they show what the daemon's state says.
func (w *World) light(a queue.Lamp) {
	i := slices.Index(w.lighting, a)
	w.lighting = slices.Delete(w.lighting, i, i+1)
	w.Seen["lamps "+string(a.State)]++
	next := w.state.Next()
	if len(w.lighting) > 0 || !w.connected || !w.attached || !next.IsZero() && !next.After(w.clock()) {
		return
	}
	if want := w.state.Lamps(); !maps.Equal(w.lamps, want) {
		w.fail("lamps show %v, want %v", w.lamps, want)
	}
}

// play plays a phrase, which a person may hear to its end.
func (w *World) play(a queue.Play) {
	c := w.channels[a.Channel]
	if c == nil {
		return
	}
	switch a.Phrases[0].ID {
	case "tone-warn":
		c.warning = a.ID
	case "callback-offer":
		if w.often("offers taken") {
			w.later(time.Second+w.upTo(3*time.Second), a.Channel, func(*channel) { w.keys(a.Channel, "1") })
		}
	case "enter-number":
		if w.often("numbers keyed in") {
			w.keysNumber(a.Channel)
		}
	case "your-number-is":
		w.later(w.upTo(10*time.Second), a.Channel, func(*channel) { w.keys(a.Channel, "1") })
	case "rating":
		w.after(w.upTo(8*time.Second), func() { w.keys(a.Channel, pick(w, strings.Split("0123456789*#", "")...)) })
	case "tone-end":
		w.Seen["ended rude callers"]++
		if !c.warned {
			w.fail("%s is sent away without a warning", a.Channel)
		}
	}
	ends := func(c *channel) {
		if c.playing == a.ID {
			c.warned = c.warned || c.warning == a.ID
			c.notified = c.notified || slices.ContainsFunc(a.Phrases, func(p queue.Phrase) bool { return p.ID == "recorded" })
			w.tell(w.Heard(a.Channel))
		}
	}
	w.later(time.Duration(len(a.Phrases))*2*time.Second, a.Channel, func(c *channel) {
		if c.playing == c.lost { // nobody misses the end of it if the channel is about to be hung up
			w.later(20*time.Millisecond, a.Channel, ends)
		} else {
			ends(c)
		}
	})
}

// connect is a talk, in which people do what they do.
func (w *World) connect(a queue.Connect) {
	if len(w.bridges[a.Bridge]) == 2 {
		w.Seen["talks"]++
		w.checkTalk(a)
		if c, agent := w.channels[a.Caller], w.channels[a.Agent].agent(); c.warner != agent {
			c.warner, c.warned, c.warning = agent, false, ""
		}
		if keys := bookingsAndResults(); w.rng.IntN(10) == 0 {
			w.after(time.Second, func() { w.keys(a.Agent, pick(w, keys...)) })
		}
		w.conduct(a.Agent)
		who := pick(w, a.Caller, a.Agent)
		w.after(time.Second+w.upTo(2*time.Minute), func() { w.hangUp(who) })
		w.holds(a.Agent)
		if w.odd("legs moved") {
			w.after(w.upTo(30*time.Second), func() { w.moveLeg(a.Agent) })
		}
	}
}

// bookingsAndResults are the keys of every class of callbacks, and of results that there are and are not.
func bookingsAndResults() (keys []string) {
	for _, c := range queue.Classes {
		keys = append(keys, c.Code)
	}
	return append(keys, "#1", "#2", "#7")
}

// record is a recording that may break.
func (w *World) record(a queue.Record) {
	if w.channels[a.Channel] == nil {
		return
	}
	w.Seen["recordings"]++
	if w.happens(w.Faults.Conduct, "recordings break") {
		w.after(w.upTo(time.Minute), func() {
			w.tell(queue.RecordingBroke{Channel: a.Out, Kept: w.rng.IntN(2) == 0})
		})
	}
}

// join brings another party into a talk.
func (w *World) join(a queue.Join) {
	if c := w.channels[a.Caller]; c != nil && c.bridge == a.Bridge {
		if len(w.bridges[a.Bridge]) == 3 {
			w.Seen["talks of three"]++
		}
		if strings.Contains(a.Caller, "-t") {
			w.after(w.upTo(2*time.Minute), func() { w.hangUp(a.Caller) })
		}
	}
}

// party is the far end of another call of an agent's phone.
const party = "PJSIP/2002-1"

// take moves such a party out of a call, if it is still there.
func (w *World) take(a queue.Take) {
	w.later(w.upTo(time.Second), a.Channel, func(*channel) {
		if w.happens(w.Faults.Decline, "other parties are gone") {
			w.end(a.Channel, queue.CauseFailed)
			return
		}
		w.Seen["other parties taken"]++
		w.tell(w.Answer(a.Channel))
	})
}

// pushOut lets another phone take the place of a leg for a moment.
func (w *World) pushOut(leg string) {
	if c := w.channels[leg]; c != nil && w.bridges[c.bridge] != nil {
		w.leave(leg, c)
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
		"*24", "*24", "*24", "*24", "*5", "*5", "*5", "*5", "*6", "*9", "*32001#", "*31001#", "*31005#", "*3802#", outside,
		"*7", "*7", "*42001#", "*42001#", "*42002#", "*42003#", "*42004#", "*41001#", "*41005#", strings.Replace(outside, "*3", "*4", 1), "*8", "*8", "*8",
	}
	code := pick(w, codes...)
	if w.rng.IntN(6) == 0 {
		ev := queue.TransferPressed{Channel: leg, To: pick(w, "2001", "1003", "802", "9", "", party, party)}
		if ev.To == party {
			ev.To, ev.Party = "2002", party
		} else if w.rng.IntN(3) == 0 {
			ev.Rings = leg + "-other"
		} else if all := slices.Sorted(maps.Keys(w.channels)); w.rng.IntN(2) == 0 {
			ev.To, ev.Other = "", pick(w, all...) // a queue, as a rule, in which the agent waits or talks
		}
		w.after(w.upTo(30*time.Second), func() {
			if w.channels[ev.Other] != nil && w.rng.IntN(2) == 0 { // in the other call
				ev.Channel, ev.Other = ev.Other, ev.Channel
			}
			w.tell(w.Join(ev))
		})
	}
	if w.rng.IntN(6) == 0 {
		w.after(w.upTo(30*time.Second), func() { w.pushOut(leg) })
		w.after(w.upTo(5*time.Minute), func() { w.quiet(leg, false) })
	}
	at := w.upTo(20 * time.Second)
	w.after(at, func() { w.keys(leg, code) })
	for range 1 + w.rng.IntN(3) {
		next := pick(w, code, code, code, "*1", "*3", "*3", "*4", "*8")
		w.after(at+w.upTo(15*time.Second), func() { w.keys(leg, next) })
	}
}

// keys are pressed by somebody.
func (w *World) keys(channel, keys string) {
	for _, key := range []byte(keys) {
		w.tell(queue.KeyPressed{Channel: channel, Key: key})
	}
}

// holds lets an agent play with hold key and code, in any order, for a while.
func (w *World) holds(leg string) {
	if !w.happens(w.Faults.Hold, "holds") {
		return
	}
	w.later(w.upTo(30*time.Second), leg, func(c *channel) {
		if w.rng.IntN(2) == 0 {
			w.keys(leg, "*1")
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

// hangUp makes a person hang up.
func (w *World) hangUp(channel string) { w.end(channel, queue.CauseNormal) }

// end ends a channel and reports it.
func (w *World) end(id string, why queue.Cause) {
	for _, ev := range w.End(id, why) {
		w.tell(ev)
	}
}

// truth is all that the exchange knows; lamps under way will have been set.
func (w *World) truth() queue.Synced {
	ev := w.Truth()
	for _, lamp := range w.lighting {
		setLamp(ev.Lamps, lamp)
	}
	return ev
}
