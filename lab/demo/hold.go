package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
)

// In the queue short a hold ends after 8 s at the latest, and not after 110: nobody wants to wait two minutes for
// it here. make test-long does.

// takeShort brings two callers to agents who will hold them, before others are there to answer.
func takeShort(d *day) {
	take := func(a *Agent, c *Caller) {
		code := a.dials("*10" + a.number)
		code.hears("ru/logged-in")
		code.isHungUp()
		c.dialsAt(lab.ShortDID)
		c.await("the first word for "+c.name, func(ctx context.Context) error {
			_, err := c.call.WaitSound(ctx, time.Time{})
			return err
		})
		c.presses("2")
		a.isRungFor(c)
		a.answers(c)
	}
	take(d.a1003, d.nurlan)
	take(d.a1004, d.vera)
	d.vera.goesOnTalking(aTalk)
	d.tell("1004 presses *1")
	d.await("1004 holds", func(ctx context.Context) error { return d.a1004.call.Keys(ctx, "*1") })
	d.vera.hears("ru/hold")
}

// holds: 1003 takes Nurlan off the line by the key of the phone and by code, and comes back each time. 1004 forgets Vera
// and goes home: before the limit Vera is promised a callback.
func holds(d *day) {
	d.together(
		func() { comesBack(d) },
		func() { forgets(d) },
	)
}

// holdsHeard tells what Nurlan, Vera and 1004 heard.
func holdsHeard(d *day) {
	d.vera.hears("ru/closing")
	d.vera.isHungUp()
	byNurlan, byVera, at1004 := d.nurlan.report(), d.vera.report(), d.a1004.report()
	round := []string{"ru/hold", music, "ru/return", "tone of 1003"}
	want := append([]string{"tone of 1003"}, append(round, round...)...)
	told := byNurlan.story("tone of 1003", want...)
	d.promise(slices.Equal(told, want), "On hold, by key and by code: phrase, music, return phrase, agent", "ear of Nurlan", "%s", list(told))
	want = []string{"tone of 1004", "ru/hold", music, "ru/hold-long", "ru/closing"}
	limit := byVera.begin("ru/hold-long") - byVera.begin("ru/hold")
	told = byVera.story("tone of 1004", want...)
	d.promise(slices.Equal(told, want) && limit < 12*time.Second, "Nobody is on hold until the limit: a callback is promised before", "ear of Vera",
		"after %.1f s, limit 12 s", limit.Seconds())
	want = []string{"ru/hold-reminder", "ru/hold-expired"}
	told = at1004.story("", want...)
	promised := table[ops.Callback](d, "callbacks")
	owned := len(promised) == 1 && promised[0].Number == d.vera.number && promised[0].Owner != nil && *promised[0].Owner == "1004"
	d.promise(owned && slices.Equal(told, want),
		"The agent was reminded, hears the outcome, and owns the callback", "ear of 1004, kezek callbacks", "%s", due(promised))
	if len(promised) > 0 {
		d.command("callback", "cancel", promised[0].ID, "--reason", "the day is short")
	}
}

func comesBack(d *day) {
	nurlan, a := d.nurlan, d.a1003
	for _, way := range []struct {
		name       string
		hold, back func(context.Context) error
	}{
		{"the phone's hold key", func(ctx context.Context) error { return a.call.Hold(ctx, phone.SendOnly) }, a.call.Resume},
		{"*1", func(ctx context.Context) error { return a.call.Keys(ctx, "*1") }, func(ctx context.Context) error { return a.call.Keys(ctx, "*1") }},
	} {
		d.tell("1003 presses %s", way.name)
		d.await("1003 holds", way.hold)
		nurlan.hears("ru/hold")
		nurlan.hearsMusic()
		d.tell("1003 presses %s again", way.name)
		d.await("1003 comes back", way.back)
		nurlan.hears("ru/return")
		nurlan.hearEachOther(a, time.Now().Add(time.Second+aTalk)) // the phrase takes a second
	}
	goesHome(a) // after this call
	d.tell("Nurlan hangs up")
	nurlan.putsDown()
	a.isHungUp()
}

// aTalk is long enough to be known for one.
const aTalk = 800 * time.Millisecond

func forgets(d *day) {
	vera, a := d.vera, d.a1004
	goesHome(a)
	a.hears("ru/hold-reminder")
	vera.hears("ru/hold-long")
	a.isHungUp()
}

// goesHome logs out from a second line.
func goesHome(a *Agent) {
	code := a.dials("*11")
	code.hears("ru/logged-out")
	code.isHungUp()
}

// story is what was heard in its order: prompts, music, and the voice of one agent. Which of several prompts that begin
// alike it was is told by what is wanted.
func (s sounds) story(voice string, want ...string) (names []string) {
	s.awaited = want
	for _, h := range s.Of(ear.Prompt, ear.Music, ear.Tone) {
		name := s.name(h)
		if h.Kind == ear.Prompt && slices.Contains(want, name) || h.Kind == ear.Music || name == voice && h.To-h.From > aTalk/2 {
			if h.Kind == ear.Music {
				name = music
			}
			names = append(names, name)
		}
	}
	return slices.Compact(names)
}

// command runs a command of kezek that changes something.
func (d *day) command(args ...string) {
	d.await(fmt.Sprint("kezek ", args), func(ctx context.Context) error {
		out, err := d.lab.Kezek(ctx, args...)
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}
