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
)

func deskQueue(name, did, more string) string {
	return `
  ` + name + `:
    did: ["` + did + `"]
    did_language: {"` + did + `": ru}
    default_language: ru
    wrapup: 0s` + more
}

var deskConfig = "queues:" +
	deskQueue("rude", didRude, "\n    whisper: true") +
	deskQueue("unheard", didUnheard, "") +
	deskQueue("unwell", didUnwell, "") + `
agents:
  "1001": {queues: [rude]}
  "1002": {queues: [unheard]}
  "1003": {queues: [unwell]}
  "1004": {queues: [unwell]}
`

func TestDesk(t *testing.T) {
	t.Parallel()
	s := open(t, deskConfig)
	for name, test := range map[string]func(*testing.T, *site){
		"rude": rudeCaller, "unheard": unheardCaller, "unwell": unwellAgent,
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

// rudeCaller hears the warning whole, then his agent again; the second time the
// end. The agent who gets his next call sees and hears it.
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
	c.outcome(queue.EndedRude)
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
	again.hangUp(queue.CompletedByCaller)
}

func unheardCaller(t *testing.T, s *site) {
	a, c := s.agent(t, "1002"), s.call(t, didUnheard)
	leg := a.answers(c)
	lastKeys(t, leg, "*6")
	c.ended()
	c.outcome(queue.NotHeard)
	c.heardLast("ru/not-heard")
	a.free()
}

// unwellAgent: his caller goes to the next agent, and he gets no call until he says so.
func unwellAgent(t *testing.T, s *site) {
	a, c := s.agent(t, "1003"), s.call(t, didUnwell)
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*9"))
	c.hears("ru/unwell")
	hears(t, s, leg, "ru/supervisor-called", time.Time{})
	a.status(queue.Unwell)
	if e := c.told(queue.AgentUnwell); e["agent"] != "1003" {
		t.Errorf("the supervisors are told %v", e)
	}
	other := s.phone(t, "1004")
	other.code("*101004")
	other.answers(c)
	c.hangUp(queue.CompletedByCaller)
	a.code("*12")
	a.free()
}
