package ops

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kezek/queue"
)

func TestFeedCutsOffWhoeverIsTooSlow(t *testing.T) {
	f := NewFeed()
	slow, quick := f.Listen(2), f.Listen(4)
	f.Happened(make([]queue.Entry, 4)) // blocks if the feed waits for anybody
	count := func(l *Listener) (n int, last uint64) {
		for line := range l.Lines {
			n, last = n+1, line.N
		}
		return n, last
	}
	if n, last := count(slow); n != 2 || last != 2 {
		t.Errorf("the slow one got %d lines up to %d, want the 2 that fitted", n, last)
	}
	f.Happened(make([]queue.Entry, 1)) // the quick one has not read either
	if n, last := count(quick); n != 4 || last != 4 {
		t.Errorf("the quick one got %d lines up to %d, want 4", n, last)
	}
	if len(f.listeners) != 0 {
		t.Errorf("%d listeners are kept", len(f.listeners))
	}
}

// However often one token listens, others find a place, and the daemon's own listeners always do.
func TestOneTokenDoesNotTakeAllStreams(t *testing.T) {
	s := newSite(t)
	seeing, _ := s.keys.Load().find(sha256.Sum256([]byte("seeing")))
	for range mostOfOneStream {
		if _, err := s.feed.stream(seeing.id, 1); err != nil {
			t.Fatal(err)
		}
	}
	if w := s.do("GET", "/api/v1/events", "seeing", ""); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more of the same token: %d %s", w.Code, w.Header())
	}
	// Other tokens fill what is left; one that comes later still gets its place, of the newest of those that have most.
	var newest *Listener
	for i := range mostStreams - mostOfOneStream {
		l, err := s.feed.stream(fmt.Sprint("program ", i%3), 1)
		if err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		newest = l
	}
	late, err := s.feed.stream("late", 1)
	if err != nil {
		t.Fatalf("a token that does not listen yet finds no place: %v", err)
	}
	if n := len(s.feed.listeners); n != mostStreams {
		t.Errorf("%d streams, want no more than %d", n, mostStreams)
	}
	total := 0
	for name, streams := range s.feed.streams {
		total += len(streams)
		if len(streams) > mostOfOneStream {
			t.Errorf("%s has %d streams", name, len(streams))
		}
	}
	if total != mostStreams || newest == late {
		t.Errorf("%d streams are counted, want %d", total, mostStreams)
	}
	own := s.feed.Listen(1)
	s.feed.Happened(make([]queue.Entry, 1))
	if line, ok := <-own.Lines; !ok || line.N == 0 {
		t.Error("the daemon's own listener gets nothing when clients have taken all places")
	}
	s.feed.Leave(late)
	s.feed.Leave(own)
	if n := len(s.feed.listeners); n != mostStreams-1 {
		t.Errorf("%d listeners after two left", n)
	}
}

// A stream ends with its token, and not with another's.
func TestAStreamEndsWithItsToken(t *testing.T) {
	s := newSite(t)
	events, stop, stopped := listen(t, s)
	s.SetTokens([]Token{{"fresh", Viewer, "new"}, {"seeing", Viewer, "board"}})
	s.feed.Happened([]queue.Entry{{Kind: queue.EntryHealed}})
	if got := events.next(t); !strings.Contains(got, "event: healed") {
		t.Fatalf("with its token still valid: %s", got)
	}
	s.SetTokens([]Token{{"fresh", Viewer, "new"}})
	if got := events.next(t); got != "event: end\n"+`data: {"reason":"the token is no longer valid"}` {
		t.Errorf("got %s", got)
	}
	if events.Scan() {
		t.Errorf("after the end: %q", events.Text())
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// stream is an open connection to the events.
type stream struct {
	*bufio.Scanner
	close func()
}

// listen starts a real server and begins to listen to its events.
func listen(t *testing.T, s *site) (events *stream, stop context.CancelFunc, stopped <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)

	r, _ := http.NewRequest("GET", "http://"+l.Addr().String()+"/api/v1/events", nil)
	r.Header.Set("Authorization", "Bearer seeing")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %s", response.Status, response.Header)
	}
	events = &stream{bufio.NewScanner(response.Body), func() { response.Body.Close() }}
	if first := events.next(t); first != ": the journal from here on" {
		t.Fatalf("first %q", first)
	}
	return events, cancel, done
}

// next is the next event, its lines as they were sent.
func (s *stream) next(t *testing.T) string {
	t.Helper()
	var lines []string
	for s.Scan() {
		if s.Text() == "" {
			return strings.Join(lines, "\n")
		}
		lines = append(lines, s.Text())
	}
	t.Fatalf("the stream ended after %q: %v", lines, s.Err())
	return ""
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	events, stop, stopped := listen(t, s)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	want := "id: 1\nevent: agent.login\n" + `data: {"at":"2026-03-02T09:00:02Z","kind":"agent.login","agent":"1001","phone":"PJSIP/1001","queues":["sales"],"languages":["ru"]}`
	if got := events.next(t); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := events.next(t); !strings.HasPrefix(got, "id: 2\nevent: agent.status\n") {
		t.Errorf("got %s", got)
	}
	// Whatever a caller sends stays within its data line.
	s.feed.Happened([]queue.Entry{{Kind: queue.EntryHealed, Details: &queue.Details{Reason: "a\n\nevent: end\ndata: \"<script>\u2028"}}})
	want = "id: 3\nevent: healed\n" + `data: {"at":"0001-01-01T00:00:00Z","kind":"healed","reason":"a\n\nevent: end\ndata: \"\u003cscript\u003e\u2028",` +
		`"detail":"a\n\nevent: end\ndata: \"\u003cscript\u003e\u2028"}`
	if got := events.next(t); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	stop()
	if got := events.next(t); got != "event: end\n"+`data: {"reason":"the daemon stops"}` {
		t.Errorf("got %s", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// held is a client that takes nothing until it is let go.
type held struct {
	*httptest.ResponseRecorder
	writing chan struct{}
	letGo   chan struct{}
}

func (h *held) Write(p []byte) (int, error) {
	select {
	case h.writing <- struct{}{}:
		<-h.letGo
	default:
	}
	return h.ResponseRecorder.Write(p)
}

func TestEventsTellASlowClientThatItLostSome(t *testing.T) {
	s := newSite(t)
	client := &held{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
	served := make(chan struct{})
	go func() {
		r := httptest.NewRequest("GET", "/api/v1/events", nil)
		r.Header.Set("Authorization", "Bearer seeing")
		s.Handler().ServeHTTP(client, r)
		close(served)
	}()
	<-client.writing // it listens, and is stuck in the first write
	s.feed.Happened(make([]queue.Entry, eventBuffer+1))
	close(client.letGo)
	<-served
	body := client.Body.String()
	if n := strings.Count(body, "\nid: "); n != eventBuffer {
		t.Errorf("%d events, want the %d of the buffer", n, eventBuffer)
	}
	if !strings.HasSuffix(body, "event: end\n"+`data: {"reason":"too slow: events were lost; fetch the lists again, then reconnect"}`+"\n\n") {
		t.Errorf("the last words: %q", body[len(body)-200:])
	}
}

func TestEventsEndWithTheClient(t *testing.T) {
	s := newSite(t)
	events, stop, stopped := listen(t, s)
	events.close()
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if len(s.feed.listeners) != 0 {
		t.Errorf("%d listeners are kept", len(s.feed.listeners))
	}
}
