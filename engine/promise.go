package engine

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Spool is a second place where a promise is safe while the store is away: a
// local file. What it holds is loaded at the next start and written to the store then.
type Spool interface {
	// Keep has written and synced the callbacks when it returns without error.
	Keep(callbacks []*queue.Callback) error
	// Load gives what is kept, and an error about what cannot be read of it, which is moved aside.
	// Clear deletes what is kept, once the store has everything.
	Load() ([]*queue.Callback, error)
	Clear() error
}

// promise is a callback that was booked in a round, and the channel of the one who waits for the answer.
type promise struct {
	callback string
	done     chan<- queue.Answer
}

// promises goes on with what a round has promised: what is safe now may be told,
// the rest is cancelled.
func (e *Engine) promises(made []promise) []item {
	safe := len(made) > 0 && (!e.behind || e.spooled())
	items := make([]item, len(made))
	for i, p := range made {
		items[i] = item{received: time.Now(), event: queue.NotPromised{Callback: p.callback}, done: p.done}
		if safe {
			items[i].event = queue.Promised{Callback: p.callback}
		}
	}
	return items
}

// halfPromised adds the callbacks that a broken step was about to promise.
func (e *Engine) halfPromised(made []promise) []promise {
	for _, cb := range e.state.Callbacks() {
		if cb.State == queue.CallbackBooking && !slices.ContainsFunc(made, func(p promise) bool { return p.callback == cb.ID }) {
			made = append(made, promise{callback: cb.ID})
		}
	}
	return made
}

// spooled keeps all callbacks in the spool, and reports whether they are safe there.
func (e *Engine) spooled() bool {
	if e.opt.Spool == nil {
		return false
	}
	kept := e.state.Callbacks()
	for _, over := range e.over {
		kept = append(kept, over.(*queue.Callback))
	}
	if err := e.opt.Spool.Keep(kept); err != nil {
		e.opt.Log.Error("neither the store nor the spool can keep callbacks: none is promised", zap.Error(err))
		return false
	}
	e.spoolUsed = true
	return true
}

// unspool adds to a loaded state what only the spool has. The store is written
// anew then, and the spool cleared: what it holds would otherwise come back at a
// later start, when it is over and out of the store. The spool itself may be
// from long ago, if another machine has had the site since.
func (e *Engine) unspool(ctx context.Context, saved *queue.Snapshot) {
	if e.opt.Spool == nil {
		return
	}
	kept, err := e.opt.Spool.Load()
	if err != nil {
		e.opt.Log.Error("promises in the spool cannot be read", zap.Error(err))
	}
	for _, cb := range kept {
		known := slices.IndexFunc(saved.Callbacks, func(c *queue.Callback) bool { return c.ID == cb.ID })
		switch {
		case cb.State == queue.CallbackOver:
			e.over = append(e.over, cb)
			if known >= 0 {
				saved.Callbacks = slices.Delete(saved.Callbacks, known, known+1)
			}
		case known >= 0:
			saved.Callbacks[known].Tighten(cb)
		case !e.isOver(ctx, cb.ID):
			saved.Callbacks = append(saved.Callbacks, cb)
		}
		e.behind, e.spoolUsed = true, true
	}
	if e.cameUpEmpty && len(kept) > 0 {
		e.miss("nothing was saved, and %d callbacks are in the spool", len(kept))
	}
	if e.spoolUsed {
		e.opt.Log.Info("changes of callbacks made while the store was away are restored from the spool")
	}
}

// isOver asks the store's history for a callback. What cannot be read is not over: rather twice than never.
func (e *Engine) isOver(ctx context.Context, id string) bool {
	over, err := e.opt.Store.CallbackOver(ctx, id)
	if err != nil {
		e.opt.Log.Error("the history of a callback in the spool cannot be read", zap.String("callback", id), zap.Error(err))
	}
	return over != nil
}

// clearSpool clears the spool once the store has everything.
func (e *Engine) clearSpool() {
	if !e.spoolUsed {
		return
	}
	if err := e.opt.Spool.Clear(); err != nil {
		e.opt.Log.Error("the spool cannot be cleared", zap.Error(err))
		return
	}
	e.spoolUsed = false
}
