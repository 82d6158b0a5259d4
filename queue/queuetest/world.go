package queuetest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"kezek/queue"
	"kezek/queue/internal/sorted"
)

// World is the model of the exchange, with simulated callers and agents, around the
// rules: it delays, loses and repeats, people hang up anywhere, and the daemon is
// killed around every write. It is seeded; a failure repeats.
type World struct {
	Rules *queue.Rules
	rng   *rand.Rand
	now   time.Time
	// ahead is by how much the machine's clock is ahead of it, or behind; clocks decides when it is set.
	ahead  time.Duration
	clocks *rand.Rand
	tasks  *sorted.Set[task]
	order  int

	state *queue.State
	// journal is what was saved with the entities.
	saved   Store
	journal []queue.Entry

	*Exchange
	// busy is when the last action on each channel will be done.
	busy map[string]time.Time
	// lighting are the lamps that are just being set.
	lighting []queue.Lamp
	// delivered is when the last event will reach the daemon: one socket, one order.
	delivered time.Time
	connected bool
	// attached: the daemon knows the truth about the exchange, and may ring phones.
	attached bool
	// life counts the daemon's lives; what was under way for a former one is dropped.
	life int
	// killed: no daemon lives.
	killed bool
	// away is when the daemon was last without the exchange.
	away    time.Time
	callers int
	// answered are the callers who were answered; cancelled are the callbacks that a
	// supervisor cancelled, cameIn those whose clients called in.
	answered, cancelled, cameIn map[string]bool
	// spoke are the callers that the daemon was told have spoken.
	spoke map[string]bool
	// rests are until when an agent who declined gets no call, by agent.
	rests map[string]time.Time
	// entered is when callers came into line out of the menu, refused when an agent was told that the transfer of the
	// caller has failed; stopped are those who were on the line when Asterisk was stopped.
	entered, refused map[string]time.Time
	stopped          map[string]bool
	// visits are those that the service level is to have counted, by queue and day.
	visits map[string]counted

	// Faults is how often things go wrong, from 0 to 1.
	Faults Faults
	// Seen counts what happened, so that a test can tell that it tested something.
	Seen map[string]int
	Err  error
	// watch, if set, looks after every write.
	watch func()
	// Trace, if set, is told every step.
	Trace func(format string, args ...any)
}

// Faults are probabilities for each occasion.
type Faults struct {
	Crash, Disconnect, PlayFails, Decline, Ignore, Unplug, Leave, Repeat float64
	// Unsafe: a promise cannot be made safe. ClientAway: a client does not answer, or is busy.
	Unsafe, ClientAway float64
	// Hold: an agent puts the caller on hold. NeverBack: and leaves them there.
	Hold, NeverBack float64
	// Conduct: an agent presses a code for a talk that cannot go on.
	Conduct float64
	// Odd: a phone, a caller, or Asterisk does what nobody expects.
	Odd float64
	// SetClock: the clock of the machine is set, ahead or back, by an hour at most.
	SetClock float64
}

type task struct {
	at    time.Time
	order int
	do    func()
}

func (t task) compare(other task) int {
	return cmp.Or(t.at.Compare(other.at), cmp.Compare(t.order, other.order))
}

// NewWorld makes a world on a site of the scenarios' language.
func NewWorld(site string, seed uint64, faults Faults) (*World, error) {
	rules, err := Rules(site)
	if err != nil {
		return nil, err
	}
	w := &World{
		Rules: rules, rng: rand.New(rand.NewPCG(seed, 1)), clocks: rand.New(rand.NewPCG(seed, 2)), now: start, tasks: sorted.New(task.compare),
		saved: Store{}, busy: map[string]time.Time{}, Faults: faults, Seen: map[string]int{},
		answered: map[string]bool{}, cancelled: map[string]bool{}, cameIn: map[string]bool{}, spoke: map[string]bool{}, rests: map[string]time.Time{},
		entered: map[string]time.Time{}, refused: map[string]time.Time{}, stopped: map[string]bool{}, visits: map[string]counted{},
	}
	w.Exchange = NewExchange(start, phonesOf(rules), w.fail)
	return w, nil
}

