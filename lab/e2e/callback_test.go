package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const didCallbacks = "+996312900830"

// callbackConfig is one queue whose callbacks come back quickly.
const callbackConfig = openTrunk + `queues:
  callbacks:
    did: ["` + didCallbacks + `"]
    did_language: {"` + didCallbacks + `": ru}
    default_language: ru
    wrapup: 0s
    ring: {timeout: 4s, rest: 1s}
    callback: {give_back: 1s, retry_after: 10s, ring: 5s, instant: 50ms}
agents:
  "1001": {queues: [callbacks]}
  "1002": {queues: [callbacks]}
`

// TestCallbacks: a promised callback that nobody can skip, on real calls.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	s := open(t, callbackConfig)
	a := s.agent(t, "1001")
	first := s.call(t, didCallbacks)
	leg := a.answers(first)

	// A caller leaves the line with a callback: they hear that it is safe, and the line ends.
	c := s.call(t, didCallbacks)
	c.hears("ru/all-busy")
	c.asksCallback()
	c.told(queue.EntryCallbackBooked)
	c.ended()
	c.outcome(queue.OutcomeCallback)
	if all := c.heard(); !strings.Contains(strings.Join(all.Prompts(), " "), "ru/callback-confirmed") {
		t.Errorf("they heard %s", all)
	}
	if list := s.callbacks(t); len(list) != 1 || list[0].Number != c.number || list[0].State != queue.CallbackOpen {
		t.Fatalf("callbacks: %+v", list)
	}

	// Killed between promise and call: the promise stands.
	s.KillDaemon()
	s.ready(t)
	if list := s.callbacks(t); len(list) != 1 {
		t.Fatalf("after a kill: %+v", list)
	}

	// The same number again changes nothing.
	if out, errs, code := s.kezek(t, "callback", "add", c.number, "--queue", "callbacks"); code != 0 {
		t.Errorf("callback add: %d %s%s", code, out, errs)
	}
	if list := s.callbacks(t); len(list) != 1 {
		t.Errorf("booked twice: %+v", list)
	}

	// The agent declines: they are rung again, and bound meanwhile.
	mark := s.journal.mark()
	must(t, leg.Hangup(within(t, patience)))
	ring := a.rings()
	if name := ring.Caller().Name; !strings.HasPrefix(name, "CALLBACK RU callbacks") || ring.Caller().Number != c.number {
		t.Errorf("their phone shows %v", ring.Caller())
	}
	must(t, ring.Decline(603))
	s.journal.await(t, mark, "the violation", func(e entry) bool { return e.kind() == queue.EntryViolation && e["agent"] == "1001" })
	a.say("*11", "ru/status-refused-callback-due")
	a.await("owes it", func(got ops.Agent) bool { return len(got.Owes) == 1 })

	// The agent takes it, hears what it is, and the client, busy at first, is called again by the plan.
	s.carrier.Behave(phone.Refuse(486))
	ring = a.rings()
	must(t, ring.Answer(within(t, patience)))
	hears(t, s, ring, "ru/callback-whisper", time.Time{})
	busy, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	if busy.Dialled() != c.number || busy.Caller().Number != "+996312900800" {
		t.Errorf("called %s as %v", busy.Dialled(), busy.Caller())
	}
	s.journal.await(t, mark, "the attempt", func(e entry) bool { return e.kind() == queue.EntryCallbackAttempt })

	// The second time the client answers, as people do after a while, hears who calls, and they talk.
	s.carrier.Behave(phone.AnswerAfter(time.Second))
	ring = a.rings()
	must(t, ring.Answer(within(t, patience)))
	client, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	hears(t, s, client, "ru/callback-greeting", time.Time{})
	converse(t, ring, client, time.Time{})
	must(t, client.Hangup(within(t, patience)))
	e := s.journal.await(t, mark, "its end", func(e entry) bool { return e.kind() == queue.EntryCallbackEnded })
	if e["callback_outcome"] != string(queue.CallbackCompleted) {
		t.Errorf("it ended as %v", e)
	}
	if list := s.callbacks(t); len(list) != 0 {
		t.Errorf("left over: %+v", list)
	}

	// A forged caller id cannot make us dial abroad.
	if _, errs, code := s.kezek(t, "callback", "add", "+79001234567", "--queue", "callbacks"); code == 0 || errs == "" {
		t.Errorf("a number abroad is booked (%d): %s", code, errs)
	}
	s.nothingLeft(t)
}

// TestPromiseWithoutRedis: while Redis is away a promise is kept in the spool, and is in Redis later.
func TestPromiseWithoutRedis(t *testing.T) {
	t.Parallel()
	s := open(t, callbackConfig)
	a := s.agent(t, "1001")
	first := s.call(t, didCallbacks)
	a.answers(first)
	s.StopRedis()
	c := s.dial(t, phone.CallerID{Number: number()}, didCallbacks)
	must(t, c.WaitAnswer(within(t, patience)))
	c.hears("ru/all-busy")
	c.asksCallback()
	c.hears("ru/callback-confirmed")
	s.KillDaemon()
	must(t, s.StartRedis(within(t, patience)))
	s.ready(t)
	if list := s.callbacks(t); len(list) != 1 || list[0].Number != c.number {
		t.Errorf("after Redis and daemon are back: %+v", list)
	}
}

// callbacks are those that the command line lists.
func (s *site) callbacks(t testing.TB) []ops.Callback {
	t.Helper()
	out, errs, code := s.kezek(t, "callbacks", "--json")
	var list struct {
		Items []ops.Callback `json:"items"`
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("kezek callbacks: %d %v %s%s", code, err, out, errs)
	}
	return list.Items
}
