package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/ops"
)

// running is a daemon in this process, with a service manager that listens.
type running struct {
	t     *testing.T
	stop  context.CancelFunc
	ended chan struct{}
	exit  int // once ended
	log   *lab.Output
	// told is what the service manager is told, a line each.
	told   chan string
	opsURL string
}

// serve starts a daemon and returns when it says that it has started, or has ended.
func serve(t *testing.T, config, opsAddr string) *running {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", socket.LocalAddr().String())
	ctx, stop := context.WithCancel(context.Background())
	d := &running{t: t, stop: stop, ended: make(chan struct{}), log: &lab.Output{}, told: make(chan string, 1000), opsURL: "http://" + opsAddr}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := socket.Read(buf)
			if err != nil {
				return
			}
			for line := range strings.SplitSeq(string(buf[:n]), "\n") {
				d.told <- line
			}
		}
	}()
	go func() {
		a := &app{out: d.log, errs: d.log, clock: time.Now}
		d.exit = a.run(ctx, []string{"serve", "--config", config})
		close(d.ended)
	}()
	t.Cleanup(func() {
		stop()
		socket.Close()
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", d.log)
		}
	})
	d.wait("READY=1")
	return d
}

// wait returns when the service manager is told a line that begins like this.
func (d *running) wait(begin string) {
	d.t.Helper()
	limit, ended := time.After(20*time.Second), d.ended
	for {
		select {
		case line := <-d.told:
			if strings.HasPrefix(line, begin) {
				return
			}
		case <-ended:
			ended, limit = nil, time.After(time.Second) // for what was told before
		case <-limit:
			d.t.Fatalf("never told %q", begin)
		}
	}
}

// end stops the daemon as SIGTERM would and returns its exit code.
func (d *running) end() int {
	d.t.Helper()
	d.stop()
	return d.code()
}

// code waits for the end and returns the exit code.
func (d *running) code() int {
	d.t.Helper()
	select {
	case <-d.ended:
		return d.exit
	case <-time.After(20 * time.Second):
		d.t.Fatal("it does not end")
		return -1
	}
}

// said counts the log lines that match.
func (d *running) said(pattern string) int {
	return len(regexp.MustCompile(pattern).FindAllString(d.log.String(), -1))
}

func (d *running) readiness() (r ops.Readiness) {
	d.t.Helper()
	response, err := http.Get(d.opsURL + "/readyz")
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		d.t.Fatal(err)
	}
	if ready := response.StatusCode == http.StatusOK; ready != r.Ready {
		d.t.Errorf("/readyz is %s with ready %v", response.Status, r.Ready)
	}
	return r
}

// freePort is a loopback address where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// writeConfig writes a config for this Asterisk and Redis, and returns its
// path and the address of ops.
func writeConfig(t *testing.T, ariURL, redis string) (path, opsAddr string) {
	t.Helper()
	dir := t.TempDir()
	path, opsAddr = filepath.Join(dir, "kezek.yaml"), freePort(t)
	text := fmt.Sprintf(`site: bishkek
company: Skynet
timezone: Asia/Bishkek
asterisk: {url: %q, password: secret}
redis: {url: "redis://%s/0"}
agi: {listen: %q}
ops: {listen: %q, tokens_file: tokens.yaml, socket: kezek.sock}
history: {url: "sqlite:%s"}
languages: [ky, ru]
queues:
  sales: {did: ["+996312900800"], default_language: ru}
agents:
  "1001": {endpoint: PJSIP/1001, languages: [ru, ky], queues: [sales], pin: "4821"}
`, ariURL, redis, freePort(t), opsAddr, filepath.Join(dir, "history.db"))
	for file, text := range map[string]string{
		path: text, filepath.Join(dir, "tokens.yaml"): "tokens:\n  - {token: lab-viewer, role: viewer}\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path, opsAddr
}

// Neither Asterisk nor Redis is there: the daemon starts, lives, is not ready,
// says why once, and ends properly.
func TestServeWithNothingThere(t *testing.T) {
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	t.Setenv("WATCHDOG_USEC", "300000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	d := serve(t, config, opsAddr)
	d.wait("STATUS=not ready: Redis does not answer")
	d.wait("WATCHDOG=1")
	d.wait("WATCHDOG=1")
	if r := d.readiness(); r.Redis || r.Owner || r.Loaded || r.Exchange {
		t.Errorf("readiness %+v", r)
	}
	response, err := http.Get(d.opsURL + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %v %v", response, err)
	}
	out, errs, code := kezek(t, "status", "--config", config)
	if code != exitFault || !strings.Contains(out, "DOES NOT ANSWER") {
		t.Errorf("status: exit %d\n%s%s", code, out, errs)
	}
	_, errs, code = kezek(t, "agents", "--config", config)
	if code != exitFault || !strings.Contains(errs, "not ready: Redis does not answer") {
		t.Errorf("agents: exit %d\n%s", code, errs)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	d.wait("STOPPING=1")
	if n := d.said(`redis does not answer`); n != 1 {
		t.Errorf("says %d times that Redis is not there, want once", n)
	}
}

func TestServeWhereAPortIsTaken(t *testing.T) {
	for _, which := range []string{"ops", "agi"} {
		t.Run(which, func(t *testing.T) {
			config, _ := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
			text, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			taken := regexp.MustCompile(which + `: \{listen: "([^"]+)"`).FindStringSubmatch(string(text))[1]
			l, err := net.Listen("tcp", taken)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			_, errs, code := kezek(t, "serve", "--config", config)
			if code != exitFault || !strings.Contains(errs, which+".listen: listen tcp4 "+taken+": bind: address already in use") {
				t.Errorf("exit %d\n%s", code, errs)
			}
		})
	}
}

// A wrong ARI password is a clear word, not an endless silence.
func TestWrongPasswordIsAClearWord(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"Unauthorized"}`, http.StatusUnauthorized)
	}))
	defer refusing.Close()
	config, _ := writeConfig(t, refusing.URL+"/ari", "127.0.0.1:1")
	out, _, code := kezek(t, "check", "--config", config)
	if want := `refuses user "kezek" with this password. Fix: compare`; code != exitFault || !strings.Contains(out, want) {
		t.Errorf("exit %d, want %q in\n%s", code, want, out)
	}
}
