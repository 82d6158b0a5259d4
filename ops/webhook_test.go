package ops

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
	"kezek/queue/journal"
)

// receiver is another program: it answers with the next of its statuses, 200 after the last.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	got      chan *http.Request
	bodies   chan string
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	p := &receiver{statuses: statuses, got: make(chan *http.Request, 100), bodies: make(chan string, 100)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		if len(p.statuses) > 0 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(p.statuses[0])
			p.statuses = p.statuses[1:]
		}
		p.got <- r
		p.bodies <- string(body)
	}))
	t.Cleanup(p.Close)
	return p
}

// hooked is a webhook that runs, with the journal that it reads.
type hooked struct {
	*Webhook
	shelf   *shelf
	feed    *Feed
	metrics *Metrics
	logs    *observer.ObservedLogs
	stop    func()
}

// hook runs a webhook to an address until the test ends. It goes on where the last one with the journal was.
func hook(t *testing.T, url string, s *shelf) *hooked {
	core, logs := observer.New(zap.InfoLevel)
	h := &hooked{shelf: s, feed: NewFeed(), metrics: NewMetrics("test"), logs: logs}
	h.Webhook = NewWebhook(WebhookOptions{
		URL: url, Site: "lab", Secret: "s3cret", Metrics: h.metrics, Log: zap.New(core),
		Events: []queue.EntryKind{queue.EntryCallbackEscalated, queue.EntryCallbackBreached},
		Feed:   h.feed, Journal: s, Places: s, Owner: func() bool { return true }, Keep: 48 * time.Hour,
	})
	h.pause, h.now = time.Millisecond, func() time.Time { return start }
	if _, ok, _ := s.Place(t.Context(), webhookReader); !ok {
		_ = s.SetPlace(t.Context(), webhookReader, journal.Position{}) // so that nothing is new to it
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	h.stop = func() { cancel(); running.Wait() }
	t.Cleanup(h.stop)
	return h
}

func (h *hooked) happen(entries ...queue.Entry) { h.shelf.tell(h.feed, entries...) }

func (h *hooked) count(result string) float64 {
	return testutil.ToFloat64(h.metrics.webhook.WithLabelValues(result))
}

func escalation(number string) queue.Entry {
	return queue.Entry{At: start, Kind: queue.EntryCallbackEscalated, Callback: "cb-1", Class: queue.ClassManager, Queue: "sales", Language: "ru", Number: number}
}

// What was asked for is sent as the events of the API are, signed; the rest is not.
func TestWebhookSends(t *testing.T) {
	p := newReceiver(t)
	h := hook(t, p.URL+"/hook?key=1", new(shelf))
	h.happen(queue.Entry{Kind: queue.EntryCallEnded}, escalation("+996555000001"), queue.Entry{Kind: queue.EntryCallbackWarned})
	r, body := <-p.got, <-p.bodies
	const want = `{"at":"2026-03-02T09:00:00Z","kind":"callback.escalation","queue":"sales","language":"ru","number":"+996555000001","callback":"cb-1","class":"manager"}`
	if body != want || r.Method != http.MethodPost || r.URL.String() != "/hook?key=1" {
		t.Errorf("%s %s\n%s\nwant %s", r.Method, r.URL, body, want)
	}
	at := r.Header.Get("Kezek-Timestamp")
	if s, err := strconv.ParseInt(at, 10, 64); err != nil || s != start.Unix() {
		t.Errorf("sent at %q", at)
	}
	// echo -n "$timestamp.$body" | openssl dgst -sha256 -hmac s3cret
	if got := sign("s3cret", "1772442000", []byte(`{"a":1}`)); got != "sha256=12503386f157f28d0a5f72bef7f530142c4cd9b4b1d2b20c0dbd20b0a29aeb28" {
		t.Errorf("signature %s", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Kezek-Event": "callback.escalation", "Kezek-Site": "lab", "Kezek-Signature": sign("s3cret", at, []byte(body)),
		"Kezek-Delivery": "1000-2/2",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	h.happen(queue.Entry{Kind: queue.EntryCallbackBreached})
	if r := <-p.got; r.Header.Get("Kezek-Event") != "callback.breach" {
		t.Errorf("sent %s: what was not asked for is sent", r.Header.Get("Kezek-Event"))
	}
	eventually(t, func() bool { return h.count("sent") == 2 })
}

// It is tried again until it works, in order and by the same name; a fault that lasts is told once, and so is its end.
func TestWebhookTriesAgain(t *testing.T) {
	statuses := []int{429, 408}
	for range 10 {
		statuses = append(statuses, 500)
	}
	p := newReceiver(t, statuses...)
	h := hook(t, p.URL, new(shelf))
	h.happen(escalation("1"), escalation("2"))
	names := map[string]int{}
	for range len(statuses) + 2 {
		r := <-p.got
		names[r.Header.Get("Kezek-Delivery")]++
	}
	eventually(t, func() bool { return h.count("sent") == 2 })
	if n := h.count("retried"); n != float64(len(statuses)) || len(names) != 2 || names["1000-2/2"] != 1 {
		t.Errorf("%v tries again, %v", n, names)
	}
	if h.logs.Len() != 2 {
		t.Errorf("the log has %v", h.logs.All())
	}
}

// What cannot be delivered is given up: a refusal at once, others when they are older than what the journal keeps. What follows is
// sent all the same.
func TestWebhookGivesUp(t *testing.T) {
	old := escalation("old")
	old.At = start.Add(-49 * time.Hour)
	for _, tt := range []struct {
		status int
		first  queue.Entry
	}{{400, escalation("1")}, {401, escalation("1")}, {302, escalation("1")}, {500, old}} {
		p := newReceiver(t, tt.status)
		h := hook(t, p.URL, new(shelf))
		h.happen(tt.first, escalation("2"))
		<-p.got
		<-p.got
		eventually(t, func() bool { return h.count("sent") == 1 })
		if n := h.count("dropped"); n != 1 || len(p.got) > 0 {
			t.Errorf("%d: %v dropped, %d more requests", tt.status, n, len(p.got))
		}
	}
}

// A receiver that is away costs no event and no memory: what is too much for the buffer is read in the journal, once it is back.
// Nobody waits for it, and the daemon can stop.
func TestWebhookLosesNothing(t *testing.T) {
	back := make(chan struct{})
	var got []string
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-back:
			// It sends one after the other; the one that was cut off may come twice, by the same name.
			if id := r.Header.Get("Kezek-Delivery"); len(got) == 0 || got[len(got)-1] != id {
				got = append(got, id)
			}
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(p.Close)
	s := new(shelf)
	h := hook(t, p.URL, s)
	const all = 3*webhookBuffer + 10
	for range all / 10 {
		h.happen(slices.Repeat([]queue.Entry{escalation("1")}, 10)...)
	}
	eventually(t, func() bool { return h.count("retried") > 0 })
	h.stop() // in the middle of it
	if at := s.place(webhookReader); at.N != 0 {
		t.Fatalf("it has come to %v", at)
	}
	next := hook(t, p.URL, s)
	close(back)
	eventually(t, func() bool { return next.count("sent") == all })
	for i, id := range got {
		if want := fmt.Sprintf("1000-%d/%d", i+1, i+1); id != want {
			t.Fatalf("delivery %d is %s, want %s", i, id, want)
		}
	}
	next.stop()
	if at := s.place(webhookReader); at.N != all {
		t.Errorf("it has come to %v", at)
	}
	// Another one sends nothing twice.
	last := hook(t, p.URL, s)
	last.happen(escalation("after"))
	eventually(t, func() bool { return last.count("sent") == 1 })
	if len(got) != all+1 {
		t.Errorf("%d deliveries", len(got))
	}
}

// What was trimmed before it was sent is told and counted.
func TestWebhookTellsWhatIsLost(t *testing.T) {
	p := newReceiver(t)
	s := new(shelf)
	s.add(slices.Repeat([]queue.Entry{escalation("1")}, 5)...)
	_ = s.SetPlace(t.Context(), webhookReader, journal.Position{ID: "1000-1", N: 1})
	s.trim(4)
	h := hook(t, p.URL, s)
	r, body := <-p.got, <-p.bodies
	if want := `{"kind":"lost","events":3,"after":"1000-1/1","before":"1000-5/5"}`; body != want || r.Header.Get("Kezek-Event") != "lost" {
		t.Errorf("told %s %s, want %s", r.Header.Get("Kezek-Event"), body, want)
	}
	if r := <-p.got; r.Header.Get("Kezek-Delivery") != "1000-5/5" {
		t.Errorf("then %s", r.Header)
	}
	if n := testutil.ToFloat64(h.metrics.lost.WithLabelValues("webhook")); n != 3 {
		t.Errorf("%v are counted", n)
	}
}

// While Redis is away events are sent all the same. When it is back its place is beyond them, and a restart does not send them again.
func TestWebhookWithoutRedis(t *testing.T) {
	p := newReceiver(t)
	s := new(shelf)
	h := hook(t, p.URL, s)
	h.happen(escalation("1"))
	<-p.got
	eventually(t, func() bool { return s.place(webhookReader).N == 1 })
	s.fail(errShelfAway)
	h.feed.Happened([]queue.Entry{escalation("2"), escalation("3")}, nil)
	for range 2 {
		if r := <-p.got; strings.HasPrefix(r.Header.Get("Kezek-Delivery"), "1000-") {
			t.Errorf("an id without a place: %s", r.Header.Get("Kezek-Delivery"))
		}
	}
	s.fail(nil)
	places := s.add(escalation("2"), escalation("3"))
	h.feed.Stored(places[1])
	eventually(t, func() bool { return s.place(webhookReader).N == 3 })
	h.stop()
	next := hook(t, p.URL, s)
	next.happen(escalation("4"))
	if r := <-p.got; r.Header.Get("Kezek-Delivery") != "1000-4/4" {
		t.Errorf("sent again: %s", r.Header.Get("Kezek-Delivery"))
	}
}

// The first time it begins with what happens next, and a daemon that stands by sends nothing.
func TestWebhookBegins(t *testing.T) {
	p := newReceiver(t)
	s, feed := new(shelf), NewFeed()
	s.add(escalation("long ago"))
	var owner atomic.Bool
	h := NewWebhook(WebhookOptions{
		URL: p.URL, Events: []queue.EntryKind{queue.EntryCallbackEscalated}, Metrics: NewMetrics("test"),
		Feed: feed, Journal: s, Places: s, Owner: owner.Load, Keep: time.Hour,
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	s.add(escalation("of the other daemon"))
	owner.Store(true)
	eventually(t, func() bool { return s.place(webhookReader).N == 2 })
	s.tell(feed, escalation("now"))
	if body := <-p.bodies; !strings.Contains(body, `"now"`) {
		t.Errorf("sent %s", body)
	}
}

func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to that")
		}
	}
}
