package state

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"kezek/queue"
)

// odd is what may stand in a field of the owner's hash though no daemon wrote it.
var odd = []string{
	"", "abc", "-1", "0", "1e300", "nan", "007", "1.5", "9007199254740993", "999999999999999", strings.Repeat("9", 400), strings.Repeat("x", 100_000),
}

// deform puts something odd into the owner's hash, or into its place.
func (s *server) deform(field, value string) {
	s.t.Helper()
	if field == "" {
		s.do("DEL", ownerKey)
		switch value {
		case "string":
			s.do("SET", ownerKey, "x")
		case "list":
			s.do("RPUSH", ownerKey, "x", "y")
		case "stream":
			s.do("XADD", ownerKey, "*", "a", "b")
		case "zset":
			s.do("ZADD", ownerKey, "1", "a")
		}
		return
	}
	if value == "(missing)" {
		s.do("HDEL", ownerKey, field)
		return
	}
	s.do("HSET", ownerKey, field, value)
}

const ownerKey = "kezek:{lab}:owner"

// oddities in each field, and instead of the hash.
func eachDeformation(each func(field, value string)) {
	for _, field := range []string{"instance", "process", "fence", "seq", "since", "until"} {
		for _, value := range append([]string{"(missing)", fmt.Sprint(time.Now().Add(time.Hour).UnixMilli())}, odd...) {
			each(field, value)
		}
	}
	for _, kind := range []string{"nothing", "string", "list", "stream", "zset"} {
		each("", kind)
	}
}

// fenceOf is what stands in Redis; it must be a number that a daemon wrote.
func fenceOf(t testing.TB, st *Store) int64 {
	t.Helper()
	o, err := st.Owner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if o.Fence < 1_500_000_000_000 {
		t.Errorf("the fence is %d", o.Fence)
	}
	return o.Fence
}

// Whatever stands in the hash of an owner that is gone, a daemon takes the site:
// at once on the same host, after the time of a lease on another.
func TestOddOwnerIsFollowed(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	const lease = 30 * time.Millisecond
	eachDeformation(func(field, value string) {
		for _, who := range []string{"one", "two"} {
			srv.do("FLUSHALL")
			former := hurried(srv, "one", lease)
			acquire(t, former)
			before := fenceOf(t, former)
			former.Close()
			srv.deform(field, value)

			st := hurried(srv, who, lease)
			short, cancel := context.WithTimeout(ctx, 5*time.Second)
			_, err := st.Acquire(short)
			cancel()
			if err != nil {
				t.Fatalf("%s %.30q, as %s: %v", field, value, who, err)
			}
			if after := fenceOf(t, st); after < before || after != st.lease.fence.Load() || field != "fence" && field != "" && after == before {
				t.Errorf("%s %.30q: fence %d follows %d, the store has %d", field, value, after, before, st.lease.fence.Load())
			}
			save(t, st, list(agent("1001")), nil)
			if got, err := st.Load(ctx); err != nil || len(got.Agents) != 1 {
				t.Errorf("%s %.30q: loaded %v, %v", field, value, got, err)
			}
			st.Close()
		}
	})
}

// Whatever becomes of its hash while it lives, the owner keeps the site, though another daemon
// waits for it: what it cannot believe it writes anew.
func TestOddOwnerStays(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	const lease = 300 * time.Millisecond // the owner looks three times in it
	eachDeformation(func(field, value string) {
		srv.do("FLUSHALL")
		owner := hurried(srv, "one", lease)
		lost := acquire(t, owner)
		save(t, owner, list(agent("1001")), nil)
		standby := hurried(srv, "two", lease)
		ctx, cancel := context.WithCancel(ctx)
		taken := make(chan struct{})
		go func() {
			defer close(taken)
			if _, err := standby.Acquire(ctx); err == nil && (field != "until" || value != "0") {
				t.Errorf("%s %.30q: the standby has the site", field, value)
			}
		}()
		srv.eventually("the standby waits", standby.Up)
		srv.deform(field, value)
		if field == "until" && value == "0" { // the owner has given the site up
			<-taken
		} else {
			all := &queue.Snapshot{Agents: []*queue.Agent{agent("1001"), agent("1002")}}
			srv.eventually(fmt.Sprintf("%s %.30q: the whole state is written", field, value), func() bool {
				return isClosed(lost) || trySave(owner, list(all.Agents[1]), nil, nil) == nil || owner.Replace(ctx, all) == nil
			})
			srv.eventually(fmt.Sprintf("%s %.30q: the owner is as it should be", field, value), func() bool {
				o, err := owner.Owner(ctx)
				return isClosed(lost) || err == nil && o.Process == owner.lease.process && o.Instance == "one" && o.Fence == owner.lease.fence.Load() &&
					!o.Until.IsZero() && time.Until(o.Until) <= lease && time.Until(o.Until) > -longestLease
			})
			if isClosed(lost) {
				t.Fatalf("%s %.30q: the site is lost", field, value)
			}
			save(t, owner, list(all.Agents[0]), nil)
			same(t, "state", srv.dump(), ofState(t, all))
		}
		cancel()
		<-taken
		owner.Close()
		standby.Close()
	})
}

