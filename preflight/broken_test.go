package preflight

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/queue"
	"kezek/state"
)

// A spool that could not be read is told until somebody has moved it away.
func TestBrokenSpoolIsTold(t *testing.T) {
	dir := t.TempDir()
	c := &config.Config{Spool: filepath.Join(dir, "lab.spool.json"), Rules: &queue.Rules{}}
	c.Rules.Trunk.Allowed = func(string) bool { return true }
	s := &Site{Config: c}
	if found := s.checkSpool(t.Context()); len(found) != 1 || found[0].Severity != Info {
		t.Errorf("%v", found)
	}
	broken := c.Spool + ".broken-20260101T000000Z"
	if err := os.WriteFile(broken, []byte("[null]"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := s.checkSpool(t.Context())
	if len(found) != 2 || found[0].Severity != Warning || !strings.Contains(found[0].Problem, broken) {
		t.Errorf("%v", found)
	}
}

// What was moved aside in Redis is told until somebody has cleared it away, by the command that is told.
func TestBrokenEntriesAreTold(t *testing.T) {
	srv := startRedis(t)
	s := &Site{Config: &config.Config{}, State: state.Options{Site: "lab", URL: srv.url()}}
	told := func() []Finding {
		store, err := state.New(s.State)
		must(t, err)
		defer store.Close()
		return checkBroken(ctx, store, "lab")
	}
	if found := told(); len(found) != 0 {
		t.Errorf("nothing was moved aside: %v", found)
	}
	must(t, srv.HSet(ctx, "kezek:{lab}:broken", "callback:cb-1", "no number", "call:\x1b", "odd").Err())
	must(t, srv.HSet(ctx, "kezek:{lab}:broken:callback:cb-1", "id", "cb-1").Err())
	must(t, srv.HSet(ctx, "kezek:{lab}:callback:cb-2", "id", "cb-2").Err())
	found := told()
	if len(found) != 1 || found[0].Severity != Warning ||
		found[0].Problem != `2 invalid entries of the state were moved aside, such as "call:\x1b", "callback:cb-1"` {
		t.Fatalf("%v", found)
	}
	_, fix, _ := strings.Cut(found[0].Fix, "then delete them: ")
	fix = strings.ReplaceAll(fix, "redis-cli", "redis-cli -s "+filepath.Join(srv.dir, "sock"))
	if out, err := exec.Command("sh", "-c", fix).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", fix, err, out)
	}
	if found := told(); len(found) != 0 || srv.Exists(ctx, "kezek:{lab}:broken:callback:cb-1").Val() != 0 || srv.Exists(ctx, "kezek:{lab}:callback:cb-2").Val() != 1 {
		t.Errorf("cleared away: %v", found)
	}
}
