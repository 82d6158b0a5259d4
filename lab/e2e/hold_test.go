package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// Queues whose holds are short: the agent is reminded after 6 s, and something
// is done after 9 s.
const (
	didHoldKey      = "+996312900851"
	didHoldCode     = "+996312900852"
	didHoldCallback = "+996312900853"
	didHoldReturn   = "+996312900854"
	didHoldRequeue  = "+996312900855"
	didHoldHangup   = "+996312900856"
	didHoldBack     = "+996312900857"
	didHoldOver     = "+996312900858"
	didHoldReminded = "+996312900859"
	didHoldClosing  = "+996312900860"
	didHoldGone     = "+996312900861"
)

func holdQueue(name, did, more string) string {
	return fmt.Sprintf(`
  %[1]s:
    did: ["%[2]s"]
    did_language: {"%[2]s": ru}
    default_language: ru
    wrapup: 0s
    ring: {timeout: 10s, rest: 1s}
    callback: {instant: 50ms}
    hold: {limit: 14s, act: 9s, remind: 6s%[3]s}`, name, did, more)
}

var holdConfig = "queues:" +
	holdQueue("key", didHoldKey, "") +
	holdQueue("code", didHoldCode, ", total: 60s") +
	holdQueue("promise", didHoldCallback, "") +
	holdQueue("refuse", didHoldBack, "") +
	holdQueue("return", didHoldReturn, ", then: return, ring: 2s") +
	holdQueue("requeue", didHoldRequeue, ", then: requeue") +
	holdQueue("hangup", didHoldHangup, ", agent_hangup: requeue") +
	holdQueue("reminded", didHoldReminded, ", total: 60s") +
	holdQueue("closing", didHoldClosing, "") +
	holdQueue("gone", didHoldGone, "") +
	holdQueue("over", didHoldOver, ", return: over_phrase") + `
agents:
  "1001": {queues: [key]}
  "1002": {queues: [code]}
  "1003": {queues: [promise]}
  "1004": {queues: [return]}
  "1005": {queues: [requeue]}
  "1011": {queues: [requeue], speech: ru}
  "1012": {queues: [hangup], speech: ru}
  "1013": {queues: [refuse], speech: ru}
  "1014": {queues: [over], speech: ru}
  "1015": {queues: [reminded], speech: ru}
  "1016": {queues: [closing], speech: ru}
  "1017": {queues: [gone], speech: ru}
`

