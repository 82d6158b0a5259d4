package ari

import (
	"context"
	"net/http"
	"strings"

	"kezek/queue"
)

// makeBridge makes an empty bridge. The keys of nobody in it are heard by the
// others: they are told to us, and an agent's are codes.
func (e *Exchange) makeBridge(ctx context.Context, id string) error {
	err := e.client.post(ctx, query("/bridges", "type", "mixing,dtmf_events", "bridgeId", id, "name", e.opts.App), nil)
	if status(err) == http.StatusConflict { // it was made before
		return nil
	}
	return err
}

// whispers is where to a snoop of the agent's leg sends what the supervisor says:
// out is to the agent, in is into what comes from him, which the caller hears.
var whispers = map[queue.MonitorMode]string{queue.Listen: "none", queue.Whisper: "out", queue.JoinIn: "both"}

// tap hangs a snoop on an agent's leg and joins the supervisor with it. The
// bridge of the talk is not touched.
func (e *Exchange) tap(ctx context.Context, a queue.Tap) error {
	if e.table.cancelled(a.Snoop) {
		e.tell(queue.ChannelGone{Channel: a.Snoop, Cause: queue.Cancelled})
		return nil
	}
	if err := e.snoop(ctx, a.Leg, a.Snoop, "both", whispers[a.Mode]); err != nil {
		return e.abandon(ctx, a.Snoop, err)
	}
	if err := e.makeBridge(ctx, a.Bridge); err != nil {
		return err
	}
	return e.join(ctx, a.Bridge, a.Supervisor, a.Snoop)
}

// snoop makes a channel that hears another, and waits until it can be used.
func (e *Exchange) snoop(ctx context.Context, of, id, spy, whisper string) error {
	err := e.client.post(ctx, query(path("channels", of, "snoop", id),
		"spy", spy, "whisper", whisper, "app", e.opts.App, "appArgs", legArg), nil)
	if err != nil && status(err) != http.StatusConflict { // 409: it was made before
		return err
	}
	e.table.waitEntered(id, requestWithin)
	return nil
}

// join brings channels into a bridge. Phones go on showing what they showed when
// they rang, and the trunk is not told which agent a client talks to.
func (e *Exchange) join(ctx context.Context, bridge string, channels ...string) error {
	if err := e.reseat(ctx, bridge); err != nil {
		return err
	}
	err := e.enter(ctx, bridge, channels...)
	if err == nil {
		e.table.seats.sit(bridge, channels...)
	}
	return err
}

func (e *Exchange) enter(ctx context.Context, bridge string, channels ...string) error {
	return e.client.post(ctx, query(path("bridges", bridge, "addChannel"), "channel", strings.Join(channels, ","),
		"absorbDTMF", "true", "inhibitConnectedLineUpdates", "true"), nil)
}

// disconnect takes the bridge away. The caller is taken out of it first, which
// is done when it is answered: a bridge that is deleted lets its channels go a
// little later, and what they are told to play until then is lost, end and all.
func (e *Exchange) disconnect(ctx context.Context, a queue.Disconnect) error {
	var out error
	if a.Caller != "" {
		out = e.part(ctx, a.Bridge, a.Caller)
	}
	e.table.seats.end(a.Bridge)
	return worse(out, e.client.delete(ctx, path("bridges", a.Bridge)))
}

// part takes a channel out of a bridge, which goes on with who else is in it.
func (e *Exchange) part(ctx context.Context, bridge, channel string) error {
	e.table.seats.rise(channel)
	_, err := e.takeOut(ctx, bridge, channel)
	return err
}

func (e *Exchange) takeOut(ctx context.Context, bridge, channel string) (was bool, err error) {
	err = e.client.post(ctx, query(path("bridges", bridge, "removeChannel"), "channel", channel), nil)
	if status(err) == http.StatusUnprocessableEntity { // it is not in it
		return false, nil
	}
	return err == nil, err
}
