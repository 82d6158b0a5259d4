package queue

import (
	"slices"
	"testing"
	"time"
)

// An agent who left the config while no daemon ran, or while the daemon was down, is logged out in the record, once.
func TestAgentsGoneWhileTheDaemonWasAway(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	q := DefaultQueue()
	q.Name, q.DefaultLanguage = "sales", "ru"
	rules := &Rules{Languages: []Language{"ru"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q}, Agents: map[string]*AgentRules{
		"1": {ID: "1", Endpoint: "PJSIP/1", Languages: []Language{"ru"}, Queues: []Membership{{Queue: "sales"}}},
	}}
	s := New(rules, &Snapshot{Agents: []*Agent{
		{ID: "1", Status: StatusReady, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/1"}},
		{ID: "2", Status: StatusReady, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/2"}},
		{ID: "3", Status: StatusOffline, Since: at},
		// What contradicts itself is mended meanwhile, which gathers the state anew.
		{ID: "4", Status: StatusOnCall, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/4"}, Assignment: Assignment{Call: "none", Leg: "none-a1"}},
	}})
	later := at.Add(time.Hour)
	var out []Entry
	for _, ev := range []Event{Synced{}, Tick{}} {
		fx := s.Step(later, ev)
		out = append(out, slices.DeleteFunc(fx.Journal, func(e Entry) bool { return e.Kind != EntryAgentLogOut })...)
	}
	told := map[string]Entry{}
	for _, e := range out {
		told[e.Agent] = e
	}
	if e := told["2"]; e.At != later || e.Phone != "PJSIP/2" || e.More().ShiftEnd != ShiftAgentRemoved || e.More().Length != time.Hour {
		t.Errorf("agent 2: %+v", e)
	}
	if told["4"].Details.ShiftEnd != ShiftAgentRemoved || told["1"].Agent != "" || told["3"].Agent != "" || len(out) != 2 {
		t.Errorf("logged out: %+v, want 2 and 4, once each", out)
	}
}
