package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
	"kezek/queue/journal"
	"kezek/queue/queuetest"
)

// deed is one thing that the engine let out, in the order in which it did.
type deed string

// outside is the exchange and the store of a test, by queuetest's models: it writes
// down what the engine does and can be told to fail.
type outside struct {
	mu      sync.Mutex
	deeds   []deed
	pbx     *queuetest.Exchange
	saved   queuetest.Store
	saveErr error // fails writes
	loadErr error
	journal []queue.Entry
	forgot  int
	aside   []string
	lost    chan struct{}
	sink    func(time.Time, queue.Event)
	slow    time.Duration // what writing the whole state takes
	started chan struct{}
	runErr  chan error
	did     chan deed
}

func newOutside() *outside {
	wrong := func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
	return &outside{
		pbx: queuetest.NewExchange(time.Time{}, []string{"PJSIP/1001"}, wrong), saved: queuetest.Store{},
		lost: make(chan struct{}), started: make(chan struct{}), runErr: make(chan error, 1), did: make(chan deed, 1000),
	}
}

// CallbackOver is of what was saved.
func (o *outside) CallbackOver(_ context.Context, id string) (*queue.Callback, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.saved.CallbackOver(id), nil
}

func (o *outside) Forgot(entries int) { o.forgot += entries }

func (o *outside) record(format string, args ...any) {
	d := deed(fmt.Sprintf(format, args...))
	o.mu.Lock()
	o.deeds = append(o.deeds, d)
	o.mu.Unlock()
	o.did <- d
}

func (o *outside) Name() string    { return "pbx" }
func (o *outside) Connected() bool { return true }
func (o *outside) Run(ctx context.Context, sink func(time.Time, queue.Event)) error {
	o.sink = sink
	close(o.started)
	o.sync()
	select {
	case <-ctx.Done():
		return nil
	case err := <-o.runErr:
		return err
	}
}

func (o *outside) Do(_ time.Time, actions []queue.Action) {
	for _, a := range actions {
		o.record("do %T", a)
		o.tell(func() []queue.Event { return o.pbx.Do(a) })
	}
}

// tell tells the engine of what happens on the exchange, sync of all that there is.
func (o *outside) tell(happens func() []queue.Event) {
	o.mu.Lock()
	events := happens()
	o.mu.Unlock()
	for _, ev := range events {
		o.sink(time.Now(), ev)
	}
}

func (o *outside) sync() { o.tell(func() []queue.Event { return []queue.Event{o.pbx.Truth()} }) }

func (o *outside) call(ev queue.CallArrived) {
	o.tell(func() []queue.Event { return []queue.Event{o.pbx.Call(ev)} })
}

func (o *outside) Acquire(context.Context) (<-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost, o.saveErr
}

func (o *outside) Load(context.Context) (*queue.Snapshot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	all, err := o.saved.Load()
	return all, errors.Join(err, o.loadErr)
}

func (o *outside) Save(_ context.Context, changed, gone []queue.Entity, entries []queue.Entry) ([]journal.Position, error) {
	o.mu.Lock()
	err := o.saveErr
	var places []journal.Position
	if err == nil {
		for range entries {
			n := len(o.journal) + len(places) + 1
			places = append(places, journal.Position{ID: fmt.Sprint("1-", n), N: int64(n)})
		}
		o.journal = append(o.journal, entries...)
		err = o.saved.Save(time.Now(), changed, gone)
	}
	o.mu.Unlock()
	o.record("save %v", err == nil)
	return places, err
}

func (o *outside) Replace(_ context.Context, all *queue.Snapshot) error {
	o.mu.Lock()
	err := o.saveErr
	time.Sleep(o.slow)
	if err == nil {
		err = o.saved.Replace(time.Now(), all)
	}
	o.mu.Unlock()
	o.record("replace %v", err == nil)
	return err
}

func (o *outside) MoveAside(_ context.Context, e queue.Entity, reason string) error {
	o.mu.Lock()
	delete(o.saved[e.Kind()], e.Key())
	o.aside = append(o.aside, e.Kind()+" "+e.Key())
	o.mu.Unlock()
	return nil
}

func (o *outside) Aside() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.aside)
}

func (o *outside) Release(context.Context) error {
	o.record("release")
	return nil
}

