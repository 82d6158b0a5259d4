package e2e

import (
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

const didReplaces = "+996312900914"

// TestPickupByReplaces: a phone takes what rings at another one by its own key (INVITE with Replaces), not by a code. A colleague of
// the team has the call; anybody else hears that it is not theirs, and the phone rings again. Nobody is charged.
func TestPickupByReplaces(t *testing.T) {
	t.Parallel()
	s := prepare(t, "queues:"+deskQueue("keyed", didReplaces, "\n    strategy: linear\n    ring: {rest: 1s}")+`
agents:
  "1011": {queues: [keyed], speech: ru}
  "1012": {queues: [keyed], speech: ru}
`)
	s.edit(t, "extensions.conf", "dialplan reload", `#include "kezek-extensions.conf"`, pickups)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office")
	s.mustStart(t)
	a, b, stranger := s.agent(t, "1011"), s.agent(t, "1012"), s.phone(t, "1003")
	b.code("*11")
	c := s.call(t, didReplaces)
	first := a.rings()
	pick := stranger.replaces(first)
	hears(t, s, pick, "ru/pickup-refused", time.Time{})
	endedByExchange(t, pick)
	endedByExchange(t, first)
	second := a.rings()

	b.code("*10" + b.id)
	b.code("*31")
	b.status("coffee")
	pick = b.replaces(second)
	talk(t, pick, c, time.Now())
	endedByExchange(t, second)
	a.free()
	if e := c.told(queue.EntryCallAnswered); e["agent"] != b.id {
		t.Errorf("answered: %v", e)
	}
	begun := time.Now()
	must(t, pick.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, pick.Resume(within(t, patience)))
	talk(t, pick, c, hears(t, s, c.Call, "ru/return", begun))
	must(t, pick.Hangup(within(t, patience)))
	c.outcome(queue.OutcomeCompletedByAgent)
	b.status("coffee")
	for _, e := range s.journal.since(c.mark) {
		if e["number"] == c.number && e.kind() == queue.EntryCallMissed || e.kind() == queue.EntryViolation {
			t.Errorf("somebody is charged: %v", e)
		}
	}
	s.nothingLeft(t)
	s.noTrouble(t)
}

// replaces takes the place of a phone that rings, by a key of the own phone, and is answered.
func (a *agent) replaces(ring *phone.Call) *phone.Call {
	a.t.Helper()
	c, err := a.Call(within(a.t, patience), "away", phone.WithHeader("Replaces", ring.Replaces()))
	must(a.t, err)
	must(a.t, c.WaitAnswer(within(a.t, patience)))
	a.t.Cleanup(func() {
		if a.t.Failed() {
			a.t.Logf("%s picked up and heard %s\n%v", a.id, a.s.ear.Listen(c.Recording().PCM), c.Log())
		}
	})
	return c
}
