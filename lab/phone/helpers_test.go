package phone_test

import (
	"context"
	"testing"
	"time"

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
