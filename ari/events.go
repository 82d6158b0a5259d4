package ari

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// events says what becomes of each event of Asterisk's. Its keys are the filter that
// Asterisk is given ([Client.allowEvents]): what is not here is not even sent. Each is
// called with the tracker locked.
var events = map[string]func(*tracker, *event) news{
	asterisk.Events.ApplicationReplaced:   func(*tracker, *event) news { return news{err: ErrReplaced} },
	asterisk.Events.ChannelCallerID:       tellsOf((*tracker).identified),
	asterisk.Events.ChannelConnectedLine:  (*tracker).showsOther,
	asterisk.Events.ChannelDestroyed:      (*tracker).destroyed,
	asterisk.Events.ChannelDtmfReceived:   tellsOf((*tracker).pressed),
	asterisk.Events.ChannelHangupRequest:  tellsOf((*tracker).hangupAsked),
	asterisk.Events.ChannelHold:           tellsOf((*tracker).held),
	asterisk.Events.ChannelStateChange:    tells((*tracker).changed),
	asterisk.Events.ChannelTalkingStarted: tellsOf((*tracker).speaks),
	channelTransfer:                       tells((*tracker).transferred),
	asterisk.Events.ChannelUnhold:         tellsOf((*tracker).held),
	asterisk.Events.ChannelUserevent:      full(func(_ *tracker, ev *asterisk.ChannelUserevent) news { return news{mark: ev.Eventname} }),
	asterisk.Events.ContactStatusChange:   full((*tracker).contactChanged),
	asterisk.Events.EndpointStateChange:   tells((*tracker).phone),
	asterisk.Events.PlaybackFinished:      tells((*tracker).played),
	asterisk.Events.RecordingFailed: full(func(t *tracker, ev *asterisk.RecordingFailed) news {
		return t.recorded(&ev.Recording, true)
	}),
	asterisk.Events.RecordingFinished: full(func(t *tracker, ev *asterisk.RecordingFinished) news { return t.recorded(&ev.Recording, false) }),
	asterisk.Events.StasisEnd:         (*tracker).left,
	asterisk.Events.StasisStart:       (*tracker).started,
}

// channelTransfer is missing from the names of CyCoreSystems/ari, and so is its event.
const channelTransfer = "ChannelTransfer"

// news is what an event of Asterisk's comes to. Most of it is empty.
type news struct {
	// told is for the rules, first what they must know before that, and then what follows from it.
	first, told, then queue.Event
	// orphan is a leg that entered our app though nobody waits for it any more.
	orphan string
	// show is for a phone that was told something else by Asterisk.
	show *queue.Show
	// mark is one of ours, see [session.catchUp].
	mark string
	// err is [ErrReplaced], or why the event was not understood.
	err error
}

// tells is a handler of events that come to something for the rules alone, or to nothing.
func tells(what func(*tracker, *event) queue.Event) func(*tracker, *event) news {
	return func(t *tracker, ev *event) news { return news{told: what(t, ev)} }
}

// tellsOf is one of what happens to a channel; of one that is not known there is nothing to tell.
func tellsOf(what func(*tracker, *event, *channel) queue.Event) func(*tracker, *event) news {
	return tells(func(t *tracker, ev *event) queue.Event {
		if c := t.channels[ev.Channel.ID]; c != nil {
			return what(t, ev, c)
		}
		return nil
	})
}