func (o *outside) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.saveErr = err
}

func (o *outside) has(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	kind, id, _ := strings.Cut(key, " ")
	_, ok := o.saved[kind][id]
	return ok
}

// await waits until the engine has done something.
func (o *outside) await(t *testing.T, want deed) {
	t.Helper()
	timeout := time.After(5 * time.Second)
	for {
		select {
		case d := <-o.did:
			if d == want {
				return
			}
		case <-timeout:
			t.Fatalf("the engine did not %q; it did %q", want, o.deeds)
		}
	}
}

func testRules() *queue.Rules {
	rules, err := queuetest.Rules("languages ru\nqueue sales did=100\nagent 1001 ru sales")
	if err != nil {
		panic(err)
	}
	return rules
}

// run starts an engine on an outside; the returned function ends it and gives its error.
func run(t *testing.T, o *outside) (*Engine, func() error) {
	t.Helper()
	e := New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop()})
	return e, start(t, e)
}

// start starts an engine; the returned function ends it and gives its error.
func start(t *testing.T, e *Engine) func() error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(5 * time.Second):
			t.Error("the engine does not stop")
			return nil
		}
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

func TestSavesBeforeItActs(t *testing.T) {
	o := newOutside()
	_, stop := run(t, o)
	<-o.started
	o.call(queue.CallArrived{Channel: "pbx-1", DID: "100"})
	o.await(t, "do queue.Play")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	saved := slices.Index(o.deeds, "save true")
	acted := slices.Index(o.deeds, "do queue.AnswerCall")
	if saved < 0 || acted < saved {
		t.Errorf("acted before saving: %q", o.deeds)
	}
	if o.deeds[len(o.deeds)-1] != "release" {
		t.Errorf("ownership not given up at the end: %q", o.deeds)
	}
	if !o.has("call pbx-1") {
		t.Error("the call is not stored after a clean end: a successor cannot take it over")
	}
}

func TestAnswersComeFromTheRules(t *testing.T) {
	o := newOutside()
	e, stop := run(t, o)
	<-o.started
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := e.Ask(ctx, queue.LogIn{Phone: "PJSIP/1001"})
	if err != nil || answer.Refused != "" {
		t.Fatalf("log-in: %+v %v", answer, err)
	}
	if !o.has("agent 1001") {
		t.Error("answered before it was saved")
	}
	answer, err = e.Ask(ctx, queue.LogIn{Phone: "PJSIP/9999"})
	if err != nil || answer.Refused != queue.RefusalUnknownAgent {
		t.Errorf("a stranger's log-in: %+v %v", answer, err)
	}
	var seen int
	if err := e.View(ctx, func(s *queue.State) { seen = len(s.Agents()) }); err != nil || seen != 1 {
		t.Errorf("view: %d agents, %v", seen, err)
	}
	_ = stop()
	if _, err := e.Ask(ctx, queue.LogOut{Agent: "1001"}); !errors.Is(err, ErrStopped) {
		t.Errorf("asked after the end: %v", err)
	}
	if err := e.View(ctx, func(*queue.State) { t.Error("looked after the end") }); !errors.Is(err, ErrStopped) {
		t.Errorf("viewed after the end: %v", err)
	}
}

func TestNothingIsAnsweredBeforeTheStateIsLoaded(t *testing.T) {
	e := New(Options{Rules: testRules(), Exchange: newOutside(), Store: newOutside(), Log: zap.NewNop()})
	if _, err := e.Ask(t.Context(), queue.AskState{Agent: "1001"}); !errors.Is(err, ErrStarting) {
		t.Errorf("got %v", err)
	}
	if e.Status().Ready() {
		t.Error("ready before it runs")
	}
}

