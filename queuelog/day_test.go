package queuelog

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kezek/queue"
	"kezek/queue/journal"
	"kezek/queue/queuetest"
)

// shape is a stay in a queue from beginning to end, as programs read it.
var shape = regexp.MustCompile(`^(ENTERQUEUE|CALLOUTBOUND)( RINGNOANSWER| RINGCANCELED)*` +
	`( ABANDON| EXITWITHTIMEOUT| EXITEMPTY| EXITWITHKEY` +
	`| CONNECT( CALLERONHOLD( CALLSTATUS)* CALLEROFFHOLD| CALLSTATUS)*( COMPLETEAGENT| COMPLETECALLER| BLINDTRANSFER| ATTENDEDTRANSFER)( CALLSTATUS)*)$`)

// TestDays: of simulated days, in which everything goes wrong that can, each stay in a queue is whole, has one end, and can be
// told from all others by its call and queue; agents are members before they are paused, and no time goes back.
func TestDays(t *testing.T) {
	words := wordsForTest()
	seen := map[string]int{}
	for seed := range uint64(3) {
		entries, err := queuetest.Day(seed)
		if err != nil {
			t.Fatal(err)
		}
		lines := make([]journal.Line, len(entries))
		for i, e := range entries {
			lines[i].Entry = e
		}
		f := Feed{Words: func() *Words { return words }}
		rows, _ := f.rows(lines)
		stays, member, last := map[string][]string{}, map[string]bool{}, int64(0)
		for _, r := range rows {
			mustBeWellFormed(t, r)
			seen[r.Event]++
			if r.At.Unix() < last {
				t.Errorf("%s after a row of %d", r, last)
			}
			last = r.At.Unix()
			if r.Call != none {
				key := r.Call + " in " + r.Queue
				stays[key] = append(stays[key], r.Event)
				continue
			}
			in := r.Agent + " in " + r.Queue
			switch r.Event {
			case "ADDMEMBER", "AGENTLOGIN":
				if member[in] {
					t.Errorf("%s twice", r)
				}
				member[in] = true
			case "REMOVEMEMBER", "AGENTLOGOFF":
				if !member[in] {
					t.Errorf("%s, who is none", r)
				}
				member[in] = false
			case "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL":
				if !member[in] {
					t.Errorf("%s of who is no member", r)
				}
			}
		}
		for key, events := range stays {
			if text := strings.Join(events, " "); !shape.MatchString(text) {
				t.Errorf("seed %d: %s: %s", seed, key, text)
			}
		}
		if counted := len(stays); counted < 200 {
			t.Errorf("seed %d: only %d stays", seed, counted)
		}
	}
	for _, event := range []string{
		"ENTERQUEUE", "CALLOUTBOUND", "RINGNOANSWER", "RINGCANCELED", "ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY", "CONNECT", "CALLERONHOLD", "CALLEROFFHOLD", "CALLSTATUS",
		"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "ADDMEMBER", "REMOVEMEMBER", "AGENTLOGIN", "AGENTLOGOFF", "PAUSEALL", "UNPAUSEALL", "PAUSE", "UNPAUSE",
	} {
		if seen[event] == 0 {
			t.Errorf("no %s in %v: nothing was tested", event, seen)
		}
	}
}

func wordsForTest() *Words {
	return &Words{
		Agent:  func(id string) string { return "Agent/" + id },
		Queues: func(string) []string { return []string{"sales", "support"} },
	}
}

// numbers are the data of each event that programs read as whole numbers.
var numbers = map[string][]int{
	"ENTERQUEUE": {2}, "CONNECT": {0, 2}, "COMPLETEAGENT": {0, 1, 2}, "COMPLETECALLER": {0, 1, 2}, "ABANDON": {0, 1, 2}, "EXITWITHTIMEOUT": {0, 1, 2}, "EXITEMPTY": {0, 1, 2},
	"EXITWITHKEY": {0, 1, 2, 3}, "RINGNOANSWER": {0}, "RINGCANCELED": {0}, "BLINDTRANSFER": {2, 3, 4}, "ATTENDEDTRANSFER": {2, 3, 4}, "AGENTLOGOFF": {1},
	"CALLERONHOLD": {0}, "CALLEROFFHOLD": {0}, "PENALTY": {0},
}

