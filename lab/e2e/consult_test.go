package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// A third party comes into a call: somebody that the agent consults, or a supervisor.
const (
	didHelp   = "+996312900871"
	didEscape = "+996312900878"
)

var consultConfig = "queues:" +
	deskQueue("help", didHelp, "") +
	deskQueue("escape", didEscape, "") + `
agents:
  "1001": {queues: [help]}
  "1015": {queues: [escape], speech: ru}
transfer: {extensions: ["^1010$"]}
supervisors: {call: [PJSIP/1100], language: ru}
`

func TestConsult(t *testing.T) {
	t.Parallel()
	s := prepare(t, consultConfig)
	s.addSupervisor(t)
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"help": callsSupervisor, "escape": keysForMenu,
	})
	s.noTrouble(t)
}

// addSupervisor gives the exchange the phone of a supervisor who is no agent.
func (s *site) addSupervisor(t testing.TB) {
	t.Helper()
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "\n; The carrier is known", `
[1100](phone)
auth = 1100
aors = 1100
[1100](password)
username = 1100
password = lab-1100
[1100](contact)

; The carrier is known`)
}

// plainPhone is a phone that is no agent's.
func (s *site) plainPhone(t testing.TB, extension string) *phone.Phone {
	t.Helper()
	p, err := phone.New(phone.Config{
		Extension: extension, Password: "lab-" + extension, Exchange: s.SIPAddr, Listen: s.Host + ":0", Expires: 10 * time.Second,
	})
	must(t, err)
	t.Cleanup(p.Close)
	must(t, p.Register(within(t, patience)))
	return p
}

// three waits until each of three hears the two others.
func three(t testing.TB, c *caller, agent, third *phone.Call, since time.Time) {
	t.Helper()
	hearsTones(t, "the caller", c.Call, since, agent.Tone(), third.Tone())
	hearsTones(t, "the agent", agent, since, c.Tone(), third.Tone())
	hearsTones(t, "the third", third, since, c.Tone(), agent.Tone())
}

// transfers checks the third parties in the call's record: "consult 1006 transferred".
func (c *caller) transfers(e entry, want ...string) {
	c.t.Helper()
	var record []ops.Transfer
	if e["transfers"] != "" {
		must(c.t, json.Unmarshal([]byte(e["transfers"]), &record))
	}
	var got []string
	for _, r := range record {
		got = append(got, fmt.Sprintf("%s %s %s", r.Way, r.To, r.End))
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: the record has the third parties %q, want %q", c.number, got, want)
	}
}

// callsSupervisor: the talk goes on while their phone rings, and the caller hears nothing of it.
func callsSupervisor(t *testing.T, s *site) {
	supervisor := s.plainPhone(t, "1100")
	supervisor.Behave(phone.Ring)
	a, c := s.agent(t, "1001"), s.call(t, didHelp)
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*8"))
	called := hears(t, s, leg, "ru/supervisor-called", time.Time{})
	r, err := supervisor.Expect(within(t, patience))
	must(t, err)
	if name := r.Caller().Name; !strings.HasPrefix(name, "HELP 1001 RU help ") || r.Caller().Number != c.number {
		t.Errorf("the supervisor's phone shows %v", r.Caller())
	}
	talk(t, leg, c, called.Add(2*time.Second))
	must(t, leg.Keys(within(t, patience), "*8"))
	_, err = r.WaitEnd(within(t, patience))
	must(t, err)
	cancelled := hears(t, s, leg, "ru/supervisor-cancelled", time.Time{})
	talk(t, leg, c, cancelled.Add(2*time.Second))

	supervisor.Behave(phone.Refuse(486))
	begun := time.Now()
	must(t, leg.Keys(within(t, patience), "*8"))
	alone := hears(t, s, leg, "ru/supervisor-not-there", begun)
	talk(t, leg, c, alone.Add(3*time.Second))
	_, err = supervisor.Expect(within(t, patience)) // that one is over
	must(t, err)

	supervisor.Behave(phone.Ring)
	must(t, leg.Keys(within(t, patience), "*8"))
	r, err = supervisor.Expect(within(t, patience))
	must(t, err)
	must(t, r.Answer(within(t, patience)))
	three(t, c, leg, r, r.At(phone.AnswerSent))
	must(t, r.Hangup(within(t, patience)))
	talk(t, leg, c, time.Now())
	c.heardPrompts()

	must(t, leg.Keys(within(t, patience), "*8"))
	r, err = supervisor.Expect(within(t, patience))
	must(t, err)
	must(t, r.Answer(within(t, patience)))
	three(t, c, leg, r, r.At(phone.AnswerSent))
	must(t, leg.Hangup(within(t, patience)))
	a.free()
	talk(t, r, c, time.Now())
	must(t, r.Hangup(within(t, patience)))
	c.ended()
	const phone = " PJSIP/1100 "
	c.transfers(c.outcome(queue.OutcomeTransferred), "supervisor"+phone+"cancelled", "supervisor"+phone+"busy", "supervisor"+phone+"left", "supervisor"+phone+"transferred")
	c.heardLast("ru/closing")
}

// keysForMenu: the far end gets exactly the keys that are meant for it.
func keysForMenu(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1015"), s.phone(t, "1010"), s.call(t, didEscape)
	leg := a.answers(c)
	got := func(call *phone.Call, want string) {
		t.Helper()
		eventually(t, "the keys "+want, func() error {
			keys := ""
			for _, e := range call.Log() {
				if e.Kind == phone.KeyReceived {
					keys += e.Text
				}
			}
			if keys != want {
				return fmt.Errorf("the far end got %q", keys)
			}
			return nil
		})
	}
	must(t, leg.Keys(within(t, patience), "77"))
	must(t, leg.Keys(within(t, patience), "*012#**9"))
	got(c.Call, "12#*9")
	must(t, leg.Keys(within(t, patience), "*41010#"))
	r := far.rings()
	must(t, r.Answer(within(t, patience)))
	_, err := leg.WaitTone(within(t, patience), r.Tone(), r.At(phone.AnswerSent))
	must(t, err)
	must(t, leg.Keys(within(t, patience), "*034"))
	got(r, "34")
	must(t, leg.Keys(within(t, patience), "*1"))
	talk(t, leg, c, hears(t, s, c.Call, "ru/return", time.Time{}))
	got(c.Call, "12#*9")
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
}
