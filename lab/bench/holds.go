package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

const (
	// holdFor and talkFor are longer than it takes to tell which phrase is heard.
	holdFor = 1500 * time.Millisecond
	talkFor = 1500 * time.Millisecond
)

// press is a hold key or a return key, and the phrase that the caller must hear after it.
type press struct {
	caller *voice
	at     time.Time
	prompt string
}

// holdRound measures how soon a caller hears the phrase after their agent's hold
// key and return key, while many others wait with music.
func (b *bench) holdRound(ctx context.Context) error {
	kezek := b.sides()[0]
	if err := kezek.begin(ctx); err != nil {
		return err
	}
	if _, err := b.callCost(ctx); err != nil { // while the agents are free
		return err
	}
	calling, noMore := context.WithCancel(ctx)
	defer noMore()
	voices, lastVoice := b.startVoices(calling, kezek.did, len(b.desks))
	calls, err := b.takeOneEach(ctx)
	if err != nil {
		return err
	}
	noMore()
	callers := make([]*voice, len(calls))
	for i, c := range calls {
		var ok bool
		if callers[i], ok = voices.take(c); !ok {
			return fmt.Errorf("%v: whose call is it?", c)
		}
	}
	waiting := b.Concurrent - len(calls)
	silent, err := b.startCrowd(ctx, waiting, 5070)
	if err != nil {
		return err
	}
	defer silent.kill()
	if err := b.gather(ctx, silent, waiting); err != nil {
		return err
	}
	if err := sleep(ctx, 2*time.Second); err != nil { // all hear music
		return err
	}

	ticks := processorTicks()
	pressed, err := b.holdAndReturn(ctx, calls, callers)
	if err != nil {
		return err
	}
	b.report.HoldLoad = append(b.report.HoldLoad, busySince(ticks))
	for i, c := range calls {
		if err := c.Hangup(ctx); err != nil {
			return err
		}
		close(callers[i].served)
	}
	lastVoice()
	working, endOfShift := context.WithCancel(ctx)
	defer endOfShift()
	lastShift := b.startShift(working, &shift{talk: 50 * time.Millisecond})
	serving := time.Duration(waiting) * max(silent.cost, time.Millisecond) * 2 // half of the machine's time, and a processor
	drain, cancel := context.WithTimeout(ctx, serving+2*patience)
	defer cancel()
	if err := silent.wait(drain); err != nil {
		return err
	}
	endOfShift()
	lastShift()
	return b.listen(pressed)
}

// holdAndReturn lets every agent hold and return again and again, each at their own pace.
func (b *bench) holdAndReturn(ctx context.Context, calls []*phone.Call, callers []*voice) ([]press, error) {
	var (
		mu   sync.Mutex
		all  []press
		errs []error
		done sync.WaitGroup
	)
	for i, c := range calls {
		done.Go(func() {
			made, err := b.holds(ctx, time.Duration(i)*(holdFor+talkFor)/time.Duration(len(calls)), c, callers[i])
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, made...), append(errs, err)
		})
	}
	done.Wait()
	return all, errors.Join(errs...)
}

func (b *bench) holds(ctx context.Context, after time.Duration, c *phone.Call, caller *voice) (made []press, err error) {
	if err := sleep(ctx, after); err != nil {
		return nil, err
	}
	for range b.Holds {
		for _, step := range []struct {
			key    func(context.Context) error
			kind   phone.Kind
			prompt string
			lasts  time.Duration
		}{
			{func(ctx context.Context) error { return c.Hold(ctx, phone.SendOnly) }, phone.HoldSent, "ru/hold", holdFor},
			{c.Resume, phone.ResumeSent, "ru/return", talkFor},
		} {
			began := time.Now()
			if err := step.key(ctx); err != nil {
				return nil, err
			}
			sent, err := c.WaitSince(ctx, step.kind, began)
			if err != nil {
				return nil, err
			}
			made = append(made, press{caller, sent.At, step.prompt})
			if err := sleep(ctx, step.lasts); err != nil {
				return nil, err
			}
		}
	}
	return made, nil
}

// listen looks up in the callers' recordings when each phrase began.
func (b *bench) listen(pressed []press) error {
	all, err := ear.Load(b.lab.Prompts())
	if err != nil {
		return err
	}
	only := map[string]*ear.Library{}
	for _, prompt := range []string{"ru/hold", "ru/return"} {
		if only[prompt], err = all.Only(prompt); err != nil {
			return err
		}
	}
	for _, p := range pressed {
		rec := p.caller.Recording().Since(p.at)
		rec.PCM = rec.PCM[:min(len(rec.PCM), int(holdFor*ear.Rate/time.Second))]
		h, found := only[p.prompt].Listen(rec.PCM).Find(p.prompt)
		took := p.caller.Came(rec.Time(h.From - h.Offset)).Sub(p.at)
		switch {
		case !found:
			b.report.Unheard++
		case p.prompt == "ru/hold":
			b.report.Held = append(b.report.Held, took)
		default:
			b.report.Returned = append(b.report.Returned, took)
		}
	}
	return nil
}
