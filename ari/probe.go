package ari

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
)

// goneEvery is how often is looked whether the channel of a probe is gone.
const goneEvery = 5 * time.Millisecond

// Probe asks the running Asterisk what only a channel can be asked: functions of the dialplan.
// It has an app and a channel of its own, a Local one that nobody dials, so that no daemon and
// no caller hears of it.
type Probe struct {
	client  *Client
	channel string
	detach  func() // closes the event socket, and with it the app ends
}

// probeName is that of an app, and of a channel, of which nobody else knows.
func probeName() string { return "kezek-check-" + strings.ToLower(rand.Text()[:10]) }

// OpenProbe makes the channel. The ARI user needs the right to write.
func OpenProbe(ctx context.Context, o Options) (*Probe, error) {
	id := probeName()
	s, err := newDialer(&o).dial(ctx, id)
	if err != nil {
		return nil, err
	}
	// Its events wait unread until it is closed: a handful.
	p := &Probe{client: NewClient(o), channel: id, detach: s.listen(newInbox(), 0)}
	create := query(path("channels", "create"), "endpoint", "Local/check@"+id, "app", id, "channelId", id)
	if err := p.client.post(ctx, create); err != nil {
		p.Close(ctx)
		return nil, err
	}
	return p, nil
}

// Function evaluates a function of the dialplan: "DIALPLAN_EXISTS(from-trunk,100,1)".
func (p *Probe) Function(ctx context.Context, call string) (string, error) {
	return p.client.variable(ctx, path("channels", p.channel, "variable"), call)
}

// HasExtension reports whether an extension of a context, or of what that includes, has a
// priority: a number or a label.
func (p *Probe) HasExtension(ctx context.Context, in, extension, priority string) (bool, error) {
	is, err := p.Function(ctx, "DIALPLAN_EXISTS("+in+","+extension+","+priority+")")
	return is == "1", err
}

// Close hangs the channel up and returns when Asterisk has forgotten it: an app that still has
// something to tell of would outlive its socket.
func (p *Probe) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestWithin)
	defer cancel()
	id := path("channels", p.channel)
	for err := p.client.delete(ctx, id); err == nil && ctx.Err() == nil; err = p.client.get(ctx, id, nil) {
		time.Sleep(goneEvery)
	}
	_ = p.client.delete(ctx, query(path("applications", p.channel, "subscription"), "eventSource", "channel:"+p.channel)) // if it is still there
	p.detach()
	p.client.Close()
}
