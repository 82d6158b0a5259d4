package ari

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Do starts the actions and returns at once. Those that share a channel are
// done in their order, also with those of earlier calls; only what a channel hears
// is ended beside what comes next. Cause is when the event was received that led to them.
func (e *Exchange) Do(cause time.Time, actions []queue.Action) {
	for _, a := range actions {
		e.table.expect(a)
		do := func() { e.perform(cause, a) }
		switch a := a.(type) {
		case queue.Resync:
			e.resync.ask()
		case queue.StopPlay:
			e.order.aside(a, keys(a), do) // Asterisk does what comes next when it has ended
		case queue.Lamp:
			if !e.opts.LampsOff {
				e.order.start(a, keys(a), do)
			}
		case queue.Play:
			if b := e.table.seats.mixedOf(a.Channel); b != "" {
				e.order.start(a, append(keys(a), bridgeKey(b)), func() { e.conclude(a, e.reseat(context.Background(), b)) })
			}
			e.order.start(a, keys(a), do)
		case queue.Connect:
			e.order.start(a, []string{bridgeKey(a.Bridge)}, func() { e.conclude(a, e.makeBridge(context.Background(), a.Bridge)) })
			e.order.start(a, keys(a), do)
		default:
			e.order.start(a, keys(a), do)
		}
	}
}

