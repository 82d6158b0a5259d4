package queue

import (
	"strings"
	"testing"
	"time"
)

// Check holds who is found by a channel against the fields that name channels.
func TestCheckHoldsTheParties(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		spoil func(*State)
		want  string
	}{
		"a channel is not found": {func(s *State) { delete(s.index.holders, "pbx-1") }, "channel pbx-1 is not known as that of call pbx-1"},
		"a channel is found as another party": {func(s *State) { s.index.holders["pbx-1"] = holder{s.calls["pbx-1"], 2} },
			"channel pbx-1 is not known as that of call pbx-1"},
		"a channel is found that nobody has": {func(s *State) { s.index.holders["pbx-2"] = holder{s.calls["pbx-1"], 0} }, "channel pbx-2 is nobody's"},
		"a channel is two parties'":          {func(s *State) { s.calls["pbx-1"].Target.Leg = "pbx-1" }, "channel pbx-1 is that of call pbx-1 and of call pbx-1"},
	} {
		t.Run(name, func(t *testing.T) {
			q := DefaultQueue()
			q.Name, q.DefaultLanguage, q.DID, q.JoinEmpty = "sales", "ru", []string{"1"}, true
			s := New(&Rules{Languages: []Language{"ru"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q}}, nil)
			s.Step(at, Synced{})
			s.Step(at, CallArrived{Channel: "pbx-1", DID: "1", Number: "+1"})
			if err := s.Check(); err != nil || s.Owner("pbx-1") != Entity(s.calls["pbx-1"]) || s.Owner("pbx-2") != nil {
				t.Fatalf("%v, owners %v and %v", err, s.Owner("pbx-1"), s.Owner("pbx-2"))
			}
			for _, channel := range []string{"pbx-1", "pbx-2"} {
				s.Step(at, KeyPressed{Channel: channel, Key: '9'})
				if suspect := s.Suspect(KeyPressed{}); suspect != s.Owner(channel) {
					t.Errorf("suspect of a step about %s: %v", channel, suspect)
				}
			}
			if c.spoil(s); s.Check() == nil || !strings.Contains(s.Check().Error(), c.want) {
				t.Errorf("%v, want %q", s.Check(), c.want)
			}
		})
	}
}
