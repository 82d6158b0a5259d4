package ari

import (
	"net/http"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	firstRetry = 100 * time.Millisecond
	// lastRetry is the longest pause while Asterisk cannot be reached: it may start at any moment.
	lastRetry = 2 * time.Second
	// refusedRetry: neither a wrong password nor an Asterisk that drops every
	// connection heals by itself soon.
	refusedRetry = 10 * time.Second
	// lastingAfter is how long a connection must have worked to count as healthy.
	// One that breaks sooner is one more failure, not a new beginning.
	lastingAfter = 5 * time.Second
)

// What is logged about attaching.
const (
	unreachable = "cannot attach to Asterisk; retrying"
	refused     = "Asterisk refuses the ARI user, its password or its rights; retrying every 10 s"
	noARI       = "no ARI at that URL; retrying"
	lost        = "lost Asterisk; retrying"
	shortLived  = "Asterisk closes the event socket soon after each attach; retrying with growing pauses"
)

// retry says how long to wait before the next try to attach, and logs each
// trouble once, not at every try: an Asterisk that starts goes through several.
// Only a connection that lasted begins anew.
type retry struct {
	log   *zap.Logger
	wait  time.Duration
	said  map[string]bool // the troubles that were logged
	short int             // connections in a row that worked and did not last
}

func newRetry(log *zap.Logger) *retry {
	return &retry{log: log, said: map[string]bool{}}
}

// lasts is told when a connection has worked for long enough.
func (r *retry) lasts() {
	if r.short > 1 {
		r.log.Info("attached to Asterisk; the connection is stable")
	}
	r.short, r.wait, r.said = 0, 0, map[string]bool{}
}

// level is that of what is said at each attach. It is told twice, then only to
// those that debug: connections that do not last come again and again.
func (r *retry) level() zapcore.Level {
	if r.short > 1 {
		return zap.DebugLevel
	}
	return zap.InfoLevel
}

// pause is told why a connection ended, or did not come about, and whether it had worked.
func (r *retry) pause(err error, worked bool) time.Duration {
	trouble, longest := unreachable, lastRetry
	switch Status(err) {
	case http.StatusUnauthorized, http.StatusForbidden:
		trouble = refused
	case http.StatusNotFound:
		trouble = noARI
	}
	if worked {
		r.short++
		trouble = lost
		if r.short > 1 {
			trouble, longest = shortLived, refusedRetry
		}
	}
	r.say(trouble, err)
	r.wait = min(max(2*r.wait, firstRetry), longest)
	if trouble == refused {
		return refusedRetry
	}
	return r.wait
}

// say logs a trouble that was not logged yet. One that was lost is not told
// again as one that cannot be reached.
func (r *retry) say(trouble string, err error) {
	if r.said[trouble] {
		return
	}
	r.said[trouble] = true
	level := zap.ErrorLevel
	if trouble == lost {
		r.said[unreachable], level = true, zap.WarnLevel
	}
	r.log.Log(level, trouble, zap.Error(err))
}
