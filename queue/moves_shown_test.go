package queue_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/cockroachdb/datadriven"

	"kezek/queue"
	"kezek/queue/queuetest"
)

// Each declared move is made in some scenario: a move that no scenario makes is a way that
// nobody has tried, or one that there is not. With no moves declared, each that is made is told.
func TestEveryMoveIsShown(t *testing.T) {
	calls, agents, callbacks := queue.CallMoves, queue.AgentMoves, queue.CallbackMoves
	defer func() { queue.CallMoves, queue.AgentMoves, queue.CallbackMoves = calls, agents, callbacks }()
	queue.CallMoves, queue.AgentMoves, queue.CallbackMoves = nil, nil, nil

	made := map[string]bool{}
	undeclared := regexp.MustCompile(`(call|agent|callback) \S+ goes from "([^"]*)" to "([^"]*)", which no rule does`)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		s := queuetest.NewScenario()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out, _ := s.Run(d) // that no move is declared is its error
			for _, m := range undeclared.FindAllStringSubmatch(out, -1) {
				made[m[1]+" from "+asDeclared(m[1], m[2])+" to "+asDeclared(m[1], m[3])] = true
			}
			return d.Expected
		})
	}
	shown(t, made, "call", calls)
	shown(t, made, "agent", agents)
	shown(t, made, "callback", callbacks)
}

// asDeclared is a state as the moves have it.
func asDeclared(kind, state string) string {
	if kind == "agent" && !slices.Contains(queue.SetByDaemon, queue.Status(state)) {
		return queue.StatusChosen
	}
	return state
}

func shown[S ~string](t *testing.T, made map[string]bool, kind string, moves queue.Moves[S]) {
	t.Helper()
	for _, from := range slices.Sorted(maps.Keys(moves)) {
		for _, to := range moves[from] {
			// An entity begins in its first state without a setter, but for calls that we make.
			if move := kind + " from " + string(from) + " to " + string(to); !made[move] && from != "" {
				t.Errorf("no scenario has %s", move)
			}
		}
	}
}
