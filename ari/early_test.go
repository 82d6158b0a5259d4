package ari

import (
	"fmt"
	"net/http"
	"testing"

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

// Nobody listens to a leg that is answered or gone.
func TestNoMoreListening(t *testing.T) {
	t.Parallel()
	x := newTracker()
	for _, c := range []struct {
		name string
		leg  *channel
		want bool
	}{
		{"rings", newLeg(), true}, {"answered", &channel{leg: true, up: true}, false}, {"is hung up", &channel{leg: true, ending: true}, false}, {"gone", nil, false},
	} {
		delete(x.channels, "l")
		if c.leg != nil {
			x.channels["l"] = c.leg
		}
		if got := x.isCalled("l"); got != c.want {
			t.Errorf("%s: listened to: %v", c.name, got)
		}
	}
}
