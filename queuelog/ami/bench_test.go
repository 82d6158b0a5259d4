package ami

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// BenchmarkLook is how long the rules' loop is kept by a look at a busy site: 1,000 callers wait, 200 agents are logged in.
func BenchmarkLook(b *testing.B) {
	rules := testRules()
	var events []queue.Event
	var phones []queue.PhoneChanged
	for i := range 200 {
		id := fmt.Sprint(2000 + i)
		rules.Agents[id] = &queue.AgentRules{ID: id, Endpoint: "PJSIP/" + id, Languages: []queue.Language{"ru"}, Queues: []queue.Membership{{Queue: "sales"}, {Queue: "repair"}}, Order: i}
		phones = append(phones, queue.PhoneChanged{Endpoint: "PJSIP/" + id, Reachable: true})
		events = append(events, queue.LogIn{Agent: id, Trusted: true})
	}
	rules.Queues["sales"].MaxWaiting = 0
	s := queue.New(rules, nil)
	now := time.Now()
	s.Step(now, queue.Synced{Phones: phones})
	for _, ev := range events {
		s.Step(now, ev)
	}
	for i := range 1200 {
		s.Step(now, queue.CallArrived{Channel: fmt.Sprint("c", i), DID: did, Number: fmt.Sprintf("+99655500%04d", i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		look(s, now)
	}
}
