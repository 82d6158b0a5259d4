package ari

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"kezek/queue"
)

// order runs actions: one that shares a key with earlier ones runs after them,
// others run at once. It keeps nothing about keys that have nothing to do.
type order struct {
	mu      sync.Mutex
	nothing sync.Cond // no task lives
	// tails is the last task of every key that has one.
	tails map[string]*task
	live  map[*task]struct{}
	count int // of tasks so far
	// idle are workers that wait for a task. A worker's stack has grown to what a
	// request needs; a new goroutine would have to grow its own.
	idle []chan *task
	// observed collects, while somebody observes, the tasks that finish.
	observed  []*task
	observing bool
}

// idleWorkers are kept at most.
const idleWorkers = connections

type task struct {
	number int
	action queue.Action
	keys   []string
	do     func()
	// waits counts the earlier tasks that it waits for, next are those that wait for it.
	waits int
	next  []*task
}

func newOrder() *order {
	o := &order{tails: map[string]*task{}, live: map[*task]struct{}{}}
	o.nothing.L = &o.mu
	return o
}

// start runs do when the earlier tasks of all the keys are done.
func (o *order) start(a queue.Action, keys []string, do func()) { o.add(a, keys, do, true) }

// aside runs do like start, but later tasks do not wait for it.
func (o *order) aside(a queue.Action, keys []string, do func()) { o.add(a, keys, do, false) }

func (o *order) add(a queue.Action, keys []string, do func(), awaited bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count++
	t := &task{number: o.count, action: a, keys: keys, do: do}
	o.live[t] = struct{}{}
	for _, k := range keys {
		if before := o.tails[k]; before != nil && before != t {
			before.next = append(before.next, t)
			t.waits++
		}
		if awaited {
			o.tails[k] = t
		}
	}
	if t.waits == 0 {
		o.run(t)
	}
}

// run gives a task to a worker. It must be called with the order locked.
func (o *order) run(t *task) {
	if n := len(o.idle); n > 0 {
		o.idle[n-1] <- t
		o.idle = o.idle[:n-1]
		return
	}
	go o.work(t)
}

// work does a task, then those that became ready by it or are given later.
func (o *order) work(t *task) {
	more := make(chan *task, 1)
	for t != nil {
		t.do()
		o.mu.Lock()
		ready := o.finish(t)
		switch {
		case len(ready) > 0:
			t = ready[0]
			for _, other := range ready[1:] {
				o.run(other)
			}
			o.mu.Unlock()
		case len(o.idle) < idleWorkers:
			o.idle = append(o.idle, more)
			o.mu.Unlock()
			t = <-more
		default:
			o.mu.Unlock()
			return
		}
	}
}

// finish must be called with the order locked. Ready are the tasks that waited for t alone.
func (o *order) finish(t *task) (ready []*task) {
	for _, k := range t.keys {
		if o.tails[k] == t {
			delete(o.tails, k)
		}
	}
	for _, n := range t.next {
		if n.waits--; n.waits == 0 {
			ready = append(ready, n)
		}
	}
	delete(o.live, t)
	if o.observing {
		o.observed = append(o.observed, t)
	}
	if len(o.live) == 0 {
		o.nothing.Broadcast()
	}
	return ready
}

// observe begins to watch. The returned function ends it and gives the
// actions, in their order, that were not finished at some moment meanwhile:
// what was read in that time may or may not show what they did.
func (o *order) observe() (unfinished func() []queue.Action) {
	o.mu.Lock()
	o.observing = true
	o.mu.Unlock()
	return func() []queue.Action {
		o.mu.Lock()
		defer o.mu.Unlock()
		tasks := slices.AppendSeq(o.observed, maps.Keys(o.live))
		o.observing, o.observed = false, nil
		slices.SortFunc(tasks, func(a, b *task) int { return cmp.Compare(a.number, b.number) })
		actions := make([]queue.Action, len(tasks))
		for i, t := range tasks {
			actions[i] = t.action
		}
		return actions
	}
}

// wait returns when no task lives, and sends the workers home. Every request
// has a deadline, so it ends.
func (o *order) wait() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.live) > 0 {
		o.nothing.Wait()
	}
	for _, worker := range o.idle {
		close(worker)
	}
	o.idle = nil
}

// resync makes many wishes for a reading into few.
type resync struct {
	// due has a token when it is time to read.
	due chan struct{}

	mu    sync.Mutex
	timer *time.Timer // a wish that waits
	last  time.Time
}

// resyncEvery is the least time between two readings.
const resyncEvery = time.Second

func newResync() *resync { return &resync{due: make(chan struct{}, 1)} }

func (r *resync) ask() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		return
	}
	r.timer = time.AfterFunc(time.Until(r.last.Add(resyncEvery)), func() {
		select {
		case r.due <- struct{}{}:
		default:
		}
	})
}

// begin is called when a reading begins: it fulfils all wishes until now.
func (r *resync) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	select {
	case <-r.due:
	default:
	}
	r.last = time.Now()
}
