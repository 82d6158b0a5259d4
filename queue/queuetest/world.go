package queuetest

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// World is a fake exchange with callers and agents of flesh and blood around
// the rules: it delays, loses and repeats, people hang up anywhere, and the
// daemon is killed around every write. It is seeded; a failure repeats.
type World struct {
	Rules *queue.Rules
	rng   *rand.Rand
	now   time.Time
	tasks taskHeap
	order int

	state *queue.State
	// saved is the store, as JSON by kind and key; journal what was saved with it.
	saved   map[string]map[string][]byte
	journal []queue.Entry

	channels map[string]*channel
	bridges  map[string]map[string]bool
	// busy is when the last action on each channel will be done.
	busy map[string]time.Time
	// delivered is when the last event will reach the daemon: one socket, one order.
	delivered time.Time
	connected bool
	// attached: the daemon knows the truth about the exchange, and may ring phones.
	attached bool
	// life counts the daemon's lives; what was under way for a former one is dropped.
	life    int
	started time.Time
	// away is when the daemon was last without the exchange.
	away    time.Time
	callers int
	phones  map[string]bool
	// answered are the callers who were; cancelled are the callbacks that a
	// supervisor took back, cameIn those whose clients called in themselves.
	answered, cancelled, cameIn map[string]bool

	// Faults is how often things go wrong, from 0 to 1.
	Faults Faults
	// Seen counts what happened, so that a test can tell that it tested something.
	Seen map[string]int
	Err  error
	// Trace, if set, is told every step.
	Trace func(format string, args ...any)
}

// Faults are probabilities for each occasion.
type Faults struct {
	Crash, Disconnect, PlayFails, Decline, Ignore, Unplug, Leave, Repeat float64
	// Unsafe: a promise cannot be made safe. ClientAway: a client does not answer, or is busy.
	Unsafe, ClientAway float64
	// Hold: an agent puts the caller on hold. NeverBack: and leaves him there.
	Hold, NeverBack float64
	// Conduct: an agent presses a code for a talk that cannot go on.
	Conduct float64
}

type channel struct {
	up      bool
	inbound *queue.CallArrived
	agent   string
	client  string // the number that we called
	playing string
	music   bool
	bridge  string
	holds   bool // its phone's hold key is pressed
	// warning is the playback that warns of his tone, warned: he has heard it from his agent.
	warning string
	warned  bool
	warner  string // his agent
}

type task struct {
	at    time.Time
	order int
	do    func()
}

type taskHeap []task

func (h taskHeap) Len() int { return len(h) }
func (h taskHeap) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].order < h[j].order
}
func (h taskHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)   { *h = append(*h, x.(task)) }
func (h *taskHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// NewWorld makes a world on a site of the scenarios' language.
func NewWorld(site string, seed uint64, faults Faults) (*World, error) {
	rules, err := parseSite(site)
	if err != nil {
		return nil, err
	}
	w := &World{
		Rules: rules, rng: rand.New(rand.NewPCG(seed, 1)), now: start,
		saved: map[string]map[string][]byte{}, channels: map[string]*channel{}, bridges: map[string]map[string]bool{},
		busy: map[string]time.Time{}, phones: map[string]bool{}, started: start, Faults: faults, Seen: map[string]int{},
		answered: map[string]bool{}, cancelled: map[string]bool{}, cameIn: map[string]bool{},
	}
	for _, a := range rules.Agents {
		w.phones[a.Endpoint] = true
	}
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
	for w.Err == nil && len(w.tasks) > 0 && !w.tasks[0].at.After(end) {
		t := heap.Pop(&w.tasks).(task)
		w.now = t.at
		t.do()
	}
	w.now = end
}

func (w *World) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.tasks, task{w.now.Add(d), w.order, do})
}

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
	w.Seen["daemon lives"]++
	w.state = queue.New(w.Rules, w.load())
	w.attached = false
	if err := w.state.Check(); err != nil {
		w.fail("after load: %v", err)
	}
	w.attach()
	w.arm(w.life)
}

// attach tells the daemon the whole truth; events flow from now on.
func (w *World) attach() {
	w.connected, w.away = true, w.now
	w.delivered = w.now
	truth := w.truth()
	w.tell(truth)
}

