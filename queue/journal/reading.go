package journal

import (
	"context"
	"time"
)

// Reading is a program that does something with each entry, step by step, for ever, whatever is away meanwhile.
type Reading struct {
	// Step does what comes next, and reports whether there is more.
	Step func(ctx context.Context) (more bool, err error)
	// Told is called after each step: whether it failed.
	Told func(failing bool)
	// Broke is called with the first failure, Mended after the last one of those that follow each other.
	Broke  func(error)
	Mended func()
	// Pause is how long it waits when nothing is new, and after the first failure; then for twice as long each time, Longest at most.
	Pause, Longest time.Duration
}

// Run reads until ctx ends.
func (r Reading) Run(ctx context.Context) {
	failing := r.Pause
	for {
		more, err := r.Step(ctx)
		if ctx.Err() != nil {
			return
		}
		r.Told(err != nil)
		wait := r.Pause
		switch {
		case err != nil:
			if failing == r.Pause {
				r.Broke(err)
			}
			wait, failing = failing, min(2*failing, r.Longest)
		case failing > r.Pause:
			failing = r.Pause
			r.Mended()
			continue
		case more:
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
