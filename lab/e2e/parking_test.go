package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// An agent parks a caller (*24), and somebody fetches them by the number of the slot.
const (
	didPark     = "+996312900931"
	didParkBack = "+996312900932"
	didParkKill = "+996312900933"
	didParkHid  = "+996312900934"
)

var parkingConfig = "queues:" +
	deskQueue("parks", didPark, "") +
	deskQueue("back", didParkBack, "\n    strategy: linear\n    ring: {timeout: 4s}") +
	deskQueue("parkkill", didParkKill, "") +
	deskQueue("parkhid", didParkHid, "") + `
parking: {time: 20s}
agents:
  "1001": {queues: [parks]}
  "1002": {queues: [parks]}
  "1003": {queues: [back]}
  "1004": {queues: [back]}
  "1005": {queues: [parkkill]}
  "1011": {queues: [parkhid]}
`

func TestParking(t *testing.T) {
	t.Parallel()
	s := open(t, parkingConfig)
	t.Run("fetched", func(t *testing.T) { fetchedFromSlot(t, s) })
	t.Run("comes back", func(t *testing.T) { parkedComesBack(t, s) })
	t.Run("withheld number", func(t *testing.T) { withheldParked(t, s) })
	t.Run("after a restart", func(t *testing.T) { parkedRestart(t, s) })
	s.nothingLeft(t)
	s.noTrouble(t)
}

// parks lets the agent park the caller, and checks what both hear. The agent's line ends, and they are free.
func (a *agent) parks(leg *phone.Call, c *caller, slot string) {
	a.t.Helper()
	begun := time.Now()
	must(a.t, leg.Keys(within(a.t, patience), "*24"))
	hears(a.t, a.s, c.Call, "ru/hold", begun)
	if told := told(a.t, leg, begun); told != "PARKED "+slot+" <*24"+slot+">" {
		a.t.Errorf("the phone of %s shows %q", a.id, told)
	}
	said := hears(a.t, a.s, leg, "ru/parked-"+slot, begun)
	end, err := leg.WaitEnd(within(a.t, patience))
	must(a.t, err)
	if end.By != phone.Far || end.At.Sub(said) < time.Second {
		a.t.Errorf("%s: the line ends by %v, %v after the first word of the slot's number", a.id, end.By, end.At.Sub(said))
	}
	a.free()
}

// told waits until the phone is told in a call of another party, and returns what it shows.
func told(t testing.TB, leg *phone.Call, since time.Time) string {
	t.Helper()
	e, err := leg.WaitSince(within(t, patience), phone.CallerChanged, since)
	must(t, err)
	return e.Text
}

// showsStill: the phone shows who it was told, also when an announcement in the talk is over, after which Asterisk tells
// both who the other one is.
func showsStill(t testing.TB, leg *phone.Call, who string) {
	t.Helper()
	time.Sleep(2 * time.Second)
	if now := leg.Caller().String(); now != who {
		t.Errorf("the phone shows %q in the talk, not %q any more\n%v", now, who, leg.Log())
	}
}

