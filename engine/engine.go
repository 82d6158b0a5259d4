// Package engine is the one loop around the rules: it takes events in the
// order they came, steps the rules, saves what changed, and only then lets the
// actions go out. Nothing else changes the state.
//
// The ports that it needs, an [Exchange] and a [Store], are its own small
// interfaces; the adapters fit them without knowing the engine.
package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
)

const (
	// most steps that share one write; beyond it latency costs more than writes do.
	maxBatch = 256
	// saveDeadline bounds a write that live calls wait for.
	saveDeadline = 500 * time.Millisecond
	// replaceDeadline bounds the write of the whole state after an outage.
	replaceDeadline = 10 * time.Second
	// retryEvery is the time between tries to reach a store that is away.
	retryEvery = time.Second
	// maxUnsaved bounds the journal kept in memory while the store is away: the oldest lines go first.
	maxUnsaved = 100_000
)

var (
	// ErrStarting says that the state is not loaded yet.
	ErrStarting = errors.New("kezek is starting: the saved state is not loaded yet")
	// ErrStopped says that the engine does not run any more.
	ErrStopped = errors.New("kezek is stopping")
	// ErrBroken says that the step for a question or an order failed; the log has more.
	ErrBroken = errors.New("kezek failed at this; see its log")
	// ErrLostOwnership says that another daemon owns the site now.
	ErrLostOwnership = errors.New("another daemon has taken this site over")
)

// Options of an engine. All but Normalize and Observer are required.
type Options struct {
	Rules    *queue.Rules
	Exchange Exchange
	Store    Store
	// Normalize brings a caller's number into one form (E.164); "" when it is none.
	Normalize func(number string) string
	// Spool keeps promises while the store is away; nil makes none then.
	Spool    Spool
	Log      *zap.Logger
	Observer Observer
}

// Observer is told what happens, in the loop: it must not block.
type Observer interface {
	// Stepped tells how long one step of the rules took.
	Stepped(took time.Duration)
	// Happened tells the journal of a batch, after it was saved. Places are those of the entries in the store, one for
	// each; nil while the store is away.
	Happened(entries []queue.Entry, places []journal.Position)
	// Stored tells that the store has all that was told without a place; last is the place of the last one.
	Stored(last journal.Position)
}

// Status is how the engine is.
type Status struct {
	// Owner: this daemon owns the site. Loaded: the saved state is in memory.
	Owner, Loaded bool
	// Connected: events flow from the exchange. Saved: the last write was stored.
	Connected, Saved bool
	// Since is when the state was loaded.
	Since time.Time
	// Turned is when the loop last went round; it does so every few seconds.
	Turned time.Time
	// Lost says why the state that was loaded cannot be all that the site had; "" if nothing says so.
	Lost string
	// Aside counts entries of the store that were moved aside since the daemon
	// started, because they could not be true. Panics counts steps that failed.
	Aside, Panics int
	// Forgotten counts events that were lost since the daemon started: the store was away for too long to keep them all.
	Forgotten int
}

// Ready reports whether calls are served and kept safe.
func (s Status) Ready() bool { return s.Owner && s.Loaded && s.Connected && s.Saved }

// Engine runs the rules. Make it with [New], start it with Run.
type Engine struct {
	opt    Options
	inbox  *inbox
	status atomic.Pointer[Status]
	// The loop's own from here on.
	state *queue.State
	clock *clock
	// behind: the store misses something and must be written anew, unsaved is the journal it misses.
	behind  bool
	retryAt time.Time
	unsaved []queue.Entry
	// over are callbacks that ended while the store was away: its history misses them.
	over []queue.Entity
	// spoolUsed: the spool holds something.
	spoolUsed bool
	// cameUpEmpty: nothing was loaded, and the exchange was not looked at yet.
	cameUpEmpty bool
	// panicked is when a step failed last, pause how long the next resync waits.
	panicked time.Time
	pause    time.Duration
}

