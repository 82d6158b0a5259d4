package phone_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

// pair is a phone and a carrier that takes it for the exchange.
func pair(t testing.TB) (*phone.Carrier, *phone.Phone) {
	t.Helper()
	agent, err := phone.New(phone.Config{Extension: "1012"})
	must(t, err)
	t.Cleanup(agent.Vanish)
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: agent.Addr().String(), Listen: "127.0.0.1:0"})
	must(t, err)
	t.Cleanup(carrier.Close)
	return carrier, agent
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ring places a call and returns both of its ends while it rings.
func ring(ctx context.Context, t testing.TB, k *phone.Carrier, a *phone.Phone, options ...phone.Option) (caller, agent *phone.Call) {
	t.Helper()
	caller, err := k.Call(ctx, phone.CallerID{Number: "+996700123456"}, "+996312900800", options...)
	must(t, err)
	agent, err = a.Expect(ctx)
	must(t, err)
	_, err = caller.Wait(ctx, phone.RingingReceived)
	must(t, err)
	return caller, agent
}

// talk places a call and answers it.
func talk(ctx context.Context, t testing.TB, k *phone.Carrier, a *phone.Phone, options ...phone.Option) (caller, agent *phone.Call) {
	t.Helper()
	caller, agent = ring(ctx, t, k, a, options...)
	must(t, agent.Answer(ctx))
	must(t, caller.WaitAnswer(ctx))
	return caller, agent
}

func wait(ctx context.Context, t testing.TB, c *phone.Call, k phone.Kind) phone.Event {
	t.Helper()
	e, err := c.Wait(ctx, k)
	must(t, err)
	return e
}

func waitEnd(ctx context.Context, t testing.TB, c *phone.Call) phone.End {
	t.Helper()
	end, err := c.WaitEnd(ctx)
	must(t, err)
	return end
}

// kinds are the events of a call's log, without those of the media.
func kinds(c *phone.Call) (all []phone.Kind) {
	for _, e := range c.Log() {
		if e.Kind != phone.FirstRTP && e.Kind != phone.FirstSound {
			all = append(all, e.Kind)
		}
	}
	return all
}

func TestCallIsHeardBothWays(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)

	heard, err := caller.WaitTone(ctx, desk.Tone(), time.Time{})
	must(t, err)
	if d := heard.Sub(agent.At(phone.AnswerSent)); d < 0 || d > 500*time.Millisecond {
		t.Errorf("the agent is heard %v after the answer", d)
	}
	_, err = agent.WaitTone(ctx, caller.Tone(), time.Time{})
	must(t, err)
	if _, err := agent.WaitTone(within(t, 100*time.Millisecond), desk.Tone(), time.Time{}); err == nil {
		t.Error("the agent hears himself")
	}
	must(t, agent.Hangup(ctx))
	if end := waitEnd(ctx, t, caller); end.By != phone.Far || end.Code != 0 {
		t.Errorf("caller: %v", end)
	}
	if end := waitEnd(ctx, t, agent); end.By != phone.Near {
		t.Errorf("agent: %v", end)
	}
	want := []phone.Kind{phone.InviteReceived, phone.RingingSent, phone.AnswerSent, phone.AckReceived, phone.ByeSent, phone.Ended}
	if got := kinds(agent); !slices.Equal(got, want) {
		t.Errorf("agent's log: %v", got)
	}
	want = []phone.Kind{phone.InviteSent, phone.RingingReceived, phone.AnswerReceived, phone.AckSent, phone.ByeReceived, phone.Ended}
	if got := kinds(caller); !slices.Equal(got, want) {
		t.Errorf("caller's log: %v", got)
	}
	if d := caller.At(phone.ByeReceived).Sub(agent.At(phone.ByeSent)); d < 0 || d > 500*time.Millisecond {
		t.Errorf("the BYE took %v", d)
	}
}

func TestDecline(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	for _, code := range []int{486, 603, 480, 404, 503} {
		caller, agent := ring(ctx, t, carrier, desk)
		must(t, agent.Decline(code))
		err := caller.WaitAnswer(ctx)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(code)) {
			t.Errorf("declined with %d: caller's error %v", code, err)
		}
		if end := waitEnd(ctx, t, caller); end.Code != code || end.By != phone.Far {
			t.Errorf("declined with %d: %v", code, end)
		}
		if err := agent.Answer(ctx); err == nil {
			t.Error("answered after it was declined")
		}
	}
	_, agent := ring(ctx, t, carrier, desk)
	if err := agent.Decline(200); err == nil || !strings.Contains(err.Error(), "300 to 699") {
		t.Errorf("declined with 200: %v", err)
	}
}

