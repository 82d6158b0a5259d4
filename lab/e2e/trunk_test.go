package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// What a trunk lets us hear before the answer, and its own faults.
const (
	didEarlyMedia = "+996312900910"
	didTrunk      = "+996312900911"
)

const trunkConfig = `
trunk: {dial: "PJSIP/{number}@carrier", caller_id: "+996312900800", allow: ["^\\+996[0-9]{9}$"]}
queues:
  early: {did: ["` + didEarlyMedia + `"], default_language: ru, wrapup: 0s, callback: {attempts: 3, retry_after: 10s, ring: 8s, instant: 5ms}}
  trunk: {did: ["` + didTrunk + `"], default_language: ru, wrapup: 0s, callback: {attempts: 1, retry_after: 10s, ring: 5s, instant: 50ms}}
agents:
  "1011": {queues: [early], speech: ru}
  "1012": {queues: [trunk], speech: ru}
`

// announcement is what the carrier plays before it refuses a call.
const announcement = 1700

// TestEarlyMedia: the agent hears what comes over the trunk before the answer, and our ringing tone only until then.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, trunkConfig)
	a := s.agent(t, "1011")
	t.Run("switched off", func(t *testing.T) {
		c := s.client(t, phone.Ignore)
		ring := takes(t, a, c, "early")
		call := c.isCalled()
		hearsEarly(t, ring, call, time.Time{})
		must(t, call.Decline(480))
		c.isNotReached(queue.CauseNoAnswer)
		hears(t, s.site, ring, "ru/client-no-answer", time.Time{})
		endedByExchange(t, ring)
		a.free()
		c.isCancelled()
	})
	t.Run("answered", func(t *testing.T) {
		c := s.client(t, phone.Ring)
		ring := takes(t, a, c, "early")
		call := c.isCalled()
		own := phone.Tone(call.Tone())
		must(t, call.Progress(phone.Tone(announcement), phone.OwnSession))
		_, err := ring.WaitTone(within(t, patience), announcement, time.Time{})
		must(t, err)
		call.Send(own)
		must(t, call.Answer(within(t, patience)))
		answered := time.Now().Add(500 * time.Millisecond)
		greeted := hears(t, s.site, call, "ru/callback-greeting", time.Time{})
		neverHears(t, "the client, in the greeting,", call, answered, greeted.Add(time.Second), ring.Tone())
		c.talks(ring, call)
		a.free()
	})
	t.Run("rings out", func(t *testing.T) {
		c := s.client(t, phone.Ignore)
		ring := takes(t, a, c, "early")
		call := c.isCalled()
		must(t, call.Progress(phone.Tone(announcement), phone.OwnSession))
		c.isNotReached(queue.CauseNoAnswer) // it was no fault of the trunk
		endedByExchange(t, call)
		endedByExchange(t, ring)
		a.free()
		c.isCancelled()
	})
	t.Run("the agent gives up", func(t *testing.T) {
		c := s.client(t, phone.Ignore)
		ring := takes(t, a, c, "early")
		call := c.isCalled()
		must(t, call.Progress(phone.Tone(announcement), phone.OwnSession))
		_, err := ring.WaitTone(within(t, patience), announcement, time.Time{})
		must(t, err)
		must(t, ring.Hangup(within(t, patience)))
		endedByExchange(t, call)
		c.violated(string(queue.ViolationHungUp), 1)
		c.isCancelled()
		a.free()
	})
	t.Run("third party", func(t *testing.T) { earlyThirdParty(t, s, a) })
	t.Run("after a restart", func(t *testing.T) { earlyAfterRestart(t, s, a) })
	s.check(t)
}

// earlyThirdParty: the agent consults, or transfers to, somebody outside and hears the announcement; the caller does not.
func earlyThirdParty(t *testing.T, s *callbackSite, a *agent) {
	a.t = t
	c := s.call(t, didEarlyMedia)
	c.press("2")
	leg := a.answers(c)
	for _, code := range []string{"*4", "*3"} {
		begun := time.Now()
		call := s.asksOutside(t, leg, code)
		heard := hearsEarly(t, leg, call, begun)
		must(t, call.Decline(480))
		hears(t, s.site, leg, "ru/transfer-not-done", heard)
		talk(t, leg, c, heard)
		neverHears(t, "the caller", c.Call, begun, time.Now(), announcement)
	}
	call := s.asksOutside(t, leg, "*3")
	own := phone.Tone(call.Tone())
	hearsEarly(t, leg, call, call.At(phone.InviteReceived))
	call.Send(own)
	answered := time.Now()
	must(t, call.Answer(within(t, patience)))
	converse(t, call, c.Call, answered)
	endedByExchange(t, leg)
	a.free()
	must(t, c.Hangup(within(t, patience)))
	c.outcome(queue.OutcomeTransferred)
	endedByExchange(t, call)
}

// earlyAfterRestart: the daemon is killed while a client, or a third party, is called, and hears what comes after it.
func earlyAfterRestart(t *testing.T, s *callbackSite, a *agent) {
	restart := func() {
		s.KillDaemon()
		s.mustStart(t)
		s.ready(t)
	}
	client := s.client(t, phone.Ring)
	ring := takes(t, a, client, "early")
	call := client.isCalled()
	_, err := call.Wait(within(t, patience), phone.RingingSent)
	must(t, err)
	restart()
	hearsEarly(t, ring, call, time.Now())
	must(t, ring.Hangup(within(t, patience)))
	endedByExchange(t, call)
	client.isCancelled()
	a.free()

	c := s.call(t, didEarlyMedia)
	c.press("2")
	leg := a.answers(c)
	call = s.asksOutside(t, leg, "*4")
	restart()
	heard := hearsEarly(t, leg, call, time.Now())
	must(t, leg.Keys(within(t, patience), "*1"))
	endedByExchange(t, call)
	talk(t, leg, c, heard)
	c.hangUp(queue.OutcomeCompletedByCaller)
	endedByExchange(t, leg)
	a.free()
}

