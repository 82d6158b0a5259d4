package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// health is whether Redis does what it is asked. A trouble is over when what
// failed works again: a Redis that answers reads and refuses writes is not well,
// and one that refuses a save is not well because it prolonged the lease.
type health struct {
	mu    sync.Mutex
	asked bool
	// gone is why Redis gave no answer, unled why it refused the lease, refused why it refused to save.
	gone, unled, refused error
	// read: it was reading that found it gone, so reading tells when it is back.
	read  bool
	since time.Time // when the trouble began
}

// request is what a request is for, as far as the health depends on it.
type request int

const (
	reading request = iota
	leasing         // acquire, renew, release
	saving
)

// Up reports whether Redis does all that it is asked.
func (s *Store) Up() bool { return s.Err() == nil }

// Err is why Redis is not up, nil if it is.
func (s *Store) Err() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if !s.health.asked {
		return errors.New("redis was not asked yet")
	}
	return s.health.trouble()
}

// Refusal is the word with which Redis, which answers, refuses what it is asked, such as MISCONF;
// "" if it does what it is asked, or gives no answer.
func (s *Store) Refusal() string {
	err, ok := errors.AsType[redis.Error](s.Err())
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(err.Error(), " ")
	return word
}

// trouble is the most serious one, nil if there is none.
func (h *health) trouble() error { return cmp.Or(h.gone, h.unled, h.refused) }

// away is why a write need not be tried; nil if it may succeed.
func (s *Store) away() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if err := cmp.Or(s.health.gone, s.health.unled); err != nil {
		return fmt.Errorf("redis is away: %w", err)
	}
	return nil
}

// note takes the result of a request into the health and logs a change. A
// request that its caller gave up says nothing about Redis.
func (s *Store) note(ctx context.Context, what request, err error) {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	well := h.trouble() == nil
	h.asked = true
	switch {
	case err == nil && what == reading && !h.read:
	case err == nil:
		h.gone, h.read = nil, false
		if what == leasing {
			h.unled = nil
		}
	case !refusal(err):
		h.read = what == reading && (h.gone == nil || h.read)
		h.gone = err
	case what == leasing:
		h.gone, h.unled = nil, err
	case what == saving:
		h.gone, h.refused = nil, err
	}
	s.tell(well)
}

// saved is told when all that was given to be saved is saved. That a part of it
// was does not heal a refusal: the next part may be what is refused.
func (s *Store) saved() {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	well := h.trouble() == nil
	h.refused = nil
	s.tell(well)
}

// tell logs a change from how it was.
func (s *Store) tell(well bool) {
	h := &s.health
	err := h.trouble()
	if well == (err == nil) {
		return
	}
	lasted := time.Since(h.since).Round(time.Millisecond)
	h.since = time.Now()
	if err == nil {
		s.log.Info("redis is back", zap.Duration("after", lasted))
		return
	}
	s.log.Error("redis does not answer properly; nothing is saved until it does", zap.Error(err))
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// refusal reports whether an error is Redis's own answer.
func refusal(err error) bool {
	var said redis.Error
	return errors.As(err, &said)
}
