package phone_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/phone"
)

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
				c, err := carrier.Call(ctx, phone.CallerID{Number: fmt.Sprint(n)}, "+996312900800", phone.WithSound(phone.Sound{}))
				if err == nil {
					err = c.WaitAnswer(ctx)
				}
				if err == nil {
					_, err = c.WaitTone(ctx, desk.Tone(), time.Time{})
				}
				if err == nil {
					err = c.Hangup(ctx)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}
