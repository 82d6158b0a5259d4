package queue

import (
	"testing"
	"time"
)

// A caller chose Kyrgyz last time, and the site has given Kyrgyz up since: they are asked again.
func TestLanguageThatIsNoLongerSpoken(t *testing.T) {
	q := DefaultQueue()
	q.Name, q.DefaultLanguage, q.DID = "sales", "ru", []string{"100"}
	rules := &Rules{Languages: []Language{"ru", "en"}, Location: time.UTC, Queues: map[string]*QueueRules{"sales": &q}, Menu: DefaultMenu()}
	rules.Trunk.Allowed = func(string) bool { return true }
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for language, want := range map[Language]CallState{"ky": CallInMenu, "en": CallWaiting} {
		s := New(rules, &Snapshot{Callers: []*Caller{{Number: "+996700000001", Language: language, Seen: at, Until: at.Add(time.Hour)}}})
		s.Step(at, Synced{})
		s.Step(at, CallArrived{Channel: "pbx-1.1", DID: "100", Number: "+996700000001"})
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if c := s.Calls()[0]; c.State != want {
			t.Errorf("a caller who chose %s is %s in %s, want %s", language, c.State, c.Language, want)
		}
	}
}
