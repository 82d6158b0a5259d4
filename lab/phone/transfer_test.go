package phone_test

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
)

// A call takes the place of another one: nothing rings, and who spoke on the
// old one is heard on the new one.
func TestReplaces(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 5*time.Second)
	old, agent := talk(ctx, t, carrier, desk)
	caller, err := carrier.Call(ctx, phone.CallerID{Number: "1003"}, "1012", phone.WithHeader("Replaces", old.Replaces()))
	must(t, err)
	must(t, caller.WaitAnswer(ctx))
	if !caller.At(phone.RingingReceived).IsZero() {
		t.Error("it rang")
	}
	if end := waitEnd(ctx, t, old); end.By != phone.Far || caller.At(phone.AnswerReceived).After(end.At) {
		t.Errorf("the old call: %v; it must end by the phone, after the new one is answered", end)
	}
	if e := wait(ctx, t, agent, phone.Replaced); e.Text != caller.ID() {
		t.Errorf("replaced by %s, want %s", e.Text, caller.ID())
	}
	_, err = caller.WaitTone(ctx, desk.Tone(), time.Time{})
	must(t, err)

	for name, c := range map[string]struct {
		header string
		code   int
	}{
		"over":       {old.Replaces(), 481},
		"nonsense":   {"x", 481},
		"forged":     {strings.Replace(caller.Replaces(), "from-tag=", "from-tag=x", 1), 481},
		"early only": {caller.Replaces() + ";early-only", 486},
	} {
		other, err := carrier.Call(ctx, phone.CallerID{}, "1012", phone.WithHeader("Replaces", c.header))
		must(t, err)
		if end := waitEnd(ctx, t, other); end.Code != c.code {
			t.Errorf("%s: %v, want code %d", name, end, c.code)
		}
	}
	if !caller.Live() {
		t.Error("an INVITE that replaces nothing ended a call")
	}

	ringing, agent := ring(ctx, t, carrier, desk)
	other, err := carrier.Call(ctx, phone.CallerID{}, "1012", phone.WithHeader("Replaces", ringing.Replaces()))
	must(t, err)
	if end := waitEnd(ctx, t, other); end.Code != 481 || !agent.Live() {
		t.Errorf("a call that rings here was replaced: %v", end)
	}
}

func TestConference(t *testing.T) {
	t.Parallel()
	carrier, desk := pair(t)
	ctx := within(t, 10*time.Second)
	caller, agent := talk(ctx, t, carrier, desk)
	third, asking := talk(ctx, t, carrier, desk)
	if err := agent.Conference(ctx, agent); err == nil {
		t.Error("a conference of one call")
	}
	if err := agent.Conference(ctx, third); err == nil {
		t.Error("a conference with another phone's call")
	}
	must(t, agent.Hold(ctx, phone.Inactive))
	must(t, asking.Conference(ctx, agent))
	threeWay(ctx, t, desk, agent, asking, caller, third)

	// A held party hears nobody, and is not heard.
	agent.Send(phone.Silence())
	asking.Send(phone.Silence())
	caller.Send(phone.Tone(500))
	third.Send(phone.Tone(600))
	hears(ctx, t, caller, 600, time.Now())
	hears(ctx, t, third, 500, time.Now())
	must(t, agent.Hold(ctx, phone.SendOnly))
	held := time.Now().Add(200 * time.Millisecond)
	if _, err := caller.WaitSound(within(t, 500*time.Millisecond), held); err == nil {
		t.Error("a caller on hold hears the third")
	}
	if _, err := third.WaitSound(within(t, 500*time.Millisecond), held); err == nil {
		t.Error("a caller on hold is heard by the third")
	}
	must(t, agent.Resume(ctx))
	hears(ctx, t, caller, 600, time.Now())

	must(t, caller.Hangup(ctx))
	waitEnd(ctx, t, agent)
	asking.Send(phone.Sound{})
	gone := time.Now().Add(300 * time.Millisecond)
	if _, err := third.WaitSilence(within(t, 600*time.Millisecond), gone); err == nil {
		t.Error("a conference of one goes on sending")
	}
	if err := asking.Conference(ctx, agent); err == nil {
		t.Error("a conference with a call that is over")
	}
}