func TestBehaviours(t *testing.T) {
	t.Parallel()
	ctx := within(t, 5*time.Second)
	place := func(t *testing.T, b phone.Behaviour, options ...phone.Option) (caller, agent *phone.Call) {
		carrier, desk := pair(t)
		desk.Behave(b)
		caller, err := carrier.Call(ctx, phone.CallerID{}, "+996312900800", options...)
		must(t, err)
		agent, err = desk.Expect(ctx)
		must(t, err)
		return caller, agent
	}
	t.Run("answer", func(t *testing.T) {
		caller, _ := place(t, phone.Answer)
		must(t, caller.WaitAnswer(ctx))
	})
	t.Run("answer after", func(t *testing.T) {
		caller, agent := place(t, phone.AnswerAfter(150*time.Millisecond))
		must(t, caller.WaitAnswer(ctx))
		if d := agent.At(phone.AnswerSent).Sub(agent.At(phone.RingingSent)); d < 150*time.Millisecond {
			t.Errorf("answered after %v", d)
		}
	})
	t.Run("refuse", func(t *testing.T) {
		caller, agent := place(t, phone.Refuse(486))
		if end := waitEnd(ctx, t, caller); end.Code != 486 {
			t.Error(end)
		}
		if !agent.At(phone.RingingSent).IsZero() {
			t.Error("a busy phone rang")
		}
	})
	t.Run("refuse after", func(t *testing.T) {
		caller, _ := place(t, phone.RefuseAfter(50*time.Millisecond, 603))
		wait(ctx, t, caller, phone.RingingReceived)
		if end := waitEnd(ctx, t, caller); end.Code != 603 {
			t.Error(end)
		}
	})
	t.Run("auto-answer", func(t *testing.T) {
		for header, value := range map[string]string{
			"Call-Info":  "<sip:127.0.0.1>;answer-after=0",
			"Alert-Info": "<http://localhost>;info=alert-autoanswer",
		} {
			caller, agent := place(t, phone.AnswerIfAsked, phone.WithHeader(header, value))
			must(t, caller.WaitAnswer(ctx))
			if got := agent.Header(header); !slices.Equal(got, []string{value}) {
				t.Errorf("%s: %v", header, got)
			}
		}
		caller, agent := place(t, phone.AnswerIfAsked)
		wait(ctx, t, caller, phone.RingingReceived)
		if agent.AsksAutoAnswer() || !agent.At(phone.AnswerSent).IsZero() {
			t.Error("answered without being asked")
		}
	})
	t.Run("ignore", func(t *testing.T) {
		caller, agent := place(t, phone.Ignore)
		must(t, caller.Hangup(ctx)) // a CANCEL may go: the exchange has heard "Trying"
		wait(ctx, t, agent, phone.CancelReceived)
		if !caller.At(phone.RingingReceived).IsZero() {
			t.Error("it rang")
		}
	})
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	caller, agent := ring(ctx, t, carrier, desk)
	must(t, caller.Hangup(ctx))
	if end := waitEnd(ctx, t, caller); end.Code != 487 || end.By != phone.Near {
		t.Errorf("caller: %v", end)
	}
	end := waitEnd(ctx, t, agent)
	if end.By != phone.Far || end.Elsewhere() {
		t.Errorf("agent: %v", end)
	}
	if err := agent.Answer(ctx); err == nil {
		t.Error("answered a call that was given up")
	}
}

func TestAnsweredElsewhere(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]bool{
		`SIP;cause=200;text="Call completed elsewhere"`:  true,
		`SIP ;text="Call completed elsewhere";cause=200`: true,
		`SIP;cause=2000`: false,
		`Q.850;cause=26`: false,
		``:               false,
	} {
		if got := (phone.End{Reason: reason}).Elsewhere(); got != want {
			t.Errorf("Reason %q: elsewhere is %v", reason, got)
		}
	}
}

