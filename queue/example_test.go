package queue_test

import (
	"fmt"
	"time"

	"kezek/queue"
)

// site is a queue with one agent.
func site() *queue.Rules {
	sales := queue.DefaultQueue()
	sales.Name, sales.DID, sales.DefaultLanguage = "sales", []string{"100"}, "ru"
	return &queue.Rules{
		Languages: []queue.Language{"ru"}, Location: time.UTC, Queues: map[string]*queue.QueueRules{"sales": &sales},
		Agents: map[string]*queue.AgentRules{"1001": {
			ID: "1001", Endpoint: "PJSIP/1001", Languages: []queue.Language{"ru"}, Queues: []queue.Membership{{Queue: "sales"}}, PIN: "4821",
		}},
	}
}

// One event at a time goes in; what changed, and what is to be done about it, comes out. Time is whatever the caller says.
func ExampleState_Step() {
	state := queue.New(site(), nil)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, event := range []queue.Event{
		queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}}, // what is true on the exchange
		queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"},
		queue.CallArrived{Channel: "pbx-1", DID: "100", Number: "+996555000001"},
		queue.LegAnswered{Channel: "pbx-1-a1"}, // the id of the leg was chosen by the rules
		queue.ChannelGone{Channel: "pbx-1"},
	} {
		now = now.Add(10 * time.Second)
		effects := state.Step(now, event)
		fmt.Printf("%T\n", event)
		for _, entry := range effects.Journal {
			fmt.Println("  happened:", entry.Kind)
		}
		for _, action := range effects.Actions {
			fmt.Printf("  to do: %T\n", action)
		}
	}
	// Output:
	// queue.Synced
	//   to do: queue.Lamp
	// queue.LogIn
	//   happened: agent.login
	//   happened: agent.status
	//   to do: queue.Lamp
	// queue.CallArrived
	//   happened: call.entered
	//   happened: agent.status
	//   happened: call.offered
	//   to do: queue.AnswerCall
	//   to do: queue.Dial
	//   to do: queue.Play
	//   to do: queue.Lamp
	// queue.LegAnswered
	//   happened: agent.status
	//   happened: call.answered
	//   to do: queue.StopPlay
	//   to do: queue.Connect
	// queue.ChannelGone
	//   happened: talk.ended
	//   happened: agent.status
	//   happened: call.ended
	//   to do: queue.Hangup
	//   to do: queue.Disconnect
}

// There are no timers: the state says when the next deadline is, and is given a Tick then.
func ExampleState_Next() {
	state := queue.New(site(), nil)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	state.Step(now, queue.Synced{Phones: []queue.PhoneChanged{{Endpoint: "PJSIP/1001", Reachable: true}}})
	state.Step(now, queue.LogIn{Phone: "PJSIP/1001", PIN: "4821"})
	state.Step(now, queue.CallArrived{Channel: "pbx-1", DID: "100"})
	due := state.Next() // the agent's phone has rung for long enough
	fmt.Println("after", due.Sub(now))
	for _, entry := range state.Step(due, queue.Tick{}).Journal {
		fmt.Println("  happened:", entry.Kind)
	}
	// Output:
	// after 15s
	//   happened: call.missed
	//   happened: agent.status
}
