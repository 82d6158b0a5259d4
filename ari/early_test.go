package ari

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"kezek/queue"
)

// That the client's phone rings is told once, and so is the first audio before the answer, though Asterisk tells nothing of it. An
// agent's phone that rings is not told.
func TestClientProgress(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	s.x.opts.Trunk = "PJSIP/{number}@carrier"
	packets := make(chan int, 3)
	packets <- 0
	packets <- 0
	packets <- 7
	s.answer("POST /channels/create", 200, "{}")
	s.answer("POST /channels/l/dial", 204, "")
	s.set("GET /channels/l/rtp_statistics", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"rxcount":%d}`, <-packets) })
	s.do(queue.DialClient{Channel: "l", Number: "+996555000001"})
	s.wait("POST /channels/l/dial", 1)
	is := func(id, state string) {
		s.send(map[string]any{"type": "ChannelStateChange", "timestamp": "2026-11-22T10:00:01.900+0000", "channel": map[string]any{"id": id, "state": state}})
	}
	is("l", "Ringing")
	if told := next[queue.ClientProgress](s); told != (queue.ClientProgress{Channel: "l"}) {
		t.Errorf("told %+v", told)
	}
	is("l", "Ringing")
	if told := next[queue.ClientProgress](s); told != (queue.ClientProgress{Channel: "l", Audio: true}) {
		t.Errorf("told %+v", told)
	}
	is("l", "Up")
	next[queue.LegAnswered](s) // and nothing before it

	s.answer("POST /channels/a/dial", 204, "")
	s.do(queue.Dial{Channel: "a", Endpoint: "Local/1"})
	s.wait("POST /channels/a/dial", 1)
	is("a", "Ringing")
	is("a", "Up")
	next[queue.LegAnswered](s)
}

// The legs are asked about one after the other: each every 100 ms while they are few, and never more than 100 a second in all.
func TestEarlyRounds(t *testing.T) {
	for _, test := range []struct {
		legs  int
		every time.Duration // each leg is asked about
	}{{1, earlyEvery}, {10, earlyEvery}, {50, 500 * time.Millisecond}, {1000, 10 * time.Second}} {
		t.Run(fmt.Sprint(test.legs), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTracker()
				for i := range test.legs {
					id := fmt.Sprint(i)
					x.channels[id] = newLeg()
					x.awaitEarly(id)
				}
				asked, begun, all := map[string][]time.Duration{}, time.Now(), 0
				const whole = time.Minute
				ctx, cancel := context.WithTimeout(t.Context(), whole)
				defer cancel()
				x.earlyRounds(ctx, func(leg string) { asked[leg], all = append(asked[leg], time.Since(begun)), all+1 })
				if most := int(whole / earlyPause); all > most {
					t.Errorf("%d requests, want %d at most", all, most)
				}
				if len(asked) != test.legs {
					t.Errorf("%d legs are asked about", len(asked))
				}
				for leg, at := range asked {
					for i := 1; i < len(at); i++ {
						if gap := at[i] - at[i-1]; gap < test.every || gap > test.every+earlyPause {
							t.Fatalf("leg %s: asked about again after %v, want %v", leg, gap, test.every)
						}
					}
				}
			})
		})
	}
}

// Nobody listens to a leg that is answered or gone.
func TestNoMoreListening(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leg  *channel
		want bool
	}{
		"rings": {newLeg(), true}, "answered": {&channel{leg: true, up: true}, false}, "is hung up": {&channel{leg: true, ending: true}, false}, "gone": {nil, false},
	} {
		x := newTracker()
		if c.leg != nil {
			x.channels["l"] = c.leg
		}
		x.awaitEarly("l")
		if got := len(x.unanswered()) > 0; got != c.want || len(x.early) > 0 != c.want {
			t.Errorf("%s: listened to: %v", name, got)
		}
	}
}

// A daemon that has just started listens to the legs that one before has dialled.
func TestEarlyAfterRestart(t *testing.T) {
	t.Parallel()
	s := scriptedServer(t, zaptest.NewLogger(t, zaptest.Level(zapcore.FatalLevel)))
	s.answer("GET /channels", 200, `[{"id":"rings","name":"PJSIP/carrier-1","state":"Ring","dialplan":{"app_name":"Stasis","app_data":"kezek,leg"}},
		{"id":"up","name":"PJSIP/carrier-2","state":"Up","dialplan":{"app_name":"Stasis","app_data":"kezek,leg"}},
		{"id":"caller","name":"PJSIP/carrier-3","state":"Ring","dialplan":{"app_name":"Stasis","app_data":"kezek"}}]`)
	s.answer("GET /applications/kezek", 200, `{"channel_ids":["rings","up","caller"]}`)
	s.answer("GET /channels/rings/rtp_statistics", 200, `{"rxcount":7}`)
	s.run()
	next[queue.Synced](s)
	if told := next[queue.ClientProgress](s); told != (queue.ClientProgress{Channel: "rings", Audio: true}) {
		t.Errorf("told %+v", told)
	}
	if s.count("GET /channels/caller/rtp_statistics") > 0 {
		t.Error("a caller is listened to")
	}
}