// The caller hangs up at the very moment of the answer: whichever comes first,
// both ends know that the call is over, and nothing hangs.
func TestHangupCrossesAnswer(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	outcomes := make(map[string]int)
	for i := range 40 {
		caller, agent := ring(ctx, t, carrier, desk)
		var both sync.WaitGroup
		both.Go(func() {
			time.Sleep(time.Duration(i%8) * 50 * time.Microsecond)
			_ = agent.Answer(ctx) // an error if the CANCEL was first
		})
		both.Go(func() { must(t, caller.Hangup(ctx)) })
		both.Wait()
		outcome := "cancelled"
		if waitEnd(ctx, t, caller); !caller.At(phone.AnswerReceived).IsZero() {
			outcome = "answered"
			wait(ctx, t, agent, phone.ByeReceived)
		}
		waitEnd(ctx, t, agent)
		outcomes[outcome]++
	}
	t.Log(outcomes)
}

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	last := time.Time{}
	for _, style := range []phone.HoldStyle{phone.SendOnly, phone.Inactive, phone.ZeroAddress} {
		_, err := caller.WaitTone(ctx, desk.Tone(), last)
		must(t, err)
		must(t, agent.Hold(ctx, style))
		held, err := caller.WaitSince(ctx, phone.HoldReceived, last)
		must(t, err)
		sent, err := agent.WaitSince(ctx, phone.HoldSent, last)
		must(t, err)
		if d := held.At.Sub(sent.At); d < 0 || d > 500*time.Millisecond || sent.Text != string(style) {
			t.Errorf("%s: hold took %v, sent as %q", style, d, sent.Text)
		}
		quiet := time.Now().Add(100 * time.Millisecond) // what was on its way
		if at, err := caller.WaitSound(within(t, 200*time.Millisecond), quiet); err == nil {
			t.Errorf("%s: the agent is heard %v after the hold", style, at.Sub(sent.At))
		}
		must(t, agent.Resume(ctx))
		resumed, err := caller.WaitSince(ctx, phone.ResumeReceived, held.At)
		must(t, err)
		last = resumed.At
		if _, err := agent.WaitTone(ctx, caller.Tone(), last); err != nil {
			t.Errorf("%s: after the hold: %v", style, err)
		}
	}
	if err := agent.Hold(ctx, "loudly"); err == nil || !strings.Contains(err.Error(), "sendonly") {
		t.Errorf("unknown hold style: %v", err)
	}
	must(t, agent.Hangup(ctx))
	if err := agent.Hold(ctx, phone.SendOnly); err == nil {
		t.Error("held a call that is over")
	}
}

// Both ends press hold at once: one gives way and tries again.
func TestHoldFromBothEnds(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	var both sync.WaitGroup
	both.Go(func() { must(t, agent.Hold(ctx, phone.SendOnly)) })
	both.Go(func() { must(t, caller.Hold(ctx, phone.Inactive)) })
	both.Wait()
	wait(ctx, t, caller, phone.HoldReceived)
	wait(ctx, t, agent, phone.HoldReceived)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	_, err := agent.WaitTone(ctx, caller.Tone(), time.Time{})
	must(t, err)
	begun := time.Now()
	must(t, caller.Keys(ctx, "*10#D"))
	took := time.Since(begun)
	wait(ctx, t, agent, phone.KeyReceived)
	// The tone again: all keys are through.
	_, err = agent.WaitTone(ctx, caller.Tone(), time.Now())
	must(t, err)
	var got string
	var times []time.Time
	for _, e := range agent.Log() {
		if e.Kind == phone.KeyReceived {
			got += e.Text
			times = append(times, e.At)
		}
	}
	if got != "*10#D" {
		t.Fatalf("keys %q came", got)
	}
	if took < 5*150*time.Millisecond {
		t.Errorf("five keys took %v", took)
	}
	for i := 1; i < len(times); i++ {
		if d := times[i].Sub(times[i-1]); d < 100*time.Millisecond {
			t.Errorf("%v between keys %d and %d", d, i, i+1)
		}
	}
	if err := caller.Keys(ctx, "1x"); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("key x: %v", err)
	}
}

