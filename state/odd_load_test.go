package state

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kezek/queue"
	"kezek/queue/queuetest"
)

var (
	oddStates = flag.Uint64("states", 4000, "odd states that are loaded")
	oddSeed   = flag.Uint64("odd", 1, "the first of them")
)

// Whatever stands in the store: it is loaded, what lives on the exchange is told,
// time goes on and things happen. Nothing panics, hangs or breaks an invariant;
// nobody is left alone on the line, and no promise is lost.
//
// A long run: go test ./state -run TestOddStates -states 10000000 -timeout 0 -v
func TestOddStates(t *testing.T) {
	c, err := newCorpus(4, 25)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var next, done atomic.Uint64
	busy := make([]atomic.Uint64, runtime.GOMAXPROCS(0)) // with which state
	over := make(chan struct{})
	go watchStates(busy, over)
	var wg sync.WaitGroup
	for i := range busy {
		wg.Go(func() {
			for !t.Failed() {
				n := next.Add(1) - 1
				if n >= *oddStates {
					return
				}
				seed := *oddSeed + n
				busy[i].Store(seed)
				if err := c.try(rand.New(rand.NewPCG(seed, 7))); err != nil {
					t.Errorf("after %d states: %v\nagain with: go test ./state -run TestOddStates -odd %d -states 1", done.Load(), err, seed)
					return
				}
				if n := done.Add(1); n%100_000 == 0 {
					t.Logf("%d states, %.0f a second", n, float64(n)/time.Since(begun).Seconds())
				}
			}
		})
	}
	wg.Wait()
	close(over)
	t.Logf("%d states made of %d moments, %.0f a second", done.Load(), len(c.moments), float64(done.Load())/time.Since(begun).Seconds())
}

// watchStates ends the program when one state takes half a minute: a loop cannot be stopped otherwise.
func watchStates(busy []atomic.Uint64, over <-chan struct{}) {
	last := make([]uint64, len(busy))
	for {
		select {
		case <-over:
			return
		case <-time.After(30 * time.Second):
		}
		for i := range busy {
			if seed := busy[i].Load(); seed == last[i] && seed != 0 {
				fmt.Fprintf(os.Stderr, "state %d hangs\n", seed)
				os.Exit(2)
			}
			last[i] = busy[i].Load()
		}
	}
}

// FuzzOddStates is the same for Go's own fuzzer.
func FuzzOddStates(f *testing.F) {
	c, err := newCorpus(2, 25)
	if err != nil {
		f.Fatal(err)
	}
	for seed := range uint64(10) {
		f.Add(binary.LittleEndian.AppendUint64(nil, seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := c.try(rand.New(&dice{data: data})); err != nil {
			t.Fatal(err)
		}
	})
}

// dice throw what is in the data, and then what follows from it.
type dice struct {
	data []byte
	rest *rand.PCG
}

func (d *dice) Uint64() uint64 {
	if d.rest == nil {
		d.rest = rand.NewPCG(uint64(len(d.data)), 7)
	}
	if len(d.data) < 8 {
		return d.rest.Uint64()
	}
	n := binary.LittleEndian.Uint64(d.data)
	d.data = d.data[8:]
	return n ^ d.rest.Uint64()
}

// trial is a state that was loaded and lives on.
type trial struct {
	*oddity
	now      time.Time
	state    *queue.State
	hungUp   map[string]bool
	ended    map[string]bool // numbers whose callbacks are over
	promises []string
}

func (c *corpus) try(rng *rand.Rand) (err error) {
	t := &trial{oddity: c.odd(rng), hungUp: map[string]bool{}, ended: map[string]bool{}}
	t.now = t.At
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("%w\n\t%s", err, strings.Join(t.log, "\n\t"))
		}
	}()
	saved, promised := t.load()
	t.state = queue.New(t.Rules, saved) // it ends with a Check of its own
	t.step(t.Truth)
	if err := errors.Join(t.state.Check(), queuetest.NobodyWaits(t.state)); err != nil {
		return fmt.Errorf("after sync: %w", err)
	}
	if err := t.nobodyAlone(); err != nil {
		return err
	}
	for range t.rng.IntN(12) {
		t.happen()
	}
	if err := errors.Join(t.state.Check(), queuetest.NobodyWaits(t.state)); err != nil {
		return fmt.Errorf("at the end: %w", err)
	}
	for number, id := range promised {
		known := slices.ContainsFunc(t.state.Callbacks(), func(cb *queue.Callback) bool { return cb.Number == number })
		if !known && !t.ended[number] {
			return fmt.Errorf("callback %s of %s is lost", id, number)
		}
	}
	return nil
}

