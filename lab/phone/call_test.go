package phone_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/phone"
)

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
		t.Error("the agent hears an echo")
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
