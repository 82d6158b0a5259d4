package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// calm is how long after a panic the next one counts as the first again.
const calm = time.Minute

// longestPause is the longest time between a panic and the resync.
const longestPause = 30 * time.Second

// step does one step of the rules. It reports false when the step panicked: it met
// a contradiction that nobody thought of, or did not end.
//
// To recover is right here, though it is wrong nearly everywhere. All talks of the
// site depend on this loop, and the contradiction is in what the state says of one
// entity. A crash would not get rid of it: the state is saved, and the next life
// would meet it again. And nothing half done is kept: what the step was about to do
// is dropped, the entity is put aside, the state is built anew from the others and
// mended as at a start, and the exchange tells what is true.
func (e *Engine) step(ctx context.Context, ev queue.Event) (fx queue.Effects, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			e.broken(ctx, ev, p, debug.Stack())
			fx, ok = queue.Effects{}, false
		}
	}()
	start, at := time.Now(), e.clock.now()
	if set, is := ev.(queue.ClockSet); is {
		at = at.Add(-set.By)
	}
	fx = e.state.Step(at, e.normalized(ev))
	e.opt.Observer.Stepped(time.Since(start))
	return fx, true
}

// broken goes on after a step that panicked.
func (e *Engine) broken(ctx context.Context, ev queue.Event, p any, stack []byte) {
	what := "nothing known"
	suspect := e.state.Suspect(ev)
	if suspect != nil {
		what = suspect.Kind() + " " + suspect.Key()
	}
	e.opt.Log.Error("step of the rules failed; its entity is put aside", zap.String("entity", what),
		zap.String("event", fmt.Sprintf("%T", ev)), zap.Any("panic", p), zap.ByteString("stack", stack))
	if suspect != nil {
		e.state.PutAside(suspect, fmt.Sprint("panic: ", p))
	}
	e.state = e.state.Rebuilt()
	e.behind, e.retryAt = true, time.Time{} // what the step had changed is not known
	e.mended(ctx)
	e.update(func(s *Status) { s.Panics++ })
	e.askAgain()
}

// askAgain asks for a resync with the exchange: at once, but after ever longer pauses
// while panics follow each other.
func (e *Engine) askAgain() {
	now := time.Now()
	if now.Sub(e.panicked) > calm {
		e.pause = 0
	}
	e.panicked = now
	time.AfterFunc(e.pause, func() { e.opt.Exchange.Do(now, []queue.Action{queue.Resync{}}) })
	e.pause = min(2*e.pause+100*time.Millisecond, longestPause)
}

// mended tells what was done about entities that could not stay as they were, and
// lets the store keep what it had of those that are put aside.
func (e *Engine) mended(ctx context.Context) {
	for _, m := range e.state.Mendings() {
		about := []zap.Field{zap.String("kind", m.Kind), zap.String("id", m.Key), zap.String("reason", m.Why)}
		if !m.Aside {
			e.opt.Log.Warn("entity corrected: it contradicted the rest of the state", about...)
			continue
		}
		e.opt.Log.Error("entity put aside: it contradicted the rest of the state", append(about, zap.Any("entity", m.Entity))...)
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveDeadline)
		if err := e.opt.Store.MoveAside(limited, m.Entity, m.Why); err != nil {
			e.opt.Log.Error("the store cannot keep the entity that was put aside", append(about, zap.Error(err))...)
		}
		cancel()
	}
}

// looked runs look on the state. If look panics, that is a fault of look, not of the state.
func (e *Engine) looked(look func(*queue.State)) {
	defer func() {
		if p := recover(); p != nil {
			e.opt.Log.Error("a read of the state failed", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	look(e.state)
}
