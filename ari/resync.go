package ari

import (
	"sync"
	"time"
)

// resync coalesces requests for a reading of what lives on Asterisk.
type resync struct {
	// due has a token when it is time to read.
	due chan struct{}

	mu    sync.Mutex
	timer *time.Timer // a request that waits
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

// begin is called when a reading begins: it answers all requests until now.
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
