package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// An agent with a desk phone and a softphone: both are registered at one endpoint, and both ring.
const (
	didDeviceTakes    = "+996312900921"
	didDeviceDeclines = "+996312900922"
	didDeviceFails    = "+996312900923"
	didDeviceSilent   = "+996312900924"
	didDeviceTransfer = "+996312900925"
	didDeviceKill     = "+996312900926"
)

var devicesConfig = "queues:" +
	deskQueue("takes", didDeviceTakes, "") +
	deskQueue("declines", didDeviceDeclines, "\n    strategy: linear") +
	deskQueue("fails", didDeviceFails, "\n    ring: {broken: 1s}") +
	deskQueue("silent", didDeviceSilent, "\n    ring: {timeout: 3s, rest: 30s}") +
	deskQueue("passes", didDeviceTransfer, "") +
	deskQueue("kill", didDeviceKill, "\n    ring: {timeout: 30s}") + `
agents:
  "1001": {queues: [takes]}
  "1002": {queues: [declines]}
  "1003": {queues: [declines]}
  "1004": {queues: [fails]}
  "1005": {queues: [silent]}
  "1018": {queues: [passes], speech: ru}
  "1019": {queues: [kill], speech: ru}
transfer: {extensions: ["^1020$"]}
`

func TestDevices(t *testing.T) {
	t.Parallel()
	s := prepare(t, devicesConfig)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "max_contacts = 1", "max_contacts = 3")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"second takes":   secondTakes,
		"one declines":   oneDeclines,
		"one fails":      oneFails,
		"none takes":     noneTakes,
		"third party":    thirdPartyTakes,
		"comes and goes": deviceComesAndGoes,
	})
	t.Run("after a restart", func(t *testing.T) { devicesRestart(t, s) })
	s.nothingLeft(t)
	s.noTrouble(t)
}

// another is a further device of the agent's.
func (a *agent) another() *agent {
	a.t.Helper()
	before := contacts(a)
	b := a.s.phone(a.t, a.id)
	b.reaches(before + 1)
	return b
}

// contacts counts the devices that Asterisk can reach.
func contacts(a *agent) int {
	return strings.Count(a.s.cli(a.t, "pjsip show aor "+a.id), " Avail ")
}

// reaches waits until Asterisk can reach so many devices, and has told so.
func (a *agent) reaches(n int) {
	a.t.Helper()
	for deadline := time.Now().Add(patience); contacts(a) != n; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			a.t.Fatalf("not %d devices of %s: %s", n, a.id, a.s.cli(a.t, "pjsip show aor "+a.id))
		}
	}
	time.Sleep(200 * time.Millisecond) // the event of it has nothing to be waited for by
}

// stopsRinging waits until a device has been told that the call was taken or declined at another.
func stopsRinging(t *testing.T, r *phone.Call) {
	t.Helper()
	end, err := r.WaitEnd(within(t, patience))
	if err != nil || end.By != phone.Far || !strings.Contains(end.Reason, "cause=200") {
		t.Errorf("the other device: %v %v, want the call answered elsewhere", end, err)
	}
}

// secondTakes: the second device takes the call, and everything that an agent does in a call works there.
func secondTakes(t *testing.T, s *site) {
	a := s.agent(t, "1001")
	b := a.another()
	c := s.call(t, didDeviceTakes)
	first, leg := a.rings(), b.rings()
	b.take(leg, c)
	stopsRinging(t, first)

	begun := time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", begun))
	s.holdsByCode(t, leg, c)
	begun = time.Now()
	must(t, leg.Transfer(within(t, patience), "5555"))
	talk(t, leg, c, hears(t, s, leg, "ru/transfer-not-done", begun).Add(2*time.Second))
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	// The first takes the next one.
	next := s.call(t, didDeviceTakes)
	first, leg = a.rings(), b.rings()
	a.take(first, next)
	stopsRinging(t, leg)
	next.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	for _, e := range s.journal.since(c.mark) {
		if e.kind() == queue.EntryCallMissed && e["agent"] == a.id {
			t.Errorf("somebody is charged: %v", e)
		}
	}
}

