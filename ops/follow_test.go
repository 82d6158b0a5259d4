package ops

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// wants reads events c<from> until c<to>, each once and in order.
func (s *stream) wants(t *testing.T, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if got := s.next(t); !strings.Contains(got, fmt.Sprintf("\"call\":\"c%d\"", i)) {
			t.Fatalf("want event %d, got %s", i, got)
		}
	}
}

// A client that comes back gets what it has missed, then what happens, each once; however much it is.
func TestEventsGoOnWhereTheClientWas(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	events := connect(t, address, "")
	s.shelf.tell(s.feed, numbered(0, 3)...)
	events.wants(t, 0, 3)
	events.close()

	const missed = 5*followPage + 3
	for i := 3; i < missed; i++ {
		s.shelf.tell(s.feed, numbered(i, i+1)...)
	}
	again := connect(t, address, events.last)
	again.wants(t, 3, missed)
	s.shelf.tell(s.feed, numbered(missed, missed+2)...)
	again.wants(t, missed, missed+2)
	again.close()

	// All that is kept, by the parameter.
	w := s.do("GET", "/api/v1/events?after=x", "seeing", "")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "want the id of an event") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	connect(t, address, "0-0/0").wants(t, 0, missed+2)
}

// A client that connected while nothing happened knows its place all the same.
func TestEventsTellThePlaceAtOnce(t *testing.T) {
	s := newSite(t)
	s.shelf.add(numbered(0, 2)...) // by another daemon
	address, _, _ := serving(t, s)
	events := connect(t, address, "")
	for events.last == "" {
		if !events.Scan() {
			t.Fatal(events.Err())
		}
		events.last = strings.TrimPrefix(events.Text(), "id: ")
	}
	events.close()
	s.shelf.tell(s.feed, numbered(2, 4)...)
	connect(t, address, events.last).wants(t, 2, 4)
}

// What was trimmed is told as an event of its own, counted, and followed by what there is.
func TestEventsTellWhatIsLost(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	s.shelf.add(numbered(0, 10)...)
	s.shelf.trim(6)
	events := connect(t, address, "1000-2/2")
	if got, want := events.next(t), "event: lost\ndata: {\"kind\":\"lost\",\"events\":4,\"after\":\"1000-2/2\",\"before\":\"1000-7/7\"}"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	events.wants(t, 6, 10)
	if n := testutil.ToFloat64(s.metrics.lost.WithLabelValues("stream")); n != 4 {
		t.Errorf("%v are counted", n)
	}

	// Redis was emptied: nobody knows how many.
	s.shelf.trim(4)
	s.shelf.mu.Lock()
	s.shelf.last = 0
	s.shelf.mu.Unlock()
	places := s.shelf.add(numbered(10, 11)...)
	places[0].ID, s.shelf.lines[0].ID = "2000-1", "2000-1"
	s.feed.Happened(numbered(10, 11), places)
	if got, want := events.next(t), "event: lost\ndata: {\"kind\":\"lost\",\"events\":null,\"after\":\"1000-10/10\",\"before\":\"2000-1/1\"}"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	events.wants(t, 10, 11)
}

// While Redis is away who listens hears what happens, without ids, and who comes back is told to wait. When it is back, who has heard
// all knows so, and who has not gets the rest.
func TestEventsWithoutRedis(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	events := connect(t, address, "")
	s.shelf.tell(s.feed, numbered(0, 1)...)
	events.wants(t, 0, 1)
	other := events.last
	s.shelf.fail(errShelfAway)
	s.feed.Happened(numbered(1, 3), nil)
	events.wants(t, 1, 3)
	if events.last != other {
		t.Errorf("the id is %s", events.last)
	}
	r, _ := http.NewRequest("GET", "http://"+address+"/api/v1/events", nil)
	r.Header.Set("Authorization", "Bearer seeing")
	r.Header.Set("Last-Event-ID", other)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("%s %s", response.Status, response.Header)
	}
	late := connect(t, address, "") // hears the rest of it
	s.feed.Happened(numbered(3, 4), nil)
	events.wants(t, 3, 4)
	late.wants(t, 3, 4)

	s.shelf.fail(nil)
	// Redis is back, and what happened meanwhile is not in it yet.
	early := connect(t, address, other)
	places := s.shelf.add(numbered(1, 4)...)
	s.feed.Stored(places[2])
	early.wants(t, 1, 4)
	s.shelf.tell(s.feed, numbered(4, 5)...)
	for _, e := range []*stream{events, late, early} {
		e.wants(t, 4, 5)
		if e.last != "1000-5/5" {
			t.Errorf("the id is %s", e.last)
		}
	}
}

// An id is told as soon as Redis is back, also if nothing happens then.
func TestEventsTellThePlaceAfterAnOutage(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	events := connect(t, address, "")
	s.shelf.tell(s.feed, numbered(0, 1)...)
	events.wants(t, 0, 1)
	s.feed.Happened(numbered(1, 2), nil)
	events.wants(t, 1, 2)
	s.feed.Stored(s.shelf.add(numbered(1, 2)...)[0])
	for events.last != "1000-2/2" {
		if !events.Scan() {
			t.Fatal(events.Err())
		}
		events.last = strings.TrimPrefix(events.Text(), "id: ")
	}
}

// A daemon that stood by takes over: what the other one wrote meanwhile is told before its own.
func TestEventsOfTheOtherDaemon(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	s.shelf.add(numbered(0, 1)...)
	events := connect(t, address, "1000-1/1")
	s.shelf.add(numbered(1, 4)...)
	s.shelf.tell(s.feed, numbered(4, 5)...)
	events.wants(t, 1, 5)
}

// When nothing is behind an event is passed on without a look at the store.
func TestEventsAreLive(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	events := connect(t, address, "")
	s.shelf.tell(s.feed, numbered(0, 1)...)
	events.wants(t, 0, 1)
	s.shelf.mu.Lock()
	reads := s.shelf.reads
	s.shelf.mu.Unlock()
	for i := 1; i < 100; i++ {
		s.shelf.tell(s.feed, numbered(i, i+1)...)
		events.wants(t, i, i+1)
	}
	if s.shelf.reads != reads {
		t.Errorf("the store was read %d times", s.shelf.reads-reads)
	}
}
