package ari_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/ari"
	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// wire is a network between the exchange and its Asterisk that can be cut.
type wire struct {
	url string // of ARI through it

	mu    sync.Mutex
	conns []net.Conn
	down  bool
	mute  bool // connections stay, nothing goes through
}

func newWire(t testing.TB, ariURL string) *wire {
	t.Helper()
	target := strings.TrimSuffix(strings.TrimPrefix(ariURL, "http://"), "/ari")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{url: "http://" + l.Addr().String() + "/ari"}
	var copies sync.WaitGroup
	copies.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil || !w.add(near, far) {
				near.Close()
				continue
			}
			copies.Go(func() { w.copy(near, far) })
			copies.Go(func() { w.copy(far, near) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.set(true, false)
		copies.Wait()
	})
	return w
}

func (w *wire) add(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		for _, c := range conns {
			c.Close()
		}
		return false
	}
	w.conns = append(w.conns, conns...)
	return true
}

func (w *wire) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		mute := w.mute
		w.mu.Unlock()
		if err != nil {
			return
		}
		if mute {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// set cuts all connections and lets no new ones through (down), or lets
// nothing through any connection (mute), or neither.
func (w *wire) set(down, mute bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.mute = down, mute
	if down {
		for _, c := range w.conns {
			c.Close()
		}
		w.conns = nil
	}
}

func through(w *wire) func(*ari.Options) { return func(o *ari.Options) { o.URL = w.url } }

func downs(s *site) int {
	return count(s.told, func(queue.ExchangeDown) bool { return true })
}

func ids(s queue.Synced) map[string]queue.LiveChannel {
	m := map[string]queue.LiveChannel{}
	for _, c := range s.Channels {
		m[c.ID] = c
	}
	return m
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	w := newWire(t, l.ARIURL)
	s := attach(t, l, through(w))
	k := carrier(t, l)
	ctx := within(t, 60*time.Second)

	// A conversation, a caller who waits, one who will not wait, a phone that rings.
	p, q := agent(t, l, "1012"), agent(t, l, "1013")
	talker, talking := s.call(t, k, phone.CallerID{Number: "+996700000001"})
	leg := talking.Channel + "-l1"
	s.do(queue.AnswerCall{Channel: talking.Channel})
	c := s.leg(t, p, queue.Dial{Channel: leg, Endpoint: "PJSIP/1012"})
	must(t, c.Answer(ctx))
	s.answered(t, leg)
	s.do(queue.Connect{Bridge: talking.Channel + "-b1", Caller: talking.Channel, Agent: leg})
	_, err := talker.WaitTone(ctx, c.Tone(), time.Time{})
	must(t, err)
	_, waiting := s.call(t, k, phone.CallerID{Number: "+996700000002", Name: "Waits"})
	giver, givingUp := s.call(t, k, phone.CallerID{Number: "+996700000003"})
	ringing := waiting.Channel + "-l1"
	r := s.leg(t, q, queue.Dial{Channel: ringing, Endpoint: "PJSIP/1013", Timeout: 30 * time.Second})

	mark := s.told.mark()
	w.set(true, false)
	awaitSince(t, s.told, mark, func(e queue.ExchangeDown) bool { return e.Exchange == s.Name })
	if s.x.Connected() {
		t.Error("connected without a connection")
	}
	must(t, giver.Hangup(ctx))
	must(t, r.Answer(ctx))
	time.Sleep(500 * time.Millisecond) // several tries
	mark = s.told.mark()
	w.set(false, false)
	synced := awaitSince(t, s.told, mark, func(queue.Synced) bool { return true })
	if n := downs(s); n != 1 {
		t.Errorf("loss was told %d times", n)
	}
	if n := len(s.log.FilterMessage("lost Asterisk; retrying").All()); n != 1 {
		t.Errorf("loss was logged %d times", n)
	}

	live := ids(synced)
	if len(live) != 4 {
		t.Errorf("live: %+v", live)
	}
	if got := live[talking.Channel]; !got.Up || got.Inbound == nil {
		t.Errorf("talking caller: %+v", got)
	}
	if got := live[waiting.Channel]; got.Up || got.Inbound == nil || *got.Inbound != waiting {
		t.Errorf("waiting caller: %+v, want as it arrived: %+v", got, waiting)
	}
	if got := live[leg]; !got.Up || got.Inbound != nil {
		t.Errorf("talking agent: %+v", got)
	}
	if got := live[ringing]; !got.Up || got.Inbound != nil {
		t.Errorf("agent who answered meanwhile: %+v", got)
	}
	if _, ok := live[givingUp.Channel]; ok {
		t.Error("a caller who hung up meanwhile lives")
	}
	if len(synced.Bridges) != 1 || synced.Bridges[0].ID != talking.Channel+"-b1" || len(synced.Bridges[0].Channels) != 2 {
		t.Errorf("bridges: %+v", synced.Bridges)
	}
	for _, p := range synced.Phones {
		if want := p.Endpoint == "PJSIP/1012" || p.Endpoint == "PJSIP/1013"; p.Reachable != want || p.InUse {
			t.Errorf("phone: %+v", p)
		}
	}

	// The conversation went on, and everything is told as before.
	_, err = talker.WaitTone(ctx, c.Tone(), time.Now())
	must(t, err)
	must(t, c.Keys(ctx, "5"))
	await(t, s.told, func(e queue.KeyPressed) bool { return e == queue.KeyPressed{Channel: leg, Key: '5'} })
	must(t, c.Hangup(ctx))
	s.gone(t, leg)
	must(t, talker.Hangup(ctx))
	s.gone(t, talking.Channel)
	must(t, r.Hangup(ctx))
	s.gone(t, ringing)
	_, next := s.call(t, k, phone.CallerID{})
	if n := count(s.told, func(e queue.CallArrived) bool { return e.Channel == waiting.Channel }); n != 1 {
		t.Errorf("a caller's arrival was told %d times", n)
	}
	s.do(queue.Hangup{Channel: waiting.Channel}, queue.Hangup{Channel: next.Channel})
	s.gone(t, waiting.Channel)
	s.gone(t, next.Channel)
	must(t, s.end())
}

// TestDeadWire: a connection over which nothing comes any more is found by pings.
func TestDeadWire(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	w := newWire(t, l.ARIURL)
	s := attach(t, l, through(w))
	w.set(false, true)
	await(t, s.told, func(queue.ExchangeDown) bool { return true })
	mark := s.told.mark()
	w.set(true, true)
	w.set(false, false)
	awaitSince(t, s.told, mark, func(queue.Synced) bool { return true })
	must(t, s.end())
}

func TestRestartOfAsterisk(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	s := attach(t, l, nil)
	first := await(t, s.told, func(queue.Synced) bool { return true })
	_, arrived := s.call(t, carrier(t, l), phone.CallerID{})
	mark := s.told.mark()
	must(t, l.RestartAsterisk(within(t, 30*time.Second)))
	awaitSince(t, s.told, mark, func(queue.ExchangeDown) bool { return true })
	synced := awaitSince(t, s.told, mark, func(queue.Synced) bool { return true })
	if len(synced.Channels) != 0 {
		t.Errorf("%s lives after a restart", arrived.Channel)
	}
	if !synced.Started.After(first.Started) {
		t.Errorf("started %v, then %v", first.Started, synced.Started)
	}
	agent(t, l, "1001")
	awaitSince(t, s.told, mark, func(e queue.PhoneChanged) bool { return e.Reachable })
	must(t, s.end())
}

func TestReplaced(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	first := attach(t, l, nil)
	second := attach(t, l, nil)
	await(t, first.told, func(queue.ExchangeDown) bool { return true })
	if first.x.Connected() {
		t.Error("connected after the other took over")
	}
	if err := first.end(); !errors.Is(err, ari.ErrReplaced) || !strings.Contains(err.Error(), lab.App) {
		t.Errorf("Run returned %v", err)
	}
	second.call(t, carrier(t, l), phone.CallerID{})
	must(t, second.end())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	s := start(t, l, func(o *ari.Options) { o.Password = "wrong" })
	waitLog(t, s, "refuses the ARI user")
	if s.x.Connected() {
		t.Error("connected with a wrong password")
	}
	must(t, s.end())
	if n := s.log.Len(); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
}

// TestNotThere: an Asterisk that is not there is waited for, and that is said once.
func TestNotThere(t *testing.T) {
	t.Parallel()
	l := lab.ForTest(t, lab.Options{})
	w := newWire(t, l.ARIURL)
	w.set(true, false)
	s := start(t, l, through(w))
	waitLog(t, s, "cannot attach")
	time.Sleep(time.Second) // several tries
	if n := s.log.Len(); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	if s.told.mark() != 0 {
		t.Error("something was told before the first connection")
	}
	w.set(false, false)
	await(t, s.told, func(queue.Synced) bool { return true })
	must(t, s.end())
}

func waitLog(t *testing.T, s *site, snippet string) {
	t.Helper()
	for range 500 {
		if s.log.FilterMessageSnippet(snippet).Len() > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nothing about %q in the log", snippet)
}

// TestManyCalls: hundreds of calls at once, each told whole.
func TestManyCalls(t *testing.T) {
	l := lab.ForTest(t, lab.Options{})
	s := attach(t, l, nil)
	k, err := phone.NewCarrier(phone.CarrierConfig{Exchange: l.SIPAddr, Listen: l.CarrierAddr, NoRecord: true})
	must(t, err)
	t.Cleanup(k.Close)
	const calls = 200
	ctx := within(t, 60*time.Second)
	var callers []*phone.Call
	for range calls {
		c, err := k.Call(ctx, phone.CallerID{Number: "+996700123456"}, lab.DID, phone.WithSound(phone.Silence()))
		must(t, err)
		callers = append(callers, c)
	}
	n := 0
	await(t, s.told, func(queue.CallArrived) bool { n++; return n == calls })
	arrived := s.told.arrived()
	for _, id := range arrived {
		s.do(queue.AnswerCall{Channel: id}, queue.Music{Channel: id, Class: "default"},
			queue.StopMusic{Channel: id}, queue.Play{Channel: id, ID: id + "-p1", Phrases: []queue.Phrase{hold}},
			queue.StopPlay{Channel: id, ID: id + "-p1"})
	}
	for _, c := range callers {
		must(t, c.WaitAnswer(ctx))
	}
	s.do(queue.Resync{Exchange: s.Name}, queue.Resync{Exchange: s.Name})
	await(t, s.told, func(e queue.Synced) bool { return len(e.Channels) == calls })
	// Half of them we hang up, the others hang up themselves.
	for _, id := range arrived[:calls/2] {
		s.do(queue.Hangup{Channel: id, Reason: queue.HangupNormal})
	}
	for _, id := range arrived[:calls/2] {
		s.gone(t, id)
	}
	for _, c := range callers {
		go func() { _ = c.Hangup(ctx) }()
	}
	for _, id := range arrived {
		s.gone(t, id)
	}
	must(t, s.end())
	if n := count(s.told, func(queue.ChannelGone) bool { return true }); n != calls {
		t.Errorf("%d ends of %d calls", n, calls)
	}
	if n := count(s.told, func(queue.PlayEnded) bool { return true }); n != calls {
		t.Errorf("%d ends of %d playbacks", n, calls)
	}
	if n := count(s.told, func(queue.Synced) bool { return true }); n != 2 {
		t.Errorf("read %d times, want 2: two wishes are one", n)
	}
	if s.log.FilterLevelExact(1).Len() > 0 {
		t.Error("warnings in the log")
	}
}

// A peer that says nothing does not stop Run from ending.
func TestEndWhileHanging(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	accepted := make(chan net.Conn, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			accepted <- c
		}
	}()
	x := ari.New(ari.Options{Name: "x", URL: "http://" + l.Addr().String() + "/ari", App: "kezek"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- x.Run(ctx, func(time.Time, queue.Event) {}) }()
	c := <-accepted
	_, err = io.ReadAtLeast(c, make([]byte, 1), 1)
	must(t, err)
	cancel()
	must(t, <-done)
	c.Close()
}