// oneDeclines: who declines at one device declines the call.
func oneDeclines(t *testing.T, s *site) {
	a, other := s.agent(t, "1002"), s.agent(t, "1003")
	b := a.another()
	c := s.call(t, didDeviceDeclines)
	first, second := a.rings(), b.rings()
	must(t, second.Decline(603))
	stopsRinging(t, first)
	if e := c.told(queue.EntryCallMissed); e["agent"] != a.id || e["cause"] != string(queue.CauseDeclined) {
		t.Errorf("missed: %v", e)
	}
	other.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// oneFails: a device that cannot take calls keeps nobody from the other, and is no fault of the phone.
func oneFails(t *testing.T, s *site) {
	a := s.agent(t, "1004")
	b := a.another()
	a.Behave(phone.Refuse(503))
	c := s.call(t, didDeviceFails)
	a.rings()
	b.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
	for _, e := range s.journal.since(c.mark) {
		if e["agent"] == a.id && (e.kind() == queue.EntryCallMissed || e.kind() == queue.EntryAgentPhone) {
			t.Errorf("the other device has taken the call: %v", e)
		}
	}
	a.Behave(phone.Refuse(488))
	b.Behave(phone.Refuse(488))
	next := s.call(t, didDeviceFails)
	a.rings()
	b.rings()
	a.broken(next.mark, queue.CauseNoCodec)
	next.hangUp(queue.OutcomeAbandoned)
}

// noneTakes: a call is missed once, when none of the devices has answered.
func noneTakes(t *testing.T, s *site) {
	a := s.agent(t, "1005")
	b := a.another()
	c := s.call(t, didDeviceSilent)
	for _, r := range []*phone.Call{a.rings(), b.rings()} {
		if end, err := r.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far || strings.Contains(end.Reason, "cause=200") {
			t.Errorf("a device that was not answered: %v %v", end, err)
		}
	}
	c.told(queue.EntryCallMissed)
	c.hangUp(queue.OutcomeAbandoned)
	missed := 0
	for _, e := range s.journal.since(c.mark) {
		if e.kind() == queue.EntryCallMissed && e["agent"] == a.id {
			missed++
		}
	}
	if missed != 1 {
		t.Errorf("missed %d times", missed)
	}
}

// thirdPartyTakes: a colleague to whom a caller is passed on has two devices, too.
func thirdPartyTakes(t *testing.T, s *site) {
	a, far := s.agent(t, "1018"), s.phone(t, "1020")
	b := far.another()
	c := s.call(t, didDeviceTransfer)
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*31020#"))
	first, r := far.rings(), b.rings()
	must(t, r.Answer(within(t, patience)))
	stopsRinging(t, first)
	talk(t, r, c, r.At(phone.AnswerSent))
	c.hangUp(queue.OutcomeTransferred)
}

// deviceComesAndGoes: a device that has left rings no more, and one that vanished without a word is none.
func deviceComesAndGoes(t *testing.T, s *site) {
	a := s.agent(t, "1006")
	b, gone := a.another(), a.another()
	must(t, b.Unregister(within(t, patience)))
	gone.Vanish()
	a.reaches(1)
	a.await("is reached by one device", func(got ops.Agent) bool { return got.Reachable })
	c := s.callFrom(t, number(), "+996312900800")
	r := a.rings()
	must(t, r.Answer(within(t, patience)))
	talk(t, r, c, r.At(phone.AnswerSent))
	c.hangUp(queue.OutcomeCompletedByCaller)
	if n := len(b.Incoming()); n > 0 {
		t.Errorf("%d calls came to a device that has left", n)
	}
}

// devicesRestart: the daemon is killed while both devices ring. The second answers meanwhile: when the daemon is back the caller talks with
// it, and the first is silent. The talk goes on through another restart, and its keys are an agent's.
func devicesRestart(t *testing.T, s *site) {
	a := s.agent(t, "1019")
	b := a.another()
	c := s.call(t, didDeviceKill)
	first, leg := a.rings(), b.rings()
	s.KillDaemon()
	must(t, leg.Answer(within(t, patience)))
	s.mustStart(t)
	talk(t, leg, c, leg.At(phone.AnswerSent))
	stopsRinging(t, first)
	s.KillDaemon()
	s.mustStart(t)
	s.ready(t)
	talk(t, leg, c, time.Now())
	s.holdsByCode(t, leg, c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	// It rings through a restart, and is answered after it.
	c = s.call(t, didDeviceKill)
	first, leg = a.rings(), b.rings()
	s.KillDaemon()
	s.mustStart(t)
	s.ready(t)
	b.take(leg, c)
	stopsRinging(t, first)
	c.hangUp(queue.OutcomeCompletedByCaller)
}