// keys are what the order of an action is kept for: its channels, and what
// else it changes.
func keys(a queue.Action) []string {
	keys := a.Channels()
	var bridge string
	switch a := a.(type) {
	case queue.Lamp:
		keys = append(keys, "lamp "+a.Name)
	case queue.Connect:
		bridge = a.Bridge
	case queue.Disconnect:
		bridge = a.Bridge
	case queue.Part:
		bridge = a.Bridge
	case queue.Join:
		bridge = a.Bridge
	case queue.Announce:
		bridge = a.Bridge
	case queue.Tap:
		bridge = a.Bridge
	}
	if bridge != "" {
		keys = append(keys, bridgeKey(bridge))
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

func bridgeKey(id string) string { return "bridge " + id }

// perform does one action and makes sure that its outcome becomes known.
func (e *Exchange) perform(cause time.Time, a queue.Action) {
	var (
		ctx = context.Background() // each request has its own deadline
		err error
	)
	switch a := a.(type) {
	case queue.AnswerCall:
		err = e.client.post(ctx, path("channels", a.Channel, "answer"), nil)
	case queue.Play:
		err = e.play(ctx, a)
	case queue.StopPlay:
		err = e.stopPlay(ctx, a.ID)
	case queue.Music:
		err = e.client.post(ctx, query(path("channels", a.Channel, "moh"), "mohClass", a.Class), nil)
	case queue.StopMusic:
		err = e.client.delete(ctx, path("channels", a.Channel, "moh"))
	case queue.Dial:
		err = e.dialAgent(ctx, cause, a)
	case queue.DialClient:
		err = e.dialClient(ctx, a)
	case queue.Take:
		err = e.take(ctx, a)
	case queue.Hangup:
		err = e.client.delete(ctx, query(path("channels", a.Channel), "reason", string(a.Reason)))
	case queue.Connect:
		err = e.join(ctx, a.Bridge, a.Agent, a.Caller)
	case queue.Disconnect:
		err = e.disconnect(ctx, a)
	case queue.Part:
		err = e.part(ctx, a.Bridge, a.Caller)
	case queue.Join:
		err = e.join(ctx, a.Bridge, a.Caller)
	case queue.Announce:
		err = e.announce(ctx, a)
	case queue.Tap:
		err = e.tap(ctx, a)
	case queue.SendKey:
		err = e.client.post(ctx, query(path("channels", a.Channel, "dtmf"), "dtmf", string(a.Key)), nil)
	case queue.TransferDone:
		state := map[bool]string{true: "channel_answered", false: "channel_declined"}[a.OK]
		err = e.client.post(ctx, query(path("channels", a.Channel, "transfer_progress"), "states", state), nil)
	case queue.DetectTalk:
		err = e.detectTalk(ctx, a)
	case queue.Record:
		err = e.record(ctx, a)
	case queue.MuteRecording:
		err = e.mute(ctx, a)
	case queue.Leave:
		err = e.leave(ctx, a)
	case queue.Lamp:
		err = e.lamp(ctx, a)
	default:
		err = fmt.Errorf("no way to do %T", a)
	}
	e.conclude(a, err)
}

// conclude makes sure that what an action failed to do is found out.
func (e *Exchange) conclude(a queue.Action, err error) {
	switch {
	case err == nil:
	case gone(err):
		e.log.Debug("action came too late", zap.Any("action", a), zap.Error(err))
		e.doubt(a)
	default:
		e.table.revoke(a)
		e.resync.ask()
		if e.Connected() {
			e.log.Warn("action failed; reading what is true", zap.Any("action", a), zap.Error(err))
		}
	}
}

// doubtAfter is how long the end of a channel may take to be told: on a busy
// machine events wait in Asterisk while requests overtake them.
const doubtAfter = 2 * time.Second

// doubt looks again at a channel that was gone when something was asked of
// it. Its end is told by an event; if it is not, what lives is read.
func (e *Exchange) doubt(a queue.Action) {
	if _, ok := a.(queue.StopPlay); ok {
		return // the playback is gone, not the channel
	}
	time.AfterFunc(doubtAfter, func() {
		if e.table.hasAny(a.Channels()) {
			e.resync.ask()
		}
	})
}

// tell puts an outcome in line with the events.
func (e *Exchange) tell(ev queue.Event) { e.inbox.push(item{at: time.Now(), told: ev}) }

// talkModule tells of callers who speak.
const talkModule = "func_talkdetect"

// detectTalk lets Asterisk tell of a caller's first word. If it cannot, nobody is
// to believe that he says nothing.
func (e *Exchange) detectTalk(ctx context.Context, a queue.DetectTalk) error {
	set := func(how string) error {
		return e.client.post(ctx, query(path("channels", a.Channel, "variable"), "variable", "TALK_DETECT("+how+")"), nil)
	}
	if !a.On {
		return set("remove")
	}
	err := set("set")
	if err == nil && !e.client.Runs(ctx, talkModule) {
		err = errors.New("module " + talkModule + " is not running") // to set it succeeds all the same
	}
	if err != nil {
		e.tell(queue.CallerSpeaks{Channel: a.Channel})
	}
	return err
}

// worse is the error that explains itself less.
func worse(a, b error) error {
	if a == nil || b != nil && gone(a) {
		return b
	}
	return a
}

// lampScheme is what Asterisk's name of a lamp begins with.
const lampScheme = "Stasis:"

// lampAtRest is the device state of a lamp that is dark. To delete the state
// would not do: Asterisk tells the phones the old one then, or none.
const lampAtRest = "NOT_INUSE"

// lamp sets a device state, which Asterisk keeps over its restarts.
func (e *Exchange) lamp(ctx context.Context, a queue.Lamp) error {
	state := cmp.Or(string(a.State), lampAtRest)
	return e.client.put(ctx, query(path("deviceStates", lampScheme+a.Name), "deviceState", state), nil)
}

// leave sends a caller's channel back to the dialplan: to the place that is
// named, or where it came from.
func (e *Exchange) leave(ctx context.Context, a queue.Leave) error {
	names := []string{"context", "extension", "priority"}
	place := strings.Split(a.Place, ",")
	var params []string
	for i, name := range names[:min(len(names), len(place))] {
		if value := strings.TrimSpace(place[i]); value != "" {
			params = append(params, name, value)
		}
	}
	if i := slices.Index(params, "priority"); i >= 0 {
		if _, err := strconv.Atoi(params[i+1]); err != nil {
			params[i] = "label"
		}
	}
	return e.client.post(ctx, query(path("channels", a.Channel, "continue"), params...), nil)
}