// asksOutside lets the agent call somebody outside, whose phone rings.
func (s *callbackSite) asksOutside(t *testing.T, leg *phone.Call, code string) *phone.Call {
	t.Helper()
	far := s.client(t, phone.Ring)
	must(t, leg.Keys(within(t, patience), code+strings.Replace(far.number, "+996", "0", 1)+"#"))
	call := far.isCalled()
	_, err := call.Wait(within(t, patience), phone.RingingSent)
	must(t, err)
	return call
}

// hearsEarly lets the carrier play the announcement before the answer, and waits until the agent hears it alone.
func hearsEarly(t *testing.T, leg, call *phone.Call, since time.Time) (heard time.Time) {
	t.Helper()
	must(t, call.Progress(phone.Tone(announcement), phone.OwnSession))
	heard, err := leg.WaitTone(within(t, patience), announcement, since)
	must(t, err)
	if late := heard.Sub(call.At(phone.ProgressSent)); late > 2*time.Second+watch().longest(since) {
		t.Errorf("the agent hears it only after %v", late)
	}
	hearsAlone(t, leg, announcement, heard)
	return heard
}

// takes lets an agent take the callback that a client is promised now.
func takes(t *testing.T, a *agent, c *client, queue string) *phone.Call {
	t.Helper()
	a.t = t
	c.isPromised(queue)
	ring := a.ringsBack(c)
	must(t, ring.Answer(within(t, patience)))
	return ring
}

// isCancelled lets a supervisor cancel the callback.
func (c *client) isCancelled() {
	c.t.Helper()
	if out, errs, code := c.s.kezek(c.t, "callback", "cancel", c.callback().ID, "--reason", "done"); code != 0 {
		c.t.Fatalf("callback cancel: %d %s%s", code, out, errs)
	}
}

// TestTrunkFaults: a trunk that refuses, is not there or says nothing at all uses up no attempt of a callback that has only one. It
// is told once, also over a restart of the daemon, and is up again with the first call that it connects: then all are called.
func TestTrunkFaults(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, trunkConfig)
	a := s.agent(t, "1012")
	mark := s.journal.mark()
	deaf, err := net.ListenPacket("udp4", net.JoinHostPort(s.CarrierHost, "0"))
	must(t, err)
	defer deaf.Close()
	away := "\ncontact = sip:"

	refused := s.client(t, phone.Refuse(503), answers)
	ring := takes(t, a, refused, "trunk")
	refused.isCalled()
	refused.isPutOff(ring)
	a.free()
	s.trunkIs(t, mark, 0)

	// A restart forgets nothing.
	s.KillDaemon()
	s.ready(t)
	s.trunkIs(t, mark, 0)

	unheard := s.client(t, answers)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", away+s.CarrierAddr, away+deaf.LocalAddr().String())
	begun := time.Now()
	unheard.isPutOff(takes(t, a, unheard, "trunk"))
	if took := time.Since(begun); took > 31*time.Second {
		t.Errorf("it was Asterisk that gave up, after %v", took)
	}
	a.free()

	nowhere := s.client(t, answers)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", away+deaf.LocalAddr().String(), "")
	nowhere.isPutOff(takes(t, a, nowhere, "trunk"))
	a.free()
	s.trunkIs(t, mark, 0)

	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "[carrier]\ntype = aor", "[carrier]\ntype = aor"+away+s.CarrierAddr)
	for range 3 {
		ring := a.rings()
		for _, c := range []*client{refused, unheard, nowhere} {
			if c.number == ring.Caller().Number {
				c.isServed(ring)
			}
		}
	}
	s.trunkIs(t, mark, 1)
	for _, c := range []*client{refused, unheard, nowhere} {
		if n := c.tells(queue.EntryCallbackAttempt, ""); n != 0 {
			t.Errorf("%d attempts of %s failed", n, c.number)
		}
	}
	s.check(t)
}

// isPutOff: the agent hears that the client was not reached, and the callback has used up no attempt.
func (c *client) isPutOff(ring *phone.Call) {
	c.t.Helper()
	hears(c.t, c.s.site, ring, "ru/client-unreached", time.Time{})
	endedByExchange(c.t, ring)
	cb := c.callback()
	if cb == nil || cb.State != queue.CallbackOpen || cb.Attempts != 0 || cb.PutOff == nil || *cb.PutOff != queue.RefusalTrunkDown {
		c.t.Fatalf("it is not put off by the trunk: %+v", cb)
	}
}

// trunkIs waits for the metric of the trunk. Since the mark it was told once that it is down, and once that it is up if it is.
func (s *site) trunkIs(t *testing.T, mark int, up float64) {
	t.Helper()
	eventually(t, "the trunk", func() error {
		down, back := 0, 0
		for _, e := range s.journal.since(mark) {
			switch e.kind() {
			case queue.EntryTrunkDown:
				down++
			case queue.EntryTrunkUp:
				back++
			}
		}
		if is := s.metric(t, "kezek_trunk_up"); is != up || down != 1 || back != int(up) {
			return fmt.Errorf("kezek_trunk_up %v, told %d times that it is down, %d that it is up", is, down, back)
		}
		return nil
	})
}