// Live lets the world live: agents come, callers call at the given mean
// distance until day ends; then everybody leaves and all must be over.
func (w *World) Live(day, between time.Duration) error {
	w.restart()
	for _, id := range slices.Sorted(maps.Keys(w.Rules.Agents)) {
		w.after(w.upTo(time.Minute), func() { w.agentLife(id, start.Add(day)) })
	}
	w.after(0, func() { w.nextCaller(start.Add(day), between) })
	w.after(0, func() { w.supervise(start.Add(day)) })
	w.after(0, func() { w.listen(start.Add(day)) })
	w.after(0, func() { w.dialSlots(start.Add(day)) })
	w.runUntil(start.Add(day))
	w.Faults = Faults{}
	for endpoint := range w.phones {
		w.phones[endpoint] = true
	}
	w.tell(w.truth())
	for _, id := range slices.Sorted(maps.Keys(w.channels)) {
		if w.channels[id].inbound != nil {
			w.after(w.upTo(10*time.Minute), func() { w.hangUp(id) })
		}
	}
	w.runUntil(start.Add(day + 12*time.Hour)) // late attempts are hours apart
	w.checkAfter()
	return w.Err
}

func (w *World) runUntil(end time.Time) {
	for w.Err == nil {
		t, ok := w.tasks.Min()
		if !ok || t.at.After(end) {
			break
		}
		w.tasks.Delete(t)
		w.now = t.at
		t.do()
	}
	w.now = end
}

func (w *World) after(d time.Duration, do func()) {
	w.order++
	w.tasks.Insert(task{w.now.Add(d), w.order, do})
}

// later does something if the channel that lives now still does.
func (w *World) later(d time.Duration, id string, do func(c *channel)) {
	c := w.channels[id]
	w.after(d, func() {
		if c != nil && w.channels[id] == c {
			do(c)
		}
	})
}

// pick is one of several, by chance.
func pick[T any](w *World, from ...T) T { return from[w.rng.IntN(len(from))] }

func (w *World) upTo(d time.Duration) time.Duration { return time.Duration(w.rng.Int64N(int64(d))) }

// happens decides by chance, and counts.
func (w *World) happens(p float64, what string) bool {
	if w.rng.Float64() >= p {
		return false
	}
	w.Seen[what]++
	return true
}

func (w *World) fail(format string, args ...any) {
	if w.Err == nil {
		w.Err = fmt.Errorf("%v: "+format, append([]any{w.now.Sub(start)}, args...)...)
	}
}

// The daemon.

// restart starts a daemon from what was saved and attaches it.
func (w *World) restart() {
	w.life++
	w.killed = false
	clear(w.refused) // that a transfer has failed is not saved
	w.Seen["daemon lives"]++
	w.state = queue.New(w.Rules, w.load())
	w.attached = false
	if err := w.state.Check(); err != nil {
		w.fail("after load: %v", err)
	}
	w.attach()
	w.arm()
}

// attach tells the daemon the whole truth; events flow from now on.
func (w *World) attach() {
	w.connected, w.away, w.delivered = true, w.now, w.now
	w.tell(w.truth())
}

// living is what is done only if the daemon that lives now still does.
func (w *World) living(do func()) func() {
	life := w.life
	return func() {
		if life == w.life {
			do()
		}
	}
}

// arm is the daemon's timer: it ticks at the moment something is due.
func (w *World) arm() {
	pause := 100 * time.Millisecond
	if next := w.state.Next(); !next.IsZero() {
		pause = min(pause, max(next.Sub(w.clock()), 0))
	}
	again := w.living(w.arm) // unless it is killed in the step
	w.after(pause, w.living(func() {
		if w.clocks.Float64() < w.Faults.SetClock {
			w.setClock(max(time.Duration(w.clocks.Int64N(int64(2*time.Hour)))-time.Hour, start.Sub(w.now))) // still on the same day, whose counts are checked
		}
		if next := w.state.Next(); !next.IsZero() && !next.After(w.clock()) {
			w.step(queue.Tick{})
		}
		again()
	}))
}

// clock is what the machine's shows.
func (w *World) clock() time.Time { return w.now.Add(w.ahead) }

// setClock sets it, to be so far ahead, and the daemon, which lives, notices.
func (w *World) setClock(ahead time.Duration) {
	by := ahead - w.ahead
	crash := w.Faults.Crash
	w.Faults.Crash = 0
	w.step(queue.ClockSet{By: by})
	w.Faults.Crash = crash
	w.ahead = ahead
}

