package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// What people do at their phones beside the call that Kezek has for them: they pick up what rings at a colleague's,
// and talk on a second line.
const (
	didPickup  = "+996312900860"
	didPickBLF = "+996312900861"
	didSecond  = "+996312900862"
	didAnswers = "+996312900863"
	didMoved   = "+996312900864"
	didEarly   = "+996312900865"
	didElse    = "+996312900866"
)

var pickupConfig = "queues:" +
	deskQueue("pickup", didPickup, "") +
	deskQueue("blf", didPickBLF, "\n    pickup: any") +
	deskQueue("second", didSecond, "") +
	deskQueue("answers", didAnswers, "") +
	deskQueue("moved", didMoved, "") +
	deskQueue("early", didEarly, "") +
	deskQueue("elsewhere", didElse, "\n    strategy: linear") + `
agents:
  "1011": {queues: [pickup, blf], speech: ru}
  "1012": {queues: [pickup], speech: ru}
  "1013": {queues: [second], speech: ru}
  "1014": {queues: [answers], speech: ru}
  "1015": {queues: [moved], speech: ru}
  "1016": {queues: [early], speech: ru}
  "1017": {queues: [early], speech: ru}
  "1018": {queues: [elsewhere], speech: ru}
  "1019": {queues: [elsewhere], speech: ru}
`

// pickups is what the exchange gives its phones beside Kezek's codes.
const pickups = `[office]
exten => _10XX,1,Dial(PJSIP/${EXTEN},20)
 same => n,Hangup(${HANGUPCAUSE})
exten => _**10XX,1,PickupChan(PJSIP/${EXTEN:2},p)
exten => away,1,Answer()
 same => n,Wait(60)
include => kezek-agents

#include "kezek-extensions.conf"`

func TestPickup(t *testing.T) {
	t.Parallel()
	s := prepare(t, pickupConfig)
	s.edit(t, "extensions.conf", "dialplan reload", `#include "kezek-extensions.conf"`, pickups)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"of the team": pickUpOfTeam,
		"second line": secondLine,
		"answers":     answersColleague,
		"moved":       legMoved,
		"early hold":  earlyHold,
		"elsewhere":   logsInElsewhere,
	})
	t.Run("after a restart", func(t *testing.T) { pickUpRestart(t, s) })
	t.Run("of a transfer", func(t *testing.T) { pickUpOfTransfer(t, s) })
	s.nothingLeft(t)
	s.noTrouble(t)
}

// picks lets an agent pick up what rings at another phone, and is answered.
func (a *agent) picks(from string) *phone.Call {
	a.t.Helper()
	c := a.dials("**" + from)
	a.t.Cleanup(func() {
		if a.t.Failed() {
			a.t.Logf("%s picked up and heard %s\n%v", a.id, a.s.ear.Listen(c.Recording().PCM), c.Log())
		}
	})
	return c
}

// hasNoCall waits until the phone is not in use any more.
func (a *agent) hasNoCall() {
	a.t.Helper()
	a.await("has no call", func(a ops.Agent) bool { return a.Call == nil && !a.InUse })
}

// pickUpOfTeam: an agent of the team has the call, with hold key and codes, and its record; the phone shows whose call it is. Who is not of
// the team hears a refusal, and the phone that rang rings again. Nobody is charged.
func pickUpOfTeam(t *testing.T, s *site) {
	a, b, stranger := s.agent(t, "1011"), s.agent(t, "1012"), s.agent(t, "1003")
	b.code("*31")
	b.status("coffee")
	c := s.call(t, didPickup)
	first := a.rings()
	pick := stranger.picks(a.id)
	hears(t, s, pick, "ru/pickup-refused", time.Time{})
	if end, err := pick.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the phone of who may not have the call: %v %v", end, err)
	}
	stranger.hasNoCall()
	if end, err := first.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the phone that rang: %v %v", end, err)
	}
	second := a.rings()
	picked := time.Now()
	pick = b.picks(a.id)
	if told := told(t, pick, picked); !strings.HasPrefix(told, "RU pickup 0:") || !strings.HasSuffix(told, "<"+c.number+">") {
		t.Errorf("the phone that picked up shows %q", told)
	}
	talk(t, pick, c, time.Now())
	_, err := second.WaitEnd(within(t, patience))
	must(t, err)
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
	c.ended()
	c.outcome(queue.OutcomeCompletedByAgent)
	c.heardLast("ru/closing")
	b.status("coffee")
	b.hasNoCall()
	b.code("*12")
	c.nobodyMissed()
}

// pickUpOfTransfer: who may not have a caller who is passed on is refused, and the colleague's phone rings again and has the caller.
func pickUpOfTransfer(t *testing.T, s *site) {
	a, colleague, stranger := s.agent(t, "1013"), s.phone(t, "1004"), s.agent(t, "1003")
	c := s.call(t, didSecond)
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*3"+colleague.id+"#"))
	first := colleague.rings()
	hears(t, s, stranger.picks(colleague.id), "ru/pickup-refused", time.Time{})
	if end, err := first.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the phone that rang: %v %v", end, err)
	}
	second := colleague.rings()
	must(t, second.Answer(within(t, patience)))
	talk(t, second, c, time.Now())
	c.hangUp(queue.OutcomeTransferred)
}