// The store goes away under live calls: they go on from memory, and when it is back all is written anew.
func TestGoesOnWithoutTheStore(t *testing.T) {
	o := newOutside()
	e, _ := run(t, o)
	<-o.started
	o.await(t, "save true")
	o.fail(errors.New("connection refused"))
	o.call(queue.CallArrived{Channel: "pbx-1", DID: "100"})
	o.await(t, "save false")
	o.await(t, "do queue.Play")
	if e.Status().Ready() || e.Status().Saved {
		t.Error("ready although nothing is saved")
	}
	o.await(t, "replace false")
	o.fail(nil)
	o.await(t, "replace true")
	if !o.has("call pbx-1") {
		t.Error("what happened meanwhile was not written")
	}
	o.await(t, "save true")
	if len(o.journal) == 0 || o.journal[len(o.journal)-1].Kind != queue.EntryCallEntered {
		t.Errorf("the journal misses what happened meanwhile: %v", o.journal)
	}
	o.tell(func() []queue.Event { return o.pbx.End("pbx-1", queue.CauseNormal) })
	o.await(t, "save true")
	if o.has("call pbx-1") || !e.Status().Ready() {
		t.Errorf("not back to normal: saved %v, %+v", o.saved, e.Status())
	}
}

// told is what an observer was told: the number of each entry in the journal, 0 for none, and after "stored" that of the last one.
type told struct {
	mu   sync.Mutex
	said []string
}

func (o *told) Stepped(time.Duration) {}

func (o *told) Happened(entries []queue.Entry, places []journal.Position) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range entries {
		n := int64(0)
		if len(places) > 0 {
			n = places[i].N
		}
		o.said = append(o.said, fmt.Sprint(n))
	}
}

func (o *told) Stored(last journal.Position) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprint("stored ", last.N))
}

func (o *told) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.said, ", ")
}

// What happens is told with its place in the store; without one while that is away, and the place of the last one when it is back.
func TestTellsPlaces(t *testing.T) {
	o, heard := newOutside(), new(told)
	start(t, New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop(), Observer: heard}))
	<-o.started
	o.await(t, "save true")
	happens := func(channel, want string) {
		t.Helper()
		o.call(queue.CallArrived{Channel: channel, DID: "100"})
		for range 5000 {
			if heard.all() == want {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("told %q, want %q", heard.all(), want)
	}
	happens("pbx-1", "1")
	o.fail(errors.New("connection refused"))
	happens("pbx-2", "1, 0")
	happens("pbx-3", "1, 0, 0")
	o.fail(nil)
	o.await(t, "replace true")
	for range 5000 {
		if heard.all() == "1, 0, 0, stored 3" {
			break
		}
		time.Sleep(time.Millisecond)
	}
	happens("pbx-4", "1, 0, 0, stored 3, 4")
}

// The journal that waits for the store is bounded; what is dropped is told to the store, which tells the readers.
func TestForgetsTheOldestAndSaysSo(t *testing.T) {
	o := newOutside()
	e := New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop()})
	e.keep(&batch{journal: make([]queue.Entry, maxUnsaved-1)})
	if o.forgot != 0 || e.Status().Forgotten != 0 {
		t.Errorf("%d forgotten, %d told, before there are too many", e.Status().Forgotten, o.forgot)
	}
	for range 2 {
		e.keep(&batch{journal: make([]queue.Entry, 3)})
	}
	if o.forgot != 5 || e.Status().Forgotten != 5 || len(e.unsaved) != maxUnsaved {
		t.Errorf("%d forgotten, %d told, %d kept; want 5, 5, %d", e.Status().Forgotten, o.forgot, len(e.unsaved), maxUnsaved)
	}
}

func TestStopsWhenAnotherTakesOver(t *testing.T) {
	o := newOutside()
	e := New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop()})
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	<-o.started
	close(o.lost)
	if err := <-ended; !errors.Is(err, ErrLostOwnership) {
		t.Errorf("ended with %v", err)
	}
}

// The same, while it still tries to load.
func TestStopsWhenAnotherTakesOverBeforeTheLoad(t *testing.T) {
	o := newOutside()
	o.loadErr = errors.New("not the owner any more")
	close(o.lost)
	e := New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop()})
	if err := e.Run(t.Context()); !errors.Is(err, ErrLostOwnership) {
		t.Errorf("ended with %v", err)
	}
}

func TestStopsWhenTheExchangeCannotBeServed(t *testing.T) {
	o := newOutside()
	e := New(Options{Rules: testRules(), Exchange: o, Store: o, Log: zap.NewNop()})
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	<-o.started
	replaced := errors.New("another program has taken the app over")
	o.runErr <- replaced
	if err := <-ended; !errors.Is(err, replaced) {
		t.Errorf("ended with %v", err)
	}
}