// load does what Load does, and tells which promises there are.
func (t *trial) load() (saved *queue.Snapshot, promised map[string]string) {
	saved, promised = &queue.Snapshot{}, map[string]string{}
	for i := range t.all {
		s := &t.all[i]
		var e queue.Entity
		if s.odd {
			e, _ = s.kind.take(s.m, s.hash, t.now)
		} else {
			e = fresh(s.entity)
		}
		if e != nil {
			s.kind.put(saved, e)
		}
		if s.kind.name == "callback" && isPlain(s.hash) {
			promised[s.hash["number"]] = s.m
		}
	}
	return saved, promised
}

// isPlain reports whether a callback's hash tells which number to call, for which agent and how soon, and is not over.
// One that is being booked in place of a hold was not promised yet, and goes with the hold.
func isPlain(hash map[string]string) bool {
	word := func(s string) bool {
		return s != "" && len(s) <= 512 && strings.Trim(s, "0123456789+abcdefghijklmnopqrstuvwxyz-") == ""
	}
	over := hash["state"] == "over" || queue.CallbackOutcome(hash["outcome"]).IsKnown()
	unsaid := hash["state"] == "booking" && hash["origin"] == queue.HoldOrigin
	return word(hash["number"]) && word(hash["queue"]) && !over && !unsaid &&
		slices.Contains(queue.CallbackClasses, queue.CallbackClass(hash["class"]))
}

func (t *trial) step(ev queue.Event) {
	fx := t.state.Step(t.now, ev)
	if *oddStates == 1 {
		t.log = append(t.log, fmt.Sprintf("%v %T%.300s -> %T %.600s", t.now, ev, fmt.Sprintf("%+v", ev), fx.Actions, fmt.Sprint(fx.Actions)))
	}
	for _, a := range fx.Actions {
		switch a := a.(type) {
		case queue.Hangup:
			t.hungUp[a.Channel] = true
		case queue.Leave:
			t.hungUp[a.Channel] = true
		}
	}
	for _, j := range fx.Journal {
		if j.Kind == queue.EntryCallbackEnded {
			t.ended[j.Number] = true
		}
	}
	t.promises = append(t.promises, fx.Promises...)
}

// nobodyAlone holds that each channel of the exchange belongs to somebody, or ends.
func (t *trial) nobodyAlone() error {
	known := maps.Clone(t.hungUp)
	for _, c := range t.state.Calls() {
		known[c.ID], known[c.Channel], known[c.Target.Leg] = true, true, true
		known[c.Recording.In], known[c.Recording.Out], known[c.Heir.Leg] = true, true, true
	}
	for _, a := range t.state.Agents() {
		known[a.Leg], known[a.Recall], known[a.Monitor.Channel], known[a.Monitor.Snoop] = true, true, true, true
	}
	for _, cb := range t.state.Callbacks() {
		known[cb.Client], known[cb.Alarm.Leg] = true, true
	}
	for _, ch := range t.Truth.Channels {
		if !known[ch.ID] {
			return fmt.Errorf("channel %s is nobody's, and does not end", ch.ID)
		}
	}
	return nil
}

// happen lets time go on, or something happen.
func (t *trial) happen() {
	if len(t.promises) > 0 {
		var ev queue.Event = queue.Promised{Callback: t.promises[0]}
		if t.rng.IntN(4) == 0 {
			ev = queue.NotPromised{Callback: t.promises[0]}
			for _, cb := range t.state.Callbacks() {
				if cb.ID == t.promises[0] {
					t.ended[cb.Number] = true
				}
			}
		}
		t.promises = t.promises[1:]
		t.step(ev)
		return
	}
	t.now = t.now.Add(time.Duration(t.rng.Int64N(int64(2 * time.Second))))
	next := t.state.Next()
	if t.rng.IntN(2) == 0 && next.After(t.now) && next.Sub(t.now) < 24*time.Hour {
		t.now = next
	}
	if !next.IsZero() && !next.After(t.now) {
		t.step(queue.Tick{}) // the timer goes first
		return
	}
	t.step(t.event())
}

