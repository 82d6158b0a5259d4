package ari

import (
	"fmt"
	"slices"
	"testing"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// hears gives the tracker an event and tells what the rules hear of it, in order.
func (t *tracker) hears(ev *event) string {
	n := t.translate(ev)
	told := ""
	for _, ev := range []queue.Event{n.first, n.told} {
		if ev != nil {
			told += fmt.Sprintf("%T%+v ", ev, ev)
		}
	}
	return told
}

// line is an event of a channel of the phone PJSIP/1013.
func line(kind, id, state, context string) *event {
	ev := &event{Type: kind, Channel: channelData{ID: id, Name: "PJSIP/1013-" + id, State: state}}
	ev.Channel.Dialplan.Context = context
	return ev
}

// has is a phone that tells of its channels.
func has(ids ...string) *event {
	return &event{Type: "EndpointStateChange", Endpoint: asterisk.EndpointData{Technology: "PJSIP", Resource: "1013", State: "online", ChannelIDs: ids}}
}

// A phone's own calls are told as they are: whether there is one, and whether somebody talks in it. A code is no talk, and our
// leg is no call of the phone's own, also while its end is told and the phone still has it.
func TestPhonesOwnCalls(t *testing.T) {
	x := newTracker()
	x.codes = "kezek-code"
	x.phones["PJSIP/1013"] = queue.PhoneChanged{Endpoint: "PJSIP/1013", Reachable: true}
	x.expect(queue.Dial{Channel: "leg"})
	const (
		free  = "queue.PhoneChanged{Endpoint:PJSIP/1013 Reachable:true InUse:false Talks:false} "
		inUse = "queue.PhoneChanged{Endpoint:PJSIP/1013 Reachable:true InUse:true Talks:false} "
		talks = "queue.PhoneChanged{Endpoint:PJSIP/1013 Reachable:true InUse:true Talks:true} "
	)
	for i, step := range []struct {
		ev   *event
		want string
	}{
		{has("leg"), ""},
		{line("ChannelStateChange", "leg", "Up", "office"), "queue.LegAnswered{Channel:leg Rang:0s} "},
		{has("leg", "code"), inUse},
		{line("ChannelStateChange", "code", "Up", "kezek-code"), ""},
		{line("ChannelDestroyed", "code", "Up", "kezek-code"), free},
		{has("leg"), ""},
		{has("leg", "own"), inUse},
		{line("ChannelStateChange", "own", "Ringing", "office"), ""},
		{line("ChannelStateChange", "own", "Up", "office"), talks},
		{line("ChannelDestroyed", "leg", "Up", "office"), "queue.ChannelGone{Channel:leg Cause:normal} "},
		{has("own"), ""},
		{line("ChannelDestroyed", "own", "Up", "office"), free},
		{has(), ""},
	} {
		if got := x.hears(step.ev); got != step.want {
			t.Errorf("step %d: told %q, want %q", i, got, step.want)
		}
	}

	// A leg that is taken elsewhere is a call of the phone's own, before its end is told.
	x.expect(queue.Dial{Channel: "moved"})
	x.hears(has("moved"))
	x.hears(line("ChannelStateChange", "moved", "Up", "office"))
	if got, want := x.hears(line("StasisEnd", "moved", "Up", "office")), talks+"queue.ChannelGone{Channel:moved Cause:normal} "; got != want {
		t.Errorf("moved: told %q, want %q", got, want)
	}

	// It is so after a reading, too, by a daemon that has just started.
	for _, x := range []*tracker{x, newTracker()} {
		x.codes = "kezek-code"
		read := &snapshot{
			endpoints: []asterisk.EndpointData{has("moved").Endpoint},
			others:    map[string]*channelData{"moved": &line("", "moved", "Up", "office").Channel},
		}
		if got := x.adopt(read, []string{"PJSIP/1013"}, nil, false).Phones; !slices.Equal(got, []queue.PhoneChanged{{Endpoint: "PJSIP/1013", Reachable: true, InUse: true, Talks: true}}) {
			t.Errorf("read as %+v", got)
		}
	}
}

// A phone that dials a slot has a call of its own until its channel comes to us.
func TestSlotIsNoOwnCall(t *testing.T) {
	x := newTracker()
	x.phones["PJSIP/1013"] = queue.PhoneChanged{Endpoint: "PJSIP/1013", Reachable: true}
	x.hears(has("k"))
	start := line("StasisStart", "k", "Up", "kezek-agents")
	start.Args = []string{"slot=2"}
	want := "queue.PhoneChanged{Endpoint:PJSIP/1013 Reachable:true InUse:false Talks:false} queue.SlotDialled{Channel:k Phone:PJSIP/1013 Slot:2} "
	if got := x.hears(start); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

// Who picks up a leg that rings has its place. Of the leg nothing more is told. Who takes the place of one that talks is hung up.
func TestPickedUp(t *testing.T) {
	x := newTracker()
	x.phones["PJSIP/1012"] = queue.PhoneChanged{Endpoint: "PJSIP/1012", Reachable: true}
	x.expect(queue.Dial{Channel: "leg"})
	dials := has("pick")
	dials.Endpoint.Resource = "1012"
	if got, want := x.hears(dials), "queue.PhoneChanged{Endpoint:PJSIP/1012 Reachable:true InUse:true Talks:false} "; got != want {
		t.Errorf("its call: told %q, want %q", got, want)
	}
	start := &event{Type: "StasisStart", Channel: channelData{ID: "pick", Name: "PJSIP/1012-0000000f", State: "Up"}, Replaced: &channelData{ID: "leg", Name: "PJSIP/1011-0000000e"}}
	if got, want := x.hears(start), "queue.LegPickedUp{Leg:leg Channel:pick Phone:PJSIP/1012} "; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	for _, kind := range []string{"StasisEnd", "ChannelDestroyed"} {
		if got := x.hears(&event{Type: kind, Channel: channelData{ID: "leg"}}); got != "" {
			t.Errorf("of the leg is told %q", got)
		}
	}
	if got, want := x.hears(&event{Type: "ChannelHold", Timestamp: "1", Channel: channelData{ID: "pick"}}), "queue.HoldPressed{Channel:pick} "; got != want {
		t.Errorf("its hold key: told %q", got)
	}
	end := &event{Type: "ChannelDestroyed", Channel: start.Channel, Cause: normalClearing}
	if got, want := x.hears(end), "queue.PhoneChanged{Endpoint:PJSIP/1012 Reachable:true InUse:false Talks:false} queue.ChannelGone{Channel:pick Cause:normal} "; got != want {
		t.Errorf("its end: told %q, want %q", got, want)
	}
}

// A channel that was told to end and is still there after a while is told to the rules, as nobody's, so that they end it again.
func TestEndedForSure(t *testing.T) {
	x := newTracker()
	x.channels["orphan"] = &channel{up: true}
	read := &snapshot{app: "kezek", channels: []channelData{{ID: "orphan", State: "Up"}}}
	x.expect(queue.Hangup{Channel: "orphan"})
	if got := x.adopt(read, nil, nil, true).Channels; len(got) != 0 {
		t.Errorf("it is as good as gone: %+v", got)
	}
	x.channels["orphan"].asked = x.channels["orphan"].asked.Add(-doubtAfter)
	if got := x.adopt(read, nil, nil, true).Channels; len(got) != 1 || got[0].Inbound != nil {
		t.Errorf("it still lives: %+v", got)
	}
}
