package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kezek/lab"
)

// lineRound measures while callers wait: there is a next call for every agent
// who hangs up. All callers are served in the end.
func (b *bench) lineRound(ctx context.Context, s *side) error {
	work := &shift{talk: b.TalkFor}
	working, endOfShift := context.WithCancel(ctx)
	defer endOfShift()
	calling, noMore := context.WithCancel(ctx)
	defer noMore()

	silent, err := b.startSilent(load{did: s.did, atOnce: b.Silent, perSecond: b.Arrive, port: 5070})
	if err != nil {
		return err
	}
	defer silent.kill()
	voices, lastVoice := b.startVoices(calling, s.did, b.Voices)
	work.voices = voices
	lastShift := b.startShift(working, work)

	wanted := (b.Silent + b.Voices - b.Agents) / 2
	err = b.until(ctx, "a line of callers", func(ctx context.Context) (bool, error) {
		n, err := s.waiting(ctx)
		return n >= wanted, err
	})
	if err != nil {
		return err
	}
	from, ticks := time.Now(), processorTicks()
	if err := sleep(ctx, b.Window); err != nil {
		return err
	}
	to := time.Now()
	s.result.Load = append(s.result.Load, busySince(ticks))
	left, err := s.waiting(ctx)
	if err != nil {
		return err
	}
	silent.noMore()
	noMore()
	drain, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := silent.wait(drain); err != nil {
		return err
	}
	lastVoice()
	endOfShift()
	lastShift()

	if left == 0 {
		return errors.New("the line ran dry: agents were free without a next call")
	}
	s.result.Freed = append(s.result.Freed, between(from, to, work.freed)...)
	s.result.Heard = append(s.result.Heard, between(from, to, work.heard)...)
	s.result.Deaf += work.deaf
	return context.Cause(ctx)
}

// between are those that began while it was measured. The beginning of a round is none of
// it: all callers come at once then, and all agents answer at once.
func between(from, to time.Time, gaps []gap) (took []time.Duration) {
	for _, g := range gaps {
		if g.from.After(from) && g.from.Before(to) {
			took = append(took, g.took)
		}
	}
	return took
}

// costRound measures the processor time of calls that come at a steady rate,
// fewer than the agents can take.
func (b *bench) costRound(ctx context.Context, s *side) error {
	work := &shift{talk: b.ShortTalk}
	working, endOfShift := context.WithCancel(ctx)
	defer endOfShift()
	lastShift := b.startShift(working, work)

	before, err := b.lab.ProcessTimes()
	if err != nil {
		return err
	}
	began := time.Now()
	silent, err := b.startSilent(load{did: s.did, total: b.Calls, atOnce: b.Calls, perSecond: b.PerSecond, port: 5070})
	if err != nil {
		return err
	}
	defer silent.kill()
	limited, cancel := context.WithTimeout(ctx, time.Duration(b.Calls/b.PerSecond)*time.Second+patience)
	defer cancel()
	if err := silent.wait(limited); err != nil {
		return err
	}
	busy, err := b.usedSince(before)
	if err != nil {
		return err
	}
	took := time.Since(began)
	endOfShift()
	lastShift()
	if work.calls != b.Calls {
		return fmt.Errorf("%d calls were served, %d wanted", work.calls, b.Calls)
	}

	if before, err = b.lab.ProcessTimes(); err != nil {
		return err
	}
	if err := sleep(ctx, took); err != nil {
		return err
	}
	idle, err := b.usedSince(before)
	if err != nil {
		return err
	}
	s.result.addCost(work.calls, busy, idle)
	return context.Cause(ctx)
}

// usedSince is the processor time that each program used since before.
func (b *bench) usedSince(before map[string]time.Duration) (map[string]time.Duration, error) {
	now, err := b.lab.ProcessTimes()
	if err != nil {
		return nil, err
	}
	used := map[string]time.Duration{}
	for _, program := range []string{lab.Asterisk, lab.Redis, lab.Daemon} {
		used[program] = now[program] - before[program]
	}
	return used, nil
}
