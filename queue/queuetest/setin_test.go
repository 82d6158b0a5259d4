package queuetest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"kezek/queue"
)

// The table has each saved field of a call, an agent and a callback, and no other state than there is. Scenarios and
// simulated days hold what it says.
func TestSetInKnowsEachField(t *testing.T) {
	states := []string{anyState, queue.StatusChosen}
	for _, s := range queue.CallStates {
		states = append(states, string(s))
	}
	for _, s := range queue.SetByDaemon {
		states = append(states, string(s))
	}
	for _, s := range queue.CallbackStates {
		states = append(states, string(s))
	}
	for of, all := range fields {
		var known []string
		for _, f := range all {
			known = append(known, f.name)
			if len(f.states) == 0 {
				t.Errorf("%s of %s is in no state: list in setIn (queue/queuetest/setin.go) those in which it may be set", f.name, of)
			}
			for _, s := range slices.Sorted(maps.Keys(f.states)) {
				if !slices.Contains(states, s) {
					t.Errorf("%s of %s may be set in %q, which is no state", f.name, of, s)
				}
			}
		}
		for line := range strings.Lines(setIn[of]) {
			_, names, _ := strings.Cut(line, ": ")
			for _, name := range strings.Fields(names) {
				if !slices.Contains(known, name) {
					t.Errorf("setIn has %s of %s, which has no such field", name, of)
				}
			}
		}
	}
}