// TestHolds: both ways to hold, what the caller hears, and every way out.
func TestHolds(t *testing.T) {
	t.Parallel()
	s := open(t, holdConfig)
	for name, test := range map[string]func(*testing.T, *site){
		"key": holdByKey, "code": holdByCode, "callback": holdThenCallback, "vanished": holdThenVanished, "refused": holdThenRefused,
		"return": holdThenReturn, "requeue": holdThenRequeue, "hangup": holdHangups, "over": holdOverPhrase,
		"reminded": holdReminded, "closing": holdClosing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// story is what somebody has heard since a time: prompts, "music" and agents' tones, in their order. Of prompts that
// begin alike it was the one that is wanted. Two tones at a time are music.
func story(t testing.TB, s *site, c *phone.Call, since time.Time, want ...string) []string {
	t.Helper()
	prompts := []string{
		"ru/hold", "ru/return", "ru/hold-long", "ru/hold-longer", "ru/hold-requeue", "ru/closing", "ru/agent-lost", "ru/all-busy",
		"ru/hold-reminder", "ru/hold-expired", "ru/hold-returned", "ru/hold-requeued",
	}
	l := library(t, s.Lab, func(name string) bool { return music(name) || slices.Contains(prompts, name) })
	all := l.Listen(c.Recording().Since(since).PCM)
	t.Logf("%v heard %s", c, all)
	var names []string
	tones := all.Of(ear.Tone)
	for _, h := range all.Of(ear.Prompt, ear.Music, ear.Tone) {
		name := h.Name
		if i := slices.IndexFunc(h.Or, func(or string) bool { return slices.Contains(want, or) }); i >= 0 && !slices.Contains(want, name) {
			name = h.Or[i]
		}
		chord := h.Kind == ear.Tone && slices.ContainsFunc(tones, func(o ear.Heard) bool { return o.Name != h.Name && o.From < h.To && h.From < o.To })
		switch {
		case h.Kind == ear.Music:
			names = append(names, "music")
		case h.Kind == ear.Prompt, !chord && h.To-h.From > 400*time.Millisecond && strings.Contains(h.Name, " of 1"):
			names = append(names, name)
		}
	}
	return slices.Compact(names)
}

func wantStory(t testing.TB, s *site, c *phone.Call, since time.Time, want ...string) {
	t.Helper()
	if got := story(t, s, c, since, want...); !slices.Equal(got, want) && !stoodStill(t, since) {
		t.Errorf("%v heard %q, want %q", c, got, want)
	}
}

// How long a talk and a hold last, in which nothing else happens: the phrase to
// its end, and enough of music and tone to be recognised. A hold is counted from
// its key on: listening takes its time, and two seconds later something is done.
const (
	aTalk = 1200 * time.Millisecond
	aHold = 7 * time.Second
)

// soon checks that a phrase came quickly after what asked for it, as far as a
// machine can that runs many tests at once: make bench measures how quickly.
func soon(t testing.TB, what string, asked, heard time.Time) {
	t.Helper()
	took := heard.Sub(asked)
	t.Logf("%s: %v", what, took.Round(time.Millisecond))
	if took > time.Second+watch().longest(asked) {
		t.Errorf("%s took %v", what, took)
	}
}

// hold is the caller's hold as the API shows it.
func (c *caller) hold() *ops.Hold {
	c.t.Helper()
	calls, err := c.s.calls(c.t)
	must(c.t, err)
	for _, call := range calls {
		if call.Number == c.number {
			return call.Hold
		}
	}
	c.t.Fatalf("no call of %s", c.number)
	return nil
}

func holdByKey(t *testing.T, s *site) {
	a, c := s.agent(t, "1001"), s.call(t, didHoldKey)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	for _, style := range []phone.HoldStyle{phone.SendOnly, phone.Inactive, phone.ZeroAddress} {
		pressed := time.Now()
		must(t, leg.Hold(within(t, patience), style))
		must(t, leg.Hold(within(t, patience), style)) // some phones say it twice
		soon(t, "hold phrase after "+string(style), pressed, hears(t, s, c.Call, "ru/hold", pressed))
		if h := c.hold(); h == nil || h.By != queue.HeldByKey {
			t.Errorf("on hold by key, shown as %+v", h)
		}
		time.Sleep(time.Until(pressed.Add(aHold)))
		pressed = time.Now()
		must(t, leg.Resume(within(t, patience)))
		must(t, leg.Resume(within(t, patience))) // and once there is nothing to release any more
		soon(t, "return phrase after "+string(style), pressed, hears(t, s, c.Call, "ru/return", pressed))
		talk(t, leg, c, pressed)
		time.Sleep(aTalk)
		if h := c.hold(); h != nil {
			t.Errorf("talking again, and still on hold: %+v", h)
		}
	}
	round := []string{"ru/hold", "music", "ru/return", "tone of 1001"}
	wantStory(t, s, c.Call, begun, append([]string{"tone of 1001"}, slices.Concat(round, round, round)...)...)
	c.hangUp(queue.OutcomeCompletedByCaller)
	if e := c.told(queue.EntryCallEnded); strings.Count(e["holds"], `"returned"`) != 3 {
		t.Errorf("the record has the holds %q", e["holds"])
	}
	a.await("has three holds", func(a ops.Agent) bool { return a.Holds.Count == 3 && a.Holds.Longest > 5 })
}

func holdByCode(t *testing.T, s *site) {
	a, c := s.agent(t, "1002"), s.call(t, didHoldCode)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)

	// Shorter than the phrase: it stops, and the return phrase follows.
	must(t, leg.Keys(within(t, patience), "*1"))
	hears(t, s, c.Call, "ru/hold", begun)
	must(t, leg.Keys(within(t, patience), "*1"))
	returned := hears(t, s, c.Call, "ru/return", begun)
	again := talk(t, leg, c, returned)
	time.Sleep(aTalk)
	if gap := again.Sub(returned); gap > 1500*time.Millisecond {
		t.Errorf("the audio opens %v after the return phrase began", gap)
	}

	// Held by key and back by code, held by code and back by key.
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	time.Sleep(aHold)
	must(t, leg.Keys(within(t, patience), "*1"))
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, time.Now())
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	time.Sleep(aHold)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, c, time.Now())
	time.Sleep(aTalk)

	me := "tone of 1002"
	wantStory(t, s, c.Call, begun, me, "ru/hold", "ru/return", me, "ru/hold", "music", "ru/return", me, "ru/hold", "music", "ru/return", me)

	// The caller hangs up on hold.
	must(t, leg.Keys(within(t, patience), "*1"))
	c.told(queue.EntryHoldStarted)
	c.hangUp(queue.OutcomeCompletedByCaller)
	c.s.journal.await(t, c.mark, "the end of the last hold", func(e entry) bool {
		return e.kind() == queue.EntryHoldEnded && e["number"] == c.number && e["detail"] == string(queue.HoldEndCallerLeft)
	})
}

