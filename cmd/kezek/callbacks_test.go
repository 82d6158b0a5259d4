package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// The daemon on a real Redis: a callback is booked, is safe in the spool while
// Redis is away, and outlives the daemon. The queue is closed, so that nobody
// needs to be on shift.
func TestCallbacksInTheLab(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	config := filepath.Join(l.Dir, "kezek.yaml")
	spool := filepath.Join(l.Dir, "spool.json")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(48 * time.Hour).Weekday().String()[:2]
	text = []byte(strings.Replace(string(text), "Mo-Su 00:00-24:00", later+" 00:00-24:00", 1))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	d := serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")
	run := func(want int, words string, args ...string) string {
		t.Helper()
		out, errs, code := kezek(t, append(args, "--config", config)...)
		if code != want || !strings.Contains(out+errs, words) {
			t.Errorf("kezek %s: exit %d, want %d with %q\n%s%s", strings.Join(args, " "), code, want, words, out, errs)
		}
		return out
	}
	open := func() (numbers []string) {
		t.Helper()
		all, err := items[ops.Callback]([]byte(run(exitFine, "items", "callbacks", "--json")))
		if err != nil {
			t.Fatal(err)
		}
		for _, cb := range all {
			numbers = append(numbers, cb.Number)
		}
		return numbers
	}
	run(exitFine, "clients are called back over PJSIP/carrier", "check", "--only", "asterisk,spool")
	run(exitFine, spool+" can keep promises", "check", "--only", "spool")
	run(exitFault, "trunk.allow", "callback", "add", "+79001234567", "--queue", "sales")
	run(exitUsage, `NUMBER: "withheld" is not allowed: want a telephone number`, "callback", "add", "withheld", "--queue", "sales")
	run(exitUsage, `--class: "soon" is not allowed`, "callback", "add", "0555000001", "--queue", "sales", "--class", "soon")
	run(exitFine, "+996555000001 will be called back: queue sales, language ru, class information", "callback", "add", "0555 000001", "--queue", "sales")
	run(exitFine, "+996555000001 has a callback already", "callback", "add", "+996555000001", "--queue", "sales", "--language", "ky")

	// Redis goes away: the spool keeps what is promised then.
	l.StopRedis()
	d.wait("STATUS=not ready: Redis does not answer")
	out := run(exitFine, "+996555000002 will be called back", "callback", "add", "0555000002", "--queue", "sales", "--class", "complaint")
	id, _, _ := strings.Cut(out, ":")
	var kept []queue.Callback
	if data, err := os.ReadFile(spool); err != nil || json.Unmarshal(data, &kept) != nil || len(kept) != 2 {
		t.Errorf("the spool has %s, %v", data, err)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	if err := l.StartRedis(t.Context()); err != nil {
		t.Fatal(err)
	}
	d = serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")
	if got := open(); len(got) != 2 || got[0] != "+996555000001" || got[1] != "+996555000002" {
		t.Errorf("after all that there are %v", got)
	}
	if _, err := os.Stat(spool); !os.IsNotExist(err) {
		t.Errorf("the spool is not cleared though Redis has everything: %v", err)
	}
	run(exitUsage, "--reason", "callback", "cancel", id)
	run(exitFine, id+": cancelled", "callback", "cancel", id, "--reason", "by mistake")
	run(exitFault, "is not open", "callback", "cancel", id, "--reason", "by mistake")
	run(exitFine, "by mistake ("+whoami(t)+")", "callbacks", "--over", "--limit", "1")
	run(exitFine, "by mistake ("+whoami(t)+")", "callbacks", id)
	run(exitFault, "callback \"none\" not found", "callbacks", "none")
	if got := open(); len(got) != 1 {
		t.Errorf("after the cancelling there are %v", got)
	}
	if d.said(`callback ended.*`+id+`.*cancelled.*@.*by mistake`) != 1 {
		t.Error("who cancelled it, and why, is not in the log")
	}

	// Without a spool nothing can be promised while Redis is away.
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	if err := os.WriteFile(config, []byte(strings.Replace(string(text), spool, `""`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d = serve(t, config, l.OpsAddr)
	d.wait("STATUS=ready")
	l.StopRedis()
	d.wait("STATUS=not ready: Redis does not answer")
	run(exitFault, "not promised", "callback", "add", "0555000003", "--queue", "sales")
	run(exitFault, "Redis, which stores the finished callbacks", "callbacks", "--over")
	if got := open(); len(got) != 1 {
		t.Errorf("what was not promised is there: %v", got)
	}
	if err := l.StartRedis(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
}
