package daemon

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kezek/ops"
	"kezek/queue"
)

// happens does what the journal has a line for: this callback is refused.
func happens(t *testing.T, d *Daemon, number string) {
	t.Helper()
	answer, err := d.engine.Ask(t.Context(), queue.BookCallback{Number: number, Queue: "sales", Class: queue.ClassInformation, Language: "ru", By: "shift-lead"})
	must(t, err)
	if answer.Refused == "" {
		t.Fatalf("the answer is %+v", answer)
	}
}

// kinds reads the kinds of so many events from a stream that goes on behind the id last.
func kinds(t *testing.T, d *Daemon, last string, count int) (read []string, next string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.http.Addr().String()+"/api/v1/events?after="+last, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer 0123456789abcdef")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for len(read) < count && lines.Scan() {
		if id, is := strings.CutPrefix(lines.Text(), "id: "); is {
			next = id
		}
		if kind, is := strings.CutPrefix(lines.Text(), "event: "); is {
			read = append(read, kind)
		}
	}
	if len(read) < count {
		t.Fatalf("the stream ended after %v: %v", read, lines.Err())
	}
	return read, next
}

// With a real Redis: events reach the webhook of the config and the event streams, each once, over restarts of the daemon and while the
// receiver was away; a daemon without a webhook sends nothing.
func TestEventsSurviveARestart(t *testing.T) {
	var away atomic.Bool
	got := make(chan string, 100)
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, number, _ := strings.Cut(string(body), `"number":"`)
		got <- r.Header.Get("Kezek-Event") + " " + number[:len("+996555000001")]
	}))
	t.Cleanup(p.Close)
	wants := func(want ...string) {
		t.Helper()
		for _, w := range want {
			select {
			case is := <-got:
				if is != w {
					t.Errorf("sent %q, want %q", is, w)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%q is not sent", w)
			}
		}
	}
	path := writeConfig(t, startRedis(t))
	replace(t, path, "languages:", "supervisors:\n  webhook: {url: \""+p.URL+"\", events: [refused]}\nlanguages:")
	start := func() *Daemon {
		d, _ := boot(t, path)
		d.Start()
		readyz(t, d, "in charge", func(r ops.Readiness) bool { return r.Owner && r.Loaded && r.Redis })
		return d
	}
	d := start()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, ok, err := d.store.Place(t.Context(), "webhook"); ok && err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the webhook has no place")
		}
	}
	happens(t, d, "+996555000001")
	wants("refused +996555000001")
	read, last := kinds(t, d, "0-0/0", 1)
	if strings.Join(read, " ") != "refused" {
		t.Errorf("the stream has %v", read)
	}
	away.Store(true)
	happens(t, d, "+996555000002")
	must(t, d.Stop())

	d = start() // the receiver is still away
	happens(t, d, "+996555000003")
	must(t, d.Stop())
	away.Store(false)
	d = start()
	wants("refused +996555000002", "refused +996555000003")
	if read, _ := kinds(t, d, last, 2); strings.Join(read, " ") != "refused refused" {
		t.Errorf("the stream has %v", read)
	}
	must(t, d.Stop())

	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "events: [refused]", "events: [callback.breach]", 1)), 0o600))
	d = start()
	happens(t, d, "+996555000004")
	must(t, d.Stop())
	if len(got) > 0 {
		t.Errorf("sent again, or though it was not asked for: %s", <-got)
	}
}
