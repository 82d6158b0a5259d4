package state

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

func instance(name string) func(*Options) {
	return func(o *Options) { o.Instance = name }
}

func leaseOf(d time.Duration) func(*Options) {
	return func(o *Options) { o.Lease = d }
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// A daemon that was killed is followed by its next process at once.
func TestSameInstanceTakesOver(t *testing.T) {
	srv := startServer(t)
	first := srv.store()
	lost := acquire(t, first)
	save(t, first, list(agent("1001")), nil)

	begun := time.Now()
	second := srv.owner()
	if took := time.Since(begun); took > time.Second {
		t.Errorf("took over after %v", took)
	}
	if f, s := first.lease.fence.Load(), second.lease.fence.Load(); s <= f {
		t.Errorf("fence %d follows %d", s, f)
	}
	save(t, second, list(agent("1002")), nil)

	// The first is fenced off: nothing of its write is stored, and lost is closed when Save returns.
	_, err := first.Save(ctx, list(agent("1003")), list(agent("1001")), []queue.Entry{entry(0)})
	if !errors.Is(err, ErrLost) || !isClosed(lost) {
		t.Errorf("save: %v, lost closed: %v", err, isClosed(lost))
	}
	if err := first.Replace(ctx, &queue.Snapshot{}); !errors.Is(err, ErrLost) {
		t.Errorf("replace: %v", err)
	}
	if _, err := first.Load(ctx); !errors.Is(err, ErrLost) {
		t.Errorf("load: %v", err)
	}
	if err := first.Release(ctx); err != nil {
		t.Errorf("release: %v", err)
	}
	all := &queue.Snapshot{Agents: []*queue.Agent{agent("1001"), agent("1002")}}
	same(t, "state", srv.dump(), ofState(t, all))
	save(t, second, nil, nil)
}

// Replace, too, is refused to a former owner who does not know it yet.
func TestReplaceOfFormerOwner(t *testing.T) {
	srv := startServer(t)
	first := srv.store()
	lost := acquire(t, first)
	second := srv.owner()
	all := &queue.Snapshot{Agents: []*queue.Agent{agent("1001")}}
	replace(t, second, all)
	if err := first.Replace(ctx, &queue.Snapshot{}); !errors.Is(err, ErrLost) || !isClosed(lost) {
		t.Errorf("replace: %v, lost closed: %v", err, isClosed(lost))
	}
	same(t, "state", srv.dump(), ofState(t, all))
}

// Load changes nothing for a former owner.
func TestLoadOfFormerOwner(t *testing.T) {
	srv := startServer(t)
	first := srv.store()
	lost := acquire(t, first)
	second := srv.owner()
	save(t, second, list(agent("1001")), nil)
	srv.do("HSET", "kezek:{lab}:agent:1001", "since", "?")
	before := srv.dump()
	if _, err := first.Load(ctx); !errors.Is(err, ErrLost) || !isClosed(lost) {
		t.Errorf("load: %v, lost closed: %v", err, isClosed(lost))
	}
	same(t, "state", srv.dump(), before)
}

// The former owner learns of it without a write.
func TestKeeperFindsTheLoss(t *testing.T) {
	srv := startServer(t)
	lost := acquire(t, srv.store(leaseOf(60*time.Millisecond)))
	srv.owner()
	select {
	case <-lost:
	case <-time.After(10 * time.Second):
		t.Fatal("lost was not closed")
	}
}

func TestStandbyWaitsForTheEndOfTheLease(t *testing.T) {
	srv := startServer(t)
	const long = 600 * time.Millisecond
	owner := srv.owner(leaseOf(long))
	taken := make(chan time.Time)
	standby := srv.store(instance("two"), leaseOf(long))
	go func() {
		if _, err := standby.Acquire(ctx); err != nil {
			t.Error(err)
		}
		taken <- time.Now()
	}()
	select {
	case <-taken:
		t.Fatal("the standby took a site whose owner lives")
	case <-time.After(2 * long): // the owner renews meanwhile
	}
	owner.Close() // as if killed
	dead := time.Now()
	if took := (<-taken).Sub(dead); took < long/2 || took > long+time.Second {
		t.Errorf("took over %v after the owner's death, its lease is %v", took, long)
	}
	save(t, standby, list(agent("1001")), nil)
}

func TestStandbyFollowsARelease(t *testing.T) {
	srv := startServer(t)
	owner := srv.owner(leaseOf(longestLease))
	fence := owner.lease.fence.Load()
	standby := srv.store(instance("two"))

	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := standby.Acquire(short)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "site lab: waited for instance one (") {
		t.Fatalf("acquire: %v", err)
	}

	if err := owner.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Save(ctx, nil, nil, nil); !errors.Is(err, ErrNotOwner) {
		t.Errorf("save after release: %v", err)
	}
	acquire(t, standby)
	if standby.lease.fence.Load() <= fence {
		t.Error("the fence did not grow")
	}
	o, err := owner.Owner(ctx)
	if err != nil || o.Instance != "two" || o.Process != standby.lease.process || time.Until(o.Until) > 5*time.Second || time.Until(o.Until) < 0 {
		t.Errorf("owner %+v, %v", o, err)
	}
	// One store may own again.
	if err := standby.Release(ctx); err != nil {
		t.Fatal(err)
	}
	acquire(t, owner)
	save(t, owner, list(agent("1001")), nil)
}

