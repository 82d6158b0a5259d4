package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

const didReported = "+996312900931"

var reportsConfig = "queues:" + deskQueue("reported", didReported, "\n    service_level: {within: 10s, target: 80}") + `
agents:
  "1011": {queues: [reported], speech: ru}
`

// TestReports: what callers and an agent did is in the reports, also after the daemon was killed and has come back, each call once.
func TestReports(t *testing.T) {
	t.Parallel()
	s := open(t, reportsConfig)
	a := s.agent(t, "1011")

	served := s.call(t, didReported)
	a.answers(served)
	time.Sleep(2 * time.Second)
	served.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	a.code("*11")
	gaveUp := s.call(t, didReported)
	gaveUp.told(queue.EntryCallEntered)
	gaveUp.hangUp(queue.OutcomeAbandoned)
	want := func() {
		t.Helper()
		eventually(t, "both calls are in the report", func() error {
			out, errs, code := s.kezek(t, "report", "calls", "--json", "--token", "lab-supervisor")
			var list struct {
				Items []struct {
					Call, Number, Outcome, Agent string
					Wait, Talk                   float64
				}
			}
			if code != 0 {
				return fmt.Errorf("exit %d: %s", code, errs)
			}
			must(t, json.Unmarshal([]byte(out), &list))
			if len(list.Items) != 2 {
				return fmt.Errorf("%d calls", len(list.Items))
			}
			first, second := list.Items[0], list.Items[1]
			if first.Number != served.number || first.Outcome != "completed_caller" || first.Agent != a.id || first.Talk < 2 || first.Talk > 10 {
				t.Errorf("the call that was served is %+v", first)
			}
			if second.Number != gaveUp.number || second.Outcome != "abandoned" || second.Talk != 0 {
				t.Errorf("the call that was not is %+v", second)
			}
			return nil
		})
	}
	want()
	s.KillDaemon()
	s.mustStart(t)
	s.ready(t)
	want()

	for args, want := range map[string]string{
		"queues --queue reported":      "2        1         1",
		"abandoned":                    gaveUp.number,
		"queues --every all --for csv": "offered,answered,answered_in_time",
	} {
		out, errs, code := s.kezek(t, append([]string{"report"}, strings.Fields(args+" --token lab-supervisor")...)...)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("kezek report %s: exit %d, %s%s", args, code, out, errs)
		}
	}
	if out, errs, code := s.kezek(t, "report", "queues", "--from", "yesterday", "--token", "lab-supervisor"); code != 2 || !strings.Contains(errs, `"yesterday" is not allowed`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	s.nothingLeft(t)
	s.noTrouble(t)
}
