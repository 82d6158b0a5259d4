package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/queuetest"
)

// The time of the steps goes on by the monotonic clock, and follows the wall clock when that was set.
func TestClock(t *testing.T) {
	begun := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	r := reading{begun, 0}
	c := newClock(func() reading { return r })
	for _, step := range []struct {
		name     string
		passed   time.Duration
		wall     time.Duration
		now, set time.Duration
	}{
		{"in step", time.Second, time.Second, time.Second, 0},
		{"a little apart", time.Second, time.Second + 900*time.Millisecond, 2 * time.Second, 0},
		{"set back", time.Second, time.Second - time.Minute, 3 * time.Second, -time.Minute + 900*time.Millisecond},
		{"in step again", time.Second, time.Second, -time.Minute + 4900*time.Millisecond, 0},
		{"set ahead", time.Second, time.Hour, -time.Minute + 5900*time.Millisecond, time.Hour - time.Second},
	} {
		r.running += step.passed
		r.wall = r.wall.Add(step.wall)
		if now := c.now().Sub(begun); now != step.now {
			t.Errorf("%s: now is %v after the beginning, want %v", step.name, now, step.now)
		}
		if set := c.set(); set != step.set {
			t.Errorf("%s: set by %v, want %v", step.name, set, step.set)
		}
		if set := c.set(); set != 0 {
			t.Errorf("%s: set by %v again", step.name, set)
		}
	}
}

// The wall clock is set while a phone rings: it rings as long as it would have, and that the clock was set is told once.
func TestClockIsSet(t *testing.T) {
	const ring = 1500 * time.Millisecond
	for name, by := range map[string]time.Duration{"back": -time.Minute, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules, err := queuetest.Rules("languages ru\nqueue sales did=100 ring=1500ms max_wait=10s\nagent 1001 ru sales")
			must(t, err)
			o := newOutside()
			e := New(Options{Rules: rules, Exchange: o, Store: o, Log: zap.NewNop()})
			var off atomic.Int64
			read := machine()
			e.clock = newClock(func() reading {
				r := read()
				r.wall = r.wall.Add(time.Duration(off.Load()))
				return r
			})
			start(t, e)
			<-o.started
			o.await(t, "save true")
			if answer, err := e.Ask(context.Background(), queue.LogIn{Phone: "PJSIP/1001"}); err != nil || answer.Refused != "" {
				t.Fatal(answer, err)
			}
			o.call(queue.CallArrived{Channel: "pbx-1", DID: "100"})
			o.await(t, "do queue.Dial")
			begun := time.Now()
			off.Store(int64(by))
			o.await(t, "do queue.Hangup")
			if rang := time.Since(begun); rang < ring-100*time.Millisecond || rang > ring+time.Second {
				t.Errorf("the phone rang for %v, want %v", rang, ring)
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			told := 0
			for _, entry := range o.journal {
				if entry.Kind == queue.EntryClockSet {
					told++
					if d := entry.More().Clock - by; d.Abs() > 10*time.Millisecond {
						t.Errorf("the journal tells %v, want %v", entry.More().Clock, by)
					}
				}
				if entry.Kind == queue.EntryCallMissed && (entry.Ring < ring || entry.Ring > ring+time.Second) {
					t.Errorf("it is recorded as rung for %v", entry.Ring)
				}
			}
			if told != 1 {
				t.Errorf("it is told %d times that the clock was set", told)
			}
		})
	}
}
