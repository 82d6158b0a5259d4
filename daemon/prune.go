package daemon

import (
	"context"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/ari"
)

const (
	// pruneFirst is when it is looked for old recordings after the start: there is better to do then.
	pruneFirst = time.Minute
	// pruneEvery is how often recordings that are old enough are deleted, pruneMost
	// how many at once: more than are made in that time.
	pruneEvery = 10 * time.Minute
	pruneMost  = 1000
	// pruneSaid is how many of those that are skipped the log names.
	pruneSaid = 10
)

// prune deletes old recordings until ctx ends.
func (d *Daemon) prune(ctx context.Context) {
	look := time.NewTimer(pruneFirst)
	defer look.Stop()
	skipped := ""
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
		done, err := d.exchange.Prune(ctx, time.Now().In(rules.Location), ari.Retention{Dir: d.started.Recordings.Dir, Keep: keep, Most: pruneMost})
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.Warn("old recordings are not deleted", zap.Error(err))
		case err == nil:
			d.metrics.Pruned(done.Left, done.Deleted, len(done.Skipped))
		}
		if done.Deleted > 0 {
			d.log.Info("deleted old recordings", zap.Int("files", done.Deleted))
		}
		if said := strings.Join(done.Skipped[:min(len(done.Skipped), pruneSaid)], "; "); said != skipped { // a fault that lasts is told once
			if skipped = said; said != "" {
				d.log.Warn("some recordings are skipped: they cannot be read or deleted", zap.Int("number", len(done.Skipped)), zap.String("what", said))
			}
		}
	}
}
