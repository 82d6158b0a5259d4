package ops

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"kezek/queue"
)

// A client of the socket needs no token: its user is recorded as the author, and has the role of that user.
func TestSocket(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	path := filepath.Join(t.TempDir(), "kezek.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	var role atomic.Int64
	role.Store(int64(Supervisor))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.ServeSocket(ctx, l, func(uid uint32) Peer {
			if int(uid) != os.Geteuid() {
				t.Errorf("user %d, want %d", uid, os.Geteuid())
			}
			return Peer{"root@pbx1", Role(role.Load())}
		})
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	send := func(method, path, body string) int {
		t.Helper()
		r, _ := http.NewRequest(method, "http://anything"+path, strings.NewReader(body))
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for _, path := range []string{"/metrics", "/readyz", "/api/v1/agents", "/api/v1/openapi.yaml"} {
		if got := send("GET", path, ""); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
	journal := s.feed.Listen(10)
	if got := send("PUT", "/api/v1/agents/1001/status", `{"status":"coffee"}`); got != 200 {
		t.Errorf("an order: %d", got)
	}
	by := ""
	for len(journal.Lines) > 0 {
		if e := (<-journal.Lines).Entry; e.By != "" {
			by = e.By
		}
	}
	if by != "root@pbx1" {
		t.Errorf("the order is recorded as by %q", by)
	}
	role.Store(int64(Viewer))
	if got := send("PUT", "/api/v1/agents/1001/status", `{"status":"waiting"}`); got != 403 {
		t.Errorf("an order of one who may look: %d", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