// New makes an engine. It does nothing until Run.
func New(opt Options) *Engine {
	if opt.Normalize == nil {
		opt.Normalize = func(number string) string { return number }
	}
	if opt.Observer == nil {
		opt.Observer = silent{}
	}
	e := &Engine{opt: opt, inbox: newInbox(), clock: newClock(machine())}
	e.status.Store(&Status{})
	return e
}

type silent struct{}

func (silent) Stepped(time.Duration)                      {}
func (silent) Happened([]queue.Entry, []journal.Position) {}
func (silent) Stored(journal.Position)                    {}

// Status tells how the engine is, at any time.
func (e *Engine) Status() Status {
	s := *e.status.Load()
	s.Connected, s.Aside = e.opt.Exchange.Connected(), e.opt.Store.Aside()
	return s
}

// Run owns the site and serves its calls until ctx ends, which is no error.
// Calls stay on the exchange then, for the next daemon to take over. It returns
// [ErrLostOwnership] when another daemon takes over, and the exchange's error
// when trying again cannot help.
func (e *Engine) Run(ctx context.Context) error {
	defer e.inbox.close()
	lost, err := e.acquire(ctx)
	if err != nil {
		return nil // ctx ended while waiting
	}
	defer e.release(ctx)
	if err := e.load(ctx, lost); err != nil {
		select {
		case <-lost:
			return ErrLostOwnership
		default:
			return nil
		}
	}

	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() {
		failed <- e.opt.Exchange.Run(ctx, func(received time.Time, ev queue.Event) {
			e.inbox.put(item{received: received, event: ev})
		})
	}()
	err = e.loop(ctx, lost, failed)
	cancel()
	return err
}

// acquire waits for the ownership, through outages of the store.
func (e *Engine) acquire(ctx context.Context) (<-chan struct{}, error) {
	return retry(ctx, nil, e.opt.Log, "own the site", func() (<-chan struct{}, error) {
		lost, err := e.opt.Store.Acquire(ctx)
		if err == nil {
			e.update(func(s *Status) { s.Owner = true })
		}
		return lost, err
	})
}

// load reads the saved state.
func (e *Engine) load(ctx context.Context, lost <-chan struct{}) error {
	saved, err := retry(ctx, lost, e.opt.Log, "load the saved state", func() (*queue.Snapshot, error) {
		return e.opt.Store.Load(ctx)
	})
	if err != nil {
		return err
	}
	e.cameUpEmpty = blank(saved)
	e.unspool(ctx, saved)
	e.state = queue.New(e.opt.Rules, saved)
	e.mended(ctx)
	if err := e.state.Check(); err != nil {
		e.opt.Log.Error("the saved state breaks the rules; it will be corrected from the exchange", zap.Error(err))
	}
	e.opt.Log.Info("state loaded", zap.Int("calls", len(saved.Calls)), zap.Int("agents", len(saved.Agents)))
	now := time.Now()
	e.update(func(s *Status) { s.Loaded, s.Saved, s.Since, s.Turned = true, true, now, now })
	return nil
}

// release gives the ownership up on a clean end, so that a successor starts at once.
func (e *Engine) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveDeadline)
	defer cancel()
	if err := e.opt.Store.Release(ctx); err != nil {
		e.opt.Log.Warn("ownership not released; a successor waits for the lease to end", zap.Error(err))
	}
	e.update(func(s *Status) { s.Owner = false })
}

// retry tries until it works, ctx ends or the ownership is lost, and says so once.
func retry[T any](ctx context.Context, lost <-chan struct{}, log *zap.Logger, what string, try func() (T, error)) (T, error) {
	told := false
	for {
		result, err := try()
		if err == nil || ctx.Err() != nil {
			if told && err == nil {
				log.Info("recovered: " + what)
			}
			return result, errors.Join(err, ctx.Err())
		}
		if !told {
			log.Error("cannot "+what+"; retrying", zap.Error(err))
			told = true
		}
		select {
		case <-time.After(retryEvery):
		case <-ctx.Done():
		case <-lost:
			return result, err
		}
	}
}