// arm is the daemon's timer: it ticks at the moment something is due.
func (w *World) arm(life int) {
	pause := 100 * time.Millisecond
	if next := w.state.Next(); !next.IsZero() {
		pause = min(pause, max(next.Sub(w.now), 0))
	}
	w.after(pause, func() {
		if life != w.life {
			return
		}
		if next := w.state.Next(); !next.IsZero() && !next.After(w.now) {
			w.step(queue.Tick{})
		}
		w.arm(life)
	})
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
	life := w.life
	w.after(at.Sub(w.now), func() {
		if life == w.life {
			w.step(ev)
			if w.happens(w.Faults.Repeat, "repeats") && life == w.life {
				w.step(ev)
			}
		}
	})
}

func (w *World) disconnect() {
	life := w.life
	w.connected = false
	w.after(w.upTo(20*time.Millisecond)+w.delivered.Sub(w.now), func() {
		if life == w.life {
			w.step(queue.ExchangeDown{})
		}
	})
	w.after(w.upTo(3*time.Second)+100*time.Millisecond, func() {
		if life == w.life {
			w.attach()
		}
	})
}

// step is what the engine does: step, save, act; and it is killed around the write.
func (w *World) step(ev queue.Event) {
	before := look(w.state)
	fx := w.state.Step(w.now, ev)
	if w.Trace != nil {
		w.Trace("%v %T%.300s -> %d changed, %d gone, %T %v", w.now.Sub(start), ev, fmt.Sprintf("%+v", ev), len(fx.Changed), len(fx.Gone), fx.Actions, fx.Actions)
	}
	if err := w.state.Check(); err != nil {
		w.fail("after %T: %v", ev, err)
	}
	w.countLate(fx.Journal)
	if err := before.checkOffers(w.state, fx.Journal); err != nil {
		w.fail("after %T: %v", ev, err)
	}
	switch ev.(type) {
	case queue.Synced:
		w.attached = true
	case queue.ExchangeDown:
		w.attached = false
	}
	if err := checkNobodyWaits(w.state); err != nil && w.attached {
		w.fail("after %T: %v", ev, err)
	}
	if w.happens(w.Faults.Crash, "crashes before the write") {
		w.crash()
		return
	}
	w.save(fx)
	if w.happens(w.Faults.Crash, "crashes after the write") {
		w.crash()
		return
	}
	for _, id := range fx.Promises {
		var ev queue.Event = queue.Promised{Callback: id}
		if w.happens(w.Faults.Unsafe, "promises that are not safe") {
			ev = queue.NotPromised{Callback: id}
		}
		life := w.life
		defer func() {
			if life == w.life {
				w.step(ev)
			}
		}()
	}
	for i, a := range fx.Actions {
		if i > 0 && w.happens(w.Faults.Crash, "crashes between actions") {
			w.crash()
			return
		}
		w.act(a)
	}
}

func (w *World) crash() {
	if w.Trace != nil {
		w.Trace("%v crash", w.now.Sub(start))
	}
	w.life++
	w.connected = false
	w.after(time.Second, w.restart)
}

// save stores the changes of a step as the store would: each entity as it was then.
func (w *World) save(fx queue.Effects) {
	for _, e := range fx.Changed {
		data, err := json.Marshal(e)
		if err != nil {
			w.fail("save %s %s: %v", e.Kind(), e.Key(), err)
		}
		if w.saved[e.Kind()] == nil {
			w.saved[e.Kind()] = map[string][]byte{}
		}
		w.saved[e.Kind()][e.Key()] = data
	}
	for _, e := range fx.Gone {
		delete(w.saved[e.Kind()], e.Key())
	}
	w.journal = append(w.journal, fx.Journal...)
	for _, e := range fx.Journal {
		switch e.Kind {
		case queue.AgentUnwell:
			w.Seen["agents unwell"]++
		case queue.CallTransfer, queue.CallTransferred, queue.CallTransferFailed:
			w.Seen[string(e.Kind)]++
		}
		w.checkHold(e)
	}
}

