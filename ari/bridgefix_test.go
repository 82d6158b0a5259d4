package ari

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"kezek/queue"
)

// Those in a bridge that has mixed three leave it and join it again before they are
// to hear something else, and only then.
func TestRejoin(t *testing.T) {
	t.Parallel()
	s := newScripted(t)
	var (
		mu    sync.Mutex
		moves []string
	)
	gone := "nobody"
	note := func(sign string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			channel := r.URL.Query().Get("channel")
			moves = append(moves, sign+channel)
			if channel == gone {
				w.WriteHeader(http.StatusUnprocessableEntity)
			}
		}
	}
	s.set("POST /bridges/b/addChannel", note("+"))
	s.set("POST /bridges/b/removeChannel", note("-"))
	s.set("POST /channels/agent/play/p", note("plays"))
	s.set("POST /bridges/b/play/p", note("announces"))
	step := func(what, want string, actions ...queue.Action) {
		t.Helper()
		mu.Lock()
		moves = nil
		mu.Unlock()
		for _, a := range actions {
			s.do(a)
			s.x.scheduler.wait()
		}
		if got := strings.Join(moves, " "); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	play := queue.Play{Channel: "agent", ID: "p", Phrases: []queue.Phrase{{ID: "x"}}}
	announce := queue.Announce{Bridge: "b", Caller: "caller", ID: "p", Phrases: []queue.Phrase{{ID: "x"}}}
	join, part := queue.Join{Bridge: "b", Caller: "caller"}, queue.Part{Bridge: "b", Caller: "caller"}
	const again = "-agent -third +agent +third"

	s.do(queue.Dial{Channel: "third", Endpoint: "PJSIP/1"})
	step("two", "+agent,caller -caller +caller plays", queue.Connect{Bridge: "b", Caller: "caller", Agent: "agent"}, part, join, play)
	step("three", "+third plays -caller", queue.Join{Bridge: "b", Caller: "third"}, play, part)
	step("a prompt after three", again+" plays plays", play, play)
	step("three again", "+caller", join)
	step("back to three", "-caller "+again+" +caller", part, join)
	step("one has gone", "-caller", part)
	gone = "agent"
	step("one has gone", "-agent -third +third +caller", join)
	gone = "nobody"
	s.send(map[string]any{"type": "ChannelDestroyed", "channel": map[string]any{"id": "third"}})
	next[queue.ChannelGone](s)
	step("only two left", "-caller -agent +agent +caller -caller +caller", part, join, part, join)

	step("announcement", "announces", announce)
	s.send(map[string]any{"type": "PlaybackFinished", "playback": map[string]any{"id": "p", "target_uri": "bridge:b"}})
	s.send(map[string]any{"type": "PlaybackFinished", "playback": map[string]any{"id": "q", "target_uri": "channel:c"}})
	next[queue.PlayEnded](s)
	step("another", "-agent -caller +agent +caller announces", announce)
	step("the end", "", queue.Disconnect{Bridge: "b"})
	step("a prompt without a bridge", "plays", play)
}

// A daemon that has just started does not know what a bridge has been through.
func TestBridgesAdopted(t *testing.T) {
	t.Parallel()
	bridges := newBridges()
	bridges.joined("before Asterisk was started anew", "x", "y", "z")
	bridges.adopt(map[string]queue.LiveBridge{"b": {ID: "b", Channels: []string{"agent", "caller"}}})
	if got := bridges.mixedOf("agent"); got != "b" {
		t.Errorf("the agent's bridge: %q", got)
	}
	if got := bridges.toRejoin("b"); len(got) != 2 {
		t.Errorf("to rejoin: %v", got)
	}
	bridges.left("agent")
	bridges.left("caller")
	if len(bridges.of)+len(bridges.members)+len(bridges.mixed) > 0 {
		t.Errorf("left: %+v", bridges)
	}
}
