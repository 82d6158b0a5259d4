package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"kezek/lab"
)

const (
	// fewest callers come in a second even to a busy machine: a crowd must come
	// together some time.
	fewest = 5
	// paceEvery is how often the rate is set anew: every caller who waits costs
	// the machine something, so it falls while a crowd gathers.
	paceEvery = 2 * time.Second
)

// arriving are callers who are coming to Kezek's queue.
type arriving struct {
	*silent
	rate int           // a second
	cost time.Duration // of a call
}

// startCrowd lets n callers come to Kezek's queue, at a rate that fits the
// machine: half of the processor time that nothing else takes, by what a call
// costs in all. What happens beyond this rate is not measured here.
func (b *bench) startCrowd(ctx context.Context, n, port int) (*arriving, error) {
	cost, err := b.callCost(ctx)
	if err != nil {
		return nil, fmt.Errorf("what a call costs: %w", err)
	}
	ticks := processorTicks()
	if err := sleep(ctx, paceEvery); err != nil {
		return nil, err
	}
	rate := b.fit(cost, 1-busySince(ticks))
	b.tell("%d callers, at first %d a second", n, rate)
	callers, err := b.startSilent(load{did: lab.DID, total: n, atOnce: n, perSecond: rate, port: port})
	return &arriving{callers, rate, cost}, err
}

// gather returns when as many callers as wanted wait in Kezek's queue. It keeps
// their rate fitting meanwhile: each who waits takes something of the machine.
// They may come slowly, but not stop coming.
func (b *bench) gather(ctx context.Context, callers *arriving, wanted int) error {
	kezek := b.sides()[0]
	set, ticks := time.Now(), processorTicks()
	most, came := 0, time.Now()
	for {
		n, err := kezek.waiting(ctx)
		switch {
		case err != nil:
			return err
		case n == wanted:
			return nil
		case n > most:
			most, came = n, time.Now()
		case time.Since(came) > patience:
			return fmt.Errorf("not reached within %s: %d callers in line, there are %d", patience, wanted, n)
		}
		if time.Since(set) >= paceEvery {
			own := float64(callers.rate) * callers.cost.Seconds() / float64(processors()) // they may take it again
			callers.rate = b.fit(callers.cost, min(1-busySince(ticks)+own, 1))
			callers.setRate(callers.rate)
			set, ticks = time.Now(), processorTicks()
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// fit is a rate that fits, and notes it.
func (b *bench) fit(cost time.Duration, idle float64) int {
	rate := fitting(cost, processors(), idle, b.Arrive)
	b.report.Arrivals = append(b.report.Arrivals, rate)
	return rate
}

func processors() int { return runtime.GOMAXPROCS(0) }

// callCost is what a call of Kezek's costs: what the rounds have found, or else,
// for a part that runs alone, what one short round finds. The agents must be free.
func (b *bench) callCost(ctx context.Context) (time.Duration, error) {
	if cost := b.report.Kezek.cost(all...); cost > 0 {
		return cost, nil
	}
	if b.cost == 0 {
		b.tell("finding out what a call costs")
		kezek, found := b.sides()[0], &Side{}
		kezek.result = found
		if err := b.costRound(ctx, kezek); err != nil {
			return 0, err
		}
		b.cost = found.cost(all...)
		return b.cost, kezek.begin(ctx) // until they are free again
	}
	return b.cost, nil
}

// fitting is the rate at which calls of this cost use half of the idle share of
// the processors.
func fitting(cost time.Duration, processors int, idle float64, most int) int {
	rate := 0.5 * idle * float64(processors) / max(cost, time.Millisecond).Seconds()
	return min(max(int(rate), fewest), most)
}