func (t *trial) event() queue.Event {
	agent := pick(t.rng, []string{"1001", "1003", "1005", "1006"})
	phone := "PJSIP/" + agent
	channel, playback := agent, ""
	switch calls, agents, callbacks := t.state.Calls(), t.state.Agents(), t.state.Callbacks(); {
	case len(calls) > 0 && t.rng.IntN(3) == 0:
		c := pick(t.rng, calls)
		channel, playback = pick(t.rng, []string{c.ID, c.Leg, c.Target.Leg}), c.Playing
	case len(callbacks) > 0 && t.rng.IntN(3) == 0:
		cb := pick(t.rng, callbacks)
		channel, playback = pick(t.rng, []string{cb.Client, cb.Alarm.Leg, cb.Leg}), pick(t.rng, []string{cb.Greeting, cb.Whisper, cb.Alarm.Words})
	default:
		a := pick(t.rng, agents)
		channel, playback = pick(t.rng, []string{a.Leg, a.Recall, a.Monitor.Channel, a.Leg}), pick(t.rng, []string{a.Hears, a.Telling})
	}
	switch t.rng.IntN(16) {
	case 0, 1:
		return queue.ChannelGone{Channel: channel, Cause: pick(t.rng, []queue.Cause{queue.CauseNormal, queue.CauseDropped, queue.CauseDeclined, queue.CauseNoAnswer, queue.CauseFailed})}
	case 2, 3:
		return queue.LegAnswered{Channel: channel, Rang: time.Second}
	case 4, 5, 6:
		return queue.PlayEnded{Channel: channel, Playback: playback}
	case 7:
		return queue.KeyPressed{Channel: channel, Key: "0123456789*#"[t.rng.IntN(12)]}
	case 8:
		return queue.HoldPressed{Channel: channel}
	case 9:
		return queue.HoldReleased{Channel: channel}
	case 10:
		return queue.TransferPressed{Channel: channel, To: pick(t.rng, []string{"802", "1005", "1200"})}
	case 11:
		return pick(t.rng, []queue.Event{
			queue.LogIn{Agent: agent, Phone: phone, Trusted: true}, queue.LogOut{Agent: agent}, queue.SetStatus{Agent: agent, Status: "coffee"},
			queue.LogOut{Agent: agent, By: "supervisor", Reason: "so"}, queue.SetResult{Agent: agent, Code: "1"}, queue.ExtendWrapUp{Agent: agent},
		})
	case 12:
		return queue.BookCallback{Number: "+996700000001", Queue: "sales", Class: queue.ClassManager, By: "supervisor"}
	case 13:
		return queue.PhoneChanged{Endpoint: phone, Reachable: t.rng.IntN(2) == 0}
	case 14:
		return queue.CallArrived{Channel: "kg-new-" + agent, DID: pick(t.rng, []string{"100", "200"}), Number: "+996700000002"}
	default:
		return t.Truth
	}
}

// fresh is a copy of an entity that shares nothing with it.
func fresh(e queue.Entity) queue.Entity {
	c := reflect.New(reflect.TypeOf(e).Elem())
	c.Elem().Set(reflect.ValueOf(e).Elem())
	unshare(c.Elem())
	return c.Interface().(queue.Entity)
}

// unshare copies the lists and maps in a value.
func unshare(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() { // exported
				unshare(field)
			}
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		all := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(all, v)
		v.Set(all)
		for i := range v.Len() {
			unshare(v.Index(i))
		}
	case v.Kind() == reflect.Map && !v.IsNil():
		all := reflect.MakeMap(v.Type())
		for key, value := range v.Seq2() {
			all.SetMapIndex(key, value)
		}
		v.Set(all)
	}
}