// tell sends an event over the socket, in order, a little later.
func (w *World) tell(ev queue.Event) {
	if !w.connected {
		return // while the daemon is away events are lost
	}
	if w.happens(w.Faults.Disconnect, "disconnects") {
		w.disconnect()
		return
	}
	at := w.now.Add(w.upTo(20 * time.Millisecond))
	if at.Before(w.delivered) {
		at = w.delivered
	}
	w.delivered = at
	step := w.living(func() { w.step(ev) })
	w.after(at.Sub(w.now), w.living(func() {
		step()
		if w.happens(w.Faults.Repeat, "repeats") {
			step()
		}
	}))
}

func (w *World) disconnect() {
	w.connected = false
	w.after(w.upTo(20*time.Millisecond)+w.delivered.Sub(w.now), w.living(func() { w.step(queue.ExchangeDown{}) }))
	w.after(w.upTo(3*time.Second)+100*time.Millisecond, w.living(w.attach))
}

// step is what the engine does: step, save, act; and it is killed around the write.
func (w *World) step(ev queue.Event) {
	if w.killed {
		w.fail("a daemon that was killed takes %T", ev)
	}
	before := look(w.state)
	w.Seen[fmt.Sprintf("%T", ev)]++
	fx := w.state.Step(w.clock(), ev)
	for i := range fx.Journal {
		fx.Journal[i].At = fx.Journal[i].At.Add(-w.ahead)
	}
	if w.Trace != nil {
		w.Trace("%v %T%.300s -> %d changed, %d gone, %T %v", w.now.Sub(start), ev, fmt.Sprintf("%+v", ev), len(fx.Changed), len(fx.Gone), fx.Actions, fx.Actions)
	}
	if err := errors.Join(w.state.Check(), checkKnown(w.state, ev, fx), checkSet(fx), checkVisits(fx), before.checkOffers(w.state, ev, fx.Journal)); err != nil {
		w.fail("after %T: %v", ev, err)
	}
	w.countLate(fx.Journal)
	switch ev := ev.(type) {
	case queue.CallerSpeaks:
		w.spoke[ev.Channel] = true
	case queue.Synced:
		w.attached = true
	case queue.ExchangeDown:
		w.attached = false
	case queue.ChannelGone:
		w.attached = w.attached && ev.Cause != queue.CauseLost // nothing can be asked of an Asterisk that is being stopped
	}
	if err := errors.Join(NobodyWaits(w.state), NobodyRingsInVain(w.state)); err != nil && w.attached {
		w.fail("after %T: %v", ev, err)
	}
	if w.crashes("before the write") {
		return
	}
	w.save(fx)
	if w.watch != nil {
		w.watch()
	}
	if w.crashes("after the write") {
		return
	}
	for _, id := range fx.Promises {
		var ev queue.Event = queue.Promised{Callback: id}
		if w.happens(w.Faults.Unsafe, "promises that are not safe") {
			ev = queue.NotPromised{Callback: id}
		}
		defer w.living(func() { w.step(ev) })()
	}
	for i, a := range fx.Actions {
		if i > 0 && w.crashes("between actions") {
			return
		}
		w.act(a)
	}
}

// crashes lets the daemon be killed, by chance.
func (w *World) crashes(when string) bool {
	if !w.happens(w.Faults.Crash, "crashes "+when) {
		return false
	}
	if w.Trace != nil {
		w.Trace("%v crash", w.now.Sub(start))
	}
	w.life++
	w.killed, w.connected = true, false
	w.after(time.Second, w.restart)
	return true
}

// save stores the changes of a step as the store would: each entity as it was then.
func (w *World) save(fx queue.Effects) {
	if err := w.saved.Save(w.clock(), fx.Changed, fx.Gone); err != nil {
		w.fail("%v", err)
	}
	w.journal = append(w.journal, fx.Journal...)
	for _, e := range fx.Journal {
		w.Seen[string(e.Kind)]++
		if e.Kind == queue.EntryCallUnheard && w.spoke[e.Call] {
			w.fail("%s has spoken, and is told that nothing is heard", e.Call)
		}
		w.checkHold(e)
		w.checkRest(e)
		w.checkOdd(e)
	}
	w.countVisits(fx.Journal)
}

// load reads what was saved.
func (w *World) load() *queue.Snapshot {
	saved, err := w.saved.Load()
	if err != nil {
		w.fail("%v", err)
	}
	return saved
}

// Journal is all that was saved of it.
func (w *World) Journal() []queue.Entry { return w.journal }

// Timesheets are those that were saved, of all days.
func (w *World) Timesheets() (all []*queue.Timesheet) {
	snapshot, err := w.saved.Load()
	if err != nil {
		w.fail("timesheets: %v", err)
		return nil
	}
	return snapshot.Timesheets
}