// checkHold holds that no hold reaches its limit, be the daemon away for some seconds of it.
func (w *World) checkHold(e queue.Entry) {
	if e.Kind != queue.HoldEnded {
		return
	}
	w.Seen["hold "+e.Detail]++
	if r := w.Rules.Queues[e.Queue].Hold; e.Hold >= r.Limit && w.now.Sub(w.away) > r.Limit-r.Act {
		w.fail("%s was on hold for %v", e.Call, e.Hold)
	}
}

// load reads what was saved.
func (w *World) load() *queue.Snapshot {
	return &queue.Snapshot{
		Agents: loadAll[queue.Agent](w, "agent"), Calls: loadAll[queue.Call](w, "call"),
		Callers: loadAll[queue.Caller](w, "caller"), Lines: loadAll[queue.Line](w, "queue"),
		Timesheets: loadAll[queue.Timesheet](w, "timesheet"),
		Callbacks:  slices.DeleteFunc(loadAll[queue.Callback](w, "callback"), func(cb *queue.Callback) bool { return cb.Outcome != "" }),
	}
}

func loadAll[T any](w *World, kind string) []*T {
	var all []*T
	for _, key := range slices.Sorted(maps.Keys(w.saved[kind])) {
		entity := new(T)
		if err := json.Unmarshal(w.saved[kind][key], entity); err != nil {
			w.fail("load %s %s: %v", kind, key, err)
		}
		all = append(all, entity)
	}
	return all
}

// The exchange.

// act does an action a little later, in order for each channel.
func (w *World) act(a queue.Action) {
	at := w.now.Add(w.upTo(10 * time.Millisecond))
	for _, c := range a.Channels() {
		if w.busy[c].After(at) {
			at = w.busy[c]
		}
	}
	for _, c := range a.Channels() {
		w.busy[c] = at
	}
	w.after(at.Sub(w.now), func() { w.done(a) })
}

func (w *World) done(a queue.Action) {
	switch a := a.(type) {
	case queue.AnswerCall:
		if c := w.channels[a.Channel]; c != nil {
			c.up = true
		}
	case queue.Play:
		w.play(a)
	case queue.StopPlay:
		if c := w.channels[a.Channel]; c != nil && c.playing == a.ID {
			c.playing = ""
			w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		}
	case queue.Music:
		if c := w.channels[a.Channel]; c != nil {
			c.music = true
		}
	case queue.StopMusic:
		if c := w.channels[a.Channel]; c != nil {
			c.music = false
		}
	case queue.Dial:
		w.dial(a)
	case queue.DialClient:
		w.dialClient(a)
	case queue.Hangup:
		w.end(a.Channel, queue.Cancelled)
	case queue.Connect:
		w.connect(a)
	case queue.Disconnect:
		for id := range w.bridges[a.Bridge] {
			w.channels[id].bridge = ""
		}
		delete(w.bridges, a.Bridge)
	case queue.Part:
		if c := w.channels[a.Caller]; c != nil && c.bridge == a.Bridge {
			delete(w.bridges[a.Bridge], a.Caller)
			c.bridge = ""
		}
	case queue.Join:
		w.join(a)
	case queue.Announce:
		if len(w.bridges[a.Bridge]) == 2 {
			w.Seen["announcements"]++
		}
	case queue.Leave:
		delete(w.channels, a.Channel)
	case queue.Resync:
		w.Seen["resyncs"]++
		w.tell(w.truth())
	}
}

func (w *World) play(a queue.Play) {
	c := w.channels[a.Channel]
	if c == nil {
		return
	}
	if w.happens(w.Faults.PlayFails, "playbacks fail") {
		c.warned = c.warned || a.Phrases[0].ID == "tone-warn" // as far as anybody can know
		w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		return
	}
	if c.playing != "" || c.music {
		w.fail("%s plays %s over %q or music (%v)", a.Channel, a.ID, c.playing, c.music)
	}
	c.playing = a.ID
	switch a.Phrases[0].ID {
	case "tone-warn":
		c.warning = a.ID
	case "tone-end":
		w.Seen["ended rude callers"]++
		if !c.warned {
			w.fail("%s is sent away without a warning", a.Channel)
		}
	}
	w.after(time.Duration(len(a.Phrases))*2*time.Second, func() {
		if w.channels[a.Channel] == c && c.playing == a.ID {
			c.playing = ""
			c.warned = c.warned || c.warning == a.ID
			w.tell(queue.PlayEnded{Channel: a.Channel, Playback: a.ID})
		}
	})
}

