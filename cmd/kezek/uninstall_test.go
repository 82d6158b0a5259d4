package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"kezek/daemon"
	"kezek/state"
)

// startRedis starts a real Redis of its own and returns a client and its address.
func startRedis(t *testing.T) (*redis.Client, string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs redis-server: ", err)
	}
	addr := freePort(t)
	_, port, err := net.SplitHostPort(addr)
	must(t, err)
	cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--save", "")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, cmd.Start())
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() {
		rdb.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(10 * time.Second); rdb.Ping(context.Background()).Err() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
	}
	return rdb, addr
}

// typed answers what the command asks.
func typed(t *testing.T, text string) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	_, err = w.WriteString(text)
	must(t, err)
	w.Close()
	old := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = old; r.Close() })
}

func TestUninstallState(t *testing.T) {
	rdb, addr := startRedis(t)
	config, _ := writeConfig(t, "http://127.0.0.1:1/ari", addr)
	spool := filepath.Join(filepath.Dir(config), "spool.json")
	text, err := os.ReadFile(config)
	must(t, err)
	must(t, os.WriteFile(config, append(text, []byte("spool: spool.json\n")...), 0o600))
	loaded, err := loadConfig(config)
	must(t, err)
	site := loaded.Site
	ctx := t.Context()
	theirs := map[string]string{"kezek:{" + site + "2}:agent:1": "x", "kezek:{other}:owner": "x", "session": "x"}
	fill := func() {
		t.Helper()
		for key, value := range theirs {
			must(t, rdb.Set(ctx, key, value, 0).Err())
		}
		for _, key := range []string{"agent:1001", "callback:cb-1", "callback:cb%2A%20[2]", "agents"} {
			must(t, rdb.Set(ctx, "kezek:{"+site+"}:"+key, "x", 0).Err())
		}
		must(t, os.WriteFile(spool, []byte(`[{"id":"cb-9"}]`), 0o600))
		must(t, os.WriteFile(spool+".broken-20260302", []byte(`[`), 0o600))
		must(t, os.WriteFile(spool+"-of-another", []byte(`[`), 0o600))
	}
	files := func() (names string) {
		found, err := filepath.Glob(spool + "*")
		must(t, err)
		for _, f := range found {
			names += filepath.Base(f) + " "
		}
		return names
	}
	whole := func() bool {
		n, err := rdb.DBSize(ctx).Result()
		must(t, err)
		return n == int64(len(theirs)+4) && files() == "spool.json spool.json-of-another spool.json.broken-20260302 "
	}
	const shown = " in Redis: 4 keys (2 callback, 1 agent, 1 other)\nspool: "

	fill()
	out, errs, code := kezek(t, "uninstall", "--state", "--dry-run", "--config", config)
	if code != exitFine || !strings.Contains(out, "site "+site+shown) || !strings.Contains(out, "(1 promised callback)\n") || !whole() {
		t.Errorf("--dry-run: exit %d, all there: %v\n%s%s", code, whole(), out, errs)
	}
	for _, answer := range []string{"", "y\n", "yes\n", site + "2\n"} {
		typed(t, answer)
		out, errs, code := kezek(t, "uninstall", "--state", "--config", config)
		if code != exitFault || !strings.Contains(errs, "nothing was removed") || !whole() {
			t.Errorf("answer %q: exit %d\n%s%s", answer, code, out, errs)
		}
	}

	// A daemon that owns the site must be stopped first.
	daemon, err := state.New(daemon.StoreOptions(loaded, zap.NewNop()))
	must(t, err)
	defer daemon.Close()
	_, err = daemon.Acquire(ctx)
	must(t, err)
	if out, errs, code := kezek(t, "uninstall", "--state", "--yes", "--config", config); code != exitFault || !strings.Contains(errs, "a daemon owns site "+site) ||
		rdb.Exists(ctx, "kezek:{"+site+"}:agents").Val() != 1 {
		t.Errorf("with a daemon: exit %d\n%s%s", code, out, errs)
	}
	must(t, daemon.Release(ctx))
	must(t, rdb.Del(ctx, "kezek:{"+site+"}:owner").Err())

	gone := func(how, out, errs string, code int) {
		t.Helper()
		if code != exitFine || !strings.Contains(out, "removed: 4 keys, 2 files\n") {
			t.Errorf("%s: exit %d\n%s%s", how, code, out, errs)
		}
		left, err := rdb.Keys(ctx, "*").Result()
		must(t, err)
		for _, key := range left {
			if theirs[key] == "" {
				t.Errorf("%s: left: %s", how, key)
			}
		}
		if len(left) < len(theirs) || files() != "spool.json-of-another " {
			t.Errorf("%s: keys %q, files %s", how, left, files())
		}
	}
	typed(t, site+"\n")
	out, errs, code = kezek(t, "uninstall", "--state", "--config", config)
	gone("by its name", out, errs, code)
	fill()
	out, errs, code = kezek(t, "uninstall", "--state", "--yes", "--config", config)
	gone("--yes", out, errs, code)
	if out, errs, code := kezek(t, "uninstall", "--state", "--config", config); code != exitFine || !strings.HasSuffix(out, "there is nothing to remove\n") {
		t.Errorf("again: exit %d\n%s%s", code, out, errs)
	}
}
