package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// How a leg ended, and who ended it: the phone's own answers are its agent's, a phone that does not work is told, Asterisk's end is
// nobody's.
const (
	didForward     = "+996312900901"
	didNoCodec     = "+996312900902"
	didBrief       = "+996312900903"
	didHandsOff    = "+996312900904"
	didFarDeclines = "+996312900905"
	didLost        = "+996312900906"
)

var endsConfig = "queues:" +
	deskQueue("forward", didForward, "\n    strategy: linear\n    ring: {rest: 1s, pause_after: 2}") +
	deskQueue("mute", didNoCodec, "\n    strategy: linear\n    ring: {broken: 1s}") +
	deskQueue("brief", didBrief, "\n    strategy: linear\n    ring: {broken: 1s}") +
	deskQueue("handsoff", didHandsOff, "\n    ring: {broken: 1s}") +
	deskQueue("declined", didFarDeclines, "\n    ring: {broken: 1s}") + `
agents:
  "1001": {queues: [forward]}
  "1002": {queues: [mute]}
  "1003": {queues: [mute]}
  "1004": {queues: [brief]}
  "1005": {queues: [brief]}
  "1011": {queues: [handsoff], speech: ru}
  "1012": {queues: [declined], speech: ru}
transfer: {extensions: ["^1008$"], ring: 5s}
`

func TestWhoEndedIt(t *testing.T) {
	t.Parallel()
	s := open(t, endsConfig)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"forwarded":                      forwarded,
		"answers what cannot be used":    answersInVain,
		"hangs up when it answers":       hangsUpAtOnce,
		"hangs up on a failed transfer":  hangsUpOnFailure,
		"declined, and hangs up on that": hangsUpOnDecline,
	})
}

// broken waits until it is told that the agent's phone does not work, and why.
func (a *agent) broken(mark int, why queue.Cause) {
	a.t.Helper()
	a.s.journal.await(a.t, mark, "phone of "+a.id+": "+string(why), func(e entry) bool {
		return e.kind() == queue.EntryAgentPhone && e["agent"] == a.id && e["cause"] == string(why) && e["phone_change"] == string(queue.PhoneBroken)
	})
	a.await("is shown as broken", func(got ops.Agent) bool { return got.PhoneFault != nil && *got.PhoneFault == why })
	if table, _, _ := a.s.kezek(a.t, "agents"); !strings.Contains(table, "BROKEN: "+why.Words()) {
		a.t.Errorf("kezek agents does not say %q:\n%s", why.Words(), table)
	}
}

// forwarded: a phone that sends its calls elsewhere has refused them, as one that is busy.
func forwarded(t *testing.T, s *site) {
	a := s.agent(t, "1001")
	a.Behave(phone.Refuse(302))
	c := s.call(t, didForward)
	for range 2 {
		a.rings()
	}
	if e := c.told(queue.EntryCallMissed); e["cause"] != string(queue.CauseForwarded) {
		t.Errorf("missed: %v", e)
	}
	a.status(queue.StatusMissed)
	c.hangUp(queue.OutcomeAbandoned)
}

// answersInVain: a phone answers without a session. Its caller goes to the next agent, and hears no closing phrase.
func answersInVain(t *testing.T, s *site) {
	bad, good := s.agent(t, "1002"), s.agent(t, "1003")
	c := s.call(t, didNoCodec)
	_ = bad.rings().AnswerWith(within(t, patience), phone.NoSession) // Asterisk ends it at once
	bad.broken(c.mark, queue.CauseNoCodec)
	r := good.answers(c)
	shows(t, r, "ru", "mute")
	c.hangUp(queue.OutcomeCompletedByCaller)
	for _, p := range c.heard().Of("prompt") {
		if p.Name == "ru/closing" {
			t.Errorf("the caller was sent away: %s", c.heard())
		}
	}
}

// hangsUpAtOnce: a phone answers and hangs up within 150 ms. It works again after a talk.
func hangsUpAtOnce(t *testing.T, s *site) {
	bad, good := s.agent(t, "1004"), s.agent(t, "1005")
	c := s.call(t, didBrief)
	r := bad.rings()
	must(t, r.Answer(within(t, patience)))
	time.Sleep(150 * time.Millisecond)
	must(t, r.Hangup(within(t, patience)))
	bad.broken(c.mark, queue.CauseBroken)
	good.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	good.free()
	bad.free()
	next := s.call(t, didBrief)
	r = bad.answers(next)
	time.Sleep(1100 * time.Millisecond)
	must(t, r.Hangup(within(t, patience)))
	next.outcome(queue.OutcomeCompletedByAgent)
	bad.await("works again", func(got ops.Agent) bool { return got.PhoneFault == nil })
}

// hangsUpOnFailure: the transfer key with a number that is not allowed; the phone is told so, and hangs up at once, as baresip does.
func hangsUpOnFailure(t *testing.T, s *site) {
	a := s.agent(t, "1011")
	c := s.call(t, didHandsOff)
	r := a.answers(c)
	time.Sleep(1100 * time.Millisecond)
	must(t, r.Transfer(within(t, patience), "9999"))
	transferred(t, r, false)
	must(t, r.Hangup(within(t, patience)))
	if e := c.told(queue.EntryCallRequeued); e["cause"] != string(queue.CauseTransferFailed) {
		t.Errorf("back in line: %v", e)
	}
	c.hears("ru/transfer-failed")
	r = a.answers(c)
	if name := r.Caller().Name; !strings.HasSuffix(name, " *") {
		t.Errorf("the phone shows %q, and not that the caller was served before", name)
	}
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// hangsUpOnDecline: the same when the colleague declines.
func hangsUpOnDecline(t *testing.T, s *site) {
	a, far := s.agent(t, "1012"), s.phone(t, "1008")
	far.Behave(phone.Refuse(603))
	c := s.call(t, didFarDeclines)
	r := a.answers(c)
	time.Sleep(1100 * time.Millisecond)
	must(t, r.Transfer(within(t, patience), "1008"))
	transferred(t, r, false)
	must(t, r.Hangup(within(t, patience)))
	c.told(queue.EntryCallRequeued)
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// TestAsteriskStops with a waiting, a talking and a held caller: nobody hung up, and the records say so.
func TestAsteriskStops(t *testing.T) {
	t.Parallel()
	s := open(t, "queues:"+deskQueue("lost", didLost, "\n    strategy: linear")+`
agents:
  "1011": {queues: [lost], speech: ru}
  "1012": {queues: [lost], speech: ru}
`)
	first, second := s.agent(t, "1011"), s.agent(t, "1012")
	held := s.call(t, didLost)
	leg := first.answers(held)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	held.told(queue.EntryHoldStarted)
	talking := s.call(t, didLost)
	second.answers(talking)
	waiting := s.call(t, didLost)
	waiting.told(queue.EntryCallEntered)
	s.cli(t, "core restart now")
	for _, c := range []*caller{held, talking, waiting} {
		c.outcome(queue.OutcomeLost)
	}
	if e := held.told(queue.EntryHoldEnded); e["hold_end"] != string(queue.HoldEndLost) {
		t.Errorf("the hold: %v", e)
	}
	if table, _, _ := s.kezek(t, "agents"); strings.Contains(table, "BROKEN") {
		t.Errorf("phones are blamed:\n%s", table)
	}
}
