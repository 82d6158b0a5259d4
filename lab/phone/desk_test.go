package phone_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
)

// office is what an ordinary exchange gives its phones: they are called by
// each other and from outside, and lamps show who speaks.
const office = `[kezek-inbound]
exten => _10XX,1,Dial(PJSIP/${EXTEN},20)
 same => n,Hangup(${HANGUPCAUSE})
[kezek-agents]
include => kezek-inbound
exten => _10XX,hint,PJSIP/${EXTEN}
exten => lamp,hint,Stasis:lamp
`

// officeLab is an exchange with that dialplan.
func officeLab(t *testing.T) (*lab.Lab, *phone.Carrier) {
	t.Helper()
	l, carrier := exchange(t)
	must(t, os.WriteFile(filepath.Join(l.Dir, "asterisk/etc/kezek-extensions.conf"), []byte(office), 0o644))
	_, err := l.AsteriskCLI(within(t, 10*time.Second), "dialplan reload")
	must(t, err)
	return l, carrier
}

// result is the final code of a transfer.
func result(ctx context.Context, t *testing.T, c *phone.Call) int {
	t.Helper()
	code, err := c.TransferResult(ctx)
	must(t, err)
	return code
}

// served is a call of the carrier that an agent has answered.
func served(ctx context.Context, t *testing.T, k *phone.Carrier, p *phone.Phone, number string) (caller, agent *phone.Call) {
	t.Helper()
	caller, err := k.Call(ctx, phone.CallerID{Number: "+996700123456"}, number)
	must(t, err)
	agent, err = p.Expect(ctx)
	must(t, err)
	must(t, agent.Answer(ctx))
	must(t, caller.WaitAnswer(ctx))
	hears(ctx, t, caller, p.Tone(), time.Time{})
	return caller, agent
}

// consults is a caller that a phone has put on hold to ask a third one, who answers.
func consults(ctx context.Context, t *testing.T, k *phone.Carrier, p *phone.Phone, number, third string) (caller, agent, asking *phone.Call) {
	t.Helper()
	caller, agent = served(ctx, t, k, p, number)
	must(t, agent.Hold(ctx, phone.SendOnly))
	asking, err := p.Call(ctx, third)
	must(t, err)
	must(t, asking.WaitAnswer(ctx))
	return caller, agent, asking
}

func hears(ctx context.Context, t *testing.T, c *phone.Call, hz int, since time.Time) {
	t.Helper()
	_, err := c.WaitTone(ctx, hz, since)
	must(t, err)
}

