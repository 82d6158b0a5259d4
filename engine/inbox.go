package engine

import (
	"sync"
	"time"

	"kezek/queue"
)

// item is one thing for the loop: an event, or somebody who wants to look.
type item struct {
	received time.Time
	event    queue.Event
	look     func(*queue.State)
	// done gets the answer, if somebody waits for it.
	done chan<- queue.Answer
	// Filled by the step.
	answer  queue.Answer
	actions []queue.Action
}

// inbox is an unbounded queue: an event that was received is never dropped.
type inbox struct {
	mu    sync.Mutex
	items []item
	over  bool
	// ready holds a token while there are items; closed is closed at the end.
	ready  chan struct{}
	closed chan struct{}
}

func newInbox() *inbox {
	return &inbox{ready: make(chan struct{}, 1), closed: make(chan struct{})}
}

// put adds an item; false when the loop has ended.
func (b *inbox) put(it item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false
	}
	b.items = append(b.items, it)
	b.signal()
	return true
}

// take removes up to most items, in order.
func (b *inbox) take(most int) []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) <= most {
		items := b.items
		b.items = nil
		return items
	}
	items := b.items[:most:most]
	b.items = b.items[most:]
	b.signal()
	return items
}

func (b *inbox) signal() {
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	close(b.closed)
}
