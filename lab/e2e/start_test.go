package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// TestStart: whatever is missing or wrong at the start is said once and
// clearly, and heals by itself where it can.
func TestStart(t *testing.T) {
	t.Parallel()
	s := prepare(t, `
queues: {sales: {did_language: {"`+lab.DID+`": ru}}}`)

	t.Run("Asterisk is not there", func(t *testing.T) {
		s.KillAsterisk()
		s.startLacking(t, "Exchange")
		s.awaitLog(t, `\tERROR\tcannot attach to Asterisk; retrying`, 1)
		must(t, s.StartAsterisk(within(t, patience)))
		s.ready(t)
		s.saidOnce(t, `cannot attach to Asterisk`)
		s.serves(t)
		s.StopDaemon()
	})
	t.Run("a mistake in the config", func(t *testing.T) {
		right := s.change(t, `strategy: leastrecent`, `strategy: leastrecnt`)
		defer right()
		_, errs, code := s.kezek(t, "serve")
		if code != 2 || !strings.Contains(errs, "kezek.yaml:") || !strings.Contains(errs, `queues.sales.strategy`) || !strings.Contains(errs, "leastrecnt") {
			t.Errorf("exit code %d: %s", code, errs)
		}
	})
	t.Run("the ARI password is wrong", func(t *testing.T) {
		file := filepath.Join(s.Dir, "ari.password")
		password, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(file, []byte("wrong\n"), 0o600))
		defer func() { must(t, os.WriteFile(file, password, 0o600)) }()
		s.startLacking(t, "Exchange")
		s.awaitLog(t, `\tERROR\tAsterisk refuses the ARI user, its password or its rights`, 1)
		out, _, code := s.kezek(t, "check")
		if code != 1 || !strings.Contains(out, `refuses user "kezek" with this password. Fix: compare`) {
			t.Errorf("kezek check: exit code %d: %s", code, out)
		}
		s.StopDaemon()
		s.saidOnce(t, `Asterisk refuses the ARI user`)
	})
	t.Run("Redis is not there", func(t *testing.T) {
		s.StopRedis()
		s.startLacking(t, "Redis")
		must(t, s.StartRedis(within(t, patience)))
		s.ready(t)
		s.saidOnce(t, `redis does not answer`)
		s.serves(t)
	})
	t.Run("reload", func(t *testing.T) { reload(t, s) })
	s.nothingLeft(t)
}

// startLacking starts a daemon that lives, but cannot be ready.
func (s *site) startLacking(t *testing.T, what string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan error)
	go func() { started <- s.StartDaemon(ctx) }()
	s.readiness(t, "not ready", func(r ops.Readiness) bool {
		return !r.Ready && len(r.Faults) > 0 && (what == "Redis" && !r.Redis || what == "Exchange" && !r.Exchange)
	})
	cancel()
	if err := <-started; err == nil {
		t.Fatal("it is ready")
	}
	resp, err := http.Get(s.OpsURL() + "/healthz")
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", resp.Status)
	}
}

// saidOnce checks that a trouble was logged, and not at every try.
func (s *site) saidOnce(t *testing.T, pattern string) {
	t.Helper()
	if n := s.said(t, pattern); n != 1 {
		t.Errorf("says %d times, want once: %s", n, pattern)
	}
}

// serves checks that a call reaches an agent.
func (s *site) serves(t *testing.T) {
	t.Helper()
	a := s.agent(t, "1001")
	defer a.Close()
	c := s.call(t, lab.DID)
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.code("*11")
	a.status(queue.StatusOffline)
}

// change replaces text in the daemon's config. The returned function puts it back.
func (s *site) change(t testing.TB, old, new string) (undo func()) {
	t.Helper()
	text, err := os.ReadFile(s.configFile())
	must(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("no %q in\n%s", old, text)
	}
	must(t, os.WriteFile(s.configFile(), []byte(strings.Replace(string(text), old, new, 1)), 0o600))
	return func() { must(t, os.WriteFile(s.configFile(), text, 0o600)) }
}

// configure changes the daemon's config as a document.
func (s *site) configure(t testing.TB, change func(config map[string]any)) {
	t.Helper()
	text, err := os.ReadFile(s.configFile())
	must(t, err)
	config := map[string]any{}
	must(t, yaml.Unmarshal(text, &config))
	change(config)
	text, err = yaml.Marshal(config)
	must(t, err)
	must(t, os.WriteFile(s.configFile(), text, 0o600))
}

// reload: SIGHUP takes a good config over and refuses a bad one whole; live
// calls notice nothing of either.
func reload(t *testing.T, s *site) {
	hangup := func() {
		t.Helper()
		must(t, syscall.Kill(s.PID(lab.Daemon), syscall.SIGHUP))
	}
	reloaded := s.said(t, `\tconfig reloaded`)
	var newcomer any
	s.configure(t, func(c map[string]any) {
		agents := c["agents"].(map[string]any)
		newcomer = agents["1020"]
		delete(agents, "1020")
	})
	hangup()
	s.awaitLog(t, `\tconfig reloaded`, reloaded+1)
	if _, err := ask[ops.Agent](t, s, "/api/v1/agents/1020"); err == nil {
		t.Error("an agent who is no more is still there")
	}

	a := s.agent(t, "1001")
	talking := s.call(t, lab.DID)
	r := a.rings()
	since := a.take(r, talking)
	waiting := s.call(t, lab.DID)
	waiting.told(queue.EntryCallEntered)

	right := s.change(t, "1002", "10 02")
	hangup()
	s.awaitLog(t, `reload refused, the old config stays in force.*kezek\.yaml:\d+:\d+`, 1)
	right()
	s.ready(t)
	talk(t, r, talking, time.Now())

	n := s.phone(t, "1019") // one who was there
	n.say("*13", "ky/not-logged-in")
	stranger, err := phone.New(phone.Config{Extension: "1020", Password: "lab-1020", Exchange: s.SIPAddr, Listen: s.Host + ":0"})
	must(t, err)
	t.Cleanup(stranger.Close)
	must(t, stranger.Register(within(t, patience)))
	unknown := &agent{Phone: stranger, t: t, s: s, id: "1020"}
	unknown.say("*13", "ky/unknown-agent")
	stranger.Close()

	s.configure(t, func(c map[string]any) { c["agents"].(map[string]any)["1020"] = newcomer })
	hangup()
	s.awaitLog(t, `\tconfig reloaded`, reloaded+2)
	joins := s.phone(t, "1020")
	joins.code("*101020")
	r2 := joins.answers(waiting)
	talk(t, r, talking, time.Now())
	talking.heardAllTheTime(a, since)
	must(t, r2.Hangup(within(t, patience)))
	must(t, r.Hangup(within(t, patience)))
	waiting.ended()
	talking.ended()
}
