package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/config"
	"kezek/lab"
	"kezek/ops"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freeAddr is an address at which nobody listens.
func freeAddr(t *testing.T, ip string) string {
	t.Helper()
	l, err := net.Listen("tcp4", ip+":0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// writeConfig writes the config of a site without an Asterisk.
func writeConfig(t *testing.T, redis string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kezek.yaml")
	must(t, os.WriteFile(path, fmt.Appendf(nil, `site: bishkek
company: Skynet
timezone: Asia/Bishkek
asterisk: {url: "http://127.0.0.1:1/ari", password: secret}
redis: {url: "redis://%s/0"}
agi: {listen: %q}
ops: {listen: %q, socket: kezek.sock, tokens_file: tokens.yaml}
languages: [ky, ru]
queues:
  sales: {did: ["+996312900800"], default_language: ru}
`, redis, freeAddr(t, "127.0.0.1"), freeAddr(t, "127.0.0.1")), 0o600))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "tokens.yaml"), []byte("tokens:\n  - {name: board, token: 0123456789abcdef, role: viewer}\n"), 0o600))
	return path
}

// replace changes a text in a file.
func replace(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	must(t, os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(new), 1), 0o600))
}

// boot makes a daemon of a config; it is stopped when the test ends.
func boot(t *testing.T, path string) (*Daemon, *lab.Output) {
	t.Helper()
	log := &lab.Output{}
	logger, err := NewLogger(log, "console", "info")
	must(t, err)
	d, err := New(Options{Load: func() (*config.Config, error) { return config.Load(path) }, Version: "test", Log: logger})
	must(t, err)
	t.Cleanup(func() {
		_ = d.Stop()
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", log)
		}
	})
	return d, log
}

// startRedis starts a real Redis and returns its address.
func startRedis(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("KEZEK_LAB") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs redis-server: ", err)
	}
	addr := freeAddr(t, "127.0.0.1")
	host, port, err := net.SplitHostPort(addr)
	must(t, err)
	cmd := exec.Command("redis-server", "--bind", host, "--port", port, "--dir", t.TempDir(), "--save", "")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return addr
}

// readyz waits until the readiness is as wanted.
func readyz(t *testing.T, d *Daemon, what string, wanted func(ops.Readiness) bool) {
	t.Helper()
	var r ops.Readiness
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get("http://" + d.http.Addr().String() + "/readyz")
		must(t, err)
		err = json.NewDecoder(response.Body).Decode(&r)
		response.Body.Close()
		must(t, err)
		if wanted(r) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("never %s: %+v", what, r)
		}
	}
}

// reloads changes the title of the queue, and breaks the config after that.
func reloads(t *testing.T, d *Daemon, path, old, new string) {
	t.Helper()
	replace(t, path, old, new)
	must(t, d.Reload(t.Context()))
	good := d.rules.Load()
	if title := good.Queues["sales"].Title["ru"]; title != "Продажи" {
		t.Errorf("after the reload the queue is called %q", title)
	}
	replace(t, path, "timezone: ", "timezne: ")
	if err := d.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "timezne") {
		t.Errorf("a faulty config: %v", err)
	}
	if d.rules.Load() != good {
		t.Error("a faulty config has changed something")
	}
	replace(t, path, "timezne: ", "timezone: ")
}

// gone fails if anything of a daemon that has stopped is left.
func gone(t *testing.T, d *Daemon) {
	t.Helper()
	for _, addr := range []string{d.http.Addr().String(), d.agi.Addr().String()} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Errorf("the port is still taken: %v", err)
			continue
		}
		l.Close()
	}
	if path := d.started.Ops.Socket; path != "" {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is left", path)
		}
	}
	if err := d.Reload(t.Context()); err == nil {
		t.Error("it takes a config though it has stopped")
	}
	if err := d.Stop(); err != nil {
		t.Errorf("stopped twice: %v", err)
	}
}

// A daemon with a real Redis and without an Asterisk: it starts, reloads, stops, and the next one is in charge at once.
func TestWithoutAsterisk(t *testing.T) {
	path := writeConfig(t, startRedis(t))
	for range 2 {
		d, log := boot(t, path)
		d.Start()
		readyz(t, d, "in charge", func(r ops.Readiness) bool { return r.Owner && r.Loaded && r.Redis && !r.Exchange })
		reloads(t, d, path, "default_language: ru", "default_language: ru, title: {ru: Продажи}")
		select {
		case <-d.Failed():
			t.Error("a part has failed")
		default:
		}
		must(t, d.Stop())
		gone(t, d)
		for _, line := range []string{"kezek starts", "config reloaded", "reload refused, the old config stays in force", "kezek is stopping; calls stay on Asterisk"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("says %d times %q", n, line)
			}
		}
		replace(t, path, ", title: {ru: Продажи}", "")
	}
}

