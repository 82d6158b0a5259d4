package main

import (
	"context"
	"time"

	"go.uber.org/zap"
)

const (
	// pruneFirst is when it is looked for old recordings after the start: there is better to do then.
	pruneFirst = time.Minute
	// pruneEvery is how often recordings that are old enough are deleted, pruneMost
	// how many at once: more than are made in that time.
	pruneEvery = 10 * time.Minute
	pruneMost  = 1000
)

// prune deletes old recordings until ctx ends.
func (d *daemon) prune(ctx context.Context) {
	look := time.NewTimer(pruneFirst)
	defer look.Stop()
	for ; ; look.Reset(pruneEvery) {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if !d.exchange.Connected() {
			continue
		}
		rules := d.rules.Load()
		keep := func(queue string) time.Duration {
			if q := rules.Queues[queue]; q != nil {
				return q.Recording.Keep
			}
			return 0
		}
		left, n, err := d.exchange.Prune(ctx, time.Now().In(rules.Location), keep, pruneMost)
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.Warn("old recordings are not deleted", zap.Error(err))
		case err == nil:
			d.metrics.Pruned(left, n)
		}
		if n > 0 {
			d.log.Info("deleted old recordings", zap.Int("files", n))
		}
	}
}
