package ari

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// translate makes an event of the rules of an event of Asterisk, or nil. Many
// events come twice: Asterisk tells what happens to a channel of a watched
// phone as the channel's and as the phone's. Orphan is a leg that entered our
// app though nobody waits for it any more.
func (t *table) translate(ev *event) (told queue.Event, orphan string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch ev.Type {
	case "StasisStart":
		if ev.Replaced != nil {
			t.channels[ev.Channel.ID] = &channel{leg: true, up: true, replaces: ev.Replaced.ID}
			return nil, ev.Channel.ID
		}
		return t.started(&ev.Channel, ev.Args)
	case "StasisEnd":
		return t.left(ev.Channel.ID), ""
	case "ChannelStateChange":
		return t.changed(ev), ""
	case "ChannelHangupRequest":
		if c := t.channels[ev.Channel.ID]; c != nil {
			c.hangup = true
			if !ev.Soft && c.cause == 0 {
				c.cause = ev.Cause
			}
			c.timedOut = c.timedOut || ev.Soft && ev.Cause == softExplicit
			c.deaf = c.deaf || ev.Soft && ev.Cause == softDevice
		}
	case "ChannelDestroyed":
		if c := t.channels[ev.Channel.ID]; c != nil {
			t.forget(ev.Channel.ID)
			return c.gone(ev.Channel.ID, c.ended(ev.Cause)), ""
		}
	case "ChannelDtmfReceived":
		return t.pressed(ev), ""
	case "ChannelHold", "ChannelUnhold":
		return t.held(ev), ""
	case "ChannelTalkingStarted":
		if t.channels[ev.Channel.ID] != nil {
			return queue.CallerSpeaks{Channel: ev.Channel.ID}, ""
		}
	case "ChannelTransfer":
		return t.transferred(ev), ""
	case "PlaybackFinished":
		if id, ok := strings.CutPrefix(ev.Playback.Target, "channel:"); ok {
			return queue.PlayEnded{Channel: id, Playback: ev.Playback.ID}, ""
		}
		if id, ok := strings.CutPrefix(ev.Playback.Target, "bridge:"); ok {
			t.seats.mix(id)
		}
	case "RecordingFailed", "RecordingFinished":
		return t.recorded(ev), ""
	case "EndpointStateChange":
		return t.phone(&ev.Endpoint), ""
	}
	return nil, ""
}

func (t *table) started(ch *channelData, args []string) (told queue.Event, orphan string) {
	known := t.channels[ch.ID]
	switch {
	case slices.Contains(args, legArg):
		if known == nil {
			return nil, ch.ID
		}
		known.enter()
	case slices.Contains(args, supervisorArg):
		if known == nil {
			t.channels[ch.ID] = &channel{supervisor: true}
			t.since.came.add(ch.ID)
			return queue.SupervisorArrived{Channel: ch.ID}, ""
		}
	case known == nil && ch.ID != "":
		t.channels[ch.ID] = &channel{}
		t.since.came.add(ch.ID)
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
		return c.gone(id, queue.Dropped)
	}
	return c.gone(id, queue.Normal)
}

// gone is the end of a channel. With one that took the place of a leg only that
// place is free again: before its end the leg could not be put back.
func (c *channel) gone(id string, why queue.Cause) queue.Event {
	if c.replaces != "" {
		return queue.LegPushedOut{Channel: c.replaces}
	}
	return queue.ChannelGone{Channel: id, Cause: why}
}

func (t *table) changed(ev *event) queue.Event {
	c := t.channels[ev.Channel.ID]
	if c == nil || !c.leg {
		return nil
	}
	switch ev.Channel.State {
	case "Ringing":
		c.rang = ev.time()
	case "Up":
		if !c.up {
			c.up = true
			answered := queue.LegAnswered{Channel: ev.Channel.ID}
			if !c.rang.IsZero() {
				answered.Rang = max(ev.time().Sub(c.rang), time.Millisecond)
			}
			return answered
		}
	}
	return nil
}

// keyGap is the least time between two keys, as Asterisk has it.
const keyGap = 45 * time.Millisecond

