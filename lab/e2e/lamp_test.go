package e2e

import (
	"net/http"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

const (
	didLamps = "+996312900871"
	didOwes  = "+996312900872"
)

// tooLong is when the lamp of the queue blinks.
const tooLong = 4 * time.Second

var lampConfig = openTrunk + "queues:" +
	deskQueue("lamps", didLamps, "\n    service_level: {within: "+tooLong.String()+"}") +
	deskQueue("owed", didOwes, "\n    callback: {information: 1m, handle: 10s, give_back: 1s, instant: 50ms}\n    ring: {rest: 1s}") + `
agents:
  "1001": {queues: [lamps], speech: ru}
  "1002": {queues: [owed], speech: ru}
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}}
  printing: {code: "37", title: {ru: "Распечатка договоров"}, forbidden_to: [lamps]}
`

// lamp is one on the key of a phone.
type lamp struct {
	*phone.Lamp
	t testing.TB
}

func (a *agent) watch(extension string) lamp {
	a.t.Helper()
	l, err := a.Watch(within(a.t, patience), extension)
	must(a.t, err)
	return lamp{l, a.t}
}

// shows waits until the lamp does.
func (l lamp) shows(want phone.LampState) time.Time {
	l.t.Helper()
	notice, err := l.Wait(within(l.t, 2*patience), want)
	must(l.t, err)
	return notice.At
}

// TestLamps: what the keys of a supervisor's and of an agent's phone show, and
// that they are right after the daemon or Asterisk has died.
func TestLamps(t *testing.T) {
	t.Parallel()
	s := open(t, lampConfig)
	supervisor, a := s.phone(t, "1020"), s.agent(t, "1001")
	state, line, owes := supervisor.watch(queue.AgentLamp("1001")), supervisor.watch(queue.QueueLamp("lamps")), supervisor.watch(queue.OwesLamp("1002"))
	coffee := queue.StatusLamp("1001", "coffee")
	key := a.watch(coffee)
	for _, l := range []lamp{state, line, owes, key} {
		l.shows(phone.LampOff)
	}

	// Their key sets the status and shows it; nobody else's does.
	a.say(coffee, "ru/status-set-coffee")
	key.shows(phone.LampOn)
	state.shows(phone.LampOn)
	other := s.agent(t, "1002")
	other.say(coffee, "ru/status-refused-key")
	a.say(queue.StatusLamp("1001", "printing"), "ru/status-refused-not-allowed")
	a.say(queue.StatusLamp("1001", "nothing"), "ru/status-refused-unknown")
	other.free()

	// Killed, and what the lamps show is wrong when it is back.
	s.KillDaemon()
	s.device(t, coffee, "NOT_INUSE")
	key.shows(phone.LampOff)
	s.device(t, queue.QueueLamp("lamps"), "RINGING")
	line.shows(phone.LampBlinks)
	key.shows(phone.LampOn)
	line.shows(phone.LampOff)
	s.ready(t)
	restarted := time.Now()
	must(t, s.RestartAsterisk(within(t, patience)))
	for _, l := range []lamp{key, state} {
		if _, err := l.WaitSince(within(t, patience), phone.LampOn, restarted); err != nil {
			t.Fatal(err)
		}
	}
	s.ready(t)

	// Pressed again it ends the status.
	a.say(coffee, "ru/status-waiting")
	a.free()
	key.shows(phone.LampOff)
	state.shows(phone.LampOff)

	// A callback that 1002 declines is owed; see below.
	other.free()
	other.Behave(phone.Refuse(603))
	begun := time.Now()
	if out, errs, code := s.kezek(t, "callback", "add", number(), "--queue", "owed"); code != 0 {
		t.Fatalf("callback add: %d %s%s", code, out, errs)
	}
	owes.shows(phone.LampOn)

	// The line: one is served at once, the next one waits, for too long, and is answered.
	first := s.call(t, didLamps)
	r := a.rings()
	state.shows(phone.LampOn)
	a.take(r, first)
	second := s.call(t, didLamps)
	entered := second.told(queue.EntryCallEntered).at(t)
	line.shows(phone.LampOn)
	if after := line.shows(phone.LampBlinks).Sub(entered); after < tooLong || after > tooLong+2*time.Second {
		t.Errorf("blinks after %v, want %v", after, tooLong)
	}
	// Pressed in a call the key blinks, until the call is over.
	a.say(coffee, "ru/status-set-coffee", "ru/status-after-call")
	key.shows(phone.LampBlinks)
	first.hangUp(queue.OutcomeCompletedByCaller)
	key.shows(phone.LampOn)
	a.say(coffee, "ru/status-waiting")
	a.answers(second)
	key.shows(phone.LampOff)
	line.shows(phone.LampOff)
	second.hangUp(queue.OutcomeCompletedByCaller)
	state.shows(phone.LampOff)

	// 2/3 of the time of the callback are over; then it is done.
	if after := owes.shows(phone.LampBlinks).Sub(begun); after < 39*time.Second || after > 45*time.Second {
		t.Errorf("owes: blinks after %v", after)
	}
	s.carrier.Behave(phone.AnswerAfter(time.Second))
	other.Behave(phone.Ring)
	ring := other.rings()
	for err := ring.Answer(within(t, patience)); err != nil; err = ring.Answer(within(t, patience)) {
		ring = other.rings() // it had been refused
	}
	client, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	_, err = ring.WaitTone(within(t, patience), client.Tone(), time.Time{})
	must(t, err)
	owes.shows(phone.LampOff)
	must(t, client.Hangup(within(t, patience)))
	other.free()
	s.nothingLeft(t)
}

// device sets a lamp by hand.
func (s *site) device(t testing.TB, name, state string) {
	t.Helper()
	url := s.ARIURL + "/deviceStates/Stasis:" + name + "?deviceState=" + state
	req, err := http.NewRequestWithContext(within(t, patience), http.MethodPut, url, nil)
	must(t, err)
	req.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("PUT %s: %s", url, resp.Status)
	}
}
