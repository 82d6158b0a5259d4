package ami

import (
	"context"
	"sync"
	"time"

	"kezek/queue"
)

const (
	// mostEntries bounds the lines that wait to be told: the rest is found by comparing views.
	mostEntries = 8192
	// pace is the least time between two views for events, lookEvery how often the state is looked at for what no line
	// tells, such as a phone that is in use.
	pace, lookEvery = 20 * time.Millisecond, time.Second
)

// feed holds lines of the journal until they are told.
type feed struct {
	mu      sync.Mutex
	entries []queue.Entry
	// wake has room for one: there is something to do.
	wake chan struct{}
}

func newFeed() feed { return feed{wake: make(chan struct{}, 1)} }

func (f *feed) put(entries []queue.Entry) {
	f.mu.Lock()
	f.entries = append(f.entries, entries[:min(len(entries), mostEntries-len(f.entries))]...)
	f.mu.Unlock()
	f.nudge()
}

func (f *feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *feed) take() []queue.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.entries
	f.entries = nil
	return taken
}

// narrate sends events until ctx ends. While nobody wants any, the state is not looked at.
func (s *Server) narrate(ctx context.Context) {
	var n *narrator
	defer s.narrating.Store(false)
	next := time.NewTimer(lookEvery)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.feed.wake:
		case <-next.C:
		}
		entries := s.feed.take()
		for _, e := range entries {
			s.memory.learn(e)
		}
		wait, took := lookEvery, time.Duration(0)
		switch {
		case !s.anyListens():
			n = nil
			s.narrating.Store(false)
		default:
			v, busy, err := s.view(ctx)
			took = busy
			switch {
			case err != nil: // it is starting, or stands by: what happens meanwhile is found by the next view
			case n == nil:
				n = newNarrator(s.tell, s.name)
				n.begin(v)
				s.narrating.Store(true)
			case n.advance(v, entries):
				wait = pace
			}
		}
		next.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause(took)):
		}
	}
}

// anyListens reports whether a client wants events about agents.
func (s *Server) anyListens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if mask(c.events.Load())&maskAgent != 0 {
			return true
		}
	}
	return false
}

// tell sends an event to all who want it.
func (s *Server) tell(event string, body packet) {
	var p packet
	p.field("Event", event)
	p.field("Privilege", "agent,all")
	if s.system != "" {
		p.field("SystemName", s.system)
	}
	p = append(p, body...)
	p = p.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if mask(c.events.Load())&maskAgent != 0 {
			c.push(p)
		}
	}
}
