package queue

import (
	"testing"
	"time"
)

// A callback waits until the call in which it was promised ends. One that names a call
// that knows nothing of it would wait for ever.
func TestCallbackOfACallThatDoesNotKnowIt(t *testing.T) {
	q := DefaultQueue()
	q.Name, q.DefaultLanguage = "sales", "ru"
	rules := &Rules{Languages: []Language{"ru"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q}, Agents: map[string]*AgentRules{
		"1": {ID: "1", Endpoint: "PJSIP/1", Languages: []Language{"ru"}, Queues: []Membership{{Queue: "sales"}}},
	}}
	rules.Trunk.Allowed = func(string) bool { return true }
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	doubted := &Call{ID: "pbx-1.1", Queue: "sales", Number: "+1", Language: "ru", State: CallEnding, Farewell: Farewell{Outcome: OutcomeCallback, EndBy: at.Add(time.Minute)}, Callback: "another",
		Since: at, Arrived: at, PlaceInLine: PlaceInLine{Entered: at, Place: at}}
	for name, calls := range map[string][]*Call{"it names another": {doubted}, "it was lost and comes in as new": nil} {
		t.Run(name, func(t *testing.T) {
			s := New(rules, &Snapshot{
				Agents: []*Agent{{ID: "1", Status: StatusReady, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/1"}}},
				Calls:  calls,
				Callbacks: []*Callback{{ID: "cb", Number: "+1", Queue: "sales", Language: "ru", Class: ClassInformation, State: CallbackOpen, Caller: "pbx-1.1",
					Since: at, Created: at, Place: at, From: at, DueAt: at.Add(time.Hour), Urgency: Urgency{UrgentAt: at.Add(50 * time.Minute)}}},
			})
			live := LiveChannel{ID: "pbx-1.1", Up: true, Inbound: &CallArrived{Channel: "pbx-1.1", DID: "100", Number: "+2"}}
			s.Step(at, Synced{Channels: []LiveChannel{live}})
			s.Step(at, PhoneChanged{Endpoint: "PJSIP/1", Reachable: true})
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			if cb := s.Callbacks()[0]; cb.Agent != "1" {
				t.Errorf("the callback is %s, want it offered to the free agent", cb.State)
			}
		})
	}
}

// The store knows nothing of what the spool tells about callbacks: nobody stays
// bound by one that is over, and one that nobody works on is open.
func TestMendsWhatWasReadFromTwoPlaces(t *testing.T) {
	q := DefaultQueue()
	q.Name, q.DefaultLanguage = "sales", "ru"
	rules := &Rules{Languages: []Language{"ru"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q}, Agents: map[string]*AgentRules{}}
	rules.Trunk.Allowed = func(string) bool { return true }
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	agent := func(id string) *Agent {
		rules.Agents[id] = &AgentRules{ID: id, Endpoint: "PJSIP/" + id, Languages: rules.Languages, Queues: []Membership{{Queue: "sales"}}}
		return &Agent{ID: id, Status: StatusReady, Since: at, Attendance: Attendance{LoggedIn: at, Endpoint: "PJSIP/" + id}}
	}
	bound, working := agent("1"), agent("2")
	bound.Owes = "over"
	working.Callback, working.Leg, working.Status = "over", "over-a1", StatusOnCall
	callback := func(id, number string, state CallbackState) *Callback {
		return &Callback{ID: id, Number: number, Queue: "sales", Language: "ru", Class: ClassInformation, State: state,
			Since: at, Created: at, From: at, DueAt: at.Add(time.Hour), Making: Making{StepBy: at.Add(time.Minute)}}
	}
	dialling := callback("d", "+1", CallbackDialling)
	dialling.Agent, dialling.Leg, dialling.Client = "1", "d-a1", "d-c2"
	talking := callback("t", "+2", CallbackTalking)
	talking.Client, talking.StepBy = "t-c1", time.Time{}

	s := New(rules, &Snapshot{Agents: []*Agent{bound, working}, Callbacks: []*Callback{dialling, talking}})
	s.Step(at, Synced{Phones: []PhoneChanged{{Endpoint: "PJSIP/1", Reachable: true}, {Endpoint: "PJSIP/2", Reachable: true}}})
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	for _, a := range s.Agents() {
		if a.Callback != "d" && a.Callback != "t" || a.Owes != "" {
			t.Errorf("agent %s works on %q and owes %q: both callbacks are open, and both agents free", a.ID, a.Callback, a.Owes)
		}
	}
}