// pickUpRestart: a talk that began with a pickup goes on through a restart of the daemon, and its leg is known as one, with transfer key and codes.
func pickUpRestart(t *testing.T, s *site) {
	a, b := s.agent(t, "1011"), s.agent(t, "1012")
	c := s.call(t, didPickBLF)
	a.rings()
	pick := b.picks(a.id)
	talk(t, pick, c, time.Now())
	s.KillDaemon()
	s.mustStart(t)
	s.ready(t)
	talk(t, pick, c, time.Now())
	begun := time.Now()
	must(t, pick.Transfer(within(t, patience), "5555"))
	talk(t, pick, c, hears(t, s, pick, "ru/transfer-not-done", begun).Add(2*time.Second))
	begun = time.Now()
	must(t, pick.Keys(within(t, patience), "*1"))
	hears(t, s, c.Call, "ru/hold", begun)
	c.hangUp(queue.OutcomeCompletedByCaller)
	_, err := pick.WaitEnd(within(t, patience))
	must(t, err)
	b.free()
}

// secondLine: in a talk the agent calls somebody else on the second line. The caller hangs up; the next one waits until
// that call is over.
func secondLine(t *testing.T, s *site) {
	a, far := s.agent(t, "1013"), s.phone(t, "1004")
	c := s.call(t, didSecond)
	leg := a.answers(c)
	asking, _ := a.consults(leg, far)
	c.hangUp(queue.OutcomeCompletedByCaller)
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	next := s.call(t, didSecond)
	next.hears("ru/all-busy")
	must(t, asking.Hangup(within(t, patience)))
	over := time.Now()
	r := a.rings()
	if came := r.At(phone.InviteReceived); came.Before(over.Add(-time.Second)) {
		t.Errorf("the phone rings %v before its own call is over", over.Sub(came))
	}
	a.take(r, next)
	next.hangUp(queue.OutcomeCompletedByCaller)
}

// answersColleague: the phone rings for a caller, and the agent answers a colleague who rings as well: it ceases to ring, and
// nobody has missed a call.
func answersColleague(t *testing.T, s *site) {
	a, far := s.agent(t, "1014"), s.phone(t, "1005")
	c := s.call(t, didAnswers)
	ring := a.rings()
	_, err := far.Call(within(t, patience), a.id)
	must(t, err)
	other := a.rings()
	must(t, other.Answer(within(t, patience)))
	if end, err := ring.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the caller's call at the phone: %v %v", end, err)
	}
	must(t, other.Hangup(within(t, patience)))
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	c.nobodyMissed()
}

// legMoved: somebody moves the agent's channel elsewhere, as an operator's panel does. The agent talks on there, and gets no call.
func legMoved(t *testing.T, s *site) {
	a, c := s.agent(t, "1015"), s.call(t, didMoved)
	leg := a.answers(c)
	name := strings.Fields(s.cli(t, "core show channels concise"))
	for _, line := range name {
		if channel, _, _ := strings.Cut(line, "!"); strings.HasPrefix(channel, "PJSIP/1015-") {
			s.cli(t, "channel redirect "+channel+" office,away,1")
		}
	}
	c.ended()
	a.await("talks elsewhere", func(a ops.Agent) bool { return a.InUse && a.Call == nil })
	next := s.call(t, didMoved)
	next.hears("ru/all-busy")
	must(t, leg.Hangup(within(t, patience)))
	a.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
}

// logsInElsewhere: an agent whose phone rings logs in at another phone. The phone before ceases to ring, the caller is offered to the
// next agent, and nobody has missed a call. The next caller reaches the agent at the other phone, from where they cannot move in a call.
func logsInElsewhere(t *testing.T, s *site) {
	a, next, other := s.agent(t, "1018"), s.agent(t, "1019"), s.phone(t, "1020")
	c := s.call(t, didElse)
	ring := a.rings()
	other.say("*10"+a.id+"*"+a.id, "ru/logged-in")
	if end, err := ring.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the phone before: %v %v", end, err)
	}
	next.answers(c)
	second := s.call(t, didElse)
	other.answers(second)
	a.say("*10"+a.id+"*"+a.id, "ru/status-refused-in-call")
	for _, c := range []*caller{c, second} {
		c.hangUp(queue.OutcomeCompletedByCaller)
		c.nobodyMissed()
	}
	if n := len(a.Incoming()); n != 1 {
		t.Errorf("%d calls came to the phone before, want the one that it was too late for", n)
	}
}

// earlyHold: a phone says before the answer, or in it, that it does not want to hear (sendonly, inactive). That is not its hold
// key: the talk begins. Its hold key is one afterwards.
func earlyHold(t *testing.T, s *site) {
	a := s.agent(t, "1016")
	a.Behave(phone.Ignore)
	for _, p := range []struct{ early, answer phone.Session }{
		{phone.OwnSession, phone.OwnSession}, {phone.OneWaySession, phone.OwnSession}, {phone.InactiveSession, phone.OwnSession},
		{phone.OneWaySession, phone.OneWaySession}, {phone.InactiveSession, phone.OneWaySession}, {phone.OwnSession, phone.OneWaySession},
	} {
		c := s.call(t, didEarly)
		r := a.rings()
		own := phone.Tone(r.Tone())
		must(t, r.Progress(phone.Silence(), p.early))
		c.hears("ru/welcome")
		r.Send(own)
		must(t, r.AnswerWith(within(t, patience), p.answer))
		c.told(queue.EntryCallAnswered)
		must(t, r.Resume(within(t, patience)))
		begun := talk(t, r, c, time.Now())
		must(t, r.Hold(within(t, patience), phone.SendOnly))
		hears(t, s, c.Call, "ru/hold", begun)
		must(t, r.Resume(within(t, patience)))
		talk(t, r, c, hears(t, s, c.Call, "ru/return", begun))
		c.hangUp(queue.OutcomeCompletedByCaller)
		holds := 0
		for _, e := range s.journal.since(c.mark) {
			if e["number"] == c.number && e.kind() == queue.EntryHoldStarted {
				holds++
			}
		}
		if holds != 1 {
			t.Errorf("%d holds, want the one of the key", holds)
		}
		a.free()
	}
}
