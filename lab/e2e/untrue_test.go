package e2e

import (
	"fmt"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// TestStateHarmedInATalk: something harms the stored state of running talks, and the daemon is killed. The talk whose
// state is whole goes on untouched. In the others caller and agent are parted, and neither is left in silence: a caller
// whose agent is lost is told so and is the next in line, one whose call is lost is welcomed anew, and both are served.
func TestStateHarmedInATalk(t *testing.T) {
	t.Parallel()
	const state = "kezek:{bishkek}:"
	type talking struct {
		*caller
		name  string
		agent *agent
		leg   *phone.Call
		// harm is a command of Redis; agentLost: it is the agent's hash that it harms.
		harm      func(agent, call string) []any
		agentLost bool
	}
	talks := []*talking{
		{name: "whole"},
		{name: "the agent's hash is gone", agentLost: true, harm: func(agent, _ string) []any { return []any{"DEL", agent} }},
		{name: "the agent's hash is moved", agentLost: true, harm: func(agent, _ string) []any { return []any{"RENAME", agent, state + "x"} }},
		{name: "the agent's hash cannot be true", agentLost: true, harm: func(agent, _ string) []any {
			return []any{"HSET", agent, "rest_until", "9999-12-31T00:00:00Z"}
		}},
		{name: "the call's hash is gone", harm: func(_, call string) []any { return []any{"DEL", call} }},
		{name: "the call's hash cannot be true", harm: func(_, call string) []any { return []any{"HSET", call, "state", "dreaming"} }},
		{name: "the call has no agent", harm: func(_, call string) []any { return []any{"HDEL", call, "agent"} }},
	}
	agents := []string{"1001", "1002", "1003", "1004", "1005", "1011", "1012"} // who speak Russian
	did := func(n int) string { return fmt.Sprintf("+99631290%04d", 700+n) }
	queues, members := "queues:", "\nagents:\n"
	for n := range talks {
		queues += deskQueue(fmt.Sprintf("harm%d", n), did(n), "")
		members += fmt.Sprintf("  %q: {queues: [harm%d], speech: ru}\n", agents[n], n)
	}
	s := open(t, queues+members)
	for n, k := range talks {
		k.agent, k.caller = s.agent(t, agents[n]), s.call(t, did(n))
		k.leg = k.agent.answers(k.caller)
	}
	live, err := s.calls(t)
	must(t, err)
	ids := map[string]string{}
	for _, c := range live {
		ids[c.Number] = c.ID
	}
	for _, k := range talks {
		if k.harm != nil {
			must(t, s.redis.Do(within(t, patience), k.harm(state+"agent:"+k.agent.id, state+"call:"+ids[k.number])...).Err())
		}
	}
	killed := time.Now()
	s.KillDaemon()
	must(t, s.WaitDaemon(within(t, patience)))
	s.ready(t)

	for _, k := range talks {
		if k.harm == nil {
			continue
		}
		end, err := k.leg.WaitEnd(within(t, patience))
		if err != nil || end.By != phone.Far {
			t.Errorf("%s: the agent's phone: %v %v, want the exchange to hang up", k.name, end, err)
		}
		if !k.agentLost {
			hears(t, s, k.Call, "ru/welcome", killed)
			k.agent.answers(k.caller)
			continue
		}
		hears(t, s, k.Call, "ru/agent-lost", killed)
		k.agent.status(queue.StatusOffline)
		k.agent.code("*10" + k.agent.id)
		k.agent.answers(k.caller)
	}
	whole := talks[0]
	whole.heardAllTheTime(whole.agent, killed)
	if n := s.said(t, "the state was lost"); n != 1 {
		t.Errorf("that hashes are gone is logged %d times", n)
	}
	for _, k := range talks {
		k.hangUp(queue.OutcomeCompletedByCaller)
	}
	s.nothingLeft(t)
}
