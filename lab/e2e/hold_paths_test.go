package e2e

import (
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// holdReminded: the reminder in the agent's ear ends when they come back; they are heard at once.
func holdReminded(t *testing.T, s *site) {
	a, c := s.agent(t, "1015"), s.call(t, didHoldReminded)
	leg := a.answers(c)
	begun := time.Now()
	must(t, leg.Keys(within(t, patience), "*1"))
	hears(t, s, leg, "ru/hold-reminder", begun)
	must(t, leg.Keys(within(t, patience), "*1"))
	returned := hears(t, s, c.Call, "ru/return", begun)
	if took := talk(t, leg, c, returned).Sub(returned); took > 1500*time.Millisecond {
		t.Errorf("the audio opens %v after the return phrase began", took)
	}

	// Both hold. The last one to come back is heard then.
	must(t, c.Hold(within(t, patience), phone.SendOnly))
	c.told(queue.EntryCallerHolds)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	c.told(queue.EntryHoldStarted)
	must(t, c.Resume(within(t, patience)))
	hears(t, s, c.Call, "ru/hold", returned)
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, time.Now().Add(time.Second))
	must(t, leg.Hold(within(t, patience), phone.Inactive))
	must(t, c.Hold(within(t, patience), phone.Inactive))
	must(t, leg.Resume(within(t, patience)))
	must(t, c.Resume(within(t, patience)))
	talk(t, leg, c, time.Now().Add(time.Second))
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// holdClosing: the agent hangs up with the caller on hold by code, and by key. The caller hears the closing phrase.
func holdClosing(t *testing.T, s *site) {
	a := s.agent(t, "1016")
	for _, hold := range []func(*phone.Call) error{
		func(leg *phone.Call) error { return leg.Keys(within(t, patience), "*1") },
		func(leg *phone.Call) error { return leg.Hold(within(t, patience), phone.SendOnly) },
	} {
		c := s.call(t, didHoldClosing)
		leg := a.answers(c)
		begun := time.Now()
		time.Sleep(aTalk)
		must(t, hold(leg))
		held := time.Now()
		hears(t, s, c.Call, "ru/hold", begun)
		time.Sleep(time.Until(held.Add(aHold)))
		must(t, leg.Hangup(within(t, patience)))
		c.ended()
		c.outcome(queue.OutcomeCompletedByAgent)
		wantStory(t, s, c.Call, begun, "tone of 1016", "ru/hold", "music", "ru/closing")
	}
}

// TestHoldFaults: a client who was called back is held, a phone vanishes during a hold, and so does the exchange.
func TestHoldFaults(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, holdConfig)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "[1012](phone)\n", "[1012](phone)\nrtp_timeout = 2\n")

	// A client who was called back is on hold like any other.
	a := s.agent(t, "1001")
	client := s.client(t, answers)
	client.isPromised("key")
	ring := a.ringsBack(client)
	must(t, ring.Answer(within(t, patience)))
	called := client.isCalled()
	greeted := hears(t, s.site, called, "ru/callback-greeting", time.Time{})
	_, err := called.WaitTone(within(t, patience), ring.Tone(), greeted)
	must(t, err)
	time.Sleep(aTalk)
	held := time.Now()
	must(t, ring.Hold(within(t, patience), phone.SendOnly))
	hears(t, s.site, called, "ru/hold", held)
	time.Sleep(time.Until(held.Add(aHold)))
	must(t, ring.Resume(within(t, patience)))
	returned := hears(t, s.site, called, "ru/return", held)
	_, err = called.WaitTone(within(t, patience), ring.Tone(), returned)
	must(t, err)
	time.Sleep(aTalk)
	wantStory(t, s.site, called, held.Add(-3*aTalk/4), "tone of 1001", "ru/hold", "music", "ru/return", "tone of 1001")
	client.talks(ring, called)

	// A phone that vanishes while it holds: the caller goes back in line.
	lost, c := s.agent(t, "1012"), s.call(t, didHoldHangup)
	leg := lost.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	hears(t, s.site, c.Call, "ru/hold", begun)
	lost.Vanish()
	c.told(queue.EntryCallRequeued)
	hears(t, s.site, c.Call, "ru/agent-lost", begun)
	c.hangUp(queue.OutcomeAbandoned)

	// Asterisk is restarted during a hold: call and hold are over, and written down.
	d := s.call(t, didHoldKey)
	leg = a.answers(d)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	d.told(queue.EntryHoldStarted)
	must(t, s.RestartAsterisk(within(t, patience)))
	d.outcome(queue.OutcomeLost)
	if e := d.told(queue.EntryHoldEnded); e["detail"] != string(queue.HoldEndLost) {
		t.Errorf("the hold ended as %v", e)
	}
	s.ready(t)
	_ = leg.Hangup(within(t, patience)) // nobody else knows of them
	_ = d.Call.Hangup(within(t, patience))
	a.free()
	next := s.call(t, didHoldKey)
	a.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
}
