package queue

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A move that is not declared is told by Check, in the journal and to the exchange.
func TestWrongMove(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for what, move := range map[string]func(s *State){
		`call pbx-1 goes from "menu" to "held"`:      func(s *State) { s.calls["pbx-1"].setState(s, CallHeld) },
		`agent 1001 goes from "offline" to "wrapup"`: func(s *State) { s.agents["1001"].setStatus(s, StatusWrapUp) },
		`callback cb-1 goes from "open" to "talking"`: func(s *State) {
			s.callbacks["cb-1"] = &Callback{ID: "cb-1", Queue: "sales", State: CallbackOpen}
			s.callbacks["cb-1"].setState(s, CallbackTalking)
		},
	} {
		s := New(&Rules{Queues: map[string]*QueueRules{"sales": {Name: "sales"}}, Agents: map[string]*AgentRules{"1001": {ID: "1001"}}, Languages: []Language{"ru"}, Location: time.UTC}, &Snapshot{})
		s.Step(at, Tick{})
		s.calls["pbx-1"] = &Call{ID: "pbx-1", Queue: "sales", State: CallInMenu}
		move(s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: Check says %v", what, err)
		}
		if n := len(s.fx.Actions); n == 0 || s.fx.Actions[n-1] != (Resync{}) {
			t.Errorf("%s: the exchange is not asked: %v", what, s.fx.Actions)
		}
		if !strings.Contains(s.fx.Journal[len(s.fx.Journal)-1].Words()+s.fx.Journal[0].Words(), what) {
			t.Errorf("%s: the journal has %v", what, s.fx.Journal)
		}
	}
}

// Every state can be left and come into, and each is one of the known ones.
func TestMovesKnowEveryState(t *testing.T) {
	whole(t, CallMoves, CallStates)
	whole(t, CallbackMoves, CallbackStates)
	whole(t, AgentMoves, append([]Status{StatusChosen}, SetByDaemon...))
}

func whole[S ~string](t *testing.T, moves Moves[S], states []S) {
	t.Helper()
	entered := map[S]bool{}
	for from, all := range moves {
		if from != "" && !slices.Contains(states, from) {
			t.Errorf("%q is no state", from)
		}
		for _, to := range all {
			entered[to] = true
		}
	}
	for _, state := range states {
		if !entered[state] {
			t.Errorf("nothing comes into %q", state)
		}
		if len(moves[state]) == 0 && state != S(CallbackOver) {
			t.Errorf("nothing leaves %q", state)
		}
	}
	if len(entered) != len(states) {
		t.Errorf("moves lead to %v, the states are %q", entered, states)
	}
}
