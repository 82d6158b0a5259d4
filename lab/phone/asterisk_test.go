package phone_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
)

// exchange is a real Asterisk with a carrier at its trunk.
func exchange(t *testing.T) (*lab.Lab, *phone.Carrier) {
	t.Helper()
	l := lab.ForTest(t, lab.Options{})
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: l.SIPAddr, Listen: l.CarrierAddr})
	must(t, err)
	t.Cleanup(carrier.Close)
	return l, carrier
}

// desk is the registered phone of the n-th agent.
func desk(t *testing.T, l *lab.Lab, n int) *phone.Phone {
	t.Helper()
	a := lab.Agents()[n]
	p, err := phone.New(phone.Config{Extension: a.Number, Password: a.Password, Exchange: l.SIPAddr})
	must(t, err)
	t.Cleanup(p.Close)
	must(t, p.Register(within(t, 5*time.Second)))
	return p
}

// music is the ear's library with the exchange's music on hold.
func music(t *testing.T, l *lab.Lab, prompts string) *ear.Library {
	t.Helper()
	library, err := ear.Load(prompts)
	must(t, err)
	// As the exchange sees the file system.
	must(t, library.AddMusic(fmt.Sprintf("/proc/%d/root/usr/share/asterisk/moh", l.PID(lab.Asterisk))))
	return library
}

// ari sends a request to Asterisk.
func ari(t *testing.T, l *lab.Lab, method, path string, query url.Values) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t, 5*time.Second), method, l.ARIURL+path+"?"+query.Encode(), nil)
	must(t, err)
	req.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	res.Body.Close()
	if res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
}