func (e *Engine) update(change func(*Status)) {
	s := *e.status.Load()
	change(&s)
	e.status.Store(&s)
}

// loop turns until ctx ends.
func (e *Engine) loop(ctx context.Context, lost <-chan struct{}, failed <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-lost:
			return ErrLostOwnership
		case err := <-failed:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("exchange: %w", err)
		case <-e.inbox.ready:
			e.turn(ctx, e.inbox.take(maxBatch))
		case <-timer.C:
			e.turn(ctx, []item{{received: time.Now(), event: queue.Tick{}}})
		}
		timer.Reset(e.untilDue())
	}
}

// untilDue is how long nothing is due.
func (e *Engine) untilDue() time.Duration {
	pause := retryEvery
	if next := e.state.Next(); !next.IsZero() {
		pause = min(pause, max(next.Sub(e.clock.now()), 0))
	}
	return pause
}

// turn does a round, and another one for what was promised in it.
func (e *Engine) turn(ctx context.Context, items []item) {
	if by := e.clock.set(); by != 0 {
		items = slices.Insert(items, 0, item{received: time.Now(), event: queue.ClockSet{By: by}})
	}
	for len(items) > 0 {
		items = e.promises(e.round(ctx, items))
	}
	e.update(func(s *Status) { s.Turned = time.Now() })
}

// round steps the rules through a batch, saves once, then lets the actions go.
// It returns the promises that must be safe before anybody is told.
func (e *Engine) round(ctx context.Context, items []item) (promised []promise) {
	var b batch
	for i := range items {
		it := &items[i]
		if it.look != nil {
			e.looked(it.look)
			continue
		}
		e.firstLook(it.event)
		fx, ok := e.step(ctx, it.event)
		if !ok {
			promised = e.halfPromised(promised)
			if it.done != nil {
				close(it.done) // see Ask
				it.done = nil
			}
		}
		it.answer, it.actions = fx.Answer, fx.Actions
		for _, id := range fx.Promises {
			promised = append(promised, promise{id, it.done})
			it.done = nil // answered when the promise is safe
		}
		b.add(fx)
	}
	places := e.save(ctx, &b)
	for i := range items {
		it := &items[i]
		if len(it.actions) > 0 {
			e.opt.Exchange.Do(it.received, it.actions)
		}
		if it.done != nil {
			it.done <- it.answer
		}
	}
	if len(b.journal) > 0 {
		e.opt.Observer.Happened(b.journal, places)
	}
	return promised
}