func TestCallerIDs(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	long := strings.Repeat("x", 1000)
	for name, c := range map[string]struct {
		id      phone.CallerID
		want    phone.Party
		privacy string
	}{
		"number":        {id: phone.CallerID{Number: "+996700123456"}, want: phone.Party{Number: "+996700123456"}},
		"name":          {id: phone.CallerID{Number: "996", Name: "Айбек"}, want: phone.Party{Number: "996", Name: "Айбек"}},
		"quotes":        {id: phone.CallerID{Number: "996", Name: `a "b" \c`}, want: phone.Party{Number: "996", Name: `a "b" \c`}},
		"line break":    {id: phone.CallerID{Number: "996", Name: "a\nSubject: b"}, want: phone.Party{Number: "996", Name: "a Subject: b"}},
		"odd number":    {id: phone.CallerID{Number: "a b\r\n@<>\"%"}, want: phone.Party{Number: "a b\r\n@<>\"%"}},
		"1000 in name":  {id: phone.CallerID{Number: "996", Name: long}, want: phone.Party{Number: "996", Name: long}},
		"1000 digits":   {id: phone.CallerID{Number: long}, want: phone.Party{Number: long}},
		"none":          {},
		"withheld":      {id: phone.CallerID{Withheld: true}, want: phone.Party{Number: "anonymous", Name: "Anonymous"}, privacy: "id"},
		"only asserted": {id: phone.CallerID{Number: "996", Withheld: true}, want: phone.Party{Number: "996"}, privacy: "id"},
		"asserted":      {id: phone.CallerID{Number: "1", Asserted: "996"}, want: phone.Party{Number: "996"}},
		"raw":           {id: phone.CallerID{Raw: `Bob <sip:b%20@x>`}, want: phone.Party{Number: "b ", Name: "Bob"}},
	} {
		caller, err := carrier.Call(ctx, c.id, "+996312900800")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		agent, err := desk.Expect(ctx)
		must(t, err)
		if got := agent.Caller(); strings.Join(strings.Fields(got.Name), " ") != c.want.Name || got.Number != c.want.Number {
			t.Errorf("%s: shown as %q %q, want %q %q", name, got.Number, got.Name, c.want.Number, c.want.Name)
		}
		if got := strings.Join(agent.Header("Privacy"), ","); got != c.privacy {
			t.Errorf("%s: Privacy %q, want %q", name, got, c.privacy)
		}
		if got := agent.Dialled(); got != "+996312900800" {
			t.Errorf("%s: dialled %q", name, got)
		}
		must(t, caller.Hangup(ctx))
	}
	if _, err := carrier.Call(ctx, phone.CallerID{Raw: "<"}, "1"); err == nil {
		t.Error("a From that nobody can read is sent")
	}
}

// A phone without power answers nothing, and is itself again afterwards.
func TestVanishInACall(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	_, err := caller.WaitTone(ctx, desk.Tone(), time.Time{})
	must(t, err)
	desk.Vanish()
	if end := waitEnd(ctx, t, agent); !end.Vanished {
		t.Errorf("agent: %v", end)
	}
	if _, err := desk.Call(ctx, "1"); err == nil {
		t.Error("a phone without a line places a call")
	}
	gone := time.Now().Add(100 * time.Millisecond)
	if _, err := caller.WaitSound(within(t, 200*time.Millisecond), gone); err == nil {
		t.Error("a phone that is gone is heard")
	}
	if !caller.Live() {
		t.Error("a phone that is gone has said goodbye")
	}
	if err := caller.Hangup(within(t, 300*time.Millisecond)); err == nil {
		t.Error("a phone that is gone answers")
	}
	before := desk.Addr()
	_ = desk.Return(within(t, 100*time.Millisecond)) // there is no registrar here
	if desk.Addr() != before {
		t.Errorf("came back at %v, was at %v", desk.Addr(), before)
	}
	caller, agent = talk(ctx, t, carrier, desk)
	must(t, caller.Hangup(ctx))
	waitEnd(ctx, t, agent)
}

// The trunk in the other direction: the exchange calls out.
func TestCarrierIsCalled(t *testing.T) {
	t.Parallel()
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: "127.0.0.1:1", Listen: "127.0.0.1:0"})
	must(t, err)
	t.Cleanup(carrier.Close)
	desk, err := phone.New(phone.Config{Extension: "1012", Exchange: carrier.Addr().String()})
	must(t, err)
	t.Cleanup(desk.Vanish)
	ctx := within(t, 5*time.Second)
	carrier.Behave(func(c *phone.Call) {
		if c.Dialled() == "+996700000486" {
			phone.Refuse(486)(c)
		} else {
			phone.AnswerAfter(20 * time.Millisecond)(c)
		}
	})
	busy, err := desk.Call(ctx, "+996700000486")
	must(t, err)
	if end := waitEnd(ctx, t, busy); end.Code != 486 {
		t.Error(end)
	}
	call, err := desk.Call(ctx, "*10#7")
	must(t, err)
	must(t, call.WaitAnswer(ctx))
	if got := carrier.Incoming(); len(got) != 2 || got[1].Dialled() != "*10#7" || got[1].Caller().Number != "1012" {
		t.Errorf("the carrier was called by %v", got)
	}
	must(t, call.Hangup(ctx))
}

