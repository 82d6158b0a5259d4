package queuetest

import (
	"testing"
	"time"

	"kezek/queue"
)

// TestNeverTalked: the daemon dies before it could connect a caller, dies again before it could do so anew, and the caller
// is gone when it is back. They have not talked to anybody, and hung up on nobody.
func TestNeverTalked(t *testing.T) {
	rules, err := Rules("languages ru\nqueue sales did=100\nagent 1001 ru sales")
	if err != nil {
		t.Fatal(err)
	}
	s, now := queue.New(rules, nil), start
	var record queue.Entry
	step := func(ev queue.Event) {
		t.Helper()
		now = now.Add(time.Second)
		for _, e := range s.Step(now, ev).Journal {
			if e.Kind == queue.EntryCallEnded {
				record = e
			}
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	}
	phones := []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}
	step(queue.Synced{Phones: phones})
	step(queue.LogIn{Agent: "1001", Trusted: true})
	step(queue.CallArrived{Channel: "c", DID: "100", Number: "+996551"})
	leg := s.Agents()[0].Leg
	step(queue.LegAnswered{Channel: leg})
	lines := []queue.LiveChannel{{ID: "c", Up: true}, {ID: leg, Up: true}}
	for _, channels := range [][]queue.LiveChannel{lines, lines[1:]} { // no bridge was made
		s = queue.New(rules, s.Snapshot())
		step(queue.Synced{Phones: phones, Channels: channels})
	}
	if record.Call != "c" || record.Outcome != queue.OutcomeLost {
		t.Errorf("the record: %+v, want it lost", record)
	}
}