// fields is how many data each event has.
var fields = map[string]int{
	"ENTERQUEUE": 3, "CALLOUTBOUND": 2, "CONNECT": 3, "COMPLETEAGENT": 3, "COMPLETECALLER": 3, "ABANDON": 3, "EXITWITHTIMEOUT": 3, "EXITEMPTY": 3, "EXITWITHKEY": 4,
	"RINGNOANSWER": 1, "RINGCANCELED": 1, "BLINDTRANSFER": 5, "ATTENDEDTRANSFER": 5, "ADDMEMBER": 1, "REMOVEMEMBER": 1, "AGENTLOGIN": 1, "AGENTLOGOFF": 2,
	"PAUSE": 1, "UNPAUSE": 1, "PAUSEALL": 1, "UNPAUSEALL": 1, "PENALTY": 1, "CALLERONHOLD": 2, "CALLEROFFHOLD": 2, "CALLSTATUS": 1,
}

var isNumber = regexp.MustCompile(`^[0-9]{1,18}$`)

func mustBeWellFormed(t *testing.T, r Row) {
	t.Helper()
	text := r.String()
	parts := strings.Split(text, "|")
	most, known := fields[r.Event]
	if r.Event == "ENTERQUEUE" && len(r.Data) == 4 {
		most++ // the name
	}
	if !known || len(parts) != 5+most {
		t.Fatalf("%q has %d fields", text, len(parts))
	}
	for i, field := range parts[:5] {
		if field == "" {
			t.Errorf("%q: field %d is empty", text, i)
		}
	}
	for _, i := range numbers[r.Event] {
		if !isNumber.MatchString(parts[5+i]) {
			t.Errorf("%q: %q is no number", text, parts[5+i])
		}
	}
	if strings.ContainsAny(text, "'\"`\\\r\n\x00") || len(text) > 2000 {
		t.Errorf("%q breaks what programs make of it", text)
	}
}

// FuzzRows: whatever an entry has in it, its rows are such as programs can read.
func FuzzRows(f *testing.F) {
	for i := range queue.EntryKinds {
		f.Add(i, int64(1_767_225_600_000), int64(61_234), "sales", "+996555'1", "A|b\nc", "1764500000.1", 2, "talking|", "key")
	}
	f.Fuzz(func(t *testing.T, kind int, at, length int64, in, caller, name, call string, n int, word, other string) {
		if kind < 0 || at < 0 || at > 4e12 || length < -1e12 || length > 1e12 {
			return
		}
		e := queue.Entry{
			Kind: queue.EntryKinds[kind%len(queue.EntryKinds)], At: unixMilli(at), Wait: ms(length), Ring: ms(length), Talk: ms(length), Hold: ms(length),
			Queue: in, Number: caller, Name: name, Call: call, Leg: name, Phone: name, Agent: other, Callback: other, Turn: n, Position: n, JoinedAt: n, To: name,
			Status: queue.Status(word), Was: queue.Status(other), Cause: queue.Cause(word), TalkEnd: queue.TalkEnds[abs(n)%len(queue.TalkEnds)],
			Details: &queue.Details{
				VisitEnd: queue.VisitEnds[abs(n)%len(queue.VisitEnds)], Result: word, HeldBy: queue.HeldBy(word), HoldEnd: queue.HoldEnd(other), Dialled: ms(length), Length: ms(length),
				Offers: []queue.Offered{{Agent: other, Ring: ms(length)}}, Penalty: queue.PenaltyChange{Is: abs(n)},
			},
		}
		words := wordsForTest()
		words.CallerName = n%2 == 0
		words.Agent = func(id string) string { return fmt.Sprint(name, id) }
		words.Queues = func(string) []string { return []string{in, word} }
		for _, r := range words.Rows(e) {
			mustBeWellFormed(t, r)
		}
	})
}