func TestSoundsAreSentAsTold(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	words := make([]int16, 4000)
	for i := range words {
		words[i] = int16(i % 7 * 1000)
	}
	caller, agent := talk(ctx, t, carrier, desk, phone.WithSound(phone.Sound{}))
	if _, err := agent.WaitSilence(within(t, 100*time.Millisecond), time.Time{}); err == nil {
		t.Error("no packets should be sent")
	}
	if at := agent.At(phone.FirstRTP); !at.IsZero() {
		t.Error("packets came")
	}
	caller.Send(phone.Silence())
	_, err := agent.WaitSilence(ctx, time.Time{})
	must(t, err)
	caller.Send(phone.Samples(words))
	begun, err := agent.WaitSound(ctx, time.Time{})
	must(t, err)
	if first := agent.At(phone.FirstSound); !first.Equal(begun) {
		t.Errorf("first sound noted at %v, heard at %v", first, begun)
	}
	if end, err := agent.WaitSilence(ctx, begun); err != nil {
		t.Error(err)
	} else if d := end.Sub(begun); d < 400*time.Millisecond || d > 700*time.Millisecond {
		t.Errorf("half a second was heard for %v", d)
	}
	caller.Send(phone.Tone(700))
	_, err = agent.WaitTone(ctx, 700, time.Time{})
	must(t, err)
}

func TestPromptIsHeardLive(t *testing.T) {
	t.Parallel()
	const dir, name = "../../prompts/audio", "ru/hold"
	all, err := ear.Load(dir)
	must(t, err)
	l, err := all.Only(name, "ru/return", "ky/hold")
	must(t, err)
	hold, err := phone.File(dir + "/" + name + ".wav")
	must(t, err)
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	_, err = caller.WaitTone(ctx, desk.Tone(), time.Time{})
	must(t, err)
	played := time.Now()
	agent.Send(hold)
	_, at, err := caller.WaitPrompt(ctx, l, name, played)
	must(t, err)
	if d := at.Sub(played); d < -20*time.Millisecond || d > 300*time.Millisecond {
		t.Errorf("heard to begin %v after it was played", d)
	}
	if known := time.Since(played); known > 3*time.Second { // it lasts 4.3 s
		t.Errorf("known after %v", known)
	}
	must(t, agent.Hangup(ctx))
	waitEnd(ctx, t, caller)
	if _, _, err := caller.WaitPrompt(ctx, l, "ru/return", time.Time{}); err == nil {
		t.Error("a prompt that was not played is heard")
	}
	heard := l.Listen(caller.Recording().Since(played.Add(-100 * time.Millisecond)).PCM)
	if _, ok := heard.Find(name); !ok {
		t.Errorf("heard %v", heard)
	}
}

func TestTonesOfAgentsDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[int]string)
	for n := 1001; n <= 1020; n++ {
		ext := fmt.Sprint(n)
		hz := phone.ToneOf(ext)
		if other, ok := seen[hz]; ok {
			t.Errorf("%s and %s both send %d Hz", ext, other, hz)
		}
		if hz%50 != 0 {
			t.Errorf("%s sends %d Hz", ext, hz)
		}
		seen[hz] = ext
	}
	carrier, _ := pair(t)
	for range 10 {
		c, err := carrier.Call(within(t, time.Second), phone.CallerID{}, "1")
		must(t, err)
		if ext, ok := seen[c.Tone()]; ok {
			t.Errorf("a caller and %s both send %d Hz", ext, c.Tone())
		}
	}
}

// Waiting ends with the context, and with the call.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	if _, err := desk.Expect(within(t, 20*time.Millisecond)); err == nil {
		t.Error("a call came from nowhere")
	}
	caller, agent := talk(ctx, t, carrier, desk)
	if _, err := caller.Wait(within(t, 20*time.Millisecond), phone.KeyReceived); err == nil {
		t.Error("a key came from nowhere")
	}
	ended := make(chan error)
	go func() {
		_, err := caller.Wait(ctx, phone.KeyReceived)
		ended <- err
	}()
	must(t, agent.Hangup(ctx))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "key received") {
		t.Errorf("waiting for a key in a call that ends: %v", err)
	}
}

// Two hundred calls at once on one carrier and twenty phones.
func TestManyCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second or two")
	}
	const calls, phones = 200, 20
	ctx := within(t, 20*time.Second)
	var desks []*phone.Phone
	for n := range phones {
		p, err := phone.New(phone.Config{Extension: fmt.Sprint(1001 + n)})
		must(t, err)
		t.Cleanup(p.Vanish)
		p.Behave(phone.Answer)
		desks = append(desks, p)
	}
	var all sync.WaitGroup
	for n, desk := range desks {
		carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: desk.Addr().String(), Listen: "127.0.0.1:0"})
		must(t, err)
		t.Cleanup(carrier.Close)
		for range calls / phones {
			all.Go(func() {
				c, err := carrier.Call(ctx, phone.CallerID{Number: fmt.Sprint(n)}, "+996312900800")
				if err == nil {
					err = c.WaitAnswer(ctx)
				}
				if err == nil {
					_, err = c.WaitTone(ctx, desk.Tone(), time.Time{})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}
