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
	"sync"
	"testing"

	"kezek/queue"
)

// A listener of the daemon's own, such as the log, is cut off when it is too slow; others are not.
func TestFeedCutsOffWhoeverIsTooSlow(t *testing.T) {
	f := NewFeed()
	slow, quick := f.Listen(2), f.Listen(4)
	f.Happened(make([]queue.Entry, 4), nil) // blocks if the feed waits for anybody
	count := func(l *Listener) (n int) {
		for range l.Lines {
			n++
		}
		return n
	}
	if n := count(slow); n != 2 {
		t.Errorf("the slow one got %d lines, want the 2 that fitted", n)
	}
	f.Happened(make([]queue.Entry, 1), nil) // the quick one has not read either
	if n := count(quick); n != 4 {
		t.Errorf("the quick one got %d lines, want 4", n)
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
	s.shelf.tell(s.feed, make([]queue.Entry, 1)...)
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
	s.SetTokens([]Token{{Secret: "fresh", Role: Viewer, Name: "new"}, {Secret: "steering", Role: Supervisor, Name: "aida"}})
	s.shelf.tell(s.feed, queue.Entry{Kind: queue.EntryHealed})
	if got := events.next(t); !strings.Contains(got, "event: healed") {
		t.Fatalf("with its token still valid: %s", got)
	}
	s.SetTokens([]Token{{Secret: "fresh", Role: Viewer, Name: "new"}})
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
	// last is the id that a client has to remember.
	last string
}

// listen starts a real server and begins to listen to its events.
func listen(t *testing.T, s *site) (events *stream, stop context.CancelFunc, stopped <-chan error) {
	t.Helper()
	address, stop, stopped := serving(t, s)
	return connect(t, address, ""), stop, stopped
}

// serving starts a real server.
func serving(t *testing.T, s *site) (address string, stop context.CancelFunc, stopped <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)

	return l.Addr().String(), cancel, done
}

// connect listens to the events of a server, behind the last one that is known, if any.
func connect(t *testing.T, address, last string) *stream {
	t.Helper()
	r, _ := http.NewRequest("GET", "http://"+address+"/api/v1/events", nil)
	r.Header.Set("Authorization", "Bearer steering")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %s", response.Status, response.Header)
	}
	events := &stream{bufio.NewScanner(response.Body), func() { response.Body.Close() }, last}
	if first := events.next(t); first != ": the journal from here on" {
		t.Fatalf("first %q", first)
	}
	return events
}

// next is the next event, its lines as they were sent; an id alone is taken down.
func (s *stream) next(t *testing.T) string {
	t.Helper()
	var lines []string
	for s.Scan() {
		if id, is := strings.CutPrefix(s.Text(), "id: "); is {
			s.last = id
		}
		if s.Text() != "" {
			lines = append(lines, s.Text())
			continue
		}
		if len(lines) > 1 || !strings.HasPrefix(lines[0], "id: ") {
			return strings.Join(lines, "\n")
		}
		lines = nil
	}
	t.Fatalf("the stream ended after %q: %v", lines, s.Err())
	return ""
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	events, stop, stopped := listen(t, s)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	want := "id: 1000-1/1\nevent: agent.login\n" + `data: {"at":"2026-03-02T09:00:02Z","kind":"agent.login","agent":"1001","phone":"PJSIP/1001","queues":["sales"],"languages":["ru"]}`
	if got := events.next(t); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := events.next(t); !strings.HasPrefix(got, "id: 1000-2/2\nevent: agent.status\n") {
		t.Errorf("got %s", got)
	}
	// Whatever a caller sends stays within its data line.
	s.shelf.tell(s.feed, queue.Entry{Kind: queue.EntryHealed, Details: &queue.Details{Reason: "a\n\nevent: end\ndata: \"<script>\u2028"}})
	want = "id: 1000-3/3\nevent: healed\n" + `data: {"at":"0001-01-01T00:00:00Z","kind":"healed","reason":"a\n\nevent: end\ndata: \"\u003cscript\u003e\u2028",` +
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
	mu      sync.Mutex
}

func (h *held) Write(p []byte) (int, error) {
	select {
	case h.writing <- struct{}{}:
		<-h.letGo
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ResponseRecorder.Write(p)
}

// wrote counts a text in what it got.
func (h *held) wrote(text string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(h.Body.String(), text)
}

// A client that is slow misses nothing: what is too much for its buffer is read in the store.
func TestASlowClientMissesNothing(t *testing.T) {
	s := newSite(t)
	client := &held{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}, 1), letGo: make(chan struct{})}
	served, leaves := make(chan struct{}), make(chan struct{})
	go func() {
		ctx, leave := context.WithCancel(context.Background())
		go func() { <-leaves; leave() }()
		r := httptest.NewRequest("GET", "/api/v1/events", nil).WithContext(ctx)
		r.Header.Set("Authorization", "Bearer seeing")
		s.Handler().ServeHTTP(client, r)
		close(served)
	}()
	<-client.writing // it listens, and is stuck in the first write
	const all = 10*eventBuffer + 7
	for i := range all {
		s.shelf.tell(s.feed, numbered(i, i+1)...)
	}
	close(client.letGo)
	eventually(t, func() bool { return client.wrote("\ndata: ") >= all })
	close(leaves)
	<-served
	body := client.Body.String()
	at := 0
	for i := range all {
		next := strings.Index(body[at:], fmt.Sprintf("\"call\":\"c%d\"", i))
		if next < 0 {
			t.Fatalf("event %d of %d is missing, or not in order", i, all)
		}
		at += next
	}
	if n := strings.Count(body, "\ndata: "); n != all {
		t.Errorf("%d events, want each of the %d once", n, all)
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