// A store that is away at the start is waited for, and the end need not wait for it.
func TestWaitsForTheStoreAtTheStart(t *testing.T) {
	o := newOutside()
	o.fail(errors.New("connection refused"))
	_, stop := run(t, o)
	if err := stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-o.started:
		t.Error("attached to the exchange without owning the site")
	default:
	}
}

// Steps that share a write are stored once for each entity, in the state after the last of them.
func TestBatch(t *testing.T) {
	var b batch
	call, agent := &queue.Call{ID: "a"}, &queue.Agent{ID: "1"}
	b.add(queue.Effects{Changed: []queue.Entity{call, agent}})
	b.add(queue.Effects{Changed: []queue.Entity{agent}})
	b.add(queue.Effects{Gone: []queue.Entity{call}})
	if len(b.changed) != 1 || b.changed[0] != queue.Entity(agent) || len(b.gone) != 1 {
		t.Errorf("changed %v, gone %v", b.changed, b.gone)
	}
}

// Events pile up while the loop is busy; none is dropped, and their order is kept.
func TestInboxKeepsOrderAndAll(t *testing.T) {
	b := newInbox()
	const n = 10_000
	go func() {
		for i := range n {
			b.put(item{received: time.Unix(int64(i), 0)})
		}
	}()
	for next := 0; next < n; {
		<-b.ready
		for _, it := range b.take(maxBatch) {
			if it.received.Unix() != int64(next) {
				t.Fatalf("item %d came as %d", it.received.Unix(), next)
			}
			next++
		}
	}
	b.close()
	if b.put(item{}) {
		t.Error("put after the end")
	}
}

// disk is a spool that can fail.
type disk struct {
	kept []*queue.Callback
	err  error
}

func (d *disk) Keep(all []*queue.Callback) error {
	if d.err == nil {
		d.kept = copies(all)
	}
	return d.err
}
func (d *disk) Load() ([]*queue.Callback, error) { return d.kept, nil }
func (d *disk) Clear() error                     { d.kept = nil; return nil }

func copies(all []*queue.Callback) []*queue.Callback {
	kept := make([]*queue.Callback, len(all))
	for i, cb := range all {
		kept[i] = new(*cb)
	}
	return kept
}

// runSpooled runs an engine that may dial any number, until it is killed. It is in charge.
func runSpooled(t *testing.T, o *outside, d *disk) (e *Engine, kill func()) {
	rules := testRules()
	rules.Trunk.Allowed = func(string) bool { return true }
	e = New(Options{Rules: rules, Exchange: o, Store: o, Spool: d, Log: zap.NewNop()})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	<-o.started
	return e, func() {
		cancel()
		<-ended
	}
}

// A callback is promised only once it is safe: in the store, or in the spool
// while the store is away. What is safe nowhere is taken back.
func TestPromisesOnlyWhatIsSafe(t *testing.T) {
	for _, test := range []struct {
		name                 string
		store, spool, booked bool
	}{
		{"store", true, false, true},
		{"spool", false, true, true},
		{"nowhere", false, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := newOutside(), &disk{}
			e, kill := runSpooled(t, o, d)
			ctx := t.Context()
			if _, err := e.Ask(ctx, queue.LogIn{Agent: "1001"}); err != nil {
				t.Fatal(err)
			}
			if !test.store {
				o.fail(errors.New("connection refused"))
			}
			if !test.spool {
				d.err = errors.New("no space left on device")
			}
			answer, err := e.Ask(ctx, queue.BookCallback{Number: "+996555000001", Queue: "sales", Class: queue.ClassInformation})
			if err != nil || (answer.Callback != "") != test.booked || (answer.Refused == queue.RefusalNotSafe) == test.booked {
				t.Fatalf("%+v %v", answer, err)
			}
			var booked int
			if err := e.View(ctx, func(s *queue.State) { booked = len(s.Callbacks()) }); err != nil || (booked == 1) != test.booked {
				t.Errorf("%d callbacks, %v", booked, err)
			}
			if (len(d.kept) == 1) != (test.spool && !test.store) {
				t.Errorf("the spool has %d", len(d.kept))
			}
			// Killed, and started again with the store back: what was promised is there, and the spool is empty.
			kill()
			o.fail(nil)
			again := newOutside()
			again.saved = o.saved
			e, kill = runSpooled(t, again, d)
			if test.spool && !test.store {
				again.await(t, "replace true")
			}
			if err := e.View(ctx, func(s *queue.State) { booked = len(s.Callbacks()) }); err != nil || (booked == 1) != test.booked {
				t.Errorf("after the restart %d callbacks, %v", booked, err)
			}
			kill()
			if len(d.kept) != 0 {
				t.Error("the spool is not empty though the store has everything")
			}
		})
	}
}

