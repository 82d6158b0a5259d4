package queuetest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
)

const exampleSite = `
trunk allow=+996
supervisors PJSIP/1100
status coffee 21
result contract 1
queue sales did=100
queue support did=200
phone PJSIP/2001
agent 1001 ru sales
agent 1002 ru sales
agent 1003 ru sales supervisor=true pin=4711
`

// allScenarios is their text.
func allScenarios(t *testing.T) string {
	files, err := filepath.Glob("../testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// The example of each command is valid, and each command is in some scenario: one that no scenario uses can go.
func TestExamples(t *testing.T) {
	all := allScenarios(t)
	examples(t, all, "site", siteLines)
	examples(t, all, "do", commands)
}

// notInScenarios are the options of a queue whose effect no scenario can tell, and why.
var notInScenarios = map[string]string{
	"callback_keep": "how long the store has one that is over",
	"record_keep":   "how long the exchange has the files",
	"target":        "it needs many calls: the simulated days have them",
}

// Each rule of a queue has an option, and each option is in some scenario or the list says why not.
func TestOptions(t *testing.T) {
	var q queue.QueueRules
	options, all := queueOptions(&q), allScenarios(t)
	var targets []uintptr
	for name, target := range options {
		targets = append(targets, reflect.ValueOf(target).Pointer())
		switch isSaid := strings.Contains(all, " "+name+"="); {
		case !isSaid && notInScenarios[name] == "":
			t.Errorf("no scenario sets %s of a queue: write one (queue/testdata), or list it in notInScenarios (queue/queuetest/line_test.go) with the reason", name)
		case isSaid && notInScenarios[name] != "":
			t.Errorf("a scenario sets %s: take it off the list notInScenarios", name)
		}
	}
	eachRule("", reflect.ValueOf(&q).Elem(), func(path string, v reflect.Value) {
		if isForPeople := path == "Name" || path == "Title"; !isForPeople && !slices.Contains(targets, v.Addr().Pointer()) {
			t.Errorf("QueueRules.%s has no option: add one to queueOptions (queue/queuetest/site.go)", path)
		}
	})
}

func examples[T any](t *testing.T, said, command string, forms []form[T]) {
	for _, f := range forms {
		s := NewScenario()
		for _, d := range []datadriven.TestData{{Cmd: "site", Input: exampleSite}, {Cmd: "do", Input: "login 1001\ncall A"}, {Cmd: command, Input: f.example}} {
			if out, err := s.Run(&d); err != nil {
				t.Errorf("%s: %v\n%s", f.usage, err, out)
			}
		}
		if _, ok := match(f.usage, strings.Fields(f.example)); !ok {
			t.Errorf("%q is no example of %s", f.example, f.usage)
		}
		for name := range strings.SplitSeq(f.name(), "|") {
			if !regexp.MustCompile(`(?m)^` + name + `\b`).MatchString(said) {
				t.Errorf("no scenario says %s", name)
			}
		}
	}
}

// What cannot be said is refused with its file and line, and with what is allowed.
func TestBadLines(t *testing.T) {
	for _, tt := range []struct{ command, input, want string }{
		{"do", "show\n\nhodl 1001", `x.txt:10: hodl 1001: unknown word "hodl", want one of answer, arrives, ask, book,`},
		{"do", "hold", "x.txt:8: hold: want hold WHO"},
		{"do", "show me", "x.txt:8: show me: want show"},
		{"do", "exchange sideways", "x.txt:8: exchange sideways: want exchange down|up|restarts"},
		{"do", "daemon sleeps", "x.txt:8: daemon sleeps: want daemon [restarts], or daemon dies"},
		{"do", "call A did=200 colour=red", "x.txt:8: call A did=200 colour=red: want call CALLER [did=NUMBER] [number=NUMBER] [priority=N] [position=N]"},
		{"do", "call A priority=high", `x.txt:8: call A priority=high: strconv.Atoi: parsing "high": invalid syntax`},
		{"do", "wait long", `x.txt:8: wait long: time: invalid duration "long"`},
		{"do", "answer 999", "x.txt:8: answer 999: nothing has rung at PJSIP/999, want a phone of the site: ["},
		{"do", "unrecorded Z", "x.txt:8: unrecorded Z: no call of Z"},
		{"do", "dies hodl", `x.txt:8: dies hodl: unknown word "hodl", want one of`},
		{"site", "languages ru\nqueue sales colour=red", `x.txt:9: queue sales colour=red: unknown option "colour", want one of abandoned, act,`},
		{"site", "queue sales strategy=best", `x.txt:8: queue sales strategy=best: "best", want one of [ringall `},
		{"do", "book +996700000001 sales class=urgent", `x.txt:8: book +996700000001 sales class=urgent: "urgent", want one of [`},
		{"say", "", `x.txt:7: "say": want site, and after that do`},
	} {
		s := NewScenario()
		if _, err := s.Run(&datadriven.TestData{Cmd: "site", Input: exampleSite}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Run(&datadriven.TestData{Pos: "x.txt:7", Cmd: tt.command, Input: tt.input})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.input, err, tt.want)
		}
	}
}