// save writes a batch, and returns the places of its journal. When the store is away calls go on from memory, and
// everything is written anew once it is back.
func (e *Engine) save(ctx context.Context, b *batch) (places []journal.Position) {
	if !e.behind && b.empty() {
		return nil
	}
	if e.behind && time.Now().Before(e.retryAt) {
		e.keep(b)
		return nil
	}
	limit, begun := saveDeadline, time.Now()
	if e.behind {
		limit = replaceDeadline
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	var err error
	if e.behind {
		e.keep(b)
		if err = e.opt.Store.Replace(ctx, e.state.Snapshot()); err == nil {
			places, err = e.opt.Store.Save(ctx, e.over, nil, e.unsaved)
		}
		if err == nil {
			places = e.stored(places, len(b.journal))
			e.unsaved, e.over = nil, nil
			e.clearSpool()
		}
	} else if places, err = e.opt.Store.Save(ctx, b.changed, b.gone, b.journal); err != nil {
		e.keep(b)
	}
	if was := e.behind; was != (err != nil) {
		e.behind = err != nil
		e.update(func(s *Status) { s.Saved = err == nil })
		if err != nil {
			e.opt.Log.Error("state is not being saved; calls go on from memory", zap.Error(err))
		} else {
			e.opt.Log.Info("state is saved again", zap.Int("events_lost_since_start", e.Status().Forgotten))
		}
	}
	if e.behind { // a store that takes long to fail gets no more than a tenth of the time
		e.retryAt = time.Now().Add(max(retryEvery, 10*time.Since(begun)))
	}
	return places
}

// stored tells that what happened while the store was away has its places, and returns those of what is new.
func (e *Engine) stored(places []journal.Position, fresh int) []journal.Position {
	if told := len(places) - fresh; told > 0 {
		if last := places[told-1]; last.ID != "" {
			e.opt.Observer.Stored(last)
		}
		return places[told:]
	}
	return places
}

// keep holds journal lines and callbacks that are over until the store is back.
// The spool learns of these too: a daemon that dies meanwhile must not leave
// one that calls them again, nor one that calls later than was promised anew.
func (e *Engine) keep(b *batch) {
	e.unsaved = append(e.unsaved, b.journal...)
	if over := len(e.unsaved) - maxUnsaved; over > 0 {
		e.unsaved = e.unsaved[over:]
		e.forgot(over)
	}
	ended := len(e.over)
	for _, c := range b.changed {
		if cb, ok := c.(*queue.Callback); ok && cb.State == queue.CallbackOver {
			e.over = append(e.over, cb)
		}
	}
	merged := slices.ContainsFunc(b.journal, func(j queue.Entry) bool { return j.Kind == queue.EntryCallbackMerged })
	if merged || len(e.over) > ended {
		e.spooled()
	}
}

// forgot counts journal lines that there was no room for.
func (e *Engine) forgot(lines int) {
	e.opt.Store.Forgot(lines)
	first := false
	e.update(func(s *Status) { first, s.Forgotten = s.Forgotten == 0, s.Forgotten+lines })
	if first {
		e.opt.Log.Error("the store has been away for too long: the oldest events that wait for it are being lost", zap.Int("kept", maxUnsaved))
	}
}

// normalized brings the numbers in an event into one form.
func (e *Engine) normalized(ev queue.Event) queue.Event {
	switch ev := ev.(type) {
	case queue.CallArrived:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.Replaced:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.Identified:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.BookCallback:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.EraseNumber:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.ClearNumber:
		ev.Number = e.opt.Normalize(ev.Number)
		return ev
	case queue.Synced:
		for _, c := range ev.Channels {
			if c.Inbound != nil {
				c.Inbound.Number = e.opt.Normalize(c.Inbound.Number)
			}
		}
	}
	return ev
}

// Ask puts an agent's or a supervisor's event to the rules and waits for the
// answer, which comes after what it changed was saved.
func (e *Engine) Ask(ctx context.Context, ev queue.Event) (queue.Answer, error) {
	done := make(chan queue.Answer, 1)
	if err := e.submit(item{received: time.Now(), event: ev, done: done}); err != nil {
		return queue.Answer{}, err
	}
	select {
	case answer, ok := <-done:
		if !ok {
			return answer, ErrBroken
		}
		return answer, nil
	case <-e.inbox.closed:
		return queue.Answer{}, ErrStopped
	case <-ctx.Done():
		return queue.Answer{}, ctx.Err()
	}
}

// View lets look see the state, in the loop: it copies what it needs and returns quickly.
func (e *Engine) View(ctx context.Context, look func(*queue.State)) error {
	done := make(chan struct{})
	// looking is held while look runs, so that it never runs after View returned.
	var looking sync.Mutex
	abandoned := false
	err := e.submit(item{look: func(s *queue.State) {
		looking.Lock()
		defer looking.Unlock()
		defer close(done)
		if !abandoned {
			look(s)
		}
	}})
	if err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-e.inbox.closed:
		return ErrStopped
	case <-ctx.Done():
		looking.Lock()
		defer looking.Unlock()
		abandoned = true
		return ctx.Err()
	}
}

func (e *Engine) submit(it item) error {
	if !e.status.Load().Loaded {
		return ErrStarting
	}
	if !e.inbox.put(it) {
		return ErrStopped
	}
	return nil
}