func holdThenCallback(t *testing.T, s *site) {
	a, c := s.agent(t, "1003"), s.call(t, didHoldCallback)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	isPromisedInTime(t, s, a, c, begun)
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	wantStory(t, s, leg, begun, "ru/hold-reminder", "ru/hold-expired")
}

// holdThenVanished: a phone that holds by its key loses its network. Nothing tells the exchange so, and the limit holds all the same.
func holdThenVanished(t *testing.T, s *site) {
	a, c := s.agent(t, "1017"), s.call(t, didHoldGone)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	c.told(queue.EntryHoldStarted)
	a.Vanish()
	isPromisedInTime(t, s, a, c, begun)
}

// isPromisedInTime: before a hold that begins after begun reaches its limit, the caller is promised a callback of their agent.
func isPromisedInTime(t *testing.T, s *site, a *agent, c *caller, begun time.Time) {
	t.Helper()
	held := hears(t, s, c.Call, "ru/hold", begun)
	long := hears(t, s, c.Call, "ru/hold-long", begun)
	if d := long.Sub(held); d < 8*time.Second || d > 11*time.Second+watch().longest(begun) {
		t.Errorf("the caller hears that it takes longer after %v, want 9s", d)
	}
	c.ended()
	c.outcome(queue.OutcomeCallback)
	wantStory(t, s, c.Call, begun, "tone of "+a.id, "ru/hold", "music", "ru/hold-long", "ru/closing")
	for _, cb := range s.callbacks(t) {
		if cb.Number == c.number && (cb.State != queue.CallbackOpen || cb.Origin != queue.HoldOrigin || cb.Owner == nil || *cb.Owner != a.id) {
			t.Errorf("promised %+v", cb)
		}
	}
	c.told(queue.EntryCallbackBooked)
}

func holdThenRefused(t *testing.T, s *site) {
	a, c := s.agent(t, "1013"), s.call(t, didHoldBack)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Hold(within(t, patience), phone.Inactive))
	hears(t, s, c.Call, "ru/hold-long", begun)
	_, err := leg.WaitEnd(within(t, patience)) // it holds, and would hear nothing
	must(t, err)
	c.press("2")
	c.told(queue.EntryCallRequeued)
	if e := c.told(queue.EntryCallbackEnded); e["callback_outcome"] != string(queue.CallbackCancelled) {
		t.Errorf("the callback ended as %v", e)
	}
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

