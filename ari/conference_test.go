package ari_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

// testConference: of three in a talk one leaves and comes back, again and again,
// and each time all hear each other.
func testConference(t *testing.T, s *site, k *phone.Carrier) {
	ctx := within(t, time.Minute)
	caller, arrived := s.call(t, k, phone.CallerID{Number: "+996700123456"})
	ch := arrived.Channel
	s.do(queue.AnswerCall{Channel: ch})
	must(t, caller.WaitAnswer(ctx))
	var legs []*phone.Call
	for i, number := range []string{"1012", "1013"} {
		id := fmt.Sprintf("%s-l%d", ch, i+1)
		leg := s.leg(t, agent(t, s.Lab, number), queue.Dial{Channel: id, Endpoint: "PJSIP/" + number, For: ch})
		must(t, leg.Answer(ctx))
		s.answered(t, id)
		legs = append(legs, leg)
	}
	agent, third, bridge := legs[0], legs[1], ch+"-b1"
	s.do(queue.Connect{Bridge: bridge, Caller: ch, Agent: ch + "-l1"}, queue.Join{Bridge: bridge, Caller: ch + "-l2"})
	for range 5 {
		now := time.Now()
		hears(ctx, t, agent, now, caller, third)
		hears(ctx, t, third, now, caller, agent)
		hears(ctx, t, caller, now, agent, third)
		now = time.Now()
		s.do(queue.Part{Bridge: bridge, Caller: ch})
		hears(ctx, t, agent, now.Add(50*time.Millisecond), third)
		s.do(queue.Join{Bridge: bridge, Caller: ch})
	}
	s.do(queue.Disconnect{Bridge: bridge}, queue.Hangup{Channel: ch, Reason: queue.HangupNormal})
	for i := range legs {
		s.do(queue.Hangup{Channel: fmt.Sprintf("%s-l%d", ch, i+1), Reason: queue.HangupNormal})
		s.gone(t, fmt.Sprintf("%s-l%d", ch, i+1))
	}
	s.gone(t, ch)
}

// hears waits until somebody hears all of the others at a time.
func hears(ctx context.Context, t *testing.T, c *phone.Call, since time.Time, others ...*phone.Call) {
	t.Helper()
	var tones []int
	for _, other := range others {
		tones = append(tones, other.Tone())
	}
	for ctx.Err() == nil {
		if ear.Together(c.Recording().Since(since).PCM, tones...) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%v does not hear %v since %v", c, others, since)
}