func (w *World) connect(a queue.Connect) {
	if w.bridges[a.Bridge] != nil {
		w.fail("bridge %s is used twice", a.Bridge)
	}
	w.bridges[a.Bridge] = map[string]bool{}
	for _, id := range a.Channels() {
		if c := w.channels[id]; c != nil {
			if old := w.bridges[c.bridge]; old != nil {
				delete(old, id)
			}
			c.bridge = a.Bridge
			w.bridges[a.Bridge][id] = true
		}
	}
	if len(w.bridges[a.Bridge]) == 2 {
		w.Seen["talks"]++
		if in := w.channels[a.Caller].inbound; in != nil {
			w.answered[in.Number] = true
		}
		w.checkTalk(a)
		if c := w.channels[a.Caller]; c.warner != w.channels[a.Agent].agent {
			c.warner, c.warned, c.warning = w.channels[a.Agent].agent, false, ""
		}
		if keys := []string{"*21", "*22", "*23"}; w.rng.IntN(20) == 0 {
			w.after(time.Second, func() {
				for _, key := range []byte(keys[w.rng.IntN(len(keys))]) {
					w.tell(queue.KeyPressed{Channel: a.Agent, Key: key})
				}
			})
		}
		w.conduct(a.Agent)
		who := a.Channels()[w.rng.IntN(2)]
		w.after(time.Second+w.upTo(2*time.Minute), func() { w.hangUp(who) })
		w.holds(a.Agent)
	}
}

func (w *World) join(a queue.Join) {
	if c := w.channels[a.Caller]; c != nil && w.bridges[a.Bridge] != nil {
		if c.playing != "" || c.music {
			w.fail("%s is back in the talk under %q or music (%v)", a.Caller, c.playing, c.music)
		}
		c.bridge = a.Bridge
		w.bridges[a.Bridge][a.Caller] = true
	}
}

// conduct lets an agent press a code that ends a talk, now and then, once or twice.
func (w *World) conduct(leg string) {
	if !w.happens(w.Faults.Conduct, "codes of conduct") {
		return
	}
	outside := fmt.Sprintf("*30770%06d#", w.order)
	codes := []string{"*5", "*5", "*6", "*9", "*32001#", "*31001#", "*31005#", "*3802#", outside}
	code := codes[w.rng.IntN(len(codes))]
	for range 1 + w.rng.IntN(3) {
		w.after(w.upTo(20*time.Second), func() {
			for _, key := range []byte(code) {
				w.tell(queue.KeyPressed{Channel: leg, Key: key})
			}
		})
	}
}

// holds lets an agent play with hold key and code, in any order, for a while.
func (w *World) holds(leg string) {
	if !w.happens(w.Faults.Hold, "holds") {
		return
	}
	w.after(w.upTo(30*time.Second), func() {
		c := w.channels[leg]
		if c == nil {
			return
		}
		if w.rng.IntN(2) == 0 {
			w.tell(queue.KeyPressed{Channel: leg, Key: '*'})
			w.tell(queue.KeyPressed{Channel: leg, Key: '1'})
		} else if c.holds = !c.holds; c.holds {
			w.tell(queue.HoldPressed{Channel: leg})
		} else {
			w.tell(queue.HoldReleased{Channel: leg})
		}
		if !w.happens(w.Faults.NeverBack, "agents who never come back") {
			w.holds(leg)
		}
	})
}

// checkTalk holds what a caller would notice: the agent speaks his language, or he was told.
func (w *World) checkTalk(a queue.Connect) {
	if c := w.channels[a.Caller]; c.playing != "" || c.music {
		w.fail("%s is connected under %q or music (%v)", a.Caller, c.playing, c.music)
	}
	for id, c := range w.channels {
		if id != a.Agent && w.Rules.Agents[c.agent] != nil && c.agent == w.channels[a.Agent].agent && c.bridge != "" {
			w.fail("agent %s talks on %s and %s", c.agent, id, a.Agent)
		}
	}
}

