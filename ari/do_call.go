package ari

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// What is done to a channel that is there: answer it, end it, send it back to the
// dialplan, and the keys and words that pass through it.
var callActions = []handler{
	&kind[queue.AnswerCall]{
		does:     asks(http.MethodPost, func(a queue.AnswerCall) string { return path("channels", a.Channel, "answer") }),
		overlays: func(r *reading, a queue.AnswerCall) { r.answered(a.Channel) },
	},
	&kind[queue.Hangup]{
		ends: func(c *channel) *bool { return &c.ending },
		does: doer.hangup,
	},
	&kind[queue.Leave]{
		ends: func(c *channel) *bool { return &c.leaving },
		does: doer.leave,
	},
	&kind[queue.SendKey]{does: asks(http.MethodPost, func(a queue.SendKey) string {
		return query(path("channels", a.Channel, "dtmf"), "dtmf", string(a.Key))
	})},
	&kind[queue.TransferDone]{does: doer.transferDone},
	&kind[queue.DetectTalk]{does: doer.detectTalk},
}

// hangup ends a channel; of a leg that rings, those of all devices.
func (e *Exchange) hangup(ctx context.Context, a queue.Hangup) (failed error) {
	for _, id := range e.tracker.toEnd(a.Channel) {
		failed = worse(failed, e.client.delete(ctx, query(path("channels", id), "reason", string(a.Reason))))
	}
	return failed
}

// referReady is how long after it has told of a REFER Asterisk (22.10) is left alone before it is answered: it keeps the REFER only
// after it has told of it, and an answer before that is a crash (res_pjsip_refer.c, progress->ari_state).
const referReady = 100 * time.Millisecond

// transferDone tells a phone what became of its REFER.
func (e *Exchange) transferDone(ctx context.Context, a queue.TransferDone) error {
	if !pause(ctx, e.tracker.referWaits(a.Channel, referReady)) {
		return ctx.Err()
	}
	state := "channel_declined"
	if a.OK {
		state = "channel_answered"
	}
	return e.client.post(ctx, query(path("channels", a.Channel, "transfer_progress"), "states", state))
}

// leave sends a caller's channel back to the dialplan: to the place that is
// named, or where it came from.
func (e *Exchange) leave(ctx context.Context, a queue.Leave) error {
	names := []string{"context", "extension", "priority"}
	place := strings.Split(a.Place, ",")
	var params []string
	for i, name := range names[:min(len(names), len(place))] {
		value := strings.TrimSpace(place[i])
		if _, err := strconv.Atoi(value); err != nil && name == "priority" {
			name = "label"
		}
		if value != "" {
			params = append(params, name, value)
		}
	}
	return e.client.post(ctx, query(path("channels", a.Channel, "continue"), params...))
}

// talkModule tells of callers who speak.
const talkModule = "func_talkdetect"

// detectTalk lets Asterisk tell of a caller's first word. If it cannot, nobody is
// to believe that the caller says nothing.
func (e *Exchange) detectTalk(ctx context.Context, a queue.DetectTalk) error {
	set := func(how string) error {
		return e.client.post(ctx, query(path("channels", a.Channel, "variable"), "variable", "TALK_DETECT("+how+")"))
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
