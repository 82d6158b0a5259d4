package ari_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"kezek/ari"
	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// site is a lab with an exchange attached to its Asterisk.
type site struct {
	*lab.Lab
	x    *ari.Exchange
	told *record
	log  *observer.ObservedLogs
	end  func() error // detaches; gives what Run returned
}

// trunkCallerID is what clients see.
const trunkCallerID = "+996312900800"

func options(l *lab.Lab) ari.Options {
	o := ari.Options{
		Name: l.Name, URL: l.ARIURL, App: lab.App, Username: lab.ARIUser, Password: lab.ARIPassword,
		Trunk: "PJSIP/{number}@carrier", TrunkCallerID: trunkCallerID,
		Media: func(p queue.Phrase) string { return fmt.Sprintf("sound:kezek/%s/%s", p.Language, p.ID) },
	}
	for _, a := range lab.Agents() {
		o.Endpoints = append(o.Endpoints, "PJSIP/"+a.Number)
	}
	return o
}

// attach attaches an exchange and waits until it is synced.
func attach(t testing.TB, l *lab.Lab, change func(*ari.Options)) *site {
	t.Helper()
	s := start(t, l, change)
	await(t, s.told, func(queue.Synced) bool { return true })
	return s
}

// start starts to attach an exchange.
func start(t testing.TB, l *lab.Lab, change func(*ari.Options)) *site {
	t.Helper()
	core, log := observer.New(zapcore.InfoLevel)
	o := options(l)
	o.Log = zap.New(core)
	if change != nil {
		change(&o)
	}
	s := &site{Lab: l, x: ari.New(o), told: &record{}, log: log}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.x.Run(ctx, s.told.add) }()
	s.end = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return errors.New("Run does not end")
		}
	})
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			for _, e := range s.log.All() {
				t.Log(e.Time.Format("05.000"), e.Level, e.Message, e.ContextMap())
			}
			const most = 40
			all := s.told.all()
			for _, ev := range all[max(0, len(all)-most):] {
				t.Logf("%T %+v", ev, ev)
			}
		}
	})
	return s
}

func (s *site) do(actions ...queue.Action) { s.x.Do(time.Now(), actions) }

// record is what an exchange has told.
type record struct {
	mu     sync.Mutex
	events []queue.Event
	bell   chan struct{} // closed at the next event
}

func (r *record) add(_ time.Time, ev queue.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
	if r.bell != nil {
		close(r.bell)
		r.bell = nil
	}
}

// all are the events so far.
func (r *record) all() []queue.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// arrived are the channels of callers.
func (r *record) arrived() (ids []string) {
	for _, ev := range r.all() {
		if ev, ok := ev.(queue.CallArrived); ok {
			ids = append(ids, ev.Channel)
		}
	}
	return ids
}

// mark is the number of events so far.
func (r *record) mark() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.events)
}

// await waits for an event that matches.
func await[E queue.Event](t testing.TB, r *record, match func(E) bool) E {
	t.Helper()
	return awaitSince(t, r, 0, match)
}

func awaitSince[E queue.Event](t testing.TB, r *record, mark int, match func(E) bool) E {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for i := mark; ; {
		r.mu.Lock()
		for ; i < len(r.events); i++ {
			if ev, ok := r.events[i].(E); ok && match(ev) {
				r.mu.Unlock()
				return ev
			}
		}
		if r.bell == nil {
			r.bell = make(chan struct{})
		}
		bell := r.bell
		r.mu.Unlock()
		select {
		case <-bell:
		case <-deadline:
			var e E
			t.Fatalf("no %T came", e)
		}
	}
}

// count is how many events match so far.
func count[E queue.Event](r *record, match func(E) bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, ev := range r.events {
		if ev, ok := ev.(E); ok && match(ev) {
			n++
		}
	}
	return n
}

func (s *site) gone(t testing.TB, channel string) queue.ChannelGone {
	t.Helper()
	return await(t, s.told, func(e queue.ChannelGone) bool { return e.Channel == channel })
}

func (s *site) answered(t testing.TB, channel string) {
	t.Helper()
	await(t, s.told, func(e queue.LegAnswered) bool { return e.Channel == channel })
}

func (s *site) played(t testing.TB, id string) {
	t.Helper()
	await(t, s.told, func(e queue.PlayEnded) bool { return e.Playback == id })
}

// carrier is the public network of a lab.
func carrier(t testing.TB, l *lab.Lab) *phone.Carrier {
	t.Helper()
	k, err := phone.NewCarrier(phone.CarrierConfig{Exchange: l.SIPAddr, Listen: l.CarrierAddr})
	must(t, err)
	t.Cleanup(k.Close)
	return k
}

// agent is the registered phone of an agent.
func agent(t testing.TB, l *lab.Lab, number string) *phone.Phone {
	t.Helper()
	p, err := phone.New(phone.Config{Extension: number, Password: "lab-" + number, Exchange: l.SIPAddr, Listen: l.Host + ":0"})
	must(t, err)
	t.Cleanup(p.Close)
	must(t, p.Register(within(t, 5*time.Second)))
	return p
}

// call places a call and waits until its arrival is told.
func (s *site) call(t testing.TB, k *phone.Carrier, from phone.CallerID) (*phone.Call, queue.CallArrived) {
	t.Helper()
	mark := s.told.mark()
	c, err := k.Call(within(t, 5*time.Second), from, lab.DID)
	must(t, err)
	return c, awaitSince(t, s.told, mark, func(queue.CallArrived) bool { return true })
}

// leg dials an agent's phone and waits for its INVITE.
func (s *site) leg(t testing.TB, p *phone.Phone, d queue.Dial) *phone.Call {
	t.Helper()
	if d.Timeout == 0 {
		d.Timeout = 10 * time.Second
	}
	s.do(d)
	c, err := p.Expect(within(t, 10*time.Second))
	must(t, err)
	return c
}

func (s *site) cli(t testing.TB, command string) string {
	t.Helper()
	out, err := s.AsteriskCLI(within(t, 10*time.Second), command)
	must(t, err)
	return out
}

// configure appends lines to one of Asterisk's files.
func (s *site) configure(t testing.TB, file, lines, reload string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(s.Dir, "asterisk", "etc", file), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("\n" + lines + "\n")
	must(t, errors.Join(err, f.Close()))
	s.cli(t, reload)
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMain fails if the tests leave goroutines of this package behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leaked(); left != "" && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines left:\n"+left)
		code = 1
	}
	os.Exit(code)
}

func leaked() (left string) {
	for range 100 {
		buf := make([]byte, 1<<20)
		left = ""
		for s := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(s, "kezek/ari.") {
				left += s + "\n\n"
			}
		}
		if left == "" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return left
}
