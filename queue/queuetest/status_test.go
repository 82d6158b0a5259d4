package queuetest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"kezek/queue"
)

const statusSite = `
trunk allow=+996
transfer extensions=10 ring=10s
supervisors PJSIP/1100
status coffee 21 longest=15m at_once=1 required=true
status lunch 22
status printing 26 forbidden_to=sales
result contract 1
queue sales did=100 language=100:ru strategy=linear overflow=false ring=15s wrapup=10s wrapup_step=10s wrapup_most=30s
agent 1001 ru sales pin=1
agent 1002 ru sales pin=2 shifts=Mo-Su_01:00-02:00
phone PJSIP/2001
phone_gone 10m
timesheet grace=1m keep=24h
`

var intoPrinting = regexp.MustCompile(`(?m)^[0-9:]+ (\d+): printing`)

// TestNoCodesAgainstTheTable: no sequence of codes, calls and crashes puts an
// agent into a status that the table forbids, or two at once where one may be, or
// frees an agent of a callback that they owe. Only a supervisor can, with a reason.
func TestNoCodesAgainstTheTable(t *testing.T) {
	t.Parallel()
	acts := []string{
		"status A coffee", "status A coffee", "status A lunch", "status A printing", "status A waiting", "status A talking", "status A offline",
		"login A P", "extend A", "extend 2001", "result A 1", "key A #1", "login A at 2001 P", "login A at B P", "login A at B", "logout A", "ask A", "status 2001 coffee", "logout 2001",
		"answer A", "answer 2001", "decline A", "decline 2001", "hangup A", "hangup 2001", "unanswered A", "phone A gone", "phone A back", "phone 2001 gone", "phone 2001 back",
		"key A *0", "key A *1", "key A *3", "key A *3B#", "key A *30770000001#", "key A *4", "key A *4B#", "key A *40770000001#", "key A *5", "key A *6", "key A *8", "key A *9",
		"key A *21", "key A *22", "key A *23", "heard X", "answer 1100", "hangup 1100", "extend B", "dropped A",
		"call X", "hangup X", "book +996555A sales", "client answers", "client greeted", "client busy", "client hangs_up", "whispered A",
		"supervisor status A printing", "supervisor status A printing help", "supervisor status A coffee", "supervisor status A waiting",
		"wait 1s", "wait 20s", "wait 20m", "wait 5h", "daemon", "exchange restarts",
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &promiseScenario{T: t, Scenario: NewScenario()}
		s.run("site", statusSite)
		s.do("login 1001 1", "login 1002 2")
		calls := 0
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			who := rapid.IntRange(0, 1).Draw(t, "agent")
			act := rapid.SampledFrom(acts).Draw(t, "act")
			if act == "call X" {
				calls++
			}
			act = strings.NewReplacer("A ", []string{"1001 ", "1002 "}[who], "B", []string{"1002", "1001"}[who], "P", fmt.Sprint(who+1),
				"X", fmt.Sprintf("X%d", calls)).Replace(act + " ")
			owed := map[string]string{}
			for _, a := range s.state.Agents() {
				owed[a.ID] = a.Owes
			}
			before := s.told.Len()
			s.do(strings.TrimSpace(act))
			s.judge(act, s.told.String()[before:], owed)
		}
	})
}

// judge checks one act against the table.
func (s *promiseScenario) judge(act, told string, owed map[string]string) {
	for _, m := range intoPrinting.FindAllStringSubmatch(told, -1) {
		if all := s.told.String(); !strings.Contains(all, m[1]+" is ordered to be printing: help (by supervisor)") {
			s.Fatalf("%s put %s into a forbidden status:\n%s", act, m[1], all)
		}
	}
	inCoffee := 0
	for _, a := range s.state.Agents() {
		if a.Status == "coffee" {
			inCoffee++
		}
		if a.WrapUntil.Sub(a.Since) > 30*time.Second {
			s.Fatalf("wrap-up of %s until %v:\n%s", a.ID, a.WrapUntil.Sub(a.Since), s.told.String())
		}
		ownCode := !strings.HasPrefix(act, "supervisor") && !strings.HasPrefix(act, "wait") && strings.Contains(act, a.ID)
		if owed[a.ID] != "" && ownCode && a.Owes == "" && a.Callback == "" && a.Status != queue.StatusOnCall && !strings.HasPrefix(act, "hangup") && s.isOpen(owed[a.ID]) {
			s.Fatalf("%s freed %s of an owed callback:\n%s", act, a.ID, s.told.String())
		}
		if owed[a.ID] != "" && a.Owes != "" && !strings.HasPrefix(act, "supervisor") && (a.Status == "coffee" || a.Status == "lunch" || a.Status == queue.StatusOffline) {
			s.Fatalf("%s owes and is %s:\n%s", a.ID, a.Status, s.told.String())
		}
	}
	if inCoffee > 1 {
		s.Fatalf("%d at coffee:\n%s", inCoffee, s.told.String())
	}
}

