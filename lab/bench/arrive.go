package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"kezek/lab"
)

// startCrowd lets n callers come to Kezek's queue, at a rate that fits the
// machine: half of the processor time that is idle now, by what a call costs in
// all. What happens beyond this rate is not measured here. Within is how long it
// may take until all are in line: their coming takes its time, and patience is for
// what comes after it.
func (b *bench) startCrowd(ctx context.Context, n, port int) (callers *silent, within time.Duration, err error) {
	cost, err := b.callCost(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("what a call costs: %w", err)
	}
	ticks := processorTicks()
	if err := sleep(ctx, 2*time.Second); err != nil {
		return nil, 0, err
	}
	rate := fitting(cost, runtime.GOMAXPROCS(0), 1-busySince(ticks), b.Arrive)
	b.tell("%d callers, %d a second", n, rate)
	b.report.Arrivals = append(b.report.Arrivals, rate)
	callers, err = b.startSilent(load{did: lab.DID, total: n, atOnce: n, perSecond: rate, port: port})
	return callers, time.Duration(n/rate)*time.Second + patience, err
}

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

// fewest callers come in a second even to a busy machine: a crowd must come
// together some time.
const fewest = 5

// fitting is the rate at which calls of this cost use half of the idle share of
// the processors.
func fitting(cost time.Duration, processors int, idle float64, most int) int {
	rate := 0.5 * idle * float64(processors) / max(cost, time.Millisecond).Seconds()
	return min(max(int(rate), fewest), most)
}
