package queue

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A panic while a saved state is loaded costs the entity at hand, and no other. Here the rules have no
// time zone, so that the day of an agent's timesheet cannot be told: one who has a sheet needs none.
func TestAPanicWhileLoading(t *testing.T) {
	q := DefaultQueue()
	q.Name, q.DefaultLanguage = "sales", "ru"
	rules := &Rules{Languages: []Language{"ru"}, Queues: map[string]*QueueRules{"sales": &q}, Agents: map[string]*AgentRules{}}
	rules.Trunk.Allowed = func(string) bool { return true }
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	agent := func(id string) *Agent {
		rules.Agents[id] = &AgentRules{ID: id, Endpoint: "PJSIP/" + id, Languages: rules.Languages, Queues: []Membership{{Queue: "sales"}}}
		return &Agent{ID: id, Status: StatusReady, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/" + id, DayEnd: at.Add(14 * time.Hour)}}
	}
	well, talking := agent("1"), agent("2")
	talking.Status, talking.Call, talking.Leg = StatusOnCall, "pbx-1", "pbx-1-a1"
	saved := &Snapshot{
		Agents:     []*Agent{well, talking},
		Timesheets: []*Timesheet{{Agent: "1", Day: "2026-11-22", LogIn: at, Status: StatusReady, Counted: at}},
		Calls: []*Call{{ID: "pbx-1", Queue: "sales", Number: "+1", Language: "ru", State: CallTalking, Conversation: Conversation{Agent: "2", Leg: "pbx-1-a1", Bridge: "pbx-1-b2", Answered: at}, Serial: 2,
			Since: at, Arrived: at, PlaceInLine: PlaceInLine{Entered: at, Place: at}}},
		Callbacks: []*Callback{{ID: "cb", Number: "+2", Queue: "sales", Language: "ru", Class: ClassInformation, State: CallbackOpen,
			Since: at, Created: at, Place: at, From: at, DueAt: at.Add(time.Hour), Urgency: Urgency{UrgentAt: at.Add(50 * time.Minute)}}},
	}
	s := New(rules, saved)
	aside := slices.DeleteFunc(s.Mendings(), func(m Mending) bool { return !m.Aside })
	if len(aside) != 1 || aside[0].Entity != Entity(talking) || !strings.HasPrefix(aside[0].Why, "panic: ") {
		t.Errorf("put aside: %+v, want agent 2 after a panic", aside)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	if a := s.agents["1"]; a != well || a.Status != StatusReady {
		t.Errorf("agent 1: %+v", a)
	}
	if a := s.agents["2"]; a == nil || a == talking || a.Status != StatusOffline {
		t.Errorf("agent 2: %+v, want one of the config, logged out", a)
	}
	if c := s.calls["pbx-1"]; c == nil || c.State != CallWaiting || !c.Head {
		t.Errorf("call: %+v, want it waiting at the head of the line", c)
	}
	if cb := s.callbacks["cb"]; cb == nil || cb.State != CallbackOpen {
		t.Errorf("callback: %+v", cb)
	}
}
