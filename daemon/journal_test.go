package daemon

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// logging writes the journal until the function that it returns is called.
func logging(feed *ops.Feed, log *zap.Logger) (finish func()) {
	ctx, cancel := context.WithCancel(context.Background())
	write, done := journalTo(feed, log), make(chan struct{})
	go func() { write(ctx); close(done) }()
	return func() { cancel(); <-done }
}

// What becomes of a callback stands in the log, a line for each step.
func TestLogOfCallbacks(t *testing.T) {
	var out lab.Output
	log, err := NewLogger(&out, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	about := queue.Entry{Callback: "cb-1", Class: queue.ClassManager, Queue: "sales", Language: "ru", Number: "+996555\n"}
	kinds := []queue.EntryKind{
		queue.EntryCallbackBooked, queue.EntryCallbackMerged, queue.EntryCallbackTaken, queue.EntryCallbackAttempt, queue.EntryCallbackCameIn, queue.EntryCallbackWarned,
		queue.EntryCallbackEscalated, queue.EntryCallbackBreached, queue.EntryViolation, queue.EntryCallbackEnded,
	}
	for _, kind := range kinds {
		e := about
		e.Kind = kind
		switch kind {
		case queue.EntryCallbackAttempt:
			e.Agent, e.Cause = "1001", queue.CauseBusy
		case queue.EntryViolation:
			e.Agent, e.Details = "1001", &queue.Details{Violation: queue.ViolationDeclined}
		case queue.EntryCallbackEnded:
			e.CallbackOutcome, e.Details = queue.CallbackCancelled, &queue.Details{Reason: "aida: x"}
		}
		logEntry(log, e)
	}
	logEntry(log, queue.Entry{Kind: queue.EntryRefused, Number: "+79001234567", Queue: "sales", Details: &queue.Details{Refusal: queue.RefusalNumberNotAllowed}})
	logEntry(log, queue.Entry{Kind: queue.EntryRefused, Phone: "PJSIP/2001", Agent: "1001", Details: &queue.Details{Refusal: queue.RefusalWrongPIN, Times: 17}})
	logEntry(log, queue.Entry{Kind: queue.EntryRecordingFailed, Call: "c1", Queue: "sales", Details: &queue.Details{Reason: "no room", Recorded: []queue.Recorded{{Name: "kezek/day/sales/c1-r1", Broken: "no room"}}}})
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

// notLogged are the entries of the journal that no line of the log tells of, by the reason.
var notLogged = map[string][]queue.EntryKind{
	"a step of a call, which has one line when it is over": {
		queue.EntryCallEntered, queue.EntryCallKept, queue.EntryCallOffered, queue.EntryCallMissed, queue.EntryCallPickedUp, queue.EntryCallReplaced, queue.EntryCallAnswered, queue.EntryVisitEnded, queue.EntryTalkEnded, queue.EntryCallRequeued,
		queue.EntryCallOverflow, queue.EntryCallWarned, queue.EntryCallUnheard, queue.EntryCallTransfer, queue.EntryCallTransferred, queue.EntryCallTransferFailed,
		queue.EntryCallConsult, queue.EntryCallSupervisor, queue.EntryCallJoined, queue.EntryCallLeft, queue.EntryCallResult,
		queue.EntryHoldStarted, queue.EntryHoldReminded, queue.EntryHoldEnded, queue.EntryCallerHolds,
		queue.EntryMonitorStarted, queue.EntryMonitorEnded, queue.EntryRecordingPaused, queue.EntryRecordingResumed,
	},
	"a phone rings for a callback: what becomes of that has a line": {queue.EntryCallbackTaken},
	"the board and kezek notice show it while it is on":             {queue.EntryNoticeOn, queue.EntryNoticeOff},
	"the timesheet has it": {
		queue.EntryAgentStatus, queue.EntryAgentUnwell, queue.EntryAgentOverstay, queue.EntryAgentLate, queue.EntryAgentAbsent, queue.EntryAgentLeftEarly, queue.EntryAgentShift,
	},
}

// Each entry of the journal is a line of the log, or the list says why not.
func TestEachEntryIsLoggedOrNot(t *testing.T) {
	var silent []queue.EntryKind
	for _, kinds := range notLogged {
		silent = append(silent, kinds...)
	}
	for _, kind := range queue.EntryKinds {
		var out bytes.Buffer
		log, err := NewLogger(&out, "json", "info")
		if err != nil {
			t.Fatal(err)
		}
		logEntry(log, queue.Entry{Kind: kind})
		switch isLogged := out.Len() > 0; {
		case !isLogged && !slices.Contains(silent, kind):
			t.Errorf("the log has no line for %s: add it to logEntry (daemon/journal.go), or to notLogged (daemon/journal_test.go) under a reason", kind)
		case isLogged && slices.Contains(silent, kind):
			t.Errorf("%s is logged: take it off the list notLogged", kind)
		case strings.Contains(out.String(), `"msg":""`):
			t.Errorf("the line for %s has no words: add them to wordsOf (daemon/journal.go)", kind)
		}
	}
}

// Each log-in and log-out is a line with agent, phone and why; so is one that was refused.
func TestLogInsAreLogged(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "json", "info")
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
		{queue.LogOut{Agent: "1002", By: "aida", Reason: "ill"}, []string{`"msg":"status changed by supervisor"`, `"agent":"1002"`, `"phone":"PJSIP/1001"`, `"why":"ill"`, `"by":"aida"`}},
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

// A line of the log is one line, whatever the caller has sent, and a slow log
// stops nobody.
func TestLogOfCalls(t *testing.T) {
	for _, format := range []string{"console", "json"} {
		var out lab.Output
		log, err := NewLogger(&out, format, "info")
		if err != nil {
			t.Fatal(err)
		}
		feed := ops.NewFeed()
		finish := logging(feed, log)
		feed.Happened([]queue.Entry{
			{Kind: queue.EntryCallEntered, Call: "c1"},
			{Kind: queue.EntryCallEnded, Call: "c1", Queue: "sales", Number: "\"\n{\x1b", Outcome: queue.OutcomeAbandoned, Wait: 3 * time.Second},
			{Kind: queue.EntryHealed, Call: "c2", Details: &queue.Details{Reason: "it was gone"}},
		}, nil)
		finish()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 || strings.Contains(out.String(), "\x1b") {
			t.Fatalf("%s: want one line for the end and one for the healing:\n%s", format, &out)
		}
		for i, want := range [][]string{
			{"call ended", "sales", "abandoned", "3s", `\"\n{\u001b`},
			{"healed", "c2", "it was gone"},
		} {
			for _, word := range want {
				if !strings.Contains(lines[i], word) {
					t.Errorf("%s: no %q in %s", format, word, lines[i])
				}
			}
		}
	}
}

func TestALogThatIsTooSlowSaysSo(t *testing.T) {
	stuck := &blocked{writing: make(chan struct{}, 1), letGo: make(chan struct{})}
	log, err := NewLogger(stuck, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	feed := ops.NewFeed()
	finish := logging(feed, log)
	feed.Happened([]queue.Entry{{Kind: queue.EntryHealed}}, nil)
	<-stuck.writing
	feed.Happened(make([]queue.Entry, journalBuffer+1), nil)
	close(stuck.letGo)
	// The next line can only be seen once it listens again.
	for !strings.Contains(stuck.String(), "after it") {
		feed.Happened([]queue.Entry{{Kind: queue.EntryHealed, Call: "after it"}}, nil)
		time.Sleep(time.Millisecond)
	}
	finish()
	if !strings.Contains(stuck.String(), "lines about calls are missing here") {
		t.Errorf("it does not say so:\n%s", stuck)
	}
}

// blocked is a log file that takes its first line only when it is let go.
type blocked struct {
	lab.Output
	once    sync.Once
	writing chan struct{}
	letGo   chan struct{}
}

func (b *blocked) Write(p []byte) (int, error) {
	b.once.Do(func() {
		b.writing <- struct{}{}
		<-b.letGo
	})
	return b.Output.Write(p)
}