func TestDeskOnAsterisk(t *testing.T) {
	l, carrier := officeLab(t)
	t.Run("attended transfer", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		first, third := desk(t, l, 0), desk(t, l, 1)
		third.Behave(phone.Answer)
		caller, agent, asking := consults(ctx, t, carrier, first, "1001", "1002")
		hears(ctx, t, asking, third.Tone(), time.Time{})
		must(t, agent.TransferTo(ctx, asking))
		if code := result(ctx, t, agent); code != 200 {
			t.Errorf("result %d", code)
		}
		waitEnd(ctx, t, agent)
		waitEnd(ctx, t, asking)
		answered, err := third.Expect(ctx)
		must(t, err)
		hears(ctx, t, caller, third.Tone(), time.Now())
		hears(ctx, t, answered, caller.Tone(), time.Now())
		must(t, caller.Hangup(ctx))
		waitEnd(ctx, t, answered)
	})

	t.Run("a transfer that fails", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		first, third := desk(t, l, 0), desk(t, l, 1)
		caller, agent := served(ctx, t, carrier, first, "1001")
		for refusal, code := range map[int]int{486: 486, 603: 403} { // as Asterisk tells it
			third.Behave(phone.Refuse(refusal))
			must(t, agent.Hold(ctx, phone.SendOnly))
			asking, err := first.Call(ctx, "1002")
			must(t, err)
			if end := waitEnd(ctx, t, asking); end.Code != code {
				t.Errorf("asking one who refuses with %d: %v", refusal, end)
			}
			if err := agent.TransferTo(ctx, asking); err == nil {
				t.Error("transferred to one who is not there")
			}
			must(t, agent.Resume(ctx))
			hears(ctx, t, caller, first.Tone(), time.Now())
		}
		third.Behave(phone.Answer)
		asking, err := first.Call(ctx, "1002")
		must(t, err)
		must(t, asking.WaitAnswer(ctx))
		must(t, caller.Hangup(ctx)) // the caller does not wait for it
		waitEnd(ctx, t, agent)
		if err := agent.TransferTo(ctx, asking); err == nil {
			t.Error("one who hung up was transferred")
		}
		if !asking.Live() {
			t.Error("the second call is gone with the first")
		}
	})

	t.Run("blind transfer", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		first, third := desk(t, l, 0), desk(t, l, 1)
		// Asterisk by itself calls every failure 503. That the caller is not
		// lost then is the daemon's work.
		for _, test := range []struct {
			third phone.Behaviour
			want  int
		}{{phone.Refuse(486), 503}, {phone.Refuse(603), 503}, {phone.AnswerAfter(50 * time.Millisecond), 200}} {
			third.Behave(test.third)
			caller, agent := served(ctx, t, carrier, first, "1001")
			must(t, agent.Transfer(ctx, "1002"))
			if code := result(ctx, t, agent); code != test.want {
				t.Errorf("result %d, want %d: %v", code, test.want, agent.Log())
			}
			if test.want == 200 {
				waitEnd(ctx, t, agent)
				hears(ctx, t, caller, third.Tone(), time.Time{})
			}
			must(t, agent.Hangup(ctx))
			must(t, caller.Hangup(ctx))
		}
	})

	t.Run("three at once", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		first, third := desk(t, l, 2), desk(t, l, 3)
		third.Behave(phone.Answer)
		caller, agent, asking := consults(ctx, t, carrier, first, "1003", "1004")
		must(t, agent.Conference(ctx, asking))
		answered, err := third.Expect(ctx)
		must(t, err)
		threeWay(ctx, t, first, agent, asking, caller, answered)
		must(t, caller.Hangup(ctx))
		waitEnd(ctx, t, agent)
		asking.Send(phone.Tone(first.Tone()))
		hears(ctx, t, answered, first.Tone(), time.Now()) // the other two go on
	})

	t.Run("lamp of a phone", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		first, third := desk(t, l, 4), desk(t, l, 5)
		lamp, err := first.Watch(ctx, "1006")
		must(t, err)
		asking, err := first.Call(ctx, "1006")
		must(t, err)
		ring, err := third.Expect(ctx)
		must(t, err)
		_, err = lamp.Wait(ctx, phone.LampOn) // busy_at is 1: a phone that rings is not free
		must(t, err)
		must(t, ring.Answer(ctx))
		must(t, asking.WaitAnswer(ctx))
		must(t, asking.Hangup(ctx))
		_, err = lamp.Wait(ctx, phone.LampOff)
		must(t, err)
		want := []phone.LampState{phone.LampOff, phone.LampOn, phone.LampOff}
		if got := slices.Compact(states(lamp)); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})

	t.Run("lamp of a device state", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		p := desk(t, l, 6)
		lamp, err := p.Watch(ctx, "lamp")
		must(t, err)
		set := func(state string) {
			ari(t, l, http.MethodPut, "/deviceStates/Stasis:lamp", url.Values{"deviceState": {state}})
		}
		for _, step := range []struct {
			state string
			want  phone.LampState
		}{
			{"RINGING", phone.LampBlinks}, {"INUSE", phone.LampOn}, {"RINGING", phone.LampBlinks},
			{"NOT_INUSE", phone.LampOff}, {"BUSY", phone.LampOn},
		} {
			set(step.state)
			_, err := lamp.Wait(ctx, step.want)
			must(t, err)
		}
		must(t, lamp.Close(ctx))
		out, err := l.AsteriskCLI(ctx, "pjsip show subscriptions inbound")
		must(t, err)
		if strings.Contains(out, "1007") {
			t.Errorf("the exchange has it still:\n%s", out)
		}
	})

	t.Run("lamp of nothing", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		p := desk(t, l, 7)
		if _, err := p.Watch(ctx, "nobody"); err == nil {
			t.Error("there is no such hint")
		}
	})

	t.Run("lamp is renewed", func(t *testing.T) {
		ctx := within(t, 20*time.Second)
		a := lab.Agents()[8]
		p, err := phone.New(phone.Config{Extension: a.Number, Password: a.Password, Exchange: l.SIPAddr, Expires: 6 * time.Second})
		must(t, err)
		t.Cleanup(p.Close)
		must(t, p.Register(ctx))
		lamp, err := p.Watch(ctx, "lamp")
		must(t, err)
		first := lamp.Log()[0].At
		second, err := lamp.WaitSince(ctx, "", first.Add(1)) // nothing has changed: it is the renewal
		must(t, err)
		if d := second.At.Sub(first); d < 2*time.Second || d > 5*time.Second {
			t.Errorf("renewed after %v, want 3 s", d)
		}
		must(t, l.RestartAsterisk(ctx))
		must(t, p.Register(ctx))
		back := time.Now()
		ari(t, l, http.MethodPut, "/deviceStates/Stasis:lamp", url.Values{"deviceState": {"INUSE"}})
		_, err = lamp.WaitSince(ctx, phone.LampOn, back)
		must(t, err)
	})
}

func states(w *phone.Lamp) (all []phone.LampState) {
	for _, n := range w.Log() {
		all = append(all, n.State)
	}
	return all
}

// threeWay holds that three hear each other: the caller and the third, who
// send their tones, and the agent p, whose phone has the two calls.
func threeWay(ctx context.Context, t *testing.T, p *phone.Phone, agent, asking, caller, third *phone.Call) {
	t.Helper()
	voices := map[*phone.Call]int{agent: p.Tone(), asking: p.Tone(), caller: caller.Tone(), third: third.Tone()}
	speak := func(who ...*phone.Call) time.Time {
		for c := range voices {
			c.Send(phone.Silence())
		}
		for _, c := range who {
			c.Send(phone.Tone(voices[c]))
		}
		return time.Now().Add(200 * time.Millisecond) // what was on its way is over
	}
	since := speak(caller)
	hears(ctx, t, agent, voices[caller], since)
	hears(ctx, t, third, voices[caller], since)
	since = speak(third)
	hears(ctx, t, asking, voices[third], since)
	hears(ctx, t, caller, voices[third], since)
	since = speak(agent, asking)
	hears(ctx, t, caller, voices[agent], since)
	hears(ctx, t, third, voices[agent], since)
}
