package ari

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kezek/queue"
)

// Actions that share a key never overlap and keep their order; nothing is
// remembered when all is done.
func TestOrder(t *testing.T) {
	type span struct {
		keys       []string
		begin, end int64
	}
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			o := newScheduler()
			var clock atomic.Int64
			spans := make([]span, 300)
			for i := range spans {
				s := &spans[i]
				for range 1 + random.IntN(3) {
					s.keys = append(s.keys, fmt.Sprint(random.IntN(20)))
				}
				takes := time.Duration(random.IntN(20))
				o.start(queue.Lamp{}, s.keys, func() {
					s.begin = clock.Add(1)
					time.Sleep(takes)
					s.end = clock.Add(1)
				}, true)
				time.Sleep(time.Duration(random.IntN(5)))
			}
			o.wait()
			for i := range spans {
				for j := range spans[:i] {
					shared := slices.ContainsFunc(spans[j].keys, func(k string) bool { return slices.Contains(spans[i].keys, k) })
					if shared && spans[j].end > spans[i].begin {
						t.Fatalf("seed %d: %d began before %d, which shares a key, had ended", seed, i, j)
					}
				}
			}
			if len(o.tails) != 0 || len(o.live) != 0 {
				t.Errorf("remembers %d keys and %d tasks", len(o.tails), len(o.live))
			}
		})
	}
}

// One that hangs holds up nothing but what shares a key with it.
func TestOrderOthersGoOn(t *testing.T) {
	o := newScheduler()
	hang, done := make(chan struct{}), make(chan struct{})
	o.start(queue.Lamp{}, []string{"a"}, func() { <-hang }, true)
	behind := make(chan struct{})
	o.start(queue.Lamp{}, []string{"a", "b"}, func() { close(behind) }, true)
	o.start(queue.Lamp{}, []string{"c"}, func() { close(done) }, true)
	<-done
	select {
	case <-behind:
		t.Error("did not wait")
	default:
	}
	close(hang)
	<-behind
	o.wait()
}

func TestObserve(t *testing.T) {
	o := newScheduler()
	one := func(name string) (finish func()) {
		hang := make(chan struct{})
		o.start(queue.Lamp{Name: name}, []string{name}, func() { <-hang }, true)
		return func() { close(hang) }
	}
	one("before")()
	o.wait()
	across := one("across")
	unfinished := o.observe()
	one("within")()
	open := one("open")
	across()
	for {
		o.mu.Lock()
		live := len(o.live)
		o.mu.Unlock()
		if live == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	var names []string
	for _, a := range unfinished() {
		names = append(names, a.(queue.Lamp).Name)
	}
	if !slices.Equal(names, []string{"across", "within", "open"}) {
		t.Error(names)
	}
	open()
	o.wait()
	if o.observed != nil || o.observing {
		t.Error("still observes")
	}
}

func TestResyncIsRare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newResync()
		var at []time.Duration
		began := time.Now()
		go func() {
			for range r.due {
				r.begin()
				at = append(at, time.Since(began))
			}
		}()
		var asking sync.WaitGroup
		for range 10 {
			asking.Go(func() {
				for range 250 {
					r.ask()
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		asking.Wait()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		close(r.due)
		if want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("read at %v, want %v", at, want)
		}
	})
}

func TestInbox(t *testing.T) {
	q := newInbox()
	const n = 10000
	go func() {
		for i := range n {
			q.push(item{gen: i})
		}
	}()
	for got := 0; got < n; {
		<-q.wake
		for it, ok := q.pop(); ok; it, ok = q.pop() {
			if it.gen != got {
				t.Fatalf("got %d, want %d", it.gen, got)
			}
			got++
		}
	}
}