// The same with a real Asterisk, to which it attaches.
func TestWithAsterisk(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	path := filepath.Join(l.Dir, "kezek.yaml")
	d, _ := boot(t, path)
	d.Start()
	readyz(t, d, "ready", func(r ops.Readiness) bool { return r.Ready })
	reloads(t, d, path, "Отдел продаж", "Продажи")
	must(t, d.Stop())
	gone(t, d)
}

// A reload that comes before the engine is in charge reaches it when it is.
func TestReloadBeforeTheStateIsLoaded(t *testing.T) {
	closed := freeAddr(t, "127.0.0.1")
	path := writeConfig(t, closed)
	d, _ := boot(t, path)
	d.Start()
	reloads(t, d, path, "default_language: ru", "default_language: ru, title: {ru: Продажи}")
	d.reloading.Lock()
	defer d.reloading.Unlock()
	if d.untold != d.rules.Load() {
		t.Error("the rules are forgotten, though the engine has not taken them")
	}
}

// A start that fails gives back what it has taken.
func TestAFailedStartLeavesNothing(t *testing.T) {
	path := writeConfig(t, "127.0.0.1:1")
	c, err := config.Load(path)
	must(t, err)
	taken, err := net.Listen("tcp4", c.AGI.Listen)
	must(t, err)
	defer taken.Close()
	load := func() (*config.Config, error) { return config.Load(path) }
	if _, err := New(Options{Load: load, Log: zap.NewNop()}); err == nil || !strings.Contains(err.Error(), "agi.listen: listen tcp4 "+c.AGI.Listen) {
		t.Errorf("the error is %v", err)
	}
	l, err := net.Listen("tcp4", c.Ops.Listen)
	must(t, err)
	must(t, l.Close())
}

// A part that ends by itself is a failure, which Stop tells.
func TestAPartThatFails(t *testing.T) {
	d, log := boot(t, writeConfig(t, "127.0.0.1:1"))
	d.Start()
	must(t, d.http.Close())
	<-d.Failed()
	if err := d.Stop(); err == nil || !strings.HasPrefix(err.Error(), "ops: ") {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(log.String(), "use of closed network connection") {
		t.Errorf("the log does not say why:\n%s", log)
	}
	gone(t, d)
}

// The last that was made is the first to go. One that fails or hangs is named in the log, and keeps no other from going.
func TestCleanups(t *testing.T) {
	var log lab.Output
	logger, err := NewLogger(&log, "console", "info")
	must(t, err)
	var order []string
	did := func(name string) func() error {
		return func() error { order = append(order, name); return nil }
	}
	stuck := make(chan struct{})
	defer close(stuck)
	c := cleanups{patience: 20 * time.Millisecond, log: logger}
	c.add("first", did("first"))
	c.add("stuck", func() error { <-stuck; return nil })
	c.add("broken", func() error { return fmt.Errorf("out of order") })
	c.add("last", did("last"))
	err = c.run()
	if got := strings.Join(order, ", "); got != "last, first" {
		t.Errorf("done: %s", got)
	}
	if want := "broken: out of order\nstuck: not done after 20ms"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	for _, line := range []string{`clean-up failed	{"step": "broken"`, `clean-up takes too long; continuing without it	{"step": "stuck"`} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no %q in\n%s", line, &log)
		}
	}
}

// A part that does not return when it should hangs no Stop of the whole daemon.
func TestAPartThatHangs(t *testing.T) {
	d, log := boot(t, writeConfig(t, "127.0.0.1:1"))
	d.undo.patience = 200 * time.Millisecond
	d.Start()
	stuck := make(chan struct{})
	defer close(stuck)
	d.begin(part{"a stuck part", func(context.Context) error { <-stuck; return nil }})
	if err := d.Stop(); err == nil || err.Error() != "a stuck part: not done after 200ms" {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(log.String(), `"step": "a stuck part"`) {
		t.Errorf("the log does not name it:\n%s", log)
	}
	gone(t, d)
}

// 0.0.0.0 opens no door over IPv6.
func TestListensOnIPv4Alone(t *testing.T) {
	path := writeConfig(t, "127.0.0.1:1")
	c, err := config.Load(path)
	must(t, err)
	everywhere := func(addr string) string { return strings.Replace(addr, "127.0.0.1", "0.0.0.0", 1) }
	replace(t, path, c.Ops.Listen, everywhere(c.Ops.Listen))
	replace(t, path, fmt.Sprintf("agi: {listen: %q}", c.AGI.Listen), fmt.Sprintf("agi: {listen: %q, address: %q}", everywhere(c.AGI.Listen), c.AGI.Listen))
	d, _ := boot(t, path)
	if got := d.http.Addr().String(); got != everywhere(c.Ops.Listen) {
		t.Errorf("ops listens on %s", got)
	}
	if got := d.agi.Addr().String(); got != everywhere(c.AGI.Listen) {
		t.Errorf("agi listens on %s", got)
	}
	must(t, d.Stop())
	gone(t, d)
}
