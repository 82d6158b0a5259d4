package phone_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

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
	// 200 ms each, less what the first one was late on a busy machine.
	if d := times[4].Sub(times[0]); d < 400*time.Millisecond {
		t.Errorf("%v between the first and the last key", d)
	}
	if err := caller.Keys(ctx, "1x"); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("key x: %v", err)
	}
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
