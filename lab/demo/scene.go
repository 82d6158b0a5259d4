package demo

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// patience is how long anything may take that has no limit of its own. It
	// is much longer than it does take: what counts is measured, not awaited.
	patience = 20 * time.Second
	// pollEvery is how often is asked for what no event tells.
	pollEvery = 50 * time.Millisecond
)

// brokeOff is thrown as far as the end of a scene that cannot go on.
type brokeOff struct{}

// play plays one scene.
func (d *day) play(ctx context.Context, scene func(*day)) (err error) {
	d.ctx, d.fail = context.WithCancelCause(ctx)
	defer d.fail(nil)
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case brokeOff:
			err = context.Cause(d.ctx) // the first one's
		default:
			panic(thrown)
		}
	}()
	scene(d)
	return nil
}

// stop breaks the scene off.
func (d *day) stop(err error) {
	d.fail(err)
	panic(brokeOff{})
}

// together plays acts at the same time, to the end of all. The first that
// breaks off breaks off the others.
func (d *day) together(acts ...func()) {
	var all sync.WaitGroup
	thrown := make(chan any, len(acts))
	for _, act := range acts {
		all.Go(func() {
			defer func() {
				if t := recover(); t != nil {
					thrown <- t
				}
			}()
			act()
		})
	}
	all.Wait()
	select {
	case first := <-thrown:
		panic(first)
	default:
	}
}

// await waits for what is to come.
func (d *day) await(what string, wait func(context.Context) error) {
	ctx, cancel := context.WithTimeoutCause(d.ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	err := wait(ctx)
	switch {
	case err == nil:
	case d.ctx.Err() != nil:
		d.stop(fmt.Errorf("%s: %w", what, context.Cause(d.ctx)))
	default:
		d.stop(fmt.Errorf("%s: %w", what, err))
	}
}

// awaitTrue asks until the answer is yes.
func (d *day) awaitTrue(what string, ask func(context.Context) (bool, error)) {
	d.await(what, func(ctx context.Context) error {
		for {
			yes, err := ask(ctx)
			if yes || err != nil {
				return err
			}
			select {
			case <-time.After(pollEvery):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	})
}
