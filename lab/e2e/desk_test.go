package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// What agents do in a call by the keys of their phones.
const (
	didRude    = "+996312900861"
	didUnheard = "+996312900862"
	didUnwell  = "+996312900863"
	didMute    = "+996312900893"
	didRefer   = "+996312900869"
	didReplace = "+996312900870"
)

var deskConfig = "queues:" +
	deskQueue("rude", didRude, "\n    whisper: true") +
	deskQueue("unheard", didUnheard, "") +
	deskQueue("mute", didMute, "\n    not_heard_after: 5s") +
	deskQueue("unwell", didUnwell, "") +
	deskQueue("refer", didRefer, "") +
	deskQueue("replace", didReplace, "") + `
agents:
  "1001": {queues: [rude]}
  "1002": {queues: [unheard]}
  "1003": {queues: [unwell]}
  "1005": {queues: [mute]}
  "1004": {queues: [unwell]}
  "1018": {queues: [refer], speech: ru}
  "1020": {queues: [replace], speech: ru}
transfer: {extensions: ["^101[69]$"]}
`

func TestDesk(t *testing.T) {
	t.Parallel()
	s := open(t, deskConfig)
	for name, test := range map[string]func(*testing.T, *site){
		"rude": rudeCaller, "unheard": unheardCaller, "mute": muteCaller, "unwell": unwellAgent,
		"refer": refers, "replaced": replaced,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// lastKeys presses keys that end the agent's line, maybe before the last one is released.
func lastKeys(t testing.TB, leg *phone.Call, keys string) {
	t.Helper()
	if err := leg.Keys(within(t, patience), keys); err != nil {
		t.Log(err)
	}
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
}

// rudeCaller hears the warning whole, then their agent again; the second time the
// end. The agent who gets their next call sees and hears it.
func rudeCaller(t *testing.T, s *site) {
	a, c := s.agent(t, "1001"), s.call(t, didRude)
	leg := a.answers(c)
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*5"))
	warned := hears(t, s, c.Call, "ru/tone-warn", time.Time{})
	back := talk(t, leg, c, warned.Add(500*time.Millisecond))
	heardWhole(t, s, c.Call, "ru/tone-warn", back)
	time.Sleep(aTalk)
	lastKeys(t, leg, "*5")
	c.ended()
	c.outcome(queue.OutcomeRude)
	c.heardLast("ru/tone-end")
	a.free()

	again := s.callFrom(t, c.number, didRude)
	r := a.rings()
	if name := r.Caller().Name; !strings.HasSuffix(name, " !") {
		t.Errorf("the phone shows %q for a caller who was warned", name)
	}
	calls, err := s.calls(t)
	must(t, err)
	for _, call := range calls {
		if flagged := len(call.Flags) > 0; flagged != (call.Number == c.number) {
			t.Errorf("call of %s has the flags %q", call.Number, call.Flags)
		}
	}
	since := a.take(r, again)
	heardWhole(t, s, r, "ru/whisper-flagged", since)
	again.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	// A supervisor takes the flag off.
	if out, errs, code := s.kezek(t, "numbers"); code != 0 || !strings.Contains(out, c.number+"  rude  1001") {
		t.Errorf("kezek numbers: %d %s%s", code, out, errs)
	}
	mark := s.journal.mark()
	if out, errs, code := s.kezek(t, "number", "clear", c.number, "--reason", "apologized"); code != 0 {
		t.Errorf("kezek number clear: %d %s%s", code, out, errs)
	}
	cleared := s.journal.await(t, mark, "the flag is taken off", func(e entry) bool { return e.kind() == queue.EntryNumberCleared })
	if cleared["number"] != c.number || cleared["detail"] != "apologized" || cleared["by"] == "" {
		t.Errorf("told %v", cleared)
	}
	once := s.callFrom(t, c.number, didRude)
	r = a.rings()
	if name := r.Caller().Name; strings.Contains(name, "!") {
		t.Errorf("the phone shows %q for a caller without a flag", name)
	}
	a.take(r, once)
	once.hangUp(queue.OutcomeCompletedByCaller)
}

func unheardCaller(t *testing.T, s *site) {
	a, c := s.agent(t, "1002"), s.call(t, didUnheard)
	leg := a.answers(c)
	lastKeys(t, leg, "*6")
	c.ended()
	c.outcome(queue.OutcomeNotHeard)
	c.heardLast("ru/not-heard")
	a.free()
}

// muteCaller: a silent caller is told so, and the agent too, and the
// call ends, unless the caller says something then. A caller who speaks hears nothing of it.
func muteCaller(t *testing.T, s *site) {
	a := s.agent(t, "1005")
	answered := func(options ...phone.Option) (*caller, *phone.Call) {
		t.Helper()
		c := s.dial(t, phone.CallerID{Number: number()}, didMute, options...)
		must(t, c.WaitAnswer(within(t, patience)))
		leg := a.rings()
		must(t, leg.Answer(within(t, patience)))
		_, err := c.WaitTone(within(t, patience), leg.Tone(), time.Time{})
		must(t, err)
		leg.Send(phone.Silence()) // listens
		return c, leg
	}
	told := func(c *caller, leg *phone.Call) {
		t.Helper()
		both := c.told(queue.EntryCallAnswered).at(t)
		if after := c.told(queue.EntryCallUnheard).at(t).Sub(both); after < 5*time.Second || after > 6*time.Second {
			t.Errorf("told after %v", after)
		}
		c.hears("ru/not-heard")
		hears(t, s, leg, "ru/not-heard", time.Time{})
	}
	c, leg := answered(phone.WithSound(phone.Silence()))
	told(c, leg)
	c.ended()
	c.outcome(queue.OutcomeNotHeard)
	c.heardLast("ru/closing")
	a.free()

	c, leg = answered(phone.WithSound(phone.Silence()))
	told(c, leg)
	word := time.Now()
	c.Send(phone.Tone(1000))
	_, err := leg.WaitTone(within(t, patience), 1000, word)
	must(t, err)
	time.Sleep(11 * time.Second) // longer than they have
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	c, _ = answered()
	time.Sleep(6 * time.Second)
	c.hangUp(queue.OutcomeCompletedByCaller)
	for _, e := range s.journal.since(c.mark) {
		if e.kind() == queue.EntryCallUnheard && e["number"] == c.number {
			t.Errorf("a caller who speaks is told that nothing is heard:  %v", e)
		}
	}
}

// unwellAgent: their caller goes to the next agent, and they get no call until they say so.
func unwellAgent(t *testing.T, s *site) {
	a, c := s.agent(t, "1003"), s.call(t, didUnwell)
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*9"))
	c.hears("ru/unwell")
	hears(t, s, leg, "ru/supervisor-called", time.Time{})
	a.status(queue.StatusUnwell)
	if e := c.told(queue.EntryAgentUnwell); e["agent"] != "1003" {
		t.Errorf("the supervisors are told %v", e)
	}
	other := s.phone(t, "1004")
	other.code("*101004")
	other.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.code("*12")
	a.free()
}

// refers: the transfer key of a phone does what *3 does, also from hold. What it
// cannot reach leaves the two together, and so does its wish to join two calls.
func refers(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1018"), s.phone(t, "1019"), s.call(t, didRefer)
	leg := a.answers(c)
	refused := func() {
		t.Helper()
		if code, err := leg.TransferResult(within(t, patience)); err != nil || code < 400 {
			t.Errorf("the phone is told %d, %v", code, err)
		}
	}
	begun := time.Now()
	must(t, leg.Transfer(within(t, patience), "5555"))
	refused()
	talk(t, leg, c, hears(t, s, leg, "ru/transfer-not-done", begun).Add(2*time.Second))

	other := a.dials("*13")
	begun = time.Now()
	must(t, leg.TransferTo(within(t, patience), other))
	refused()
	must(t, other.Hangup(within(t, patience)))
	talk(t, leg, c, hears(t, s, leg, "ru/transfer-not-done", begun).Add(2*time.Second))

	far.Behave(phone.Refuse(486))
	must(t, leg.Transfer(within(t, patience), "1019"))
	refused()
	failed := hears(t, s, c.Call, "ru/transfer-failed", begun)
	talk(t, leg, c, failed.Add(time.Second))
	far.rings()

	far.Behave(phone.Ring)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	c.hears("ru/hold")
	must(t, leg.Transfer(within(t, patience), "1019"))
	c.hears("ru/transfer")
	r := far.rings()
	must(t, r.Answer(within(t, patience)))
	talk(t, r, c, r.At(phone.AnswerSent))
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	a.free()
	c.hangUp(queue.OutcomeTransferred)
}

// replaced: another phone takes the place of the agent's (INVITE with Replaces).
// It is hung up on, and the two go on, now and after a hold.
func replaced(t *testing.T, s *site) {
	a, thief, c := s.agent(t, "1020"), s.phone(t, "1010"), s.call(t, didReplace)
	leg := a.answers(c)
	takes := func() time.Time {
		t.Helper()
		pick, err := thief.Call(within(t, patience), "*13", phone.WithHeader("Replaces", leg.Replaces()))
		must(t, err)
		_, err = pick.WaitEnd(within(t, patience))
		must(t, err)
		if pick.At(phone.AnswerReceived).IsZero() {
			t.Error("it has taken no place")
		}
		return time.Now()
	}
	talk(t, leg, c, takes())
	begun := time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, c.Call, "ru/hold", begun)
	takes()
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", begun))
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
}
