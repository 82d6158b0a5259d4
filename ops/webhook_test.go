package ops

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
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

// hook runs a webhook to an address until the test ends.
func hook(t *testing.T, url string) (*Webhook, *Metrics, *observer.ObservedLogs) {
	core, logs := observer.New(zap.InfoLevel)
	m := NewMetrics("test")
	h := NewWebhook(WebhookOptions{
		URL: url, Site: "lab", Secret: "s3cret", Metrics: m, Log: zap.New(core),
		Events: []queue.EntryKind{queue.EntryCallbackEscalated, queue.EntryCallbackBreached},
	})
	h.pause = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return h, m, logs
}

func escalation(number string) queue.Entry {
	return queue.Entry{At: start, Kind: queue.EntryCallbackEscalated, Callback: "cb-1", Class: queue.ClassManager, Queue: "sales", Language: "ru", Number: number}
}

// What was asked for is sent as the events of the API are, signed; the rest is not.
func TestWebhookSends(t *testing.T) {
	p := newReceiver(t)
	h, m, _ := hook(t, p.URL+"/hook?key=1")
	h.Happened([]queue.Entry{{Kind: queue.EntryCallEnded}, escalation("+996555000001"), {Kind: queue.EntryCallbackWarned}})
	r, body := <-p.got, <-p.bodies
	const want = `{"at":"2026-03-02T09:00:00Z","kind":"callback.escalation","queue":"sales","language":"ru","number":"+996555000001","callback":"cb-1","class":"manager"}`
	if body != want || r.Method != http.MethodPost || r.URL.String() != "/hook?key=1" {
		t.Errorf("%s %s\n%s\nwant %s", r.Method, r.URL, body, want)
	}
	at := r.Header.Get("Kezek-Timestamp")
	if s, err := strconv.ParseInt(at, 10, 64); err != nil || time.Since(time.Unix(s, 0)) > time.Minute {
		t.Errorf("sent at %q", at)
	}
	// echo -n "$timestamp.$body" | openssl dgst -sha256 -hmac s3cret
	if got := sign("s3cret", "1772442000", []byte(`{"a":1}`)); got != "sha256=12503386f157f28d0a5f72bef7f530142c4cd9b4b1d2b20c0dbd20b0a29aeb28" {
		t.Errorf("signature %s", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Kezek-Event": "callback.escalation", "Kezek-Site": "lab", "Kezek-Signature": sign("s3cret", at, []byte(body)),
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	h.Happened([]queue.Entry{{Kind: queue.EntryCallbackBreached}})
	if r := <-p.got; r.Header.Get("Kezek-Event") != "callback.breach" {
		t.Errorf("sent %s: what was not asked for is sent", r.Header.Get("Kezek-Event"))
	}
	eventually(t, func() bool { return testutil.ToFloat64(m.webhook.WithLabelValues("sent")) == 2 })
}

// It is tried again, in order and by the same name; a fault that lasts is told once, and so is its end.
func TestWebhookTriesAgain(t *testing.T) {
	p := newReceiver(t, 500, 429, 503)
	h, m, logs := hook(t, p.URL)
	h.Happened([]queue.Entry{escalation("1"), escalation("2")})
	names := map[string]int{}
	for range 5 {
		r := <-p.got
		names[r.Header.Get("Kezek-Delivery")]++
	}
	eventually(t, func() bool { return testutil.ToFloat64(m.webhook.WithLabelValues("sent")) == 2 })
	if n := testutil.ToFloat64(m.webhook.WithLabelValues("retried")); n != 3 || len(names) != 2 {
		t.Errorf("%v tries again, %v", n, names)
	}
	if logs.Len() != 2 {
		t.Errorf("the log has %v", logs.All())
	}
}

// What cannot be delivered is given up: a refusal at once, others after so many tries. What follows is sent all the same.
func TestWebhookGivesUp(t *testing.T) {
	for _, tt := range []struct {
		status, tries int
	}{{400, 1}, {401, 1}, {302, 1}, {500, webhookTries}} {
		statuses := make([]int, tt.tries)
		for i := range statuses {
			statuses[i] = tt.status
		}
		p := newReceiver(t, statuses...)
		h, m, _ := hook(t, p.URL)
		h.Happened([]queue.Entry{escalation("1"), escalation("2")})
		for range tt.tries + 1 {
			<-p.got
		}
		eventually(t, func() bool { return testutil.ToFloat64(m.webhook.WithLabelValues("sent")) == 1 })
		if n := testutil.ToFloat64(m.webhook.WithLabelValues("dropped")); n != 1 || len(p.got) > 0 {
			t.Errorf("%d: %v dropped, %d more requests", tt.status, n, len(p.got))
		}
	}
}

// A receiver that hangs makes nobody wait: what is too much is dropped and counted, and the daemon can stop.
func TestWebhookBlocksNobody(t *testing.T) {
	hanging := make(chan struct{})
	p := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-hanging }))
	t.Cleanup(p.Close)
	t.Cleanup(func() { close(hanging) })
	h, m, _ := hook(t, p.URL)
	for range webhookBacklog + 10 {
		h.Happened([]queue.Entry{escalation("1")})
	}
	if n := testutil.ToFloat64(m.webhook.WithLabelValues("dropped")); n < 9 || n > 10 {
		t.Errorf("%v dropped", n)
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