// A callback that ends while the store is away stays ended through a kill, and
// the store's history gets it.
func TestWhatEndsDuringAnOutageStaysEnded(t *testing.T) {
	o, d := newOutside(), &disk{}
	e, kill := runSpooled(t, o, d)
	ctx := t.Context()
	if _, err := e.Ask(ctx, queue.LogIn{Agent: "1001"}); err != nil {
		t.Fatal(err)
	}
	answer, err := e.Ask(ctx, queue.BookCallback{Number: "+996555000001", Queue: "sales", Class: queue.ClassInformation, By: "supervisor"})
	if err != nil || answer.Callback == "" {
		t.Fatalf("%+v %v", answer, err)
	}
	o.fail(errors.New("connection refused"))
	if answer, err := e.Ask(ctx, queue.CancelCallback{ID: answer.Callback, By: "supervisor", Reason: "done by mail"}); err != nil || answer.Refused != "" {
		t.Fatalf("%+v %v", answer, err)
	}
	kill()

	// The store still has it open.
	again := newOutside()
	again.saved = o.saved
	e, kill = runSpooled(t, again, d)
	again.await(t, "replace true")
	again.await(t, "save true")
	must(t, e.View(ctx, func(s *queue.State) {
		if n := len(s.Callbacks()); n != 0 {
			t.Errorf("%d callbacks are open", n)
		}
	}))
	if over, _ := again.CallbackOver(ctx, answer.Callback); over == nil {
		t.Error("the history misses it")
	}
	if len(d.kept) != 0 {
		t.Error("the spool is not empty")
	}
	kill()
}

// What the spool has of a callback that the store has as well: a write that was stored though it was not confirmed, or a
// promise that was made stricter during the outage. Neither may come back from the spool at a later start.
func TestWhatIsInStoreAndSpool(t *testing.T) {
	o, d := newOutside(), &disk{}
	e, kill := runSpooled(t, o, d)
	ctx := t.Context()
	book := func(class queue.CallbackClass) {
		t.Helper()
		answer, err := e.Ask(ctx, queue.BookCallback{Number: "+996555000001", Queue: "sales", Class: class, By: "supervisor"})
		if err != nil || answer.Callback == "" {
			t.Fatalf("%+v %v", answer, err)
		}
	}
	if _, err := e.Ask(ctx, queue.LogIn{Agent: "1001"}); err != nil {
		t.Fatal(err)
	}
	book(queue.ClassComplaint)
	o.fail(errors.New("connection refused"))
	book(queue.ClassManager)
	kill()
	if len(d.kept) != 1 || d.kept[0].Class != queue.ClassManager {
		t.Fatalf("the spool has %+v", d.kept)
	}

	// Another machine has had the site meanwhile, and the callback was made.
	old, third := &disk{kept: copies(d.kept)}, newOutside()
	made := new(*d.kept[0])
	made.State, made.Outcome, made.Ended = queue.CallbackOver, queue.CallbackCompleted, time.Now()
	must(t, third.saved.Save(time.Now(), []queue.Entity{made}, nil))
	e, kill = runSpooled(t, third, old)
	third.await(t, "replace true")
	must(t, e.View(ctx, func(s *queue.State) {
		if all := s.Callbacks(); len(all) != 0 {
			t.Errorf("one that is over comes back: %+v", all[0])
		}
	}))
	kill()

	again := newOutside()
	again.saved = o.saved
	e, kill = runSpooled(t, again, d)
	again.await(t, "replace true")
	must(t, e.View(ctx, func(s *queue.State) {
		all := s.Callbacks()
		if len(all) != 1 || all[0].Class != queue.ClassManager || all[0].DueAt.Sub(all[0].Created) > 16*time.Minute {
			t.Errorf("after the restart %+v", all)
		}
	}))
	kill()
	if len(d.kept) != 0 {
		t.Error("the spool is not empty though the store has everything")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
