package ari

import (
	"slices"
	"sync"
	"time"

	"kezek/queue"
)

// legArg is the argument with which our legs enter the app: by it they are
// known from callers, also by a daemon that has just started.
const legArg = "leg"

// supervisorArg is the argument with which the dialplan hands over the channel
// of a supervisor who was allowed to listen.
const supervisorArg = "supervisor"

// slotArg begins the argument with which the dialplan hands over the channel of a phone that has dialled the number of a slot.
const slotArg = "slot="

// tracker is what is known about the channels in our app and the watched
// phones, as far as it is needed to tell everything once.
type tracker struct {
	mu       sync.Mutex
	channels map[string]*channel
	phones   map[string]queue.PhoneChanged // the watched ones, as told last
	lines    map[string]*lines             // their channels
	codes    string                        // the context of codes

	// Of legs that ring at several devices, see devices.go: those that ring, and the channel of the device that has answered.
	ringing map[string]*ringing
	stands  map[string]string
	// elsewhere are the devices that must ring no more.
	elsewhere []string
	// contacts are the dial strings of a phone's devices, contactChanges counts what was told of any.
	contacts       map[string][]string
	contactChanges int

	since changes

	bridges *bridges
	// early are the legs that are listened to before their answer.
	early names
}

// changes are what was told since what lives began to be read: the channels
// that came and went, and the phones of which something was told.
type changes struct{ came, gone, phones names }

// names note nothing while they are nil.
type names map[string]bool

func (n names) add(name string) {
	if n != nil {
		n[name] = true
	}
}

type channel struct {
	// name is what Asterisk calls it, such as PJSIP/1012-0000001f; empty until it is told.
	name string
	leg  bool
	// trunk: a leg to a client, over the carrier.
	trunk bool
	// supervisor: it is neither a leg of ours nor a caller's.
	supervisor bool
	// rang is when a leg's phone began to ring; up: it was picked up.
	rang time.Time
	up   bool
	// early: something was heard of it before its answer.
	early bool
	// replaces is the channel whose place it took, number that of who is there, as told last.
	replaces, number string
	// pjsip: it is one of chan_pjsip.
	pjsip bool
	// failed: a leg that could not be dialled for no fault of the phone.
	failed bool
	// ending and leaving: we hung it up, or sent it back to the dialplan.
	ending, leaving bool
	// asked is when it was asked to end or to leave.
	asked time.Time
	// hangup was asked for by somebody; timedOut: by Asterisk, because a dial
	// took too long; deaf: by its driver, because no audio came any more.
	hangup, timedOut, deaf bool
	// shutdown: Asterisk is being stopped.
	shutdown bool
	// cause is what that hangup was asked for with, and sip the SIP code that goes with it, 0 if there is none.
	cause, sip int
	// lastKey is the key that was pressed last, and when.
	lastKey   byte
	lastKeyAt time.Time
	// lastHold is what the hold key did last, and when; lastTransfer when the transfer key was
	// pressed last: each comes twice.
	lastHold, lastTransfer string
	// referred is when that was told.
	referred time.Time
	// shown is what its phone was told last to show in the call, and when; otherAt is when Asterisk told it something else.
	shown            queue.Show
	shownAt, otherAt time.Time
	// audio is what comes from a leg that is up, see [Exchange.look].
	audio audio
	// entered is closed when a leg entered our app, or will not do so any more.
	entered chan struct{}
}

func newLeg() *channel { return &channel{leg: true, entered: make(chan struct{})} }

// enter must be called with the tracker locked.
func (c *channel) enter() {
	if c.entered != nil {
		close(c.entered)
		c.entered = nil
	}
}

func newTracker() *tracker {
	return &tracker{
		channels: map[string]*channel{}, phones: map[string]queue.PhoneChanged{}, lines: map[string]*lines{}, bridges: newBridges(),
		ringing: map[string]*ringing{}, stands: map[string]string{}, contacts: map[string][]string{}, early: names{},
	}
}

// observe begins to note what is told, until adopt: also of phones that are watched from now on.
func (t *tracker) observe(watched []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since = changes{names{}, names{}, names{}}
	for _, endpoint := range watched {
		if _, known := t.phones[endpoint]; !known {
			t.phones[endpoint] = queue.PhoneChanged{Endpoint: endpoint}
		}
	}
}

// nameOf is what Asterisk calls a channel; "" if it is none of ours, or gone.
func (t *tracker) nameOf(id string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil {
		return c.name
	}
	return ""
}

// expectLeg must be called with the tracker locked.
func (t *tracker) expectLeg(id string) {
	if t.channels[id] == nil {
		t.channels[id] = newLeg()
	}
}

// fail notes that a leg is ended by us because it could not be dialled.
func (t *tracker) fail(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil {
		c.failed = true
	}
}

// overTrunk notes that a leg goes to the carrier.
func (t *tracker) overTrunk(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil {
		c.trunk = true
	}
}

// unreachable is why a leg could not even be made.
func (t *tracker) unreachable(id string) queue.Cause {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil && c.trunk {
		return queue.CauseTrunk
	}
	return queue.CauseUnreachable
}

// isSIP reports whether a channel that has replaced another one is one of chan_pjsip.
func (t *tracker) isSIP(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[id]
	return c != nil && c.pjsip
}

// referWaits is what is left of a time after the transfer key of a channel was told of.
func (t *tracker) referWaits(id string, of time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[id]; c != nil {
		return max(0, of-time.Since(c.referred))
	}
	return 0
}

// cancelled reports whether a channel is to be hung up, or is gone already.
func (t *tracker) cancelled(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[id]
	return c == nil || c.ending
}

// hasAny reports whether the end of any of the channels has not been told.
func (t *tracker) hasAny(ids []string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(ids, func(id string) bool { return t.channels[id] != nil })
}

// waitEntered waits until a leg is in our app, or will not be any more.
func (t *tracker) waitEntered(id string, atMost time.Duration) {
	t.mu.Lock()
	var entered chan struct{}
	if c := t.channels[id]; c != nil {
		entered = c.entered
	}
	t.mu.Unlock()
	if entered == nil {
		return
	}
	select {
	case <-entered:
	case <-time.After(atMost):
	}
}

// forget must be called with the tracker locked.
func (t *tracker) forget(id string) {
	if c := t.channels[id]; c != nil {
		c.enter()
		delete(t.channels, id)
		delete(t.stands, id)
		t.since.gone.add(id)
		t.bridges.left(id)
	}
}

// settle is what an outcome of one of our actions comes to; nil if it is no news any more.
func (t *tracker) settle(ev queue.Event) queue.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ev, ok := ev.(queue.ChannelGone); ok {
		c := t.channels[ev.Channel]
		t.forget(ev.Channel)
		if c == nil {
			return nil
		}
		return c.gone(t, ev.Channel, ev.Cause).told
	}
	return ev
}