// translate handles an event. Many come twice: Asterisk tells what happens to a channel
// of a watched phone as the channel's and as the phone's.
func (t *tracker) translate(ev *event) news {
	handle := events[ev.Type]
	if handle == nil {
		return news{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	ev.legs(t)
	n := handle(t, ev)
	if c := t.channels[ev.Channel.ID]; c != nil && c.name == "" {
		c.name = strings.Clone(ev.Channel.Name)
	}
	return n
}

func (t *tracker) started(ev *event) news {
	id := ev.Channel.ID
	if ev.Replaced != nil {
		if c := t.channels[ev.Replaced.ID]; c != nil && c.leg && !c.up {
			return t.pickedUp(ev)
		}
		return t.replaces(ev.Replaced.ID, &ev.Channel, false)
	}
	if len(ev.Args) == 1 && strings.HasPrefix(ev.Args[0], replacesArg) {
		return t.replaces(strings.TrimPrefix(ev.Args[0], replacesArg), &ev.Channel, true)
	}
	known := t.channels[id]
	switch {
	case slices.Contains(ev.Args, legArg):
		if known == nil {
			return news{orphan: id}
		}
		known.enter()
	case slices.Contains(ev.Args, supervisorArg):
		if known == nil {
			t.channels[id] = &channel{supervisor: true}
			t.since.came.add(id)
			return news{told: queue.SupervisorArrived{Channel: id}}
		}
	case known == nil && slotOf(ev.Args) > 0:
		t.channels[id] = &channel{leg: true, up: true, pjsip: isSIP(ev.Channel.Name)}
		t.since.came.add(id)
		n := news{told: queue.SlotDialled{Channel: id, Phone: endpointOf(&ev.Channel), Slot: slotOf(ev.Args)}}
		if at := t.phoneOf(&ev.Channel); at != "" {
			n.first = t.lookAt(at, t.phones[at].Reachable) // until now it was a call of the phone's own
		}
		return n
	case known == nil && id != "":
		t.channels[id] = &channel{}
		t.since.came.add(id)
		return news{told: arrival(&ev.Channel, ev.Args)}
	}
	return news{}
}

// left is a channel that left our app. For a caller that is the end, even if
// they were hung up; so it is for a leg that somebody took elsewhere. When a leg
// is hung up, ChannelDestroyed follows and says why; but not of one that Asterisk has put in the place of another.
//
// A phone whose leg was taken elsewhere, as by an operator's panel, goes on to talk there: that is told first.
func (t *tracker) left(ev *event) news {
	id := ev.Channel.ID
	c := t.channels[id]
	if c == nil || c.leg && c.hangup && c.replaces == "" {
		return news{}
	}
	t.forget(id)
	n, why := news{}, queue.CauseNormal
	switch {
	case c.shutdown:
		why = queue.CauseLost
	case c.deaf:
		why = queue.CauseDropped
	}
	if !c.leaving || c.hangup {
		n = c.gone(t, id, why)
	}
	if c.leg {
		n.first = t.otherTalks(&ev.Channel)
	}
	return n
}

// destroyed is the end of a channel. That of a leg changes nothing at its phone, but for one that picked it up, whose
// phone had it as a call of its own before: that is told first.
func (t *tracker) destroyed(ev *event) news {
	id := ev.Channel.ID
	c := t.channels[id]
	if c == nil {
		return news{told: t.lineEnded(&ev.Channel)}
	}
	t.forget(id)
	n := c.gone(t, id, c.ended(ev.Cause, ev.SIP))
	n.first = t.lineEnded(&ev.Channel)
	return n
}

// hangupAsked notes who asked for a hang-up, and with which cause.
func (t *tracker) hangupAsked(ev *event, c *channel) queue.Event {
	c.hangup = true
	if !ev.Soft && c.cause == 0 {
		c.cause, c.sip = ev.Cause, ev.SIP
	}
	c.shutdown = c.shutdown || ev.Soft && ev.Cause == softShutdown
	c.timedOut = c.timedOut || ev.Soft && ev.Cause == softExplicit
	c.deaf = c.deaf || ev.Soft && ev.Cause == softDevice
	return nil
}

// gone is the end of a channel. If it took the place of a leg that is still there, that place is free again: before its
// end the leg could not be put back.
func (c *channel) gone(t *tracker, id string, why queue.Cause) news {
	gone := queue.ChannelGone{Channel: id, Cause: why}
	switch {
	case c.replaces != "":
		return news{told: gone, then: queue.LegPushedOut{Channel: c.replaces}}
	case c.leg && legOf(id) != "":
		return news{told: t.deviceEnded(id, why)}
	}
	return news{told: gone}
}

func (t *tracker) changed(ev *event) queue.Event {
	c := t.channels[ev.Channel.ID]
	if c == nil {
		return t.otherTalks(&ev.Channel)
	}
	if !c.leg {
		return nil
	}
	switch ev.Channel.State {
	case "Ringing":
		first := c.rang.IsZero()
		c.rang = ev.time()
		if c.trunk && first {
			return queue.ClientProgress{Channel: ev.Channel.ID}
		}
	case "Up":
		if !c.up {
			c.up = true
			answered := queue.LegAnswered{Channel: ev.Channel.ID}
			if legOf(ev.Channel.ID) != "" {
				first := false
				if answered.Channel, first = t.deviceAnswers(ev.Channel.ID); !first {
					return nil
				}
			}
			if rang := ev.time().Sub(c.rang); !c.rang.IsZero() && rang >= 0 { // else Asterisk's clock was set back meanwhile
				answered.Rang = max(rang, time.Millisecond)
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
func (t *tracker) pressed(ev *event, c *channel) queue.Event {
	if len(ev.Digit) != 1 || !strings.Contains("0123456789*#ABCD", ev.Digit) {
		return nil
	}
	key, at := ev.Digit[0], ev.time()
	if at.IsZero() || key == c.lastKey && at.Sub(c.lastKeyAt).Abs() < time.Duration(ev.Duration)*time.Millisecond+keyGap {
		return nil
	}
	c.lastKey, c.lastKeyAt = key, at
	return queue.KeyPressed{Channel: ev.Channel.ID, Key: key}
}

// held is the hold key of a phone. Before the answer it cannot be pressed: a phone whose early media are one-way
// (183, sendonly) says the same.
func (t *tracker) held(ev *event, c *channel) queue.Event {
	if c.leg && !c.up {
		return nil
	}
	if ev.Type+ev.Timestamp == c.lastHold { // pressed and released may be told of the same millisecond
		return nil
	}
	c.lastHold = ev.Type + ev.Timestamp
	c.audio = audio{none: c.audio.none} // what was quiet before is another matter
	if ev.Type == asterisk.Events.ChannelHold {
		return queue.HoldPressed{Channel: ev.Channel.ID}
	}
	return queue.HoldReleased{Channel: ev.Channel.ID}
}

func (t *tracker) speaks(ev *event, _ *channel) queue.Event {
	return queue.CallerSpeaks{Channel: ev.Channel.ID}
}

func (t *tracker) played(ev *event) queue.Event {
	if id, ok := strings.CutPrefix(ev.Playback.Target, "channel:"); ok {
		return queue.PlayEnded{Channel: id, Playback: ev.Playback.ID}
	}
	if id, ok := strings.CutPrefix(ev.Playback.Target, "bridge:"); ok {
		t.bridges.mix(id)
	}
	return nil
}

// recorded tells of a recording that has ended though we did not end it. Of a file that cannot be
// opened Asterisk 22 says that it is finished, after 0 s.
func (t *tracker) recorded(r *asterisk.LiveRecordingData, failed bool) news {
	id, ours := strings.CutPrefix(r.TargetURI, "channel:")
	if c := t.channels[id]; !ours || c == nil || !c.leg || c.ending {
		return news{}
	}
	broke := queue.RecordingBroke{Channel: id, Kept: r.Duration > 0, Why: "it was interrupted: is the disk full?"}
	switch {
	case failed:
		broke.Why = cleanName(r.Cause)
	case !broke.Kept:
		broke.Why = "Asterisk cannot write its file: check its folder of recordings, and Asterisk's log"
	}
	return news{told: broke}
}

func (t *tracker) transferred(ev *event) queue.Event {
	id := ev.ReferredBy.Source.ID
	c := t.channels[id]
	if c == nil || c.hangup || ev.Progress != "" || ev.Timestamp == c.lastTransfer {
		return nil // a phone that hangs up before it is told what became of its REFER: Asterisk tells that REFER again
	}
	c.lastTransfer, c.referred = ev.Timestamp, time.Now()
	to := &ev.ReferTo
	pressed := queue.TransferPressed{Channel: id}
	switch {
	case to.Destination.Dialog == "":
		pressed.To = to.Destination.Number
	case t.channels[to.Other.ID] != nil:
		pressed.Other = to.Other.ID
	case t.channels[to.Connected.ID] != nil:
		// The far end is one of ours, whose call has rules of its own.
	case plainName.MatchString(to.Connected.Name):
		pressed.Party = to.Connected.Name
		pressed.To = cmp.Or(cleanNumber(to.Connected.Caller.Number), cleanNumber(to.Other.Dialplan.Exten))
	case to.Connected.ID == "": // it rings, nobody is at its far end, or it is over: the phone has ended both its calls
		pressed.Rings = to.Other.ID
		pressed.To = cmp.Or(cleanNumber(to.Destination.Number), cleanNumber(to.Other.Dialplan.Exten))
	}
	return pressed
}

// plainName is a channel's name that means nothing else in a dialplan.
var plainName = regexp.MustCompile(`^[A-Za-z0-9]+/[A-Za-z0-9_.+@:;/-]{1,100}$`)

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

// slotOf is the number of the slot that a phone has dialled, from the arguments of its channel; 0 if it has not.
func slotOf(args []string) int {
	for _, arg := range args {
		if slot, is := strings.CutPrefix(arg, slotArg); is {
			return number(slot)
		}
	}
	return 0
}

// number is 0 when s is no number.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
