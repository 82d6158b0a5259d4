package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

// patience is how long each clean-up may take. systemd waits for 15 s (TimeoutStopSec) before it kills.
const patience = 4 * time.Second

// cleanup undoes one thing that New or Start did. The name is for the log.
type cleanup struct {
	name string
	do   func() error
}

// cleanups are done in turn, the last one that was added first. They are added by New and Start alone,
// one after the other, so they need no lock.
type cleanups struct {
	all      []cleanup
	patience time.Duration
	log      *zap.Logger
}

// add has do done at the stop, before all that was added so far: what was made last
// may use what was made before it, until it is gone itself.
func (c *cleanups) add(name string, do func() error) {
	c.all = append(c.all, cleanup{name, do})
}

// run does all of them, once. One that fails or hangs is logged by its name and keeps no other from
// being done; one that hangs is left behind, for the process is about to end.
func (c *cleanups) run() (err error) {
	for _, step := range slices.Backward(c.all) {
		done := make(chan error, 1)
		go func() { done <- step.do() }()
		limit := time.NewTimer(c.patience)
		select {
		case failed := <-done:
			if failed != nil {
				c.log.Error("clean-up failed", zap.String("step", step.name), zap.Error(failed))
				err = errors.Join(err, fmt.Errorf("%s: %w", step.name, failed))
			}
		case <-limit.C:
			c.log.Error("clean-up takes too long; continuing without it", zap.String("step", step.name), zap.Duration("limit", c.patience))
			err = errors.Join(err, fmt.Errorf("%s: not done after %v", step.name, c.patience))
		}
		limit.Stop()
	}
	c.all = nil
	return err
}

// part is something that runs from Start to Stop: it is to return when its context ends, and only then.
type part struct {
	name string
	run  func(context.Context) error
}

// begin runs parts that stop together: one clean-up tells all of them, then each one's own waits until it has returned.
// A part that returns by itself has failed: see [Daemon.Failed].
func (d *Daemon) begin(parts ...part) {
	ctx, cancel := context.WithCancel(context.Background())
	for _, p := range parts {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			switch err := p.run(ctx); {
			case err != nil:
				d.fail(fmt.Errorf("%s: %w", p.name, err))
			case ctx.Err() == nil:
				d.fail(fmt.Errorf("%s ended by itself", p.name))
			}
		}()
		d.undo.add(p.name, func() error { <-ended; return nil })
	}
	d.undo.add("tell", func() error { cancel(); return nil })
}

// until makes a part of what may return early and cannot fail.
func until(run func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		run(ctx)
		<-ctx.Done()
		return nil
	}
}

// fail keeps the first failure of a part.
func (d *Daemon) fail(err error) {
	d.once.Do(func() {
		d.failure = err
		close(d.failed)
	})
}

// Failed is closed when a part of the daemon has failed, so that it is to be stopped; [Daemon.Stop] tells the failure.
func (d *Daemon) Failed() <-chan struct{} { return d.failed }

// Stop ends the parts and gives back what they used: first no more orders are taken, then the engine saves what is left
// and gives up the site, then the connection to Redis is closed. Calls stay on Asterisk, for the next daemon. It returns why
// a part failed, if one did, and what went wrong while stopping. Each step has [patience]; one that hangs keeps
// Stop no longer than that. It may be called more than once; only the first call does anything.
func (d *Daemon) Stop() error {
	if d.stopped.Swap(true) {
		return nil
	}
	d.systemd.stopping()
	var failure error
	select {
	case <-d.failed:
		failure = d.failure
		d.log.Error("kezek stops", zap.Error(failure))
	default:
		d.log.Info("kezek is stopping; calls stay on Asterisk")
	}
	return errors.Join(failure, d.undo.run())
}
