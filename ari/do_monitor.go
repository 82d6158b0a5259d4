package ari

import (
	"context"
	"net/http"

	"kezek/queue"
)

// What lets supervisors listen.
var monitorActions = []handler{
	&kind[queue.Tap]{
		key:      func(a queue.Tap) string { return bridgeKey(a.Bridge) },
		makes:    func(a queue.Tap) []string { return []string{a.Snoop} },
		does:     doer.tap,
		overlays: func(r *reading, a queue.Tap) { r.bridged(a.Bridge, a.Supervisor, a.Snoop) },
	},
}

// whispers is where to a snoop of the agent's leg sends what the supervisor says:
// out is to the agent, in is into what comes from the agent, which the caller hears.
var whispers = map[queue.MonitorMode]string{queue.MonitorListen: "none", queue.MonitorWhisper: "out", queue.MonitorJoin: "both"}

// tap hangs a snoop on an agent's leg and joins the supervisor with it. The
// bridge of the talk is not touched.
func (e *Exchange) tap(ctx context.Context, a queue.Tap) error {
	if e.tracker.cancelled(a.Snoop) {
		e.tell(queue.ChannelGone{Channel: a.Snoop, Cause: queue.CauseCancelled})
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
		"spy", spy, "whisper", whisper, "app", e.opts.App, "appArgs", legArg))
	if err != nil && Status(err) != http.StatusConflict { // 409: it was made before
		return err
	}
	e.tracker.waitEntered(id, requestWithin)
	e.noCDR(ctx, id)
	return nil
}