// fetchedFromSlot: a colleague has the caller, and everything that an agent does in a call works. A stranger, and who dials an empty
// slot, hear that it is not to be had.
func fetchedFromSlot(t *testing.T, s *site) {
	a, b, stranger := s.agent(t, "1001"), s.phone(t, "1002"), s.agent(t, "1006")
	c := s.call(t, didPark)
	first := a.answers(c)
	showed := first.Caller().String()
	must(t, first.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", time.Time{})
	must(t, first.Resume(within(t, patience)))
	showsStill(t, first, showed)
	a.parks(first, c, "1")
	stranger.say("*241", "ky/pickup-refused")
	stranger.say("*242", "ky/slot-empty")
	b.say("*241", "ru/pickup-refused") // who is not logged in

	b.code("*101002")
	b.code("*31")
	b.status("coffee")
	begun := time.Now()
	leg := b.dials("*241")
	told := told(t, leg, begun)
	if !regexp.MustCompile(`^RU parks 0:[0-9]{2} <\` + c.number + ">$").MatchString(told) {
		t.Errorf("the phone of who fetches the caller shows %q", told)
	}
	talk(t, leg, c, begun)
	begun = time.Now()
	must(t, leg.Transfer(within(t, patience), "5555"))
	if code, err := leg.TransferResult(within(t, patience)); err != nil || code < 400 {
		t.Errorf("the phone is told %d, %v", code, err)
	}
	hears(t, s, leg, "ru/transfer-not-done", begun)
	showsStill(t, leg, told)
	begun = time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", begun))
	showsStill(t, leg, told)
	must(t, leg.Hangup(within(t, patience)))
	c.ended()
	c.outcome(queue.OutcomeCompletedByAgent)
	c.heardLast("ru/closing")
	b.status("coffee")
}

// withheldParked: a caller who withholds their number is parked by a phone that knows no UPDATE and holds by its key: it hears nothing
// of the slot and shows it. Who fetches the caller sees the name alone.
func withheldParked(t *testing.T, s *site) {
	a := s.agent(t, "1011", func(c *phone.Config) { c.NoUpdate = true })
	c := s.dial(t, phone.CallerID{Number: number(), Withheld: true}, didParkHid)
	leg := a.rings()
	must(t, leg.Answer(within(t, patience)))
	begun := talk(t, leg, c, time.Time{})
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, leg.Keys(within(t, patience), "*24"))
	if told := told(t, leg, begun); told != "PARKED 1 <*241>" {
		t.Errorf("the phone shows %q", told)
	}
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	begun = time.Now()
	leg = a.dials("*241")
	told := told(t, leg, begun)
	if !strings.HasPrefix(told, "RU parkhid 0:") || strings.Contains(told, c.number) {
		t.Errorf("the phone of who fetches the caller shows %q", told)
	}
	talk(t, leg, c, begun)
	showsStill(t, leg, told)
	must(t, leg.Hangup(within(t, patience)))
	c.ended()
}

// parkedComesBack: nobody fetches the caller. The agent who parked them is rung, and does not answer; then another one is.
func parkedComesBack(t *testing.T, s *site) {
	a, b := s.agent(t, "1004"), s.phone(t, "1003") // who is rung first for other calls
	c := s.call(t, didParkBack)
	leg := a.answers(c)
	a.parks(leg, c, "1")
	parked := c.told(queue.EntryHoldStarted).at(t)
	b.code("*101003")
	b.free()
	r := a.rings()
	if took := r.At(phone.InviteReceived).Sub(parked); took < 19*time.Second || took > 22*time.Second+watch().longest(parked) {
		t.Errorf("the phone rings %v after the parking", took)
	}
	if name := r.Caller().Name; name != "PARKED 1 RU back 0:00 *" || r.Caller().Number != c.number {
		t.Errorf("the phone of who parked the caller shows %v", r.Caller())
	}
	c.hears("ru/hold-requeue")
	_, err := r.WaitEnd(within(t, patience))
	must(t, err)
	r = b.rings()
	shows(t, r, "ru", "back")
	b.take(r, c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	if end := c.told(queue.EntryHoldEnded); end["hold_end"] != string(queue.HoldEndRequeued) {
		t.Errorf("the parking ended: %v", end)
	}
}

// parkedRestart: the daemon is killed while a caller is parked; the agent who parked them fetches them back after it. The phone
// that dials while there is no daemon hears that it does not work.
func parkedRestart(t *testing.T, s *site) {
	a := s.agent(t, "1005")
	c := s.call(t, didParkKill)
	a.parks(a.answers(c), c, "1")
	s.KillDaemon()
	a.say("*241", "ky/service-unavailable", "ru/service-unavailable")
	s.mustStart(t)
	s.ready(t)
	begun := time.Now()
	leg := a.dials("*241")
	talk(t, leg, c, begun)
	s.KillDaemon()
	s.mustStart(t)
	s.ready(t)
	talk(t, leg, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	a.free()
}
