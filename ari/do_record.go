package ari

import (
	"context"
	"fmt"
	"net/http"

	"kezek/queue"
)

// What writes a talk down.
var recordActions = []handler{
	&kind[queue.Record]{
		makes: func(a queue.Record) []string { return []string{a.In, a.Out} },
		does:  doer.record,
	},
	&kind[queue.MuteRecording]{does: doer.mute},
}

// sides are the two files of a recording, by the channels that write them.
func sides(in, out, name string) map[string]string {
	return map[string]string{in: name + "-caller", out: name + "-agent"}
}

// record hangs two channels on a caller's, of which each writes what one side
// says. It adds nobody to the bridge of the talk, and Asterisk alone keeps it
// going while we are away. A recording that cannot be made leaves nothing behind.
func (e *Exchange) record(ctx context.Context, a queue.Record) error {
	if e.tracker.cancelled(a.In) || e.tracker.cancelled(a.Out) {
		return nil
	}
	for id, spy := range map[string]string{a.In: "in", a.Out: "out"} {
		if err := e.snoop(ctx, a.Channel, id, spy, "none"); err != nil {
			return e.notRecorded(ctx, a, err)
		}
	}
	for id, file := range sides(a.In, a.Out, a.Name) {
		err := e.client.post(ctx, query(path("channels", id, "record"), "name", file, "format", "wav", "ifExists", "overwrite"))
		if Status(err) == http.StatusConflict && e.client.get(ctx, path("recordings", "live", file), nil) == nil {
			err = nil // it was begun by a try whose answer was lost
		}
		if err != nil {
			return e.notRecorded(ctx, a, err)
		}
	}
	return nil
}

// notRecorded tells the rules that a talk goes on without, unless its caller is gone.
func (e *Exchange) notRecorded(ctx context.Context, a queue.Record, cause error) error {
	_ = e.client.delete(ctx, path("channels", a.In))
	_ = e.client.delete(ctx, path("channels", a.Out))
	if gone(cause) {
		return cause
	}
	why := "Asterisk does not answer"
	if code := Status(cause); code != 0 {
		why = fmt.Sprintf("Asterisk refuses it (%d): does its folder of recordings exist, and may it write there?", code)
	}
	e.tell(queue.RecordingBroke{Channel: a.In, Why: why})
	return nil
}

// mute lets both files have silence, which keeps their time. If there is nothing to
// mute, the recording broke while nobody listened.
func (e *Exchange) mute(ctx context.Context, a queue.MuteRecording) error {
	var failed error
	for channel, file := range sides(a.In, a.Out, a.Name) {
		at := path("recordings", "live", file, "mute")
		var err error
		if a.On {
			err = e.client.post(ctx, at)
		} else {
			err = e.client.delete(ctx, at)
		}
		if Status(err) == http.StatusNotFound && !e.tracker.cancelled(channel) {
			kept := e.client.get(ctx, path("recordings", "stored", file), nil) == nil
			e.tell(queue.RecordingBroke{Channel: channel, Kept: kept, Why: "it was interrupted while Kezek was away"})
			return nil
		}
		failed = worse(err, failed)
	}
	return failed
}
