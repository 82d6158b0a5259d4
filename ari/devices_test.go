package ari

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// ringsAtTwo is a tracker with a leg that rings at two devices.
func ringsAtTwo() *tracker {
	x := newTracker()
	x.expect(queue.Dial{Channel: "leg"})
	x.ringsAt("leg", 2)
	return x
}

// told is an event of Asterisk's of a channel.
func told(kind, id, state string, cause int) *event {
	return &event{Type: kind, Channel: channelData{ID: id, State: state}, Cause: cause}
}

// What becomes of a leg that rings at two devices, by what they do in turn.
func TestDevicesOfALeg(t *testing.T) {
	type step struct {
		ev   *event
		want string // that is told
		stop string // the devices that are to ring no more
	}
	up := func(n string) *event { return told("ChannelStateChange", "leg~"+n, "Up", 0) }
	end := func(n string, cause int) *event { return told("ChannelDestroyed", "leg~"+n, "Down", cause) }
	gone := func(why queue.Cause) string { return "queue.ChannelGone{Channel:leg Cause:" + string(why) + "} " }
	const answered = "queue.LegAnswered{Channel:leg Rang:0s} "
	for name, steps := range map[string][]step{
		"the second answers": {
			{up("2"), answered, "leg~1"}, {up("2"), "", ""}, {end("1", normalClearing), "", ""},
			{&event{Type: "ChannelHold", Timestamp: "1", Channel: channelData{ID: "leg~2"}}, "queue.HoldPressed{Channel:leg} ", ""},
			{&event{Type: "PlaybackFinished", Playback: struct {
				ID     string `json:"id"`
				Target string `json:"target_uri"`
			}{"p", "channel:leg~2"}}, "queue.PlayEnded{Channel:leg Playback:p} ", ""},
			{end("2", normalClearing), gone(queue.CauseNormal), ""}, {end("2", normalClearing), "", ""},
		},
		"both answer":                    {{up("1"), answered, "leg~2"}, {up("2"), "", ""}, {end("2", normalClearing), "", ""}, {end("1", normalClearing), gone(queue.CauseNormal), ""}},
		"one declines":                   {{end("1", callRejected), gone(queue.CauseDeclined), "leg~2"}, {up("2"), "", ""}, {end("2", normalClearing), "", ""}},
		"one is busy":                    {{end("2", userBusy), gone(queue.CauseBusy), "leg~1"}, {end("1", normalClearing), "", ""}},
		"one fails, the other answers":   {{end("1", subscriberAbsent), "", ""}, {up("2"), answered, ""}},
		"one fails, the other declines":  {{end("1", subscriberAbsent), "", ""}, {end("2", callRejected), gone(queue.CauseDeclined), ""}},
		"one fails, the other rings out": {{end("1", noAnswer), "", ""}, {end("2", subscriberAbsent), gone(queue.CauseNoAnswer), ""}},
		"both fail":                      {{end("1", subscriberAbsent), "", ""}, {end("2", noBearer), gone(queue.CauseNoCodec), ""}},
		"picked up": {
			{&event{Type: "StasisStart", Channel: channelData{ID: "pick", Name: "PJSIP/1012-1", State: "Up"}, Replaced: &channelData{ID: "leg~2"}}, "queue.LegPickedUp{Leg:leg Channel:pick Phone:PJSIP/1012} ", "leg~1"},
			{end("2", normalClearing), "", ""}, {end("1", normalClearing), "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := ringsAtTwo()
			for i, step := range steps {
				if got := x.hears(step.ev); got != step.want {
					t.Errorf("step %d: told %q, want %q", i, got, step.want)
				}
				if got := strings.Join(x.ringElsewhere(), " "); got != step.stop {
					t.Errorf("step %d: stops %q, want %q", i, got, step.stop)
				}
			}
			if len(x.ringing) > 0 {
				t.Errorf("still rings: %v", x.ringing)
			}
		})
	}
	x := ringsAtTwo()
	x.expect(queue.Hangup{Channel: "leg"})
	if got := x.toEnd("leg"); !slices.Equal(got, []string{"leg~1", "leg~2"}) {
		t.Errorf("ends %v", got)
	}
	if got := x.hears(end("1", normalClearing)) + x.hears(end("2", normalClearing)); got != gone(queue.CauseCancelled) || len(x.channels) > 0 {
		t.Errorf("ended by us: told %q, kept %v", got, x.channels)
	}
}

// A request that names a leg names the device that has answered.
func TestNamedOnAsterisk(t *testing.T) {
	x := ringsAtTwo()
	x.hears(told("ChannelStateChange", "leg~2", "Up", 0))
	for path, want := range map[string]string{
		path("channels", "leg", "play", "leg-p1"):                     "/channels/leg~2/play/leg-p1",
		path("channels", "leg1"):                                      "/channels/leg1",
		query(path("channels", "leg"), "reason", "normal"):            "/channels/leg~2?reason=normal",
		query(path("bridges", "b", "addChannel"), "channel", "leg,c"): "/bridges/b/addChannel?channel=leg~2%2Cc",
		query(path("bridges", "b", "addChannel"), "channel", "c,leg"): "/bridges/b/addChannel?channel=c%2Cleg~2",
		"leg": "leg~2",
	} {
		if got := x.onAsterisk(path); got != want {
			t.Errorf("%s is named %s, want %s", path, got, want)
		}
	}
}

