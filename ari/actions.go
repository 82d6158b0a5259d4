package ari

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// kind is all that is known here about one type of action: how it is done, and
// what must be known of it before, meanwhile and afterwards. What is not set does
// nothing; does is always set.
type kind[A queue.Action] struct {
	// key names what else the action changes: its order is kept for that as well
	// as for its channels.
	key func(A) string
	// unawaited: later actions do not wait for the end of this one.
	unawaited bool
	// before gives what is to be done first, with an order of its own; nil: nothing.
	before func(*Exchange, A) (keys []string, do func(context.Context) error)
	// makes are the channels that the action makes. They are expected before it is
	// done, and count as living while it is under way.
	makes func(A) []string
	// ends is what is noted, before it is done, about the channel that the action ends
	// or sends away, and taken back if it failed. While it is under way the channel counts
	// as gone.
	ends func(*channel) *bool
	// does asks Asterisk for it.
	does func(doer, context.Context, A) error
	// overlays puts what else the action has done, or is about to do, over what was
	// read while it was under way: the reading may show it or not.
	overlays func(*reading, A)
}

// doer does one action. Cause is when the event was received that led to it.
type doer struct {
	*Exchange
	cause time.Time
}

// handler is a [kind] without the type of its action.
type handler interface {
	action() reflect.Type
	start(doer, queue.Action)
	note(t *tracker, a queue.Action, will bool)
	overlay(*reading, queue.Action)
	isEnd() bool
}

// handlers has a handler for every type of action, by family.
var handlers = byAction(callActions, playbackActions, dialActions, bridgeActions, monitorActions, recordActions, lampActions, cdrActions, []handler{
	&kind[queue.Resync]{does: func(d doer, _ context.Context, _ queue.Resync) error {
		d.resync.ask()
		return nil
	}},
})

func byAction(families ...[]handler) map[reflect.Type]handler {
	all := map[reflect.Type]handler{}
	for _, h := range slices.Concat(families...) {
		all[h.action()] = h
	}
	return all
}

func handlerOf(a queue.Action) handler {
	if h := handlers[reflect.TypeOf(a)]; h != nil {
		return h
	}
	return &kind[queue.Action]{does: func(doer, context.Context, queue.Action) error { return fmt.Errorf("no way to do %T", a) }}
}

// Do starts the actions and returns at once. Those that share a channel are
// done in their order, also with those of earlier calls; only what a channel hears
// is ended beside what comes next. Cause is when the event was received that led to them.
func (e *Exchange) Do(cause time.Time, actions []queue.Action) {
	for _, a := range actions {
		h := handlerOf(a)
		h.note(e.tracker, a, true)
		h.start(doer{e, cause}, a)
	}
}

// asks is how an action is done by one request.
func asks[A queue.Action](method string, at func(A) string) func(doer, context.Context, A) error {
	return func(d doer, ctx context.Context, a A) error { return d.client.do(ctx, method, at(a), nil, nil) }
}

// isEnd reports whether the action ends a channel, or sends it away.
func (k *kind[A]) isEnd() bool { return k.ends != nil }

func (k *kind[A]) action() reflect.Type { return reflect.TypeFor[A]() }

func (k *kind[A]) start(d doer, a queue.Action) {
	ctx := context.Background() // each request has its own deadline
	if k.before != nil {
		if keys, do := k.before(d.Exchange, a.(A)); do != nil {
			d.scheduler.start(a, keys, func() { d.conclude(a, do(ctx)) }, true)
		}
	}
	keys := a.Channels()
	if k.key != nil {
		keys = append(keys, k.key(a.(A)))
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	d.scheduler.start(a, keys, func() { d.conclude(a, k.does(d, ctx, a.(A))) }, !k.unawaited)
}

// note notes, before an action is done, what it will bring about; of one that failed, that it will not, but for channels
// that may have been made.
func (k *kind[A]) note(t *tracker, a queue.Action, will bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k.makes != nil && will {
		for _, id := range k.makes(a.(A)) {
			t.expectLeg(id)
		}
	}
	if k.ends != nil {
		if c := t.channels[a.Channels()[0]]; c != nil {
			*k.ends(c), c.asked = will, time.Time{}
			if will {
				c.asked = time.Now()
			}
		}
	}
}

func (k *kind[A]) overlay(r *reading, a queue.Action) {
	if k.makes != nil {
		for _, id := range k.makes(a.(A)) {
			r.comes(id)
		}
	}
	if k.ends != nil {
		r.goes(a.Channels()[0])
	}
	if k.overlays != nil {
		k.overlays(r, a.(A))
	}
}

// conclude makes sure that what an action failed to do is found out.
func (e *Exchange) conclude(a queue.Action, err error) {
	switch {
	case err == nil && !handlerOf(a).isEnd():
	case err == nil:
		e.doubt(a)
	case gone(err):
		e.log.Debug("action came too late", zap.Any("action", a), zap.Error(err))
		e.doubt(a)
	default:
		handlerOf(a).note(e.tracker, a, false)
		e.resync.ask()
		if e.Connected() {
			e.log.Warn("action failed; resyncing with Asterisk", zap.Any("action", a), zap.Error(err))
		}
	}
}

// doubtAfter is how long the end of a channel may take to be told: on a busy
// machine events wait in Asterisk while requests overtake them.
const doubtAfter = 2 * time.Second

// doubt looks again at a channel that was told to end, or was gone when something was asked of
// it. Its end is told by an event; if it is not, what lives is read. A channel that still lives then is
// told to the rules, which end it again.
func (e *Exchange) doubt(a queue.Action) {
	if _, ok := a.(queue.StopPlay); ok {
		return // the playback is gone, not the channel
	}
	time.AfterFunc(doubtAfter, func() {
		if e.tracker.hasAny(a.Channels()) {
			e.resync.ask()
		}
	})
}

// tell puts an outcome in line with the events.
func (e *Exchange) tell(ev queue.Event) { e.inbox.push(item{at: time.Now(), told: ev}) }

// worse is the error that explains itself less.
func worse(a, b error) error {
	if a == nil || b != nil && gone(a) {
		return b
	}
	return a
}
