package ari

import (
	"context"
	"net/http"
	"strings"

	"kezek/queue"
)

// What brings people together and takes them apart.
var bridgeActions = []handler{
	&kind[queue.Connect]{
		key: func(a queue.Connect) string { return bridgeKey(a.Bridge) },
		before: func(e *Exchange, a queue.Connect) ([]string, func(context.Context) error) {
			return []string{bridgeKey(a.Bridge)}, func(ctx context.Context) error { return e.makeBridge(ctx, a.Bridge) }
		},
		does: func(d doer, ctx context.Context, a queue.Connect) error {
			return d.join(ctx, a.Bridge, a.Agent, a.Caller)
		},
		overlays: func(r *reading, a queue.Connect) { r.bridged(a.Bridge, a.Caller, a.Agent) },
	},
	&kind[queue.Disconnect]{
		key:      func(a queue.Disconnect) string { return bridgeKey(a.Bridge) },
		does:     doer.disconnect,
		overlays: func(r *reading, a queue.Disconnect) { delete(r.bridges, a.Bridge) },
	},
	&kind[queue.Part]{
		key:      func(a queue.Part) string { return bridgeKey(a.Bridge) },
		does:     func(d doer, ctx context.Context, a queue.Part) error { return d.part(ctx, a.Bridge, a.Caller) },
		overlays: func(r *reading, a queue.Part) { r.leaves(a.Bridge, a.Caller) },
	},
	&kind[queue.Join]{
		key:      func(a queue.Join) string { return bridgeKey(a.Bridge) },
		does:     func(d doer, ctx context.Context, a queue.Join) error { return d.join(ctx, a.Bridge, a.Caller) },
		overlays: func(r *reading, a queue.Join) { r.joins(a.Bridge, a.Caller) },
	},
}

func bridgeKey(id string) string { return "bridge " + id }

// makeBridge makes an empty bridge. The keys of nobody in it are heard by the
// others: they are told to us, and an agent's are codes.
func (e *Exchange) makeBridge(ctx context.Context, id string) error {
	err := e.client.post(ctx, query("/bridges", "type", "mixing,dtmf_events", "bridgeId", id, "name", e.opts.App))
	if Status(err) == http.StatusConflict { // it was made before
		return nil
	}
	return err
}

// join brings channels into a bridge. Phones go on showing what they showed when
// they rang, and the trunk is not told which agent a client talks to.
func (e *Exchange) join(ctx context.Context, bridge string, channels ...string) error {
	if err := e.rejoin(ctx, bridge); err != nil {
		return err
	}
	err := e.enter(ctx, bridge, channels...)
	if err == nil {
		e.tracker.bridges.joined(bridge, channels...)
	}
	return err
}

func (e *Exchange) enter(ctx context.Context, bridge string, channels ...string) error {
	return e.client.post(ctx, query(path("bridges", bridge, "addChannel"), "channel", strings.Join(channels, ","),
		"absorbDTMF", "true", "inhibitConnectedLineUpdates", "true"))
}

// disconnect takes the bridge away. The caller is taken out of it first, which
// is done when it is answered: a bridge that is deleted lets its channels go a
// little later, and what they are told to play until then is lost, end and all.
func (e *Exchange) disconnect(ctx context.Context, a queue.Disconnect) error {
	var out error
	if a.Caller != "" {
		out = e.part(ctx, a.Bridge, a.Caller)
	}
	e.tracker.bridges.destroyed(a.Bridge)
	return worse(out, e.client.delete(ctx, path("bridges", a.Bridge)))
}

// part takes a channel out of a bridge, which goes on with who else is in it.
func (e *Exchange) part(ctx context.Context, bridge, channel string) error {
	e.tracker.bridges.left(channel)
	_, err := e.takeOut(ctx, bridge, channel)
	return err
}

func (e *Exchange) takeOut(ctx context.Context, bridge, channel string) (was bool, err error) {
	err = e.client.post(ctx, query(path("bridges", bridge, "removeChannel"), "channel", channel))
	if Status(err) == http.StatusUnprocessableEntity { // it is not in it
		return false, nil
	}
	return err == nil, err
}
