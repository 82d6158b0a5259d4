package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"kezek/queue"
)

const roundsConfig = `
queues: {sales: {ring: {timeout: 3s, rest: 1s, pause_after: 0}, max_wait: 14s}}
`

// TestRounds: phones ring and nobody answers. Each agent who is free is rung before one is rung again, until the longest
// wait is over: also while a phone rings, which stops then and is no miss.
func TestRounds(t *testing.T) {
	t.Parallel()
	s := open(t, roundsConfig)
	agents := []*agent{s.agent(t, "1001"), s.agent(t, "1002"), s.agent(t, "1003")}

	c := s.call(t, "+996312900800")
	c.press("2")
	begun := c.told(queue.EntryCallEntered).at(t)
	record := c.outcome(queue.OutcomeTimedOut)
	var offers []queue.Offered
	must(t, json.Unmarshal([]byte(record["offers"]), &offers))
	if len(offers) != 5 {
		t.Fatalf("the record has %+v, want five offers", offers)
	}
	round := []string{offers[0].Agent, offers[1].Agent, offers[2].Agent}
	slices.Sort(round)
	if !slices.Equal(round, []string{"1001", "1002", "1003"}) {
		t.Errorf("the first round was of %v", round)
	}
	last := offers[4]
	if last.End != queue.CauseCancelled || offers[3].End != queue.CauseNoAnswer {
		t.Errorf("the offers ended as %+v", offers)
	}
	if waited := last.At.Add(last.Ring).Sub(begun); waited < 14*time.Second || waited > 15*time.Second {
		t.Errorf("the last phone rang until %v after the caller came", waited)
	}
	c.ended()
	c.heardLast("ru/no-answer")
	for _, a := range agents {
		a.free()
	}
	s.nothingLeft(t)
}
