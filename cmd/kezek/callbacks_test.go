package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// What becomes of a callback stands in the log, a line for each step.
func TestLogOfCallbacks(t *testing.T) {
	var out output
	log, err := (&logFlags{"json", "info"}).logger(&out)
	if err != nil {
		t.Fatal(err)
	}
	about := queue.Entry{Callback: "cb-1", Class: queue.Manager, Queue: "sales", Language: "ru", Number: "+996555\n"}
	kinds := []queue.EntryKind{
		queue.CallbackBooked, queue.CallbackMerged, queue.CallbackTaken, queue.CallbackAttempt, queue.CallbackCameIn, queue.CallbackWarned,
		queue.CallbackEscalated, queue.CallbackBreached, queue.Violation, queue.CallbackEnded,
	}
	for _, kind := range kinds {
		e := about
		e.Kind = kind
		switch kind {
		case queue.CallbackAttempt:
			e.Agent, e.Cause = "1001", queue.Busy
		case queue.Violation:
			e.Agent, e.Details = "1001", &queue.Details{Violation: queue.ViolationDeclined}
		case queue.CallbackEnded:
			e.CallbackOutcome, e.Details = queue.CallbackCancelled, &queue.Details{Reason: "aida: x"}
		}
		logEntry(log, e)
	}
	logEntry(log, queue.Entry{Kind: queue.Refused, Number: "+79001234567", Queue: "sales", Details: &queue.Details{Refusal: queue.NumberNotAllowed}})
	logEntry(log, queue.Entry{Kind: queue.Refused, Phone: "PJSIP/2001", Agent: "1001", Times: 17, Details: &queue.Details{Refusal: queue.WrongPIN}})
	logEntry(log, queue.Entry{Kind: queue.RecordingFailed, Call: "c1", Queue: "sales", Recorded: []queue.Recorded{{Name: "kezek/day/sales/c1-r1", Broken: "no room"}}, Details: &queue.Details{Reason: "no room"}})
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := len(kinds) + 2; len(lines) != want { // all but that it rings, two refusals, and a recording
		t.Fatalf("%d lines, want %d:\n%s", len(lines), want, &out)
	}
	for _, words := range []string{
		`"callback promised"`, `"client not reached"`, `"cause":"busy"`, `"level":"warn","time"`, `"violation"`, `"detail":"callback_declined"`,
		`"outcome":"cancelled"`, `"number":"+996555\n"`, `"why":"number_not_allowed"`,
		`"times":17`, `"kept":"kezek/day/sales/c1-r1"`,
	} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("no %s in\n%s", words, &out)
		}
	}
}

