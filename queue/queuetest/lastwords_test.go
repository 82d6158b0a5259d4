package queuetest

import (
	"errors"
	"testing"
	"time"

	"kezek/queue"
)

// The end of a call's last phrase is nothing to store: the channel is hung up, and
// again if its end is not told.
func TestLastWordsOver(t *testing.T) {
	rules, err := Rules("languages ru\nqueue sales did=100\nagent 1001 ru sales")
	if err != nil {
		t.Fatal(err)
	}
	s, now := queue.New(rules, nil), start
	var closing queue.Play
	step := func(ev queue.Event) queue.Effects {
		t.Helper()
		now = now.Add(time.Second)
		fx := s.Step(now, ev)
		if err := errors.Join(s.Check(), NobodyWaits(s)); err != nil {
			t.Fatal(err)
		}
		for _, a := range fx.Actions {
			if p, ok := a.(queue.Play); ok && p.Channel == "c" {
				closing = p
			}
		}
		return fx
	}
	step(queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}})
	step(queue.LogIn{Agent: "1001", Trusted: true})
	step(queue.CallArrived{Channel: "c", DID: "100", Number: "+996551"})
	leg := s.Agents()[0].Leg
	step(queue.LegAnswered{Channel: leg})
	step(queue.ChannelGone{Channel: leg, Cause: queue.CauseNormal})
	hangsUp := func(fx queue.Effects) bool {
		return len(fx.Actions) > 0 && fx.Actions[0] == queue.Hangup{Channel: "c", Reason: queue.HangupNormal}
	}
	if closing.Phrases[0].ID != "closing" {
		t.Fatalf("the last phrase is %v", closing.Phrases)
	}
	if fx := step(queue.PlayEnded{Channel: "c", Playback: closing.ID}); !hangsUp(fx) || len(fx.Changed)+len(fx.Gone) > 0 {
		t.Errorf("after the last phrase: %+v", fx)
	}
	now = now.Add(3 * time.Minute)
	step(queue.Tick{}) // its end is told too late to be believed
	now = now.Add(time.Minute)
	if fx := step(queue.Tick{}); !hangsUp(fx) {
		t.Errorf("the channel is still there: %+v", fx)
	}
	step(queue.ChannelGone{Channel: "c"})
	if n := len(s.Snapshot().Calls); n > 0 {
		t.Errorf("%d calls are left", n)
	}
}