func (s *promiseScenario) isOpen(callback string) bool {
	for _, cb := range s.state.Callbacks() {
		if cb.ID == callback {
			return true
		}
	}
	return false
}

// TestPeakByServiceLevel: a break that is refused at peak is refused while the
// service level of the day is under target, once it says something.
func TestPeakByServiceLevel(t *testing.T) {
	s := NewScenario()
	run := func(lines ...string) string {
		t.Helper()
		out, err := s.Run(&datadriven.TestData{Cmd: "do", Input: strings.Join(lines, "\n")})
		if err != nil {
			t.Fatal(err, out)
		}
		return out
	}
	site := "languages ru\nstatus coffee 21 peak=true\nqueue sales did=100 peak_wait=1h\nagent 1001 ru sales\nagent 1002 ru sales"
	if out, err := s.Run(&datadriven.TestData{Cmd: "site", Input: site}); err != nil {
		t.Fatal(err, out)
	}
	run("login 1001", "status 1001 coffee")
	for i := range 19 {
		run(fmt.Sprintf("call A%d", i), "wait 30s", fmt.Sprintf("hangup A%d", i)) // too late for the service level
	}
	refused := func(want bool) {
		t.Helper()
		out := run("status 1001 waiting", "status 1001 coffee")
		if got := strings.Contains(out, "refused: peak"); got != want {
			t.Errorf("refused %v, want %v:\n%s", got, want, out)
		}
	}
	refused(false)
	run("call B", "wait 30s", "hangup B")
	refused(true)
	s.now = s.now.Add(24 * time.Hour)
	refused(false)

	// The next day: it is met, then missed, and then does not count any more.
	run("status 1001 waiting")
	for i := range 16 {
		run(fmt.Sprintf("call C%d", i), "answer 1001", fmt.Sprintf("hangup C%d", i))
	}
	run("status 1001 coffee")
	late := func(n int) {
		for i := range n {
			run(fmt.Sprintf("call D%d", i), "wait 30s", fmt.Sprintf("hangup D%d", i))
		}
	}
	late(4)
	refused(false)
	late(1)
	refused(true)
	if out, err := s.Run(&datadriven.TestData{Cmd: "site", Input: strings.Replace(site, "peak_wait", "peak_level=false peak_wait", 1)}); err != nil {
		t.Fatal(err, out)
	}
	refused(false)
}

// TestRefusalsNameTheAgent: the records of a refusal and of a violation name the agent.
func TestRefusalsNameTheAgent(t *testing.T) {
	s := NewScenario()
	if out, err := s.Run(&datadriven.TestData{Cmd: "site", Input: statusSite}); err != nil {
		t.Fatal(err, out)
	}
	for _, c := range []struct {
		event queue.Event
		want  []queue.EntryKind
	}{
		{queue.LogIn{Phone: "PJSIP/1001", PIN: "9"}, []queue.EntryKind{queue.EntryRefused}},
		{queue.SetStatus{Phone: "PJSIP/1001", Status: "lunch"}, []queue.EntryKind{queue.EntryRefused}},
		{queue.LogIn{Phone: "PJSIP/1001", PIN: "1"}, []queue.EntryKind{queue.EntryAgentLogIn, queue.EntryAgentStatus}},
		{queue.SetStatus{Phone: "PJSIP/1001", Status: "printing"}, []queue.EntryKind{queue.EntryViolation, queue.EntryRefused}},
	} {
		var got []queue.EntryKind
		for _, e := range s.step(c.event).Journal {
			got = append(got, e.Kind)
			if e.Agent != "1001" {
				t.Errorf("%+v: %s is told of agent %q", c.event, e.Kind, e.Agent)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: told %v, want %v", c.event, got, c.want)
		}
	}
}