// hangUp is a person who hangs up.
func (w *World) hangUp(channel string) { w.end(channel, queue.Normal) }

func (w *World) end(id string, why queue.Cause) {
	c := w.channels[id]
	if c == nil {
		return
	}
	delete(w.channels, id)
	delete(w.bridges[c.bridge], id)
	w.tell(queue.ChannelGone{Channel: id, Cause: why})
}

// truth is all that the exchange knows.
func (w *World) truth() queue.Synced {
	ev := queue.Synced{Started: w.started}
	for _, id := range slices.Sorted(maps.Keys(w.channels)) {
		c := w.channels[id]
		ev.Channels = append(ev.Channels, queue.LiveChannel{ID: id, Up: c.up, Inbound: c.inbound})
	}
	for _, id := range slices.Sorted(maps.Keys(w.bridges)) {
		ev.Bridges = append(ev.Bridges, queue.LiveBridge{ID: id, Channels: slices.Sorted(maps.Keys(w.bridges[id]))})
	}
	for _, e := range slices.Sorted(maps.Keys(w.phones)) {
		ev.Phones = append(ev.Phones, queue.PhoneChanged{Endpoint: e, Reachable: w.phones[e]})
	}
	return ev
}

// The people.

// nextCaller calls, and is followed by another.
func (w *World) nextCaller(until time.Time, between time.Duration) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(2*between), func() { w.nextCaller(until, between) })
	w.callers++
	id := fmt.Sprintf("pbx-%d.%d", w.now.Unix(), w.callers)
	dids := []string{"100", "200"}
	ev := queue.CallArrived{Channel: id, DID: dids[w.rng.IntN(len(dids))], Number: w.number(), Priority: w.rng.IntN(8) / 7}
	w.channels[id] = &channel{inbound: &ev}
	w.Seen["callers"]++
	w.tell(ev)
	for range w.rng.IntN(3) {
		w.after(w.upTo(10*time.Second), func() {
			if w.channels[id] != nil {
				w.tell(queue.KeyPressed{Channel: id, Key: "12*#5"[w.rng.IntN(5)]})
			}
		})
	}
	w.after(w.upTo(5*time.Minute), func() {
		if c := w.channels[id]; c != nil && c.bridge == "" {
			w.Seen["callers lose patience"]++
			w.hangUp(id)
		}
	})
}

// dial rings an agent, who does as people do.
func (w *World) dial(a queue.Dial) {
	if w.channels[a.Channel] != nil {
		w.fail("leg %s is dialled twice", a.Channel)
	}
	agent := strings.TrimPrefix(a.Endpoint, "PJSIP/")
	for id, c := range w.channels {
		if w.Rules.Agents[agent] != nil && c.agent == agent && c.up && w.bridges[c.bridge] != nil && len(w.bridges[c.bridge]) > 1 {
			w.fail("agent %s talks on %s and is rung on %s", agent, id, a.Channel)
		}
	}
	if reachable, known := w.phones[a.Endpoint]; known && !reachable {
		w.tell(queue.ChannelGone{Channel: a.Channel, Cause: queue.Unreachable})
		return
	}
	c := &channel{agent: agent}
	w.channels[a.Channel] = c
	w.after(a.Timeout, func() {
		if w.channels[a.Channel] == c && !c.up {
			w.end(a.Channel, queue.NoAnswer)
		}
	})
	switch {
	case w.happens(w.Faults.Decline, "declines"):
		w.after(w.upTo(5*time.Second), func() { w.end(a.Channel, queue.Declined) })
	case w.happens(w.Faults.Ignore, "rings out"):
	default:
		w.after(w.upTo(5*time.Second), func() {
			if w.channels[a.Channel] == c {
				c.up = true
				w.tell(queue.LegAnswered{Channel: a.Channel})
			}
		})
	}
}