// A lease that claims to end in the year 5138 is said, and not waited for.
func TestEndlessLease(t *testing.T) {
	srv := startServer(t)
	srv.do("HSET", ownerKey, "instance", "one", "process", "gone", "fence", "17", "seq", "5", "since", "x", "until", "99974476800000")
	logs, seen := observer.New(zap.WarnLevel)
	st := hurried(srv, "two", 50*time.Millisecond, func(o *Options) { o.Log = zap.New(logs) })
	acquire(t, st)
	if seen.FilterMessageSnippet("is not a valid time").Len() != 1 {
		t.Errorf("said: %v", seen.All())
	}
	// One that may be true is waited for.
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	st.Close()
	srv.do("HSET", ownerKey, "instance", "three", "until", fmt.Sprint(time.Now().Add(longestLease).UnixMilli()))
	if _, err := hurried(srv, "two", 50*time.Millisecond).Acquire(short); err == nil {
		t.Error("taken from a lease that has not run out")
	}
}

// A fence that is not a number is set again above any before, and logged.
func TestFenceIsNoNumber(t *testing.T) {
	srv := startServer(t)
	former := srv.owner()
	before := fenceOf(t, former)
	former.Close()
	srv.do("HSET", ownerKey, "fence", "abc")
	logs, seen := observer.New(zap.WarnLevel)
	st := srv.owner(func(o *Options) { o.Log = zap.New(logs) })
	if fence := fenceOf(t, st); fence < before || fence != st.lease.fence.Load() || seen.FilterMessageSnippet("not a number").Len() != 1 {
		t.Errorf("%d follows %d; said: %v", fence, before, seen.All())
	}
	st.Close()
	srv.owner(func(o *Options) { o.Log = zap.New(logs) })
	if n := seen.FilterMessageSnippet("not a number").Len(); n != 1 {
		t.Errorf("said %d times, also of one that is a number", n)
	}
}

// An answer of a script that is not as it should be is an error, no panic.
func TestOddAnswers(t *testing.T) {
	for _, reply := range [][]any{
		nil, {}, {nil}, {"1"}, {int64(-1)}, {int64(0)}, {int64(0), "a"}, {int64(0), "a", "b", "c"}, {int64(0), "a", "b", "c", "d"}, {int64(0), 1, 2, 3, 4}, {int64(7)}, {int64(7), "a"}, {int64(7), nil, nil},
	} {
		if a, err := acquireAnswer(reply); err == nil {
			t.Errorf("%v: %+v", reply, a)
		}
	}
	// A lease of any length is told as one that cannot be, not as one that has run out.
	for left, want := range map[string]time.Duration{"-5": 0, "7": 7 * time.Millisecond, "180001": farthest + time.Millisecond, "10000000000000": farthest + time.Millisecond} {
		if a, err := acquireAnswer([]any{int64(0), "a", "b", "c", left}); err != nil || a.left != want {
			t.Errorf("%s ms left: %v, %v, want %v", left, a.left, err, want)
		}
	}
	for _, reply := range [][]any{nil, {}, {nil}, {int64(0)}, {int64(0), "a"}, {int64(0), nil, nil}, {int64(7)}, {int64(7), "a"}, {int64(7), int64(-1)}} {
		if fence, seq, holder, err := renewAnswer(reply); err == nil {
			t.Errorf("%v: %d %d %s", reply, fence, seq, holder)
		}
	}
}

// Whatever stands in the owner's hash, the owner keeps writing, and a successor takes over.
func TestOwnerOfAnything(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	const lease = 20 * time.Millisecond
	value := rapid.OneOf(rapid.SampledFrom(odd), rapid.String(), rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9])?(e[0-9]{1,3})?`))
	rapid.Check(t, func(rt *rapid.T) {
		srv.do("FLUSHALL")
		owner := hurried(srv, "one", lease)
		defer owner.Close()
		lost := acquire(t, owner)
		fields := []any{"HSET", ownerKey}
		for _, field := range []string{"instance", "process", "fence", "seq", "since", "until", "more"} {
			if rapid.Bool().Draw(rt, field) {
				fields = append(fields, field, value.Draw(rt, "value of "+field))
			}
		}
		if rapid.Bool().Draw(rt, "all anew") {
			srv.do("DEL", ownerKey)
		}
		if len(fields) > 2 {
			srv.do(fields...)
		}
		if rapid.Bool().Draw(rt, "the owner lives") {
			// It writes, or another process has a fence above its own.
			srv.eventually("saved or lost", func() bool {
				return isClosed(lost) || trySave(owner, nil, nil, nil) == nil || owner.Replace(ctx, &queue.Snapshot{}) == nil
			})
		}
		owner.Close()
		next := hurried(srv, "two", lease)
		defer next.Close()
		acquire(t, next)
		save(t, next, list(agent("1001")), nil)
	})
}
