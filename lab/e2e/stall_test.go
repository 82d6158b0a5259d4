package e2e

import (
	"sync"
	"testing"
	"time"
)

// A machine that stands still, because others want it or its host gives it no
// time, makes requests late that no deadline should have cut. watch notes how long it stood.
var watch = sync.OnceValue(func() *stalls {
	s := &stalls{}
	go func() {
		for last := time.Now(); ; {
			time.Sleep(stallTick)
			now := time.Now()
			if late := now.Sub(last) - stallTick; late > stallTick {
				s.mu.Lock()
				s.gaps = append(s.gaps, gap{last, late})
				s.mu.Unlock()
			}
			last = now
		}
	}()
	return s
})

const stallTick = 20 * time.Millisecond

type stalls struct {
	mu   sync.Mutex
	gaps []gap
}

type gap struct {
	from time.Time
	late time.Duration
}

// longest is for how long at once nothing moved since then.
func (s *stalls) longest(since time.Time) (longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.gaps {
		if g.from.After(since) {
			longest = max(longest, g.late)
		}
	}
	return longest
}

// lost is how much a clock loses since then that ticks in a thread and forgets
// the ticks for which it is late, as Asterisk's recordings do.
func (s *stalls) lost(since time.Time) (sum time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.gaps {
		if g.from.After(since) {
			sum += g.late
		}
	}
	return sum
}

// stoodStill reports whether the machine stood so long that a deadline may
// have passed for no fault of the daemon.
func stoodStill(t testing.TB, since time.Time) bool {
	t.Helper()
	stood := watch().longest(since)
	if stood > 100*time.Millisecond {
		t.Logf("the machine stood still for %v", stood)
	}
	return stood > 250*time.Millisecond
}
