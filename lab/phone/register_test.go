package phone_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
)

func TestRegisters(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "lab-1012")
	ctx := within(t, 5*time.Second)
	p, err := phone.New(phone.Config{Extension: "1012", Password: "lab-1012", Exchange: r.addr, Expires: time.Second})
	must(t, err)
	t.Cleanup(p.Vanish)
	must(t, p.Register(ctx))
	want := []string{"sip:1012@" + p.Addr().String()}
	if got := r.registered(); !slices.Equal(got, want) {
		t.Fatalf("registered %v, want %v", got, want)
	}
	if !p.Registered() {
		t.Error("the phone does not know that it is registered")
	}
	for range 2 { // the first one and a renewal by itself
		select {
		case <-r.more:
		case <-ctx.Done():
			t.Fatal("not renewed")
		}
	}
	must(t, p.Unregister(ctx))
	if got := r.registered(); len(got) != 0 || p.Registered() {
		t.Errorf("after Unregister %v is registered", got)
	}
}

func TestWrongPasswordIsAnError(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "lab-1012")
	p, err := phone.New(phone.Config{Extension: "1012", Password: "wrong", Exchange: r.addr})
	must(t, err)
	t.Cleanup(p.Vanish)
	err = p.Register(within(t, 5*time.Second))
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("registering with a wrong password: %v", err)
	}
	if p.Registered() {
		t.Error("the phone believes that it is registered")
	}
}

// A phone that lost its power comes back at its old address.
func TestVanishedPhoneRegistersAgain(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "lab-1012")
	ctx := within(t, 5*time.Second)
	p, err := phone.New(phone.Config{Extension: "1012", Password: "lab-1012", Exchange: r.addr})
	must(t, err)
	t.Cleanup(p.Vanish)
	must(t, p.Register(ctx))
	before := r.registered()
	p.Vanish()
	if got := r.registered(); !slices.Equal(got, before) || p.Registered() {
		t.Errorf("a phone that vanishes has said something: registered %v", got)
	}
	must(t, p.Return(ctx))
	if got := r.registered(); !slices.Equal(got, before) || !p.Registered() {
		t.Errorf("after the return %v is registered, before %v", got, before)
	}
}

// An exchange that was away gets its phones back without anybody's help.
func TestRenewsAfterTheExchangeWasAway(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "lab-1012")
	p, err := phone.New(phone.Config{Extension: "1012", Password: "lab-1012", Exchange: r.addr, Expires: time.Second})
	must(t, err)
	t.Cleanup(p.Vanish)
	must(t, p.Register(within(t, 5*time.Second)))
	await := func(what string, came chan struct{}) {
		t.Helper()
		select {
		case <-came:
		case <-time.After(5 * time.Second):
			t.Fatalf("no %s", what)
		}
	}
	await("registration", r.more)
	r.setAway(true)
	await("renewal", r.refused)
	r.setAway(false)
	await("second try", r.more)
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]phone.Config{
		"Extension": {},
		"exchange":  {Extension: "1012", Exchange: "localhost"},
		"listen":    {Extension: "1012", Listen: "5060"},
	} {
		if _, err := phone.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v does not name %s", c, err, want)
		}
	}
}