// pressed tells a key once. It comes again as the phone's, and still again if its
// channel's thread was late: Asterisk tells a key that it puts back, until the
// one before is over, each time that it takes it up. The same key cannot have been
// pressed anew before a gap and its own duration.
func (t *table) pressed(ev *event) queue.Event {
	c := t.channels[ev.Channel.ID]
	if c == nil || len(ev.Digit) != 1 || !strings.Contains("0123456789*#ABCD", ev.Digit) {
		return nil
	}
	key, at := ev.Digit[0], ev.time()
	if at.IsZero() {
		return nil
	}
	if key == c.lastKey && at.Sub(c.lastKeyAt) < time.Duration(ev.Duration)*time.Millisecond+keyGap {
		return nil
	}
	c.lastKey, c.lastKeyAt = key, at
	return queue.KeyPressed{Channel: ev.Channel.ID, Key: key}
}

func (t *table) held(ev *event) queue.Event {
	c := t.channels[ev.Channel.ID]
	if c == nil || ev.Timestamp == c.lastHold {
		return nil
	}
	c.lastHold = ev.Timestamp
	if ev.Type == "ChannelHold" {
		return queue.HoldPressed{Channel: ev.Channel.ID}
	}
	return queue.HoldReleased{Channel: ev.Channel.ID}
}

// recorded tells of a recording that has ended though we did not end it. Of a file that cannot be
// opened Asterisk 22 says that it is finished, after 0 s.
func (t *table) recorded(ev *event) queue.Event {
	id, ours := strings.CutPrefix(ev.Recording.Target, "channel:")
	if c := t.channels[id]; !ours || c == nil || !c.leg || c.ending {
		return nil
	}
	broke := queue.RecordingBroke{Channel: id, Kept: ev.Recording.Duration > 0, Why: "it broke off: is the disk full?"}
	switch {
	case ev.Type == "RecordingFailed":
		broke.Why = cleanName(ev.Recording.Cause)
	case !broke.Kept:
		broke.Why = "Asterisk cannot write its file: see its folder of recordings, and Asterisk's log"
	}
	return broke
}

func (t *table) transferred(ev *event) queue.Event {
	id := ev.ReferredBy.Source.ID
	c := t.channels[id]
	if c == nil || ev.Progress != "" || ev.Timestamp == c.lastTransfer {
		return nil
	}
	c.lastTransfer = ev.Timestamp
	to := &ev.ReferTo
	pressed := queue.TransferPressed{Channel: id}
	switch {
	case to.Destination.Dialog == "":
		pressed.To = to.Destination.Number
	case t.channels[to.Other.ID] != nil || t.channels[to.Connected.ID] != nil:
		// A call of ours is not joined with another: it has rules of its own.
	case plainName.MatchString(to.Connected.Name):
		pressed.Party = to.Connected.Name
		pressed.To = cmp.Or(cleanNumber(to.Connected.Caller.Number), cleanNumber(to.Other.Dialplan.Exten))
	case to.Connected.ID == "" && to.Other.State == "Ring":
		pressed.Rings = to.Other.ID
		pressed.To = cmp.Or(cleanNumber(to.Destination.Number), cleanNumber(to.Other.Dialplan.Exten))
	}
	return pressed
}

// plainName is a channel's name that means nothing else in a dialplan.
var plainName = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9_.+@:;/-]{1,100}$`)

func (t *table) phone(ep *endpointData) queue.Event {
	before, watched := t.phones[ep.name()]
	if !watched {
		return nil
	}
	now := t.phoneState(ep)
	t.since.phones.add(now.Endpoint)
	if now == before {
		return nil
	}
	t.phones[now.Endpoint] = now
	return now
}

// phoneState: a phone is in use by channels other than our legs. A technology
// that does not know whether a phone can be reached says "unknown".
func (t *table) phoneState(ep *endpointData) queue.PhoneChanged {
	return queue.PhoneChanged{
		Endpoint:  ep.name(),
		Reachable: ep.State != "offline",
		InUse: slices.ContainsFunc(ep.ChannelIDs, func(id string) bool {
			c := t.channels[id]
			return c == nil || !c.leg
		}),
	}
}

// arrival is a caller's channel in the words of the rules. Nothing in it is trusted.
func arrival(ch *channelData, args []string) queue.CallArrived {
	call := queue.CallArrived{
		Channel: ch.ID,
		DID:     cleanName(ch.Dialplan.Exten),
		Number:  cleanNumber(ch.Caller.Number),
		Name:    cleanName(ch.Caller.Name),
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
