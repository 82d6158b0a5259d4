package ari

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"kezek/queue"
)

// scheduler runs actions: one that shares a key with earlier ones runs after them,
// others run at once. It keeps nothing about keys that have nothing to do.
type scheduler struct {
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

func newScheduler() *scheduler {
	s := &scheduler{tails: map[string]*task{}, live: map[*task]struct{}{}}
	s.nothing.L = &s.mu
	return s
}

// start runs do when the earlier tasks of all the keys are done. Later ones wait for it if it is awaited.
func (s *scheduler) start(a queue.Action, keys []string, do func(), awaited bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	t := &task{number: s.count, action: a, keys: keys, do: do}
	s.live[t] = struct{}{}
	for _, k := range keys {
		if before := s.tails[k]; before != nil && before != t {
			before.next = append(before.next, t)
			t.waits++
		}
		if awaited {
			s.tails[k] = t
		}
	}
	if t.waits == 0 {
		s.run(t)
	}
}

// run gives a task to a worker. It must be called with the scheduler locked.
func (s *scheduler) run(t *task) {
	if n := len(s.idle); n > 0 {
		s.idle[n-1] <- t
		s.idle = s.idle[:n-1]
		return
	}
	go s.work(t)
}

// work does a task, then those that became ready by it or are given later.
func (s *scheduler) work(t *task) {
	more := make(chan *task, 1)
	for t != nil {
		t.do()
		s.mu.Lock()
		ready := s.finish(t)
		switch {
		case len(ready) > 0:
			t = ready[0]
			for _, other := range ready[1:] {
				s.run(other)
			}
			s.mu.Unlock()
		case len(s.idle) < idleWorkers:
			s.idle = append(s.idle, more)
			s.mu.Unlock()
			t = <-more
		default:
			s.mu.Unlock()
			return
		}
	}
}

// finish must be called with the scheduler locked. Ready are the tasks that waited for t alone.
func (s *scheduler) finish(t *task) (ready []*task) {
	for _, k := range t.keys {
		if s.tails[k] == t {
			delete(s.tails, k)
		}
	}
	for _, n := range t.next {
		if n.waits--; n.waits == 0 {
			ready = append(ready, n)
		}
	}
	delete(s.live, t)
	if s.observing {
		s.observed = append(s.observed, t)
	}
	if len(s.live) == 0 {
		s.nothing.Broadcast()
	}
	return ready
}

// observe begins to watch. The returned function ends it and gives the
// actions, in their order, that were not finished at some moment meanwhile:
// what was read in that time may or may not show what they did.
func (s *scheduler) observe() (unfinished func() []queue.Action) {
	s.mu.Lock()
	s.observing = true
	s.mu.Unlock()
	return func() []queue.Action {
		s.mu.Lock()
		defer s.mu.Unlock()
		tasks := slices.AppendSeq(s.observed, maps.Keys(s.live))
		s.observing, s.observed = false, nil
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
func (s *scheduler) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.live) > 0 {
		s.nothing.Wait()
	}
	for _, worker := range s.idle {
		close(worker)
	}
	s.idle = nil
}
