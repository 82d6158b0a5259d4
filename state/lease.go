package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// lease is one ownership of the site, from Acquire to its end.
type lease struct {
	process string // told from every other by chance: two may have one host and pid
	since   string
	fence   atomic.Int64

	lost     chan struct{}
	loseOnce sync.Once
	stop     context.CancelFunc
	running  sync.WaitGroup // what goes on while the site is owned
}

// end stops what goes on and waits for it.
func (l *lease) end() {
	l.stop()
	l.running.Wait()
}

func (l *lease) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// Acquire waits until this daemon owns the site, through absences of Redis
// too. Lost is closed when another daemon has taken it: after a lease that ran
// out, or as a new process of the same instance. That Redis is away loses
// nothing.
func (s *Store) Acquire(ctx context.Context) (lost <-chan struct{}, err error) {
	s.mu.Lock()
	owned := s.lease != nil && !s.lease.isLost()
	s.mu.Unlock()
	if owned {
		return nil, errors.New("the site is already owned")
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name of this host: %w", err)
	}
	l := &lease{
		process: fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:8]),
		since:   time.Now().UTC().Format(time.RFC3339),
		lost:    make(chan struct{}),
	}
	var holder string
	seen := watch{lease: s.opts.Lease}
	for {
		wait := s.probe
		a, err := s.take(ctx, l, &seen)
		switch {
		case err != nil:
			holder = "redis, which does not answer: " + err.Error()
		case a.fence > 0:
			if _, err := strconv.ParseUint(a.before, 10, 64); a.before != "" && err != nil {
				s.log.Warn("the fence of the previous owner is not a number; set again", zap.String("was", clip(a.before)), zap.Int64("fence", a.fence))
			}
			l.fence.Store(a.fence)
			s.recall(a)
			s.own(l)
			return l.lost, nil
		default:
			wait = min(wait, max(a.left, seen.see(a.sign, time.Now()), time.Millisecond))
			if now := a.holder(); now != holder {
				holder = now
				s.log.Info("standing by: another daemon owns the site", zap.String("owner", holder))
			}
			if a.left > farthest && !seen.doubted {
				seen.doubted = true
				s.log.Warn("the end of the owner's lease is not a valid time; ignored", zap.String("owner", holder), zap.Duration("left", a.left))
			}
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("site %s: waited for %s: %w", s.opts.Site, holder, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}

// own begins the ownership.
func (s *Store) own(l *lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease != nil {
		s.lease.end()
	}
	s.lease = l
	s.whole.Store(true)
	s.seq, s.tried = 1, 1
	s.written.Store(1)
	s.doubtful, s.stored, s.storedAt = nil, nil, nil

	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(func() { s.keep(ctx, l) })
	l.running.Go(func() { s.remember(ctx, l) })
	s.log.Info("owner of the site", zap.String("process", l.process), zap.Int64("fence", l.fence.Load()))
}

// keep renews the lease, and finds out when a Redis that was away is back.
func (s *Store) keep(ctx context.Context, l *lease) {
	timer := time.NewTimer(s.opts.Lease / 3)
	defer timer.Stop()
	for {
		wait := s.opts.Lease / 3
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
			wait = min(wait, s.probe)
		case <-timer.C:
			switch _, err := s.renew(ctx, l); {
			case errors.Is(err, ErrLost):
				return
			case err != nil:
				wait = min(wait, s.probe)
			}
		}
		timer.Reset(wait)
	}
}

// renew prolongs the lease and returns the number of the last write that Redis has.
func (s *Store) renew(ctx context.Context, l *lease) (seq int64, err error) {
	fence := l.fence.Load()
	reply, err := s.run(ctx, leasing, renewScript, []string{s.keys.owner()},
		s.opts.Instance, l.process, s.opts.Lease.Milliseconds(), l.since, fence).Slice()
	if err != nil {
		return 0, err
	}
	found, seq, holder, err := renewAnswer(reply)
	switch {
	case err != nil:
		return 0, err
	case found == 0:
		s.lose(l, holder)
		return 0, ErrLost
	case found != fence:
		s.log.Warn("redis lost the owner: it was emptied or an older copy restored; site taken again",
			zap.Int64("fence", found))
		l.fence.Store(found)
	}
	return seq, nil
}

func (s *Store) lose(l *lease, to string) {
	l.loseOnce.Do(func() {
		s.log.Error("ownership lost; this daemon must not act any more", zap.String("owner", to))
		s.whole.Store(false)
		close(l.lost)
	})
}

// Release gives the site up, so that a successor need not wait for the lease to end.
func (s *Store) Release(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lease
	if l == nil {
		return nil
	}
	l.end()
	s.lease = nil
	s.whole.Store(false)
	if l.isLost() {
		return nil
	}
	defer s.writeMark(l)
	return s.run(ctx, leasing, releaseScript, []string{s.keys.owner()},
		l.process, strconv.FormatInt(l.fence.Load(), 10)).Err()
}

// run runs a script with the deadline of a request and notes how it went.
func (s *Store) run(ctx context.Context, what request, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	cmd := script.Run(limited, s.rdb, keys, args...)
	s.note(ctx, what, cmd.Err())
	return cmd
}

// Owner is the daemon that has the site.
type Owner struct {
	// Instance is empty when nobody ever had it.
	Instance, Process string
	// Fence grows with each change of owner.
	Fence int64
	Since time.Time
	// Until is the end of the lease, if it is not renewed; in the past the site is free.
	Until time.Time
}

// Owner reads which daemon has the site. The reader need not own it.
func (s *Store) Owner(ctx context.Context) (Owner, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	h, err := s.rdb.HGetAll(limited, s.keys.owner()).Result()
	s.note(ctx, reading, err)
	if err != nil || len(h) == 0 {
		return Owner{}, err
	}
	// What cannot be read is left zero: the next owner writes it anew.
	o := Owner{Instance: h["instance"], Process: h["process"]}
	o.Fence, _ = strconv.ParseInt(h["fence"], 10, 64)
	o.Since, _ = time.Parse(time.RFC3339, h["since"])
	if ms, err := strconv.ParseInt(h["until"], 10, 64); err == nil {
		o.Until = time.UnixMilli(ms).UTC()
	}
	return o, nil
}