func TestAcquireTwice(t *testing.T) {
	st := startServer(t).owner()
	if _, err := st.Acquire(ctx); err == nil || err.Error() != "the site is already owned" {
		t.Error(err)
	}
	save(t, st, nil, nil)
}

// An outage longer than the lease loses nothing when nobody else came.
func TestOutageIsNoLoss(t *testing.T) {
	srv := startServer(t)
	st := srv.store(leaseOf(60 * time.Millisecond))
	lost := acquire(t, st)
	save(t, st, list(agent("1001")), nil)
	srv.signal(syscall.SIGSTOP)
	srv.eventually("redis is away", func() bool { return !st.Up() })
	srv.signal(syscall.SIGCONT)
	srv.eventually("redis is back", st.Up)
	if isClosed(lost) {
		t.Fatal("the ownership is lost")
	}
	save(t, st, list(agent("1002")), nil) // nothing was missed
	all := &queue.Snapshot{Agents: []*queue.Agent{agent("1001"), agent("1002")}}
	same(t, "state", srv.dump(), ofState(t, all))
}

// A lease that ran out is lost only when somebody took the site.
func TestLeaseRunsOut(t *testing.T) {
	srv := startServer(t)
	wire := new(network)
	st := wire.through(srv)
	srv.do("HSET", "kezek:{lab}:owner", "until", "0")
	save(t, st, list(agent("1001")), nil)

	lost := st.lease.lost
	srv.do("HSET", "kezek:{lab}:owner", "until", "0")
	srv.owner(instance("two"))
	if _, err := st.Save(ctx, nil, nil, nil); !errors.Is(err, ErrLost) || !isClosed(lost) {
		t.Errorf("save: %v, lost closed: %v", err, isClosed(lost))
	}
}

// Redis was emptied, and a standby was first to take the site.
func TestFlushAndStandby(t *testing.T) {
	srv := startServer(t)
	st := srv.store(leaseOf(longestLease))
	lost := acquire(t, st)
	time.Sleep(2 * time.Millisecond) // a fence is the time in ms
	srv.do("FLUSHALL")
	standby := srv.owner(instance("two"))
	if _, err := st.Save(ctx, list(agent("1001")), nil, nil); !errors.Is(err, ErrLost) || !isClosed(lost) {
		t.Errorf("save: %v, lost closed: %v", err, isClosed(lost))
	}
	same(t, "state", srv.dump(), map[string]any{})
	save(t, standby, nil, nil)
}

// A copy of Redis from before this ownership took its place.
func TestOlderOwnerIsNoNewOwner(t *testing.T) {
	srv := startServer(t)
	st := srv.owner()
	srv.do("HSET", "kezek:{lab}:owner", "process", "of long ago", "instance", "two", "fence", "17")
	if _, err := st.Save(ctx, nil, nil, nil); !errors.Is(err, ErrBehind) {
		t.Fatalf("save: %v", err)
	}
	replace(t, st, &queue.Snapshot{})
	save(t, st, nil, nil)
}

func TestAcquireOutlivesAnAbsence(t *testing.T) {
	srv := startServer(t)
	srv.kill()
	logs, seen := observer.New(zap.InfoLevel)
	st := srv.store(func(o *Options) { o.Log = zap.New(logs) })
	done := make(chan error)
	go func() {
		_, err := st.Acquire(ctx)
		done <- err
	}()
	srv.eventually("it is said", func() bool { return seen.FilterMessageSnippet("redis does not answer").Len() > 0 })
	time.Sleep(3 * st.probe) // more tries
	srv.start()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := seen.FilterMessageSnippet("redis does not answer").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
	if seen.FilterMessage("redis is back").Len() != 1 {
		t.Error("the return was not told")
	}
}

func TestCloseEndsAWaitingAcquire(t *testing.T) {
	srv := startServer(t)
	srv.owner(leaseOf(longestLease))
	standby := srv.store(instance("two"))
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error)
	go func() {
		_, err := standby.Acquire(ctx)
		done <- err
	}()
	srv.eventually("it waits", standby.Up)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestNotOwner(t *testing.T) {
	st := startServer(t).store()
	if _, err := st.Save(ctx, nil, nil, nil); !errors.Is(err, ErrNotOwner) {
		t.Error(err)
	}
	if err := st.Replace(ctx, &queue.Snapshot{}); !errors.Is(err, ErrNotOwner) {
		t.Error(err)
	}
	if _, err := st.Load(ctx); !errors.Is(err, ErrNotOwner) {
		t.Error(err)
	}
	if err := st.Release(ctx); err != nil {
		t.Error(err)
	}
	if st.Up() || st.Whole() {
		t.Error("up or whole before the first request")
	}
}

func TestNewExplainsItself(t *testing.T) {
	for _, c := range []struct {
		opts Options
		want string
	}{
		{Options{Site: "a}b", URL: "redis://h"}, `site "a}b": allowed are`},
		{Options{Site: "lab", URL: "http://user:secret@h"}, "redis url: redis: invalid URL scheme: http"},
		{Options{Site: "lab", URL: "redis://user:secret@h:port"}, "redis url: invalid port"},
	} {
		_, err := New(c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
