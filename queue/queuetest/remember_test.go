package queuetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// As many numbers are remembered as may be; those who call in after that are
// served all the same, and what is known of others still changes.
func TestRemembersNoMoreThanItMay(t *testing.T) {
	rules, err := Rules("languages ky ru\nqueue sales did=100 same_within=24h same_wait=20s\nagent 1001 ru sales")
	if err != nil {
		t.Fatal(err)
	}
	full := &queue.Snapshot{}
	for i := range 200_000 {
		full.Callers = append(full.Callers, &queue.Caller{Number: fmt.Sprint("+99655", i), Until: start.Add(time.Hour)})
	}
	s := queue.New(rules, full)
	now := start
	step := func(events ...queue.Event) {
		for _, ev := range events {
			now = now.Add(time.Second)
			s.Step(now, ev)
			if err := errors.Join(s.Check(), NobodyWaits(s)); err != nil {
				t.Fatal(err)
			}
		}
	}
	step(queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}}, queue.LogIn{Agent: "1001", Trusted: true})
	for i, number := range []string{"+996551", "+99670"} {
		id := fmt.Sprint("c", i)
		step(queue.CallArrived{Channel: id, DID: "100", Number: number}, queue.KeyPressed{Channel: id, Key: '2'})
		leg := s.Agents()[0].Leg
		step(queue.LegAnswered{Channel: leg}, queue.ChannelGone{Channel: id}, queue.ChannelGone{Channel: leg})
	}
	callers := s.Snapshot().Callers
	known := find(callers, func(c *queue.Caller) bool { return c.Number == "+996551" })
	if len(callers) != 200_000 || known.Language != "ru" || known.Agent != "1001" {
		t.Errorf("%d numbers are remembered; one of them: %+v", len(callers), known)
	}
}