func holdThenReturn(t *testing.T, s *site) {
	a, c := s.agent(t, "1004"), s.call(t, didHoldReturn)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	longer := hears(t, s, c.Call, "ru/hold-longer", begun)
	talk(t, leg, c, longer.Add(3*time.Second))
	time.Sleep(aTalk)
	wantStory(t, s, c.Call, begun, "tone of 1004", "ru/hold", "music", "ru/hold-longer", "tone of 1004")

	// Their phone holds: it is rung as a reminder, and again for the caller's return.
	begun = time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	first := a.rings()
	if name := first.Caller().Name; !strings.HasPrefix(name, "HOLD RU return") {
		t.Errorf("the second line shows %q", name)
	}
	_, err := first.WaitEnd(within(t, patience))
	must(t, err)
	second := a.rings()
	must(t, second.Answer(within(t, patience)))
	_, err = leg.WaitEnd(within(t, patience))
	must(t, err)
	talk(t, second, c, second.At(phone.AnswerSent))
	if got := story(t, s, c.Call, begun); slices.Index(got, "ru/return") < slices.Index(got, "music") || slices.Index(got, "music") < 1 {
		t.Errorf("the caller heard %q", got)
	}

	// They do not answer it: the caller goes to the head of the line.
	begun = time.Now()
	must(t, second.Hold(within(t, patience), phone.SendOnly))
	for range 2 {
		_, err = a.rings().WaitEnd(within(t, patience))
		must(t, err)
	}
	hears(t, s, c.Call, "ru/hold-requeue", begun)
	_, err = second.WaitEnd(within(t, patience))
	must(t, err)
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

func holdThenRequeue(t *testing.T, s *site) {
	a, c := s.agent(t, "1005"), s.call(t, didHoldRequeue)
	leg := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	other := s.agent(t, "1011") // they are there when the limit comes
	hears(t, s, c.Call, "ru/hold-requeue", begun)
	_, err := leg.WaitEnd(within(t, patience))
	must(t, err)
	other.answers(c)
	time.Sleep(aTalk)
	wantStory(t, s, leg, begun, "ru/hold-reminder", "ru/hold-requeued")
	wantStory(t, s, c.Call, begun, "tone of 1005", "ru/hold", "music", "ru/hold-requeue", "tone of 1011")
	c.hangUp(queue.OutcomeCompletedByCaller)
}

func holdHangups(t *testing.T, s *site) {
	a, c := s.agent(t, "1012"), s.call(t, didHoldHangup)
	leg := a.answers(c)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	c.told(queue.EntryHoldStarted)
	must(t, leg.Hangup(within(t, patience)))
	c.told(queue.EntryCallRequeued)
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// TestHoldSurvivesKill: the daemon is killed during a hold. The limit counts from the true start.
func TestHoldSurvivesKill(t *testing.T) {
	t.Parallel()
	s := open(t, holdConfig)
	a, c := s.agent(t, "1003"), s.call(t, didHoldCallback)
	b, d := s.agent(t, "1001"), s.call(t, didHoldKey)
	leg, other := a.answers(c), b.answers(d)
	begun := time.Now()
	time.Sleep(aTalk)
	must(t, leg.Keys(within(t, patience), "*1"))
	must(t, other.Hold(within(t, patience), phone.SendOnly))
	c.told(queue.EntryHoldStarted)
	holds := d.told(queue.EntryHoldStarted).at(t)
	time.Sleep(5 * time.Second) // the phrase is over, the limit some way off
	s.KillDaemon()
	s.ready(t)
	time.Sleep(time.Until(holds.Add(aHold)))
	must(t, other.Resume(within(t, patience)))
	talk(t, other, d, time.Now())
	time.Sleep(aTalk)
	held, long := hears(t, s, c.Call, "ru/hold", begun), hears(t, s, c.Call, "ru/hold-long", begun)
	if d := long.Sub(held); d > 12*time.Second {
		t.Errorf("the caller hears that it takes longer after %v, want 9s", d)
	}
	c.ended()
	c.outcome(queue.OutcomeCallback)
	wantStory(t, s, c.Call, begun, "tone of 1003", "ru/hold", "music", "ru/hold-long", "ru/closing")
	wantStory(t, s, d.Call, begun, "tone of 1001", "ru/hold", "music", "ru/return", "tone of 1001")
	d.hangUp(queue.OutcomeCompletedByCaller)
}

// TestLongHold: the real two minutes, measured at the caller's ear.
func TestLongHold(t *testing.T) {
	if os.Getenv("KEZEK_LONG") == "" {
		t.Skip("takes two minutes: make test-long")
	}
	t.Parallel()
	s := open(t, "")
	a, c := s.agent(t, "1001"), s.call(t, lab.DID)
	c.hears("ru/welcome")
	c.press("2")
	leg := a.answers(c)
	begun := time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	held := hears(t, s, c.Call, "ru/hold", begun)
	time.Sleep(time.Until(begun.Add(100 * time.Second)))
	long := hears(t, s, c.Call, "ru/hold-long", begun.Add(90*time.Second))
	if d := long.Sub(held); d < 109*time.Second || d > 112*time.Second {
		t.Errorf("the caller hears that it takes longer after %v, want 110s", d)
	}
	c.ended()
	c.outcome(queue.OutcomeCallback)
	c.told(queue.EntryCallbackBooked)
}
