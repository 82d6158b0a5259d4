package ari

import (
	"testing"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"
	"github.com/google/go-cmp/cmp"

	"kezek/queue"
)

// What is told of a phone, look by look.
func TestSilence(t *testing.T) {
	type look struct {
		after time.Duration
		do    func(*tracker)
		heard heard
		none  bool
		want  queue.Event
	}
	silent := func(d time.Duration) queue.LegSilent { return queue.LegSilent{Channel: "leg", For: d} }
	registers := func(x *tracker) {
		var ev asterisk.ContactStatusChange
		ev.Endpoint.Technology, ev.Endpoint.Resource, ev.ContactInfo.ContactStatus = "PJSIP", "1001", "NonQualified"
		x.contactChanged(&ev)
	}
	holds := func(kind string) func(*tracker) {
		return func(x *tracker) {
			x.translate(&event{Type: kind, Timestamp: kind, Channel: channelData{ID: "leg"}})
		}
	}
	for name, looks := range map[string][]look{
		"flows": {
			{heard: heard{Packets: 10}}, {after: 2 * time.Second, heard: heard{Packets: 110}}, {after: 2 * time.Second, heard: heard{Packets: 111}},
		},
		"stops, and goes on": {
			{heard: heard{Packets: 10}}, {after: 2 * time.Second, heard: heard{Packets: 110}},
			{after: 2 * time.Second, heard: heard{Packets: 110}, want: silent(2 * time.Second)},
			{after: time.Second, heard: heard{Packets: 110}, want: silent(3 * time.Second)},
			{after: time.Second, heard: heard{Packets: 120}},
			{after: 2 * time.Second, heard: heard{Packets: 120}, want: silent(2 * time.Second)},
		},
		"counted anew, as another source sends": {
			{heard: heard{Packets: 110, Source: 1}}, {after: 2 * time.Second, heard: heard{Packets: 110, Source: 2}},
		},
		"muted, and still reports": {
			{heard: heard{Packets: 10, RTT: 0.01}}, {after: 2 * time.Second, heard: heard{Packets: 10, RTT: 0.01}, want: silent(2 * time.Second)},
			{after: time.Second, heard: heard{Packets: 10, RTT: 0.02}},
			{after: time.Second, heard: heard{Packets: 10, RTT: 0.02}, want: silent(time.Second)},
		},
		"has sent nothing, reports or not": {
			{}, {after: 2 * time.Second, want: queue.LegSilent{Channel: "leg", For: 2 * time.Second, Never: true}},
			{after: time.Second, heard: heard{RTT: 0.02}, want: queue.LegSilent{Channel: "leg", For: 3 * time.Second, Never: true}},
		},
		"nobody looked for a minute": {
			{heard: heard{Packets: 10}}, {after: time.Minute, heard: heard{Packets: 10}, want: silent(2 * audioEvery)},
		},
		"died, and registers anew": {
			{heard: heard{Packets: 10}}, {after: 2 * time.Second, heard: heard{Packets: 50}},
			{after: 2 * time.Second, do: registers, heard: heard{Packets: 60}}, // it died after the look before
			{after: 2 * time.Second, heard: heard{Packets: 60}, want: queue.LegSilent{Channel: "leg", For: 2 * time.Second, Anew: true}},
		},
		"registers anew and talks on": {
			{heard: heard{Packets: 10}}, {after: time.Second, do: registers, heard: heard{Packets: 20}},
			{after: 2 * time.Second, heard: heard{Packets: 120}}, {after: 2 * time.Second, heard: heard{Packets: 220}},
			{after: 2 * time.Second, heard: heard{Packets: 220}, want: silent(2 * time.Second)},
		},
		"held": {
			{heard: heard{Packets: 10}}, {after: 2 * time.Second, heard: heard{Packets: 10}, want: silent(2 * time.Second)},
			{after: time.Minute, do: holds(asterisk.Events.ChannelHold), heard: heard{Packets: 10}},
			{after: time.Minute, do: holds(asterisk.Events.ChannelUnhold), heard: heard{Packets: 10}},
			{after: 2 * time.Second, heard: heard{Packets: 10}, want: silent(2 * time.Second)},
		},
		"no RTP": {{none: true}, {after: time.Minute, none: true}},
	} {
		t.Run(name, func(t *testing.T) {
			x, now := newTracker(), time.Now()
			x.channels["leg"] = newLeg()
			x.channels["leg"].up = true
			x.phones["PJSIP/1001"] = queue.PhoneChanged{}
			x.linesOf("PJSIP/1001").all = []string{"leg"}
			for i, l := range looks {
				now = now.Add(l.after)
				x.channels["leg"].audio.due = now.Add(audioEvery)
				if l.do != nil {
					l.do(x)
					if a := &x.channels["leg"].audio; !a.anew.IsZero() {
						a.anew = now
						if !a.due.IsZero() {
							t.Error("it is not looked at now")
						}
					}
				}
				got := x.came("leg", l.heard, l.none, now)
				if diff := cmp.Diff(l.want, got); diff != "" {
					t.Errorf("look %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// Only phones that have answered and are not told to end are looked at, each so often; what has no RTP once.
func TestWhoIsLookedAt(t *testing.T) {
	x, now := newTracker(), time.Now()
	for id, c := range map[string]*channel{
		"caller": {}, "rings": {leg: true}, "up": {leg: true, up: true}, "local": {leg: true, up: true},
		"ending": {leg: true, up: true, ending: true}, "leaving": {leg: true, up: true, leaving: true}, "orphan": {leg: true, up: true, replaces: "up"},
	} {
		x.channels[id] = c
	}
	if got := x.toHear(now); len(got) != 2 {
		t.Errorf("at first: %v", got)
	}
	x.came("local", heard{}, true, now)
	if got := x.toHear(now.Add(audioEvery - 1)); len(got) != 0 {
		t.Errorf("too soon: %v", got)
	}
	if got := x.toHear(now.Add(audioEvery)); !cmp.Equal(got, []string{"up"}) {
		t.Errorf("later: %v", got)
	}
}

// A talk as Asterisk tells of it: of one phone nothing can come, the other end has no RTP, a look that fails tells nothing, and
// who is not in the bridge is told once.
func TestLooks(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.answer("GET /channels/foreign/rtp_statistics", 404, `{"message":"RTP info not found"}`)
	s.answer("GET /channels/local/rtp_statistics", 403, `{"message":"Unsupported channel type"}`)
	s.answer("GET /channels/gone/rtp_statistics", 404, `{"message":"Channel not found"}`)
	s.answer("GET /channels/slow/rtp_statistics", 500, `{"message":"Internal error"}`)
	s.answer("GET /bridges", 200, `[{"id":"b","name":"kezek","channels":["local"]}]`)
	s.do(queue.Connect{Bridge: "b", Caller: "foreign", Agent: "local"})
	s.wait("POST /bridges/b/addChannel", 1)
	for _, id := range []string{"foreign", "local", "gone", "slow"} {
		s.do(queue.Dial{Channel: id, Endpoint: "PJSIP/" + id})
		s.wait("POST /channels/create", 1)
		s.send(map[string]any{"type": "StasisStart", "args": []string{"leg"}, "channel": map[string]any{"id": id}})
		s.send(map[string]any{"type": "ChannelStateChange", "channel": map[string]any{"id": id, "state": "Up"}})
		if got := next[queue.LegAnswered](s); got.Channel != id {
			t.Fatal(got)
		}
	}
	synced, silent := 0, 0
	for within := time.After(bridgesEvery + strayWithin + 4*time.Second); silent < 4 || synced == 0; {
		select {
		case ev := <-s.told:
			switch ev := ev.(type) {
			case queue.LegSilent:
				silent++
				if ev.Channel != "foreign" || !ev.Never || ev.For < time.Duration(silent)*900*time.Millisecond {
					t.Errorf("told %+v", ev)
				}
			case queue.Synced:
				synced++
			default:
				t.Errorf("told %T%+v", ev, ev)
			}
		case <-within:
			t.Fatalf("told of silence %d times, synced %d times", silent, synced)
		}
	}
	for within := time.After(bridgesEvery + 2*strayWithin); ; {
		select {
		case ev := <-s.told:
			if _, again := ev.(queue.Synced); again {
				t.Error("synced again for the same channel")
			}
			continue
		case <-within:
		}
		break
	}
	if n := s.count("GET /channels/local/rtp_statistics"); n != 1 {
		t.Errorf("what has no RTP is looked at %d times", n)
	}
}