// untilRinging waits until Asterisk knows that a channel rings.
func untilRinging(ctx context.Context, t *testing.T, l *lab.Lab, id string) {
	t.Helper()
	for {
		out, err := l.AsteriskCLI(ctx, "core show channels concise")
		must(t, err)
		for channel := range strings.Lines(out) {
			if strings.Contains(channel, "!Ringing!") && strings.Contains(channel, id) {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("channel %s does not ring:\n%s", id, out)
		}
	}
}

func TestAsterisk(t *testing.T) {
	l, carrier := exchange(t)
	ctx := within(t, time.Minute)

	t.Run("registration", func(t *testing.T) {
		a := lab.Agents()[2]
		wrong, err := phone.New(phone.Config{Extension: a.Number, Password: "wrong", Exchange: l.SIPAddr})
		must(t, err)
		t.Cleanup(wrong.Vanish)
		if err := wrong.Register(ctx); err == nil {
			t.Error("registered with a wrong password")
		}
		p := desk(t, l, 2)
		contacts := func() string {
			out, err := l.AsteriskCLI(ctx, "pjsip show contacts")
			must(t, err)
			return out
		}
		if out := contacts(); !strings.Contains(out, p.Addr().String()) {
			t.Errorf("%v is not in\n%s", p.Addr(), out)
		}
		must(t, p.Unregister(ctx))
		if out := contacts(); strings.Contains(out, p.Addr().String()) {
			t.Errorf("%v is still in\n%s", p.Addr(), out)
		}
	})

	t.Run("a call through app_queue", func(t *testing.T) {
		p := desk(t, l, 0)
		library := music(t, l, "../../prompts/audio")
		library.NameTone(p.Tone(), "1001")
		caller, err := carrier.Call(ctx, phone.CallerID{Number: "+996700123456", Name: "Айбек"}, lab.BenchDID)
		must(t, err)
		agent, err := p.Expect(ctx)
		must(t, err)
		if got := agent.Caller(); got.Number != "+996700123456" || got.Name != "Айбек" {
			t.Errorf("the phone shows %v", got)
		}
		must(t, caller.WaitAnswer(ctx)) // by the queue
		_, err = caller.WaitSound(ctx, time.Time{})
		must(t, err)
		must(t, agent.Answer(ctx))
		heard, err := caller.WaitTone(ctx, p.Tone(), time.Time{})
		must(t, err)
		t.Logf("answer to audio: %v", heard.Sub(agent.At(phone.AnswerSent)))
		_, err = agent.WaitTone(ctx, caller.Tone(), time.Time{})
		must(t, err)

		talkOn := func(since time.Time) {
			t.Helper()
			_, err := caller.WaitTone(ctx, p.Tone(), since.Add(300*time.Millisecond))
			must(t, err)
		}
		talkOn(heard)
		must(t, agent.Keys(ctx, "*1"))
		star, err := caller.Wait(ctx, phone.KeyReceived)
		must(t, err)
		one, err := caller.WaitSince(ctx, phone.KeyReceived, star.At.Add(time.Millisecond))
		must(t, err)
		if keys := star.Text + one.Text; keys != "*1" {
			t.Errorf("keys %s came", keys)
		}
		must(t, agent.Hold(ctx, phone.SendOnly))
		_, err = caller.WaitSound(ctx, agent.At(phone.HoldSent).Add(2*time.Second)) // of music
		must(t, err)
		must(t, agent.Resume(ctx))
		talkOn(agent.At(phone.ResumeSent))
		must(t, agent.Hangup(ctx))
		must(t, caller.Hangup(ctx))

		story := library.Listen(caller.Recording().PCM)
		t.Log(story)
		var kinds []ear.Kind
		for _, h := range story.Of(ear.Music, ear.Tone) {
			if len(kinds) == 0 || kinds[len(kinds)-1] != h.Kind {
				kinds = append(kinds, h.Kind)
			}
		}
		if got := fmt.Sprint(kinds); got != "[tone music tone]" {
			t.Errorf("heard %v", story)
		}
		if _, ok := story.Find("tone of 1001"); !ok || len(story.Prompts()) > 0 {
			t.Errorf("heard %v", story)
		}
		for _, h := range story.Of(ear.Music) {
			if h.Name == "music" {
				t.Errorf("music that is not known: %v", h)
			}
		}
	})

	t.Run("answered elsewhere", func(t *testing.T) {
		p := desk(t, l, 1)
		for reason, want := range map[string]bool{"answered_elsewhere": true, "normal": false} {
			id := "ring-" + reason
			ari(t, l, "POST", "/channels", url.Values{"endpoint": {"PJSIP/1002"}, "channelId": {id},
				"extension": {lab.BenchDID}, "context": {"from-carrier"}, "priority": {"1"}})
			ring, err := p.Expect(ctx)
			must(t, err)
			wait(ctx, t, ring, phone.RingingSent)
			untilRinging(ctx, t, l, id) // before it has heard so, Asterisk cancels without a reason
			ari(t, l, "DELETE", "/channels/"+id, url.Values{"reason": {reason}})
			if end := waitEnd(ctx, t, ring); end.Elsewhere() != want || end.By != phone.Far {
				t.Errorf("%s: %v", reason, end)
			}
		}
	})

	t.Run("odd caller ids", func(t *testing.T) {
		p := desk(t, l, 4)
		long := strings.Repeat("я", 500)
		for name, id := range map[string]phone.CallerID{
			"none":       {},
			"withheld":   {Number: "+996700123456", Withheld: true},
			"quotes":     {Number: "996", Name: `"; DROP \`},
			"line break": {Number: "9\r\n96", Name: "a\r\nX-Evil: 1"},
			"long":       {Number: strings.Repeat("9", 1000), Name: long},
		} {
			caller, err := carrier.Call(ctx, id, lab.BenchDID)
			must(t, err)
			ring, err := p.Expect(ctx)
			must(t, err)
			t.Logf("%s: shown as %.60v", name, ring.Caller())
			if evil := ring.Header("X-Evil"); evil != nil {
				t.Errorf("%s: a name became a header: %v", name, evil)
			}
			must(t, caller.Hangup(ctx))
			waitEnd(ctx, t, ring)
		}
	})

	t.Run("vanish", func(t *testing.T) {
		p := desk(t, l, 3)
		caller, err := carrier.Call(ctx, phone.CallerID{Number: "996"}, lab.BenchDID)
		must(t, err)
		agent, err := p.Expect(ctx)
		must(t, err)
		must(t, agent.Answer(ctx))
		_, err = caller.WaitTone(ctx, p.Tone(), time.Time{})
		must(t, err)
		p.Vanish()
		must(t, caller.Hangup(ctx))
		must(t, p.Return(ctx))
		out, err := l.AsteriskCLI(ctx, "pjsip show contacts")
		must(t, err)
		if n := strings.Count(out, "sip:1004@"); n != 1 {
			t.Errorf("%d contacts after the return:\n%s", n, out)
		}
	})

	t.Run("blind transfer", func(t *testing.T) {
		p := desk(t, l, 6)
		caller, err := carrier.Call(ctx, phone.CallerID{Number: "996"}, lab.BenchDID)
		must(t, err)
		agent, err := p.Expect(ctx)
		must(t, err)
		must(t, agent.Answer(ctx))
		must(t, caller.WaitAnswer(ctx))
		// Asterisk takes the order and then finds no such number, for without
		// the daemon agents can dial nothing. It tells so.
		must(t, agent.Transfer(ctx, "777"))
		if code := result(ctx, t, agent); code != 404 {
			t.Errorf("transfer to nowhere: %d", code)
		}
		must(t, caller.Hangup(ctx))
	})

	t.Run("a phone places a call", func(t *testing.T) {
		p := desk(t, l, 5)
		c, err := p.Call(ctx, "*10")
		must(t, err)
		// The context of agents is empty without the daemon: the digest was
		// right, and the number does not exist.
		if end := waitEnd(ctx, t, c); end.Code != 404 {
			t.Errorf("%v", end)
		}
	})
}