// dialClient calls a client, who may be away, a machine, or on the phone with us.
func (w *World) dialClient(a queue.DialClient) {
	for id, c := range w.channels {
		if c.client == a.Number {
			w.fail("%s is called twice: %s and %s", a.Number, id, a.Channel)
		}
	}
	w.Seen["clients called"]++
	c := &channel{client: a.Number}
	w.channels[a.Channel] = c
	switch {
	case w.happens(w.Faults.ClientAway, "clients are busy"):
		w.after(w.upTo(5*time.Second), func() { w.end(a.Channel, queue.Busy) })
	case w.happens(w.Faults.ClientAway, "clients do not answer"):
		w.after(a.Timeout, func() { w.end(a.Channel, queue.NoAnswer) })
	default:
		w.after(time.Second+w.upTo(10*time.Second), func() {
			if w.channels[a.Channel] == c {
				c.up = true
				w.tell(queue.LegAnswered{Channel: a.Channel})
				if w.happens(w.Faults.ClientAway, "clients hang up at once") {
					w.after(w.upTo(3*time.Second), func() { w.hangUp(a.Channel) })
				}
				w.after(5*time.Minute+w.upTo(5*time.Minute), func() { w.hangUp(a.Channel) })
			}
		})
	}
}

// supervise is a supervisor who books callbacks of each class, some for one
// agent, and cancels one now and then.
func (w *World) supervise(until time.Time) {
	if w.now.After(until) {
		return
	}
	w.after(w.upTo(4*time.Minute), func() { w.supervise(until) })
	queues := slices.Sorted(maps.Keys(w.Rules.Queues))
	classes := []queue.CallbackClass{queue.Information, queue.Manager, queue.Complaint}
	ev := queue.BookCallback{
		Number: w.number(), Queue: queues[w.rng.IntN(len(queues))], Language: w.Rules.Languages[w.rng.IntN(2)], Class: classes[w.rng.IntN(3)],
	}
	if w.rng.IntN(4) == 0 {
		ids := slices.Sorted(maps.Keys(w.Rules.Agents))
		ev.Owner = ids[w.rng.IntN(len(ids))]
	}
	w.tell(ev)
	if all := w.state.Callbacks(); len(all) > 0 && w.rng.IntN(10) == 0 {
		id := all[w.rng.IntN(len(all))].ID
		w.cancelled[id] = true
		w.tell(queue.CancelCallback{ID: id, By: "boss", Reason: "done in person"})
	}
}

// number is somebody's who calls, or is called.
func (w *World) number() string { return fmt.Sprint("+99655500", w.rng.IntN(200)) }

// agentLife is a shift: log in, breaks, an unplugged phone, log out, again.
func (w *World) agentLife(id string, until time.Time) {
	if w.now.After(until) && len(w.state.Callbacks()) == 0 {
		w.tell(queue.LogOut{Agent: id})
		return
	}
	endpoint := w.Rules.Agents[id].Endpoint
	switch {
	case w.happens(w.Faults.Leave, "log-outs"):
		w.tell(queue.LogOut{Agent: id})
	case w.happens(w.Faults.Leave, "breaks"):
		w.tell(queue.SetStatus{Agent: id, Status: "coffee"})
	case w.happens(w.Faults.Unplug, "phones vanish"):
		w.phones[endpoint] = !w.phones[endpoint]
		w.tell(queue.PhoneChanged{Endpoint: endpoint, Reachable: w.phones[endpoint]})
		if !w.phones[endpoint] {
			for _, leg := range slices.Sorted(maps.Keys(w.channels)) {
				if w.channels[leg].agent == id {
					w.end(leg, queue.Dropped)
				}
			}
		}
	default:
		w.tell(queue.LogIn{Agent: id, Trusted: true})
		w.tell(queue.SetStatus{Agent: id, Status: queue.Ready})
	}
	w.after(w.upTo(time.Minute), func() { w.agentLife(id, until) })
}

// checkAfter holds that all is over: no call, channel or bridge is left, and every call has one record.
func (w *World) checkAfter() {
	if left := w.state.Calls(); len(left) > 0 {
		w.fail("%d calls never ended, such as %+v", len(left), left[0])
	}
	for id, c := range w.channels {
		w.fail("channel %s (%+v) is left on the exchange", id, *c)
	}
	for id := range w.bridges {
		w.fail("bridge %s is left on the exchange", id)
	}
	records := map[string]int{}
	for _, e := range w.journal {
		if e.Kind == queue.CallEnded {
			w.Seen["ended "+string(e.Outcome)]++
			if records[e.Call]++; records[e.Call] > 1 {
				w.fail("call %s has %d records", e.Call, records[e.Call])
			}
		}
	}
	w.checkPromises()
	w.checkHolds()
	for _, e := range w.journal {
		if e.Kind == queue.CallEntered && records[e.Call] != 1 {
			w.fail("call %s has %d records", e.Call, records[e.Call])
		}
	}
}

