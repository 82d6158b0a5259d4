package ari

import (
	"context"
	"strings"

	"kezek/queue"
)

// What goes into Asterisk's own records of calls (CDR).
var cdrActions = []handler{
	&kind[queue.NoteCDR]{does: doer.noteCDR},
}

// writesCDR reports whether Asterisk writes such records: for each of its backends there is a module.
func (c *Client) writesCDR(ctx context.Context) (bool, error) {
	modules, err := c.Modules(ctx)
	if err != nil || !modules["func_cdr"] {
		return false, err
	}
	for name, runs := range modules {
		if runs && strings.HasPrefix(name, "cdr_") {
			return true, nil
		}
	}
	return false, nil
}

// noteCDR writes the queue, the agent, the outcome and the callback into the field userfield, and the name of a recording into
// recordingfile, where FreePBX looks for it.
func (e *Exchange) noteCDR(ctx context.Context, a queue.NoteCDR) error {
	if !e.cdr.Load() {
		return nil
	}
	var note strings.Builder
	for _, f := range [...]struct{ name, value string }{{"queue", a.Queue}, {"agent", a.Agent}, {"outcome", a.Outcome}, {"callback", a.Callback}, {"number", a.Number}} {
		if f.value != "" {
			note.WriteString(" " + f.name + "=" + f.value)
		}
	}
	if err := e.setVariable(ctx, a.Channel, "CDR(userfield)", note.String()[1:]); err != nil || a.Recording == "" {
		return err
	}
	return e.setVariable(ctx, a.Channel, "CDR(recordingfile)", a.Recording)
}

// noCDR keeps a channel of ours that is no call out of the records. If that fails they have a row too many, and nothing else is amiss.
func (e *Exchange) noCDR(ctx context.Context, channel string) {
	if e.cdr.Load() {
		_ = e.setVariable(ctx, channel, "CDR_PROP(disable)", "1")
	}
}

func (e *Exchange) setVariable(ctx context.Context, channel, name, value string) error {
	return e.client.post(ctx, query(path("channels", channel, "variable"), "variable", name, "value", value))
}
