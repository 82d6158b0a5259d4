package queuetest

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
)

// Each event, action, entry of the journal, outcome, class, refusal and violation is in some scenario.
func TestScenariosShowEverything(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, path := range files {
		s := NewScenario()
		s.shown = shown
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			_, _ = s.Run(d) // what is wrong TestScenarios tells
			return d.Expected
		})
	}
	for _, method := range []string{"happen", "Channels"} {
		for _, name := range declared(t, method) {
			show(t, shown, "queue."+name)
		}
	}
	show(t, shown, queue.EntryKinds...)
	show(t, shown, queue.Outcomes...)
	show(t, shown, queue.CallbackOutcomes...)
	show(t, shown, queue.CallbackClasses...)
	show(t, shown, queue.Refusals...)
	show(t, shown, queue.ViolationKinds...)
}

func show[T ~string](t *testing.T, shown map[string]bool, set ...T) {
	t.Helper()
	for _, what := range set {
		if !shown[string(what)] {
			t.Errorf("no scenario has %s: write one (queue/testdata)", what)
		}
	}
}
