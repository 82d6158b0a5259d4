package queuetest

import (
	"testing"
	"time"

	"kezek/queue"
)

// TestGreetingsOfDeadDaemons: a client is greeted anew by each daemon that comes up, and whether an order of a dead one was
// done is unknown. When the agent's phone is gone, all that may play ends before the client hears so.
func TestGreetingsOfDeadDaemons(t *testing.T) {
	rules, err := Rules("languages ru\ntrunk allow=+996\nqueue sales did=100 record=true notice=true\nagent 1001 ru sales")
	if err != nil {
		t.Fatal(err)
	}
	s, now := queue.New(rules, nil), start
	var greetings []string
	stopped, lost := map[string]bool{}, false
	step := func(ev queue.Event) {
		t.Helper()
		now = now.Add(time.Second)
		fx := s.Step(now, ev)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		clear(stopped)
		for _, a := range fx.Actions {
			switch a := a.(type) {
			case queue.StopPlay:
				stopped[a.ID] = true
			case queue.Play:
				switch a.Phrases[0].ID {
				case "callback-greeting":
					greetings = append(greetings, a.ID)
				case "agent-lost":
					lost = true
				}
			}
		}
		for _, id := range fx.Promises {
			s.Step(now, queue.Promised{Callback: id})
		}
	}
	phones := []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}
	step(queue.Synced{Phones: phones})
	step(queue.LogIn{Agent: "1001", Trusted: true})
	step(queue.BookCallback{Number: "+996700000001", Queue: "sales", Class: queue.ClassManager, By: "aida"})
	leg := s.Agents()[0].Leg
	step(queue.LegAnswered{Channel: leg, Rang: time.Second})
	step(queue.PlayEnded{Channel: leg, Playback: s.Callbacks()[0].Whisper})
	client := s.Callbacks()[0].Client
	step(queue.LegAnswered{Channel: client, Rang: time.Second})
	lines := []queue.LiveChannel{{ID: client, Up: true}, {ID: leg, Up: true}}
	for _, channels := range [][]queue.LiveChannel{lines, lines[:1]} {
		s = queue.New(rules, s.Snapshot())
		step(queue.Synced{Phones: phones, Channels: channels})
	}
	if !lost || len(greetings) != 2 {
		t.Fatalf("told that the agent is lost: %v, greeted %d times, want true and twice", lost, len(greetings))
	}
	for _, g := range greetings {
		if !stopped[g] {
			t.Errorf("the greeting %s may still play", g)
		}
	}
}
