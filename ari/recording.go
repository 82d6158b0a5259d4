package ari

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// sides are the two files of a recording, by the channels that write them.
func sides(in, out, name string) map[string]string {
	return map[string]string{in: name + "-caller", out: name + "-agent"}
}

// record hangs two channels on a caller's, of which each writes what one side
// says. It adds nobody to the bridge of the talk, and Asterisk alone keeps it
// going while we are away. A recording that cannot be made leaves nothing behind.
func (e *Exchange) record(ctx context.Context, a queue.Record) error {
	if e.table.cancelled(a.In) || e.table.cancelled(a.Out) {
		return nil
	}
	for id, spy := range map[string]string{a.In: "in", a.Out: "out"} {
		if err := e.snoop(ctx, a.Channel, id, spy, "none"); err != nil {
			return e.notRecorded(ctx, a, err)
		}
	}
	for id, file := range sides(a.In, a.Out, a.Name) {
		err := e.client.post(ctx, query(path("channels", id, "record"), "name", file, "format", "wav", "ifExists", "overwrite"), nil)
		if err != nil && status(err) != http.StatusConflict {
			return e.notRecorded(ctx, a, err)
		}
	}
	return nil
}

func (e *Exchange) notRecorded(ctx context.Context, a queue.Record, cause error) error {
	if !gone(cause) {
		if e.opts.Metrics.NotRecorded != nil {
			e.opts.Metrics.NotRecorded()
		}
		e.log.Error("a talk is not recorded", zap.String("call", a.Channel), zap.Error(cause))
	}
	_ = e.client.delete(ctx, path("channels", a.In))
	_ = e.client.delete(ctx, path("channels", a.Out))
	return cause
}

// mute lets both files have silence, which keeps their time.
func (e *Exchange) mute(ctx context.Context, a queue.MuteRecording) error {
	var failed error
	for _, file := range sides(a.In, a.Out, a.Name) {
		at := path("recordings", "live", file, "mute")
		var err error
		if a.On {
			err = e.client.post(ctx, at, nil)
		} else {
			err = e.client.delete(ctx, at)
		}
		failed = worse(err, failed)
	}
	return failed
}

// recordingName is a file of ours, with its day and queue.
var recordingName = regexp.MustCompile(`^kezek/([0-9]{4}-[0-9]{2}-[0-9]{2})/([A-Za-z0-9_-]+)/[^/]+-(caller|agent)$`)

// Prune deletes recordings older than their queue keeps them, the given number
// at most, and tells how many of ours are left and were deleted. Keep is 0 for a queue that is not known: those stay.
func (e *Exchange) Prune(ctx context.Context, now time.Time, keep func(queue string) time.Duration, most int) (left, deleted int, err error) {
	var stored []struct {
		Name string `json:"name"`
	}
	if err := e.client.get(ctx, "/recordings/stored", &stored); err != nil {
		return 0, 0, fmt.Errorf("list of recordings: %w", err)
	}
	for _, r := range stored {
		m := recordingName.FindStringSubmatch(r.Name)
		if m == nil {
			continue
		}
		left++
		if deleted == most {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, m[1], now.Location())
		kept := keep(m[2])
		if err != nil || kept == 0 || now.Before(day.AddDate(0, 0, 1).Add(kept)) {
			continue
		}
		if err := e.client.delete(ctx, path("recordings", "stored", r.Name)); err != nil && status(err) != http.StatusNotFound {
			return left, deleted, fmt.Errorf("recording %s: %w", r.Name, err)
		}
		left--
		deleted++
	}
	return left, deleted, nil
}