// A daemon that has just started finds the devices of legs. The rules are told of legs alone.
func TestDevicesAreRead(t *testing.T) {
	device := func(id, state string) channelData {
		ch := channelData{ID: id, State: state, Name: "PJSIP/1013-" + id}
		ch.Dialplan.AppData = "kezek,leg"
		return ch
	}
	x := newTracker()
	synced := x.adopt(&snapshot{
		app: "kezek",
		channels: []channelData{
			device("talks~2", "Up"), device("rings~1", "Ringing"), device("rings~2", "Ringing"),
			device("late~1", "Ringing"), device("late~2", "Up"), device("late~3", "Up"),
		},
		bridges:   []asterisk.BridgeData{{ID: "b", ChannelIDs: []string{"caller", "talks~2"}}},
		endpoints: []asterisk.EndpointData{has("talks~2", "rings~1", "late~1", "late~3").Endpoint},
	}, []string{"PJSIP/1013"}, nil, false)
	want := queue.Synced{
		Channels: []queue.LiveChannel{{ID: "late", Up: true}, {ID: "rings"}, {ID: "talks", Up: true}},
		Bridges:  []queue.LiveBridge{{ID: "b", Channels: []string{"caller", "talks"}}},
		Phones:   []queue.PhoneChanged{{Endpoint: "PJSIP/1013", Reachable: true}},
	}
	if g, w := dump(synced), dump(want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if got := x.ringElsewhere(); !slices.Equal(got, []string{"late~1", "late~3"}) {
		t.Errorf("must ring no more: %v", got)
	}
	if got := x.hears(told("ChannelStateChange", "rings~2", "Up", 0)); got != "queue.LegAnswered{Channel:rings Rang:0s} " {
		t.Errorf("an answer after the start: told %q", got)
	}
	// It is read again: what stands for a leg still does, and what is to end is nobody's if it lives on.
	again := x.adopt(&snapshot{app: "kezek", channels: []channelData{device("talks~2", "Up"), device("late~2", "Up"), device("rings~2", "Up"), device("rings~1", "Ringing")}}, nil, nil, true)
	if got := fmt.Sprint(again.Channels); strings.Count(got, "~") > 0 || len(again.Channels) != 3 {
		t.Errorf("read again: %s", got)
	}
	x.channels["rings~1"].asked = x.channels["rings~1"].asked.Add(-doubtAfter)
	again = x.adopt(&snapshot{app: "kezek", channels: []channelData{device("rings~1", "Ringing"), device("stray~1", "Ringing")}}, nil, nil, true)
	if got := dump(again.Channels); !strings.Contains(got, "rings~1") || !strings.Contains(got, "stray~1") {
		t.Errorf("what rings on for nobody is told, so that it is ended: %s", got)
	}
}

// The devices of a phone are asked for once, and again when one of them came or went.
func TestContactsAreAsked(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.x.tracker.mu.Lock()
	s.x.tracker.phones["PJSIP/1"] = queue.PhoneChanged{Endpoint: "PJSIP/1"}
	s.x.tracker.mu.Unlock()
	var dialled []string
	s.set("POST /channels/create", func(w http.ResponseWriter, r *http.Request) {
		var l asterisk.OriginateRequest
		if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		dialled = append(dialled, l.ChannelID+" "+l.Endpoint)
	})
	const ask = "GET /channels/c/variable"
	s.answer(ask, 200, `{"value": "PJSIP/1/sip:1@a&PJSIP/1/sip:1@b;ob"}`)
	dial := func(leg string, devices int) {
		s.do(queue.Dial{Channel: leg, Endpoint: "PJSIP/1", For: "c"})
		for i := range devices {
			s.wait(fmt.Sprintf("POST /channels/%s~%d/dial", leg, i+1), 1)
		}
	}
	dial("l1", 2)
	dial("l2", 2)
	if n := s.count(ask); n != 1 {
		t.Errorf("asked %d times", n)
	}
	s.answer(ask, 200, `{"value": "PJSIP/1/sip:1@b;ob"}`)
	s.send(map[string]any{"type": "ContactStatusChange", "endpoint": map[string]any{"technology": "PJSIP", "resource": "1"}})
	s.send(map[string]any{"type": "StasisStart", "channel": map[string]any{"id": "c2"}})
	next[queue.CallArrived](s)
	s.do(queue.Dial{Channel: "l3", Endpoint: "PJSIP/1", For: "c"})
	s.wait("POST /channels/l3/dial", 1)
	// A callback has no channel before its first: that one is asked, and it is one of several.
	s.send(map[string]any{"type": "ContactStatusChange", "endpoint": map[string]any{"technology": "PJSIP", "resource": "1"}})
	s.send(map[string]any{"type": "StasisStart", "channel": map[string]any{"id": "c3"}})
	next[queue.CallArrived](s)
	s.answer("GET /channels/l4~1/variable", 200, `{"value": "PJSIP/1/sip:1@a&PJSIP/1/sip:1@b;ob"}`)
	s.do(queue.Dial{Channel: "l4", Endpoint: "PJSIP/1"})
	s.wait("POST /channels/l4~2/dial", 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if want := []string{
		"l1~1 PJSIP/1/sip:1@a", "l1~2 PJSIP/1/sip:1@b;ob", "l2~1 PJSIP/1/sip:1@a", "l2~2 PJSIP/1/sip:1@b;ob", "l3 PJSIP/1",
		"l4~1 PJSIP/1", "l4~2 PJSIP/1/sip:1@b;ob",
	}; !slices.Equal(dialled, want) {
		t.Errorf("dialled %v, want %v", dialled, want)
	}
}
