package queue_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"kezek/queue"
)

// The state diagrams of docs/architecture.md have the declared moves, and no others.
func TestDiagramsAreTrue(t *testing.T) {
	drawn(t, "call", queue.CallMoves)
	drawn(t, "agent", queue.AgentMoves)
	drawn(t, "callback", queue.CallbackMoves)
}

func drawn[S ~string](t *testing.T, kind string, moves queue.Moves[S]) {
	t.Helper()
	var want []string
	for from, all := range moves {
		if from == "" {
			from = "[*]"
		}
		for _, to := range all {
			want = append(want, string(from)+" --> "+string(to))
		}
	}
	got := arrows(t, kind)
	for _, move := range want {
		if !slices.Contains(got, move) {
			t.Errorf("the diagram of a %s does not have %s", kind, move)
		}
	}
	for _, move := range got {
		if !slices.Contains(want, move) {
			t.Errorf("the diagram of a %s has %s, which is not declared", kind, move)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the diagram of a %s has %d arrows, want %d", kind, len(got), len(want))
	}
}

// arrows are those of the diagram beneath the heading "The states of a KIND", but for the ends: an entity is forgotten by
// what it is, not by a move.
func arrows(t *testing.T, kind string) (all []string) {
	t.Helper()
	page, err := os.Open("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	here := false
	for lines := bufio.NewScanner(page); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "#") {
			here = strings.HasSuffix(line, "The states of a "+kind) || strings.HasSuffix(line, "The states of an "+kind)
		}
		if move, _, _ := strings.Cut(line, ":"); here && strings.Contains(move, " --> ") && !strings.HasSuffix(move, "--> [*]") {
			all = append(all, move)
		}
	}
	return all
}
