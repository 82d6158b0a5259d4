package queuetest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"kezek/queue"
)

const promiseSite = `
trunk allow=+996
status coffee 21
queue sales did=100 language=100:ru strategy=linear overflow=false ring=15s attempts=3 late_attempts=2 instant=0s
agent 1001 ru sales
agent 1002 ru sales
`

// TestNoBehaviourEndsAPromise: whatever agents do with their phones and codes,
// in any order and around crashes, a callback ends only when agent and client
// talked, also because the client called in, or all attempts were made.
// And while it is not over, it is done as soon as an agent does their work.
func TestNoBehaviourEndsAPromise(t *testing.T) {
	t.Parallel()
	agents := []string{"1001", "1002"}
	acts := []string{
		"answer", "answer", "decline", "busy", "unreachable", "dropped", "hangup", "whispered", "logout", "login",
		"status coffee", "status waiting", "key *6", "key *9", "phone gone", "phone back", "phone busy", "vanishes",
	}
	others := []string{
		"client answers", "client busy", "client silent", "client hangs_up", "client greeted",
		"wait 1s", "wait 20s", "wait 6m", "wait 2h", "daemon", "exchange restarts",
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &promiseScenario{T: t, Scenario: NewScenario()}
		s.run("site", promiseSite)
		s.do("login 1001", "login 1002", "book +996555A sales class="+string(rapid.SampledFrom(queue.CallbackClasses).Draw(t, "class")))
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			switch rapid.IntRange(0, 9).Draw(t, "who") {
			case 0, 1, 2, 3, 4:
				act := rapid.SampledFrom(acts).Draw(t, "act")
				verb, rest, _ := strings.Cut(act, " ")
				s.do(strings.TrimSpace(verb + " " + rapid.SampledFrom(agents).Draw(t, "agent") + " " + rest))
			default:
				s.do(rapid.SampledFrom(others).Draw(t, "other"))
			}
		}
		if s.over() {
			return
		}
		// Now they do their work.
		s.do("exchange restarts", "phone 1001 back", "phone 1002 back", "login 1001", "login 1002", "status 1001 waiting", "status 1002 waiting")
		for range 400 {
			s.do("wait 1m")
			for _, a := range agents {
				s.do("answer "+a, "whispered "+a, "client answers", "client greeted", "wait 1s", "hangup "+a, "wait 1m")
			}
			if s.over() {
				return
			}
		}
		t.Fatalf("the promise is never kept:\n%s", s.told.String())
	})
}

// promiseScenario is a scenario of one promise, and the text that it told.
type promiseScenario struct {
	*rapid.T
	*Scenario
	told strings.Builder
}

func (s *promiseScenario) do(lines ...string) {
	for _, line := range lines {
		s.run("do", line)
	}
}

func (s *promiseScenario) run(command, input string) {
	if words := strings.Fields(input); command == "do" && !s.can(words) {
		return
	}
	out, err := s.Scenario.Run(&datadriven.TestData{Cmd: command, Input: input})
	s.told.WriteString("> " + input + "\n" + out)
	if err != nil {
		s.Fatalf("%v\n%s", err, s.told.String())
	}
	if strings.Contains(out, "queue.Resync") {
		s.run("do", "exchange up")
	}
}

// can reports whether there is a live phone or client to do it.
func (s *promiseScenario) can(words []string) bool {
	switch words[0] {
	case "answer", "decline", "busy", "unreachable", "dropped", "unanswered":
		return s.isRinging(s.rings[words[1]])
	case "whispered", "hangup", "vanishes":
		return s.isUp(s.rings[words[1]])
	case "client":
		if words[1] == "greeted" || words[1] == "hangs_up" {
			return s.isUp(s.client)
		}
		return s.isRinging(s.client)
	}
	return true
}

var ended = regexp.MustCompile(`the callback of \+996555A is over: (\w+)`)

// over reports whether the promise is over, which must have ended in a way that the text confirms.
func (s *promiseScenario) over() bool {
	told := s.told.String()
	ends := ended.FindAllStringSubmatch(told, -1)
	if open := len(s.state.Callbacks()); open+len(ends) != 1 {
		s.Fatalf("%d open, ended %v:\n%s", open, ends, told)
	}
	if len(ends) == 0 {
		return false
	}
	failed := strings.Count(told, "+996555A was not reached")
	switch how := queue.CallbackOutcome(ends[0][1]); {
	case how == queue.CallbackCompleted && strings.Contains(told, "are connected"):
	case how == queue.CallbackUnreached && failed == 5:
	default:
		s.Fatalf("it ended as %s after %d failed attempts:\n%s", how, failed, told)
	}
	return true
}
