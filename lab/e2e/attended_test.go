package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// An agent asks somebody in another call of their phone, and joins the two by the phone's own keys.
const (
	didJoins    = "+996312900881"
	didJoinFail = "+996312900882"
	didRingsOn  = "+996312900894"
)

var attendedConfig = "queues:" +
	deskQueue("joins", didJoins, "") +
	deskQueue("fails", didJoinFail, "") +
	deskQueue("rings", didRingsOn, "") + `
agents:
  "1011": {queues: [joins], speech: ru}
  "1012": {queues: [fails], speech: ru}
  "1013": {queues: [rings], speech: ru}
transfer: {extensions: ["^1008$"], ring: 5s}
`

// office is what the exchange gives its phones beside Kezek's codes.
const office = `[office]
exten => _10XX,1,Dial(PJSIP/${EXTEN},20)
 same => n,Hangup(${HANGUPCAUSE})
include => kezek-agents

#include "kezek-extensions.conf"`

func TestAttendedTransfer(t *testing.T) {
	t.Parallel()
	s := prepare(t, attendedConfig)
	s.edit(t, "extensions.conf", "dialplan reload", `#include "kezek-extensions.conf"`, office)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office")
	s.mustStart(t)
	t.Run("joins", func(t *testing.T) { joins(t, s) })
	t.Run("rings on", func(t *testing.T) { ringsOn(t, s) })
	t.Run("fails", func(t *testing.T) { joiningFails(t, s) }) // it changes the dialplan
	s.nothingLeft(t)
	s.noTrouble(t)
}

// consults lets an agent hold their caller and ask another phone, which answers.
func (a *agent) consults(leg *phone.Call, far *agent) (asking, answered *phone.Call) {
	a.t.Helper()
	must(a.t, leg.Hold(within(a.t, patience), phone.SendOnly))
	asking, err := a.Call(within(a.t, patience), far.id)
	must(a.t, err)
	answered = far.rings()
	must(a.t, answered.Answer(within(a.t, patience)))
	must(a.t, asking.WaitAnswer(within(a.t, patience)))
	_, err = answered.WaitTone(within(a.t, patience), asking.Tone(), time.Time{})
	must(a.t, err)
	return asking, answered
}

// transferred checks what the phone is told of the transfer that its key asked for.
func transferred(t testing.TB, leg *phone.Call, want bool) {
	t.Helper()
	if code, err := leg.TransferResult(within(t, patience)); err != nil || (code == 200) != want {
		t.Errorf("the phone is told %d, %v; want success: %v", code, err, want)
	}
}

// joins: caller and colleague talk, the agent gets their next call, and the record tells it.
func joins(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1011"), s.phone(t, "1006"), s.call(t, didJoins)
	join := func(c *caller, holdsBoth, inOther bool) *phone.Call {
		leg := a.answers(c)
		asking, answered := a.consults(leg, far)
		if holdsBoth { // as some phones do when the key is pressed
			must(t, asking.Hold(within(t, patience), phone.SendOnly))
		}
		joinCalls(t, leg, asking, inOther)
		talk(t, answered, c, time.Now())
		for _, line := range []*phone.Call{leg, asking} {
			_, err := line.WaitEnd(within(t, patience))
			must(t, err)
		}
		a.free()
		return answered
	}
	answered := join(c, false, false)
	must(t, answered.Hangup(within(t, patience)))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "attended 1006 transferred")
	c.heardLast("ru/closing")

	c = s.call(t, didJoins)
	answered = join(c, false, true)
	must(t, answered.Hangup(within(t, patience)))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "attended 1006 transferred")

	c = s.call(t, didJoins)
	answered = join(c, true, false)
	next := s.call(t, didJoins)
	a.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
	c.hangUp(queue.OutcomeTransferred)
	_, err := answered.WaitEnd(within(t, patience))
	must(t, err)
}

// ringsOn: the transfer key while the colleague's phone still rings. It rings on
// for the caller, who is back with their agent if nobody answers.
func ringsOn(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1013"), s.phone(t, "1008"), s.call(t, didRingsOn)
	leg := a.answers(c)
	asks := func() (asking, ring *phone.Call) {
		t.Helper()
		far.Behave(phone.Ring)
		must(t, leg.Hold(within(t, patience), phone.SendOnly))
		asking, err := a.Call(within(t, patience), far.id)
		must(t, err)
		first := far.rings()
		_, err = asking.Wait(within(t, patience), phone.RingingReceived)
		must(t, err)
		must(t, leg.TransferTo(within(t, patience), asking))
		_, err = first.WaitEnd(within(t, patience))
		must(t, err)
		ring = far.rings()
		if name := ring.Caller().Name; !strings.HasPrefix(name, "TRANSFER RU rings") {
			t.Errorf("the colleague's phone shows %q", name)
		}
		_, err = asking.WaitEnd(within(t, patience))
		must(t, err)
		return asking, ring
	}
	begun := time.Now()
	asks()
	transferred(t, leg, false)
	failed := hears(t, s, c.Call, "ru/transfer-failed", begun)
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", failed))

	_, ring := asks()
	must(t, ring.Answer(within(t, patience)))
	transferred(t, leg, true)
	talk(t, ring, c, time.Now())
	must(t, ring.Hangup(within(t, patience)))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "blind 1008 no_answer", "blind 1008 transferred")
	a.free()
}

// joiningFails: the colleague has gone, or the other call is one of Kezek's. The agent has their caller again.
func joiningFails(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1012"), s.phone(t, "1007"), s.call(t, didJoinFail)
	leg := a.answers(c)
	back := func(since time.Time) {
		t.Helper()
		must(t, leg.Resume(within(t, patience)))
		talk(t, leg, c, hears(t, s, c.Call, "ru/return", since))
	}

	// Another call of Kezek's has rules of its own.
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	c.hears("ru/hold")
	other := a.dials("*13")
	begun := time.Now()
	must(t, leg.TransferTo(within(t, patience), other))
	transferred(t, leg, false)
	back(begun)
	must(t, other.Hangup(within(t, patience)))

	// They have gone while the exchange is asked for them.
	asking, answered := a.consults(leg, far)
	s.edit(t, "kezek-extensions.conf", "dialplan reload", "Bridge(${KEZEK_PARTY},x)", "Bridge(PJSIP/gone,x)")
	begun = time.Now()
	must(t, leg.TransferTo(within(t, patience), asking))
	transferred(t, leg, false)
	failed := hears(t, s, c.Call, "ru/transfer-failed", begun)
	must(t, asking.Hangup(within(t, patience)))
	_, err := answered.WaitEnd(within(t, patience))
	must(t, err)
	back(failed)
	must(t, c.Hangup(within(t, patience)))
	c.transfers(c.outcome(queue.OutcomeCompletedByCaller), "blind *13 unknown_extension", "attended 1007 failed")
	a.free()
}
