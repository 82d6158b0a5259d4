package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kezek/lab"
	"kezek/ops"
)

// The daemon on a real Asterisk and a real Redis: faults, reload, take-over.
func TestServeInTheLab(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	config := filepath.Join(l.Dir, "kezek.yaml")
	d := serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")
	if r := d.readiness(); !r.Ready || len(r.Faults) > 0 {
		t.Fatalf("readiness %+v", r)
	}
	if out, errs, code := kezek(t, "status", "--config", config); code != exitFine {
		t.Errorf("status: exit %d\n%s%s", code, out, errs)
	}

	// Redis goes away: calls go on, and readiness says so.
	l.StopRedis()
	d.wait("STATUS=not ready: Redis does not answer")
	if r := d.readiness(); r.Ready || !r.Exchange || !r.Owner {
		t.Errorf("without Redis: %+v", r)
	}
	if err := l.StartRedis(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.wait("STATUS=ready")

	// Asterisk goes away and comes back.
	l.KillAsterisk()
	d.wait("STATUS=not ready: Asterisk is not connected")
	if err := l.StartAsterisk(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.wait("STATUS=ready")

	// A reload: a faulty config is refused whole, a good one is taken over.
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	reload := func(old, new string) {
		t.Helper()
		changed := strings.Replace(string(text), old, new, 1)
		if changed == string(text) {
			t.Fatalf("the lab's config has no %q", old)
		}
		if err := os.WriteFile(config, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		d.wait("RELOADING=1")
		d.wait("READY=1")
	}
	reload("strategy: leastrecent", "strategy: leastrecnt")
	if d.said(`reload refused, the old config stays in force.*kezek\.yaml:\d+:\d+: queues\.sales\.strategy`) != 1 {
		t.Error("a faulty config is not refused with its line")
	}
	// The commands reach it all the same, and who gives an order is recorded, not the name of a token.
	socket := filepath.Join(l.Dir, "kezek.sock")
	if out, errs, code := kezek(t, "agents", "--config", config, "--socket", socket); code != exitFine || !strings.Contains(out, "1020") {
		t.Errorf("agents, while the file is faulty: exit %d\n%s%s", code, out, errs)
	}
	if _, errs, code := kezek(t, "notice", "on", "--for", "1d", "--queue", "sales", "--config", config, "--socket", socket); code != exitFine {
		t.Errorf("an order, while the file is faulty: exit %d, %s", code, errs)
	}
	if out, _, _ := kezek(t, "notice", "--config", config, "--socket", socket); !strings.Contains(out, whoami(t)) {
		t.Errorf("who gave the order is not recorded:\n%s", out)
	}
	reload("Отдел продаж", "Продажи")
	if got := queueTitle(t, l.OpsURL()); got != "Продажи" {
		t.Errorf("after the reload the queue is called %q", got)
	}
	reload("site: bishkek", "site: osh")
	if d.said(`these settings need a restart.*\["site"[,\]]`) != 1 {
		t.Error("it does not say what a reload cannot change")
	}
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}

	// It ends properly, and the next one is in charge at once.
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	d = serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")

	// One that is started beside it takes the site over, and this one gives way.
	opsAddr := freePort(t)
	second := filepath.Join(l.Dir, "second.yaml")
	moved := strings.NewReplacer(l.OpsAddr, opsAddr, l.AGIAddr, freePort(t)).Replace(string(text))
	if err := os.WriteFile(second, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	successor := serve(t, second, opsAddr)
	if code := d.code(); code != exitFault || d.said("another daemon has taken this site over|another program has taken over the app") == 0 {
		t.Errorf("exit %d of the one that lost the site", code)
	}
	successor.wait("STATUS=ready")
	if code := successor.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
}

// A wrong password is said clearly, and once.
func TestServeWithAWrongPassword(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	config := filepath.Join(l.Dir, "kezek.yaml")
	if err := os.WriteFile(filepath.Join(l.Dir, "ari.password"), []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := serve(t, config, l.OpsAddr)
	d.wait("STATUS=not ready: Asterisk is not connected")
	out, _, code := kezek(t, "check", "--config", config)
	if code != exitFault || !strings.Contains(out, `refuses user "kezek" with this password`) {
		t.Errorf("check: exit %d\n%s", code, out)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	if n := d.said("Asterisk refuses the ARI user, its password or its rights"); n != 1 {
		t.Errorf("says it %d times, want once", n)
	}
}

func queueTitle(t *testing.T, opsURL string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, opsURL+"/api/v1/queues/sales", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer lab-viewer")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var q ops.Queue
	if err := json.NewDecoder(response.Body).Decode(&q); err != nil {
		t.Fatal(err)
	}
	return q.Title
}
