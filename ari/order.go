package ari

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"kezek/queue"
)

// order runs actions, each in a goroutine of its own: one that shares a key
// with earlier ones runs after them, others run at once. It keeps nothing
// about keys that have nothing to do.
type order struct {
	mu   sync.Mutex
	idle sync.Cond // no task lives
	// tails is the last task of every key that has one.
	tails map[string]*task
	live  map[*task]struct{}
	count int // of tasks so far
	// observed collects, while somebody observes, the tasks that finish.
	observed  []*task
	observing bool
}

type task struct {
	number int
	action queue.Action
	done   chan struct{}
}

func newOrder() *order {
	o := &order{tails: map[string]*task{}, live: map[*task]struct{}{}}
	o.idle.L = &o.mu
	return o
}

// start runs do when the earlier tasks of all the keys are done.
func (o *order) start(a queue.Action, keys []string, do func()) {
	t := &task{action: a, done: make(chan struct{})}
	var before []*task
	o.mu.Lock()
	o.count++
	t.number = o.count
	o.live[t] = struct{}{}
	for _, k := range keys {
		if prev := o.tails[k]; prev != nil && prev != t {
			before = append(before, prev)
		}
		o.tails[k] = t
	}
	o.mu.Unlock()
	go func() {
		for _, prev := range before {
			<-prev.done
		}
		do()
		o.finish(t, keys)
	}()
}

func (o *order) finish(t *task, keys []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range keys {
		if o.tails[k] == t {
			delete(o.tails, k)
		}
	}
	delete(o.live, t)
	if o.observing {
		o.observed = append(o.observed, t)
	}
	if len(o.live) == 0 {
		o.idle.Broadcast()
	}
	close(t.done)
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

// wait returns when no task lives. Every request has a deadline, so it ends.
func (o *order) wait() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.live) > 0 {
		o.idle.Wait()
	}
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
