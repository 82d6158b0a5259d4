package ari

import (
	"context"
	"net/http"
	"strings"

	asterisk "github.com/CyCoreSystems/ari/v6"
)

// What is asked of an Asterisk without being attached to it.

// Info is what an Asterisk says of itself. Its MaxChannels (maxcalls of asterisk.conf) and MaxLoad
// are 0 where there is no limit.
type Info = asterisk.AsteriskInfo

// Info asks an Asterisk for what it is.
func (c *Client) Info(ctx context.Context) (info Info, err error) {
	err = c.get(ctx, "/asterisk/info", &info)
	return info, err
}

// Ask reads what Asterisk has at a path: Ask(ctx, &v, "endpoints", "PJSIP", "1012").
// [Status] tells how it refuses.
func (c *Client) Ask(ctx context.Context, into any, segments ...string) error {
	return c.get(ctx, path(segments...), into)
}

// Variable reads a global variable; one that is not set is empty.
func (c *Client) Variable(ctx context.Context, name string) (string, error) {
	return c.variable(ctx, "/asterisk/variable", name)
}

func (c *Client) variable(ctx context.Context, at, name string) (string, error) {
	var is struct{ Value string }
	err := c.get(ctx, query(at, "variable", name), &is)
	return is.Value, err
}

// MayAct reports whether the ARI user may do more than read: it asks for something that
// cannot be done. An error tells why that is not known.
func (c *Client) MayAct(ctx context.Context) (bool, error) {
	switch err := c.delete(ctx, path("channels", "kezek-check-no-such-channel")); Status(err) {
	case http.StatusNotFound:
		return true, nil
	case http.StatusForbidden:
		return false, nil
	default:
		return false, err
	}
}

// Runs reports whether a module of Asterisk does: "func_talkdetect".
func (c *Client) Runs(ctx context.Context, module string) bool {
	var loaded asterisk.ModuleData
	err := c.get(ctx, path("asterisk", "modules", module+".so"), &loaded)
	return err == nil && loaded.Status == "Running"
}

// Close closes the connections that nothing uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// PJSIP reads an object of chan_pjsip as the running Asterisk has it: PJSIP(ctx, "endpoint", "1012")
// gives its context, codecs and the rest, by the names of pjsip.conf.
func (c *Client) PJSIP(ctx context.Context, kind, id string) (map[string]string, error) {
	var fields []asterisk.ConfigTuple
	if err := c.get(ctx, path("asterisk", "config", "dynamic", "res_pjsip", kind, id), &fields); err != nil {
		return nil, err
	}
	is := make(map[string]string, len(fields))
	for _, f := range fields {
		is[f.Attribute] = f.Value
	}
	return is, nil
}

// Modules are all that Asterisk has loaded, by name without ".so", and whether they run.
func (c *Client) Modules(ctx context.Context) (map[string]bool, error) {
	var all []asterisk.ModuleData
	if err := c.get(ctx, "/asterisk/modules", &all); err != nil {
		return nil, err
	}
	runs := make(map[string]bool, len(all))
	for _, m := range all {
		runs[strings.TrimSuffix(m.Name, ".so")] = m.Status == "Running"
	}
	return runs, nil
}

// Room is how much of what an attached daemon may use at once an Asterisk has left.
type Room struct {
	// Events says why there is no event socket, without which nothing is attached; nil if there is one.
	Events error
	// Requests are the connections that were answered at the same time, Wanted at most; Refused is why there were no more.
	Requests, Wanted int
	Refused          error
}

// FindRoom tries it, in an app of its own, and lets go again.
func FindRoom(ctx context.Context, o Options) Room {
	r := Room{Wanted: connections}
	s, err := newDialer(&o).dial(ctx, probeName())
	if err != nil {
		r.Events = err
		return r
	}
	defer s.listen(newInbox(), 0)()
	for ; r.Requests < r.Wanted; r.Requests++ {
		one := NewClient(o)
		defer one.Close()
		if r.Refused = one.get(ctx, "/asterisk/info?only=status", nil); r.Refused != nil {
			break
		}
	}
	return r
}