// checkHolds holds that every hold ended once, in a known way, and is in the call's record.
func (w *World) checkHolds() {
	ways := []queue.HoldEnd{queue.HoldReturned, queue.HoldCalledBack, queue.HoldRequeued, queue.HoldCallerLeft, queue.HoldAgentLeft, queue.HoldLost}
	running, total := map[string]bool{}, map[string]time.Duration{}
	for _, e := range w.journal {
		switch e.Kind {
		case queue.HoldStarted:
			if running[e.Call] {
				w.fail("%s is put on hold twice", e.Call)
			}
			running[e.Call] = true
		case queue.HoldEnded:
			if !running[e.Call] || !slices.Contains(ways, queue.HoldEnd(e.Detail)) {
				w.fail("a hold of %s ended as %q, running %v", e.Call, e.Detail, running[e.Call])
			}
			running[e.Call] = false
			total[e.Call] += e.Hold
		case queue.CallEnded:
			if running[e.Call] || e.Hold != total[e.Call] {
				w.fail("%s was on hold for %v, recorded as %v, and is held: %v", e.Call, total[e.Call], e.Hold, running[e.Call])
			}
		}
	}
}

// checkPromises holds that every callback that was promised ended once, in an allowed way.
func (w *World) checkPromises() {
	if left := w.state.Callbacks(); len(left) > 0 {
		w.fail("%d callbacks never ended, such as %+v", len(left), left[0])
	}
	ended := map[string]int{}
	for _, e := range w.journal {
		switch e.Kind {
		case queue.CallbackEnded:
			w.Seen["callback "+string(e.CallbackOutcome)]++
			ended[e.Callback]++
			w.checkOutcome(e)
		case queue.Violation:
			w.Seen["violation "+e.Detail]++
		}
	}
	for _, e := range w.journal {
		if e.Kind == queue.CallbackBooked {
			w.Seen["callbacks"]++
			if ended[e.Callback] != 1 {
				w.fail("callback %s of %s ended %d times", e.Callback, e.Number, ended[e.Callback])
			}
		}
	}
}

// checkOutcome holds that a callback ended as it says: nobody but a supervisor
// takes it back, and nobody gives up before all attempts are made.
func (w *World) checkOutcome(e queue.Entry) {
	var cb queue.Callback
	if err := json.Unmarshal(w.saved["callback"][e.Callback], &cb); err != nil {
		w.fail("callback %s is over and not in the store: %v", e.Callback, err)
	}
	r := w.Rules.Queues[cb.Queue].Callback
	failed := 0
	for _, attempt := range cb.Attempts {
		if attempt.Cause != "" {
			failed++
		}
	}
	kept := false
	switch cb.Outcome {
	case queue.CallbackCompleted:
		kept = len(cb.Attempts) > failed
	case queue.CallbackReached:
		kept = w.answered[cb.Number]
	case queue.CallbackUnreached:
		kept = failed == r.Attempts+r.LateAttempts
	case queue.CallbackCancelled:
		kept = w.cancelled[cb.ID]
	}
	if !kept || cb.Outcome != e.CallbackOutcome {
		w.fail("callback %s of %s ended as %q after %d failed attempts of %d", cb.ID, cb.Number, cb.Outcome, failed, len(cb.Attempts))
	}
}

// late is a callback that reached its deadline before the first attempt, when
// the client did not call in himself meanwhile.
const late = "callbacks late"

func (w *World) countLate(journal []queue.Entry) {
	for _, e := range journal {
		switch e.Kind {
		case queue.CallbackCameIn:
			w.cameIn[e.Callback] = true
		case queue.CallbackBreached:
			cb := find(w.state.Callbacks(), func(cb *queue.Callback) bool { return cb.ID == e.Callback })
			if cb != nil && len(cb.Attempts) == 0 && !w.cameIn[cb.ID] {
				w.Seen[late]++
			}
		}
	}
}