// Each log-in and log-out is a line with agent, phone and why; so is one that was refused.
func TestLogInsAreLogged(t *testing.T) {
	var out bytes.Buffer
	flags := logFlags{format: "json", level: "info"}
	log, err := flags.logger(&out)
	if err != nil {
		t.Fatal(err)
	}
	rules := &queue.Rules{
		Languages: []queue.Language{"ru"}, Location: time.UTC, Queues: map[string]*queue.QueueRules{}, Phones: []string{"PJSIP/2001"},
		PINTries: 3, PINLock: time.Minute, PhoneGone: time.Minute,
		Agents: map[string]*queue.AgentRules{
			"1001": {ID: "1001", Endpoint: "PJSIP/1001", Speech: "ru", PIN: "4821"},
			"1002": {ID: "1002", Endpoint: "PJSIP/1002", Speech: "ru", PIN: "7305"},
		},
	}
	s, now := queue.New(rules, nil), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	without := *rules
	without.Agents = map[string]*queue.AgentRules{"1001": rules.Agents["1001"]}
	for _, step := range []struct {
		event queue.Event
		want  []string // words of the only line; none for no line
	}{
		{queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}, {Endpoint: "PJSIP/2001", Reachable: true}}}, nil},
		{queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"}, []string{`"msg":"agent logged in"`, `"agent":"1001"`, `"phone":"PJSIP/1001"`}},
		{queue.LogOut{Phone: "PJSIP/1001"}, []string{`"msg":"agent logged out"`, `"agent":"1001"`, `"phone":"PJSIP/1001"`, `"why":"dialled"`, `"after":"1m0s"`}},
		{queue.LogIn{Phone: "PJSIP/2001", Agent: "1001", PIN: "1234"}, []string{`"msg":"refused"`, `"why":"wrong_pin"`, `"agent":"1001"`, `"phone":"PJSIP/2001"`}},
		{queue.LogIn{Phone: "PJSIP/x", Agent: "1001", PIN: "4821"}, []string{`"msg":"refused"`, `"why":"unknown_phone"`, `"agent":"1001"`, `"phone":"PJSIP/x"`}},
		{queue.LogIn{Phone: "PJSIP/2001", Agent: "9999", PIN: "4821"}, []string{`"msg":"refused"`, `"why":"unknown_agent"`, `"phone":"PJSIP/2001"`}},
		{queue.LogIn{Phone: "PJSIP/2001", Agent: "1001", PIN: "4821"}, []string{`"msg":"agent logged in"`, `"phone":"PJSIP/2001"`}},
		{queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"}, []string{`"msg":"agent's phone"`, `"phone":"PJSIP/1001"`, `"what":"moved to PJSIP/1001"`}},
		{queue.LogIn{Phone: "PJSIP/1001", Agent: "1002", PIN: "7305"}, []string{`"agent":"1001"`, `"why":"phone taken over by 1002"`, `"msg":"agent logged in","agent":"1002"`}},
		{queue.LogOut{Agent: "1002", By: "aida", Reason: "ill"}, []string{`"msg":"agent ordered"`, `"agent":"1002"`, `"phone":"PJSIP/1001"`, `"why":"ill"`, `"by":"aida"`}},
		{queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"}, []string{`"msg":"agent logged in"`}},
		{queue.PhoneChanged{Endpoint: "PJSIP/1001"}, []string{`"msg":"agent's phone"`, `"what":"gone"`, `"phone":"PJSIP/1001"`}},
		{queue.Tick{}, []string{`"msg":"agent logged out"`, `"why":"phone gone"`, `"phone":"PJSIP/1001"`}},
		{queue.LogIn{Phone: "PJSIP/2001", Agent: "1002", PIN: "7305"}, []string{`"msg":"agent logged in"`}},
		{queue.RulesChanged{Rules: &without}, []string{`"msg":"agent logged out"`, `"agent":"1002"`, `"why":"agent not in the config"`}},
	} {
		now = now.Add(time.Minute)
		out.Reset()
		for _, e := range s.Step(now, step.event).Journal {
			logEntry(log, e)
		}
		for _, words := range step.want {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%+v: no %s in\n%s", step.event, words, &out)
			}
		}
		if len(step.want) == 0 && out.Len() > 0 {
			t.Errorf("%+v: %s", step.event, &out)
		}
	}
}

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
	run(exitFine, "by mistake ("+peer(uint32(os.Geteuid())).Name+")", "callbacks", "--over", "--limit", "1")
	run(exitFine, "by mistake ("+peer(uint32(os.Geteuid())).Name+")", "callbacks", id)
	run(exitFault, "no callback \"none\"", "callbacks", "none")
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
	run(exitFault, "Redis, which keeps the callbacks that are over", "callbacks", "--over")
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

// A spool that cannot be written is told at the start.
func TestABadSpoolIsTold(t *testing.T) {
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	trunk := "spool: none/spool.json\ntrunk: {dial: \"PJSIP/{number}@x\", allow: ['^\\+996[0-9]{9}$']}\n"
	if err := os.WriteFile(config, append(text, trunk...), 0o600); err != nil {
		t.Fatal(err)
	}
	d := serve(t, config, opsAddr)
	if d.said("no callback can be promised while Redis is away.*none: no such file") != 1 {
		t.Error("it does not say so")
	}
	if c, err := loadConfig(config); err != nil || spool(c, zap.NewNop()) == nil {
		t.Errorf("a folder that is made later is not used: %v", err)
	}
	d.end()
}
