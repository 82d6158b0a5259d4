package queue

import (
	"container/heap"
	"fmt"
	"strings"
	"testing"
	"time"

	"kezek/queue/internal/match"
)

// A step that would not end is a panic that names the entity: here the index was
// made to say what the entities do not. Without that entity the state goes on.
func TestAStepEnds(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for name, spoil := range map[string]func(*State) string{
		"a call that is offered for ever": func(s *State) string {
			s.calls["pbx-1"] = &Call{ID: "pbx-1", State: CallInMenu}
			s.match.SetJob(match.Job{Ref: match.Ref{ID: "pbx-1"}, Line: lineOf("sales", "ru"), Stage: match.Waiting})
			return "call pbx-1"
		},
		"a callback that is offered for ever": func(s *State) string {
			s.callbacks["cb-1"] = &Callback{ID: "cb-1", State: CallbackOver}
			s.match.SetJob(match.Job{Ref: match.Ref{ID: "cb-1", Callback: true}, Line: lineOf("sales", "ru"), Stage: match.Waiting})
			return "callback cb-1"
		},
		"a call that is kept for ever": func(s *State) string {
			s.calls["pbx-1"] = &Call{ID: "pbx-1", State: CallInMenu}
			s.match.SetJob(match.Job{Ref: match.Ref{ID: "pbx-1"}, Line: lineOf("sales", "ru"), Stage: match.Waiting, Keeper: "1001"})
			s.match.SetAgent(match.Agent{ID: "1001"})
			return "call pbx-1"
		},
		"a deadline that stays": func(s *State) string {
			heap.Push(&s.index.timetable.always, &wake{at: at.UnixNano(), of: s.agents["1001"]})
			return "agent 1001"
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := DefaultQueue()
			q.Name, q.DefaultLanguage = "sales", "ru"
			s := New(&Rules{
				Languages: []Language{"ru"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q},
				Agents: map[string]*AgentRules{"1001": {ID: "1001", Endpoint: "PJSIP/1001", Languages: []Language{"ru"}, Queues: []Membership{{Queue: "sales"}}}},
			}, nil)
			s.Step(at, Synced{Phones: []PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}})
			s.Step(at, LogIn{Phone: "PJSIP/1001"})
			want := spoil(s)
			func() {
				defer func() {
					suspect := s.Suspect(Tick{})
					if p := recover(); p == nil || suspect == nil || suspect.Kind()+" "+suspect.Key() != want || !strings.Contains(fmt.Sprint(p), suspect.Key()) {
						t.Fatalf("panic %v, suspect %v, want %s", p, suspect, want)
					}
					s.PutAside(suspect, "it panicked")
				}()
				s.Step(at.Add(time.Second), Tick{})
			}()
			s = s.Rebuilt()
			s.Step(at.Add(2*time.Second), Synced{Phones: []PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}})
			if err := s.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}
