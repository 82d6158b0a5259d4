package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/daemon"
	"kezek/queue"
	"kezek/state"
)

// A callback was promised, the daemon stopped, and Redis comes back without anything, as
// after a backup that was put back in the wrong way: the daemon says so wherever somebody may look.
func TestStateLostIsTold(t *testing.T) {
	rdb, addr := startRedis(t)
	path, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", addr)
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(text, "spool: spool.json\n"...), 0o600))
	c, err := config.Load(path)
	must(t, err)
	spool := filepath.Join(filepath.Dir(path), "spool.json")

	o := daemon.StoreOptions(c, zap.NewNop())
	o.Mark = spool + state.MarkSuffix
	store, err := state.New(o)
	must(t, err)
	defer store.Close()
	_, err = store.Acquire(t.Context())
	must(t, err)
	_, err = store.Save(t.Context(), []queue.Entity{&queue.Callback{ID: "cb-1", State: queue.CallbackOpen}}, nil, nil)
	must(t, err)
	must(t, store.Release(t.Context()))
	must(t, rdb.FlushAll(t.Context()).Err())
	must(t, os.WriteFile(spool, []byte("[null]"), 0o600))

	d := serve(t, path, opsAddr)
	loaded := func() bool { return d.readiness().Loaded }
	for end := time.Now().Add(20 * time.Second); !loaded(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never loaded")
		}
	}
	warnings := d.readiness().Warnings
	if len(warnings) != 2 || !strings.HasPrefix(warnings[0], "the state was lost: redis has nothing of site bishkek") || !strings.Contains(warnings[1], spool+".broken-") {
		t.Errorf("/readyz: %q", warnings)
	}
	out, errs, _ := kezek(t, "status", "--config", path)
	if !strings.Contains(out, "! the state was lost: redis has nothing") || !strings.Contains(out, "! a spool could not be read") {
		t.Errorf("status:\n%s%s", out, errs)
	}
	response, err := http.Get(d.opsURL + "/metrics")
	must(t, err)
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	must(t, err)
	for _, line := range []string{"\nkezek_state_lost 1\n", "\nkezek_spool_broken_files 1\n"} {
		if !strings.Contains(string(metrics), line) {
			t.Errorf("no line %q", line)
		}
	}
	if n := d.said("the state was lost"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}

	// The next start is an ordinary one.
	d = serve(t, path, opsAddr)
	for end := time.Now().Add(20 * time.Second); !loaded(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never loaded again")
		}
	}
	if warnings := d.readiness().Warnings; len(warnings) != 1 || !strings.Contains(warnings[0], "spool") {
		t.Errorf("the next start: %q", warnings)
	}
	d.end()
}
