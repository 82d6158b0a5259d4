package phone_test

import (
	"context"
	"testing"
	"time"

	"kezek/lab/phone"
)

// Two phones without an exchange between them: each takes the other for it.
// The caller is a carrier, for phones do not tell whom they serve.
func pair(t *testing.T) (*phone.Carrier, *phone.Phone) {
	t.Helper()
	agent, err := phone.New(phone.Config{Extension: "1012"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agent.Vanish)
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: agent.Addr().String(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(carrier.Close)
	return carrier, agent
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func place(t *testing.T, ctx context.Context, k *phone.Carrier, a *phone.Phone, options ...phone.Option) (caller, agent *phone.Call) {
	t.Helper()
	caller, err := k.Call(ctx, phone.CallerID{Number: "+996700123456"}, "+996312900800", options...)
	must(t, err)
	agent, err = a.Expect(ctx)
	must(t, err)
	return caller, agent
}

func TestTalk(t *testing.T) {
	t.Parallel()
	carrier, phone12 := pair(t)
	ctx := within(t, 5*time.Second)
	caller, agent := place(t, ctx, carrier, phone12)
	must(t, agent.Ring())
	_, err := caller.Wait(ctx, phone.RingingReceived)
	must(t, err)
	must(t, agent.Answer(ctx))
	must(t, caller.WaitAnswer(ctx))
	_, err = caller.WaitTone(ctx, phone12.Tone(), time.Time{})
	must(t, err)
	_, err = agent.WaitTone(ctx, caller.Tone(), time.Time{})
	must(t, err)
	must(t, caller.Keys(ctx, "*10"))
	must(t, agent.Hangup(ctx))
	end, err := caller.WaitEnd(ctx)
	must(t, err)
	if end.By != phone.Far {
		t.Errorf("ended by %s", end.By)
	}
	for _, e := range append(agent.Log(), caller.Log()...) {
		t.Log(e)
	}
}
