// Package ops is the window for the people and programs that watch the call
// centre: health, metrics, lists of agents, calls, callbacks and queues, live events, and
// the page. It shows the rules' state and passes orders to them; nothing
// in here decides.
//
// All of it is described by openapi.yaml, which a test holds against the server.
package ops

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kezek/queue"
)

// Engine runs the rules.
type Engine interface {
	// Ask hands an event to the rules and waits for their answer. The error is
	// about the way there: not in charge, or ctx ended.
	Ask(ctx context.Context, ev queue.Event) (queue.Answer, error)
	// View runs look between two steps. Calls wait meanwhile: look only copies.
	View(ctx context.Context, look func(*queue.State)) error
}

// History reads what is over. The state package fits it.
type History interface {
	// CallbacksOver are at most limit, the one that ended last in front.
	CallbacksOver(ctx context.Context, limit int) ([]*queue.Callback, error)
	// CallbackOver is one of them; nil if there is none of that id.
	CallbackOver(ctx context.Context, id string) (*queue.Callback, error)
	// Timesheets are those of a local day and of an agent, either of which may be empty, by day and agent.
	Timesheets(ctx context.Context, day, agent string) ([]*queue.Timesheet, error)
}

// Health is what the daemon knows of itself and of what it stands on.
type Health struct {
	// Owner: this daemon, no other, runs the site.
	Owner bool
	// Loaded: the saved state is in memory.
	Loaded bool
	// Exchange: Asterisk is attached and its events flow.
	Exchange bool
	// Redis: it does what it is asked. Saved: it has all that it was given; else calls go on from memory.
	Redis, Saved bool
	// RedisRefusal is the word with which Redis, which answers, refuses what it is asked, such as MISCONF.
	RedisRefusal string
	// Lost says why the state seems to lack what it had before the daemon started; "" if nothing says so.
	Lost string
	// Clock says how this machine's clock is behind what the store knows, or ahead of Redis's; "" if it is neither.
	Clock string
	// BrokenSpool names the files of the spool that could not be read and were moved aside.
	BrokenSpool []string
	// Aside counts entries of the store that could not be true and were moved aside,
	// Panics steps of the rules that failed, both since the daemon started.
	Aside, Panics int
	// Forgotten counts events that were lost because Redis was away for too long.
	Forgotten int
	// HistoryAway: what happens cannot be written into the history; it waits in Redis.
	HistoryAway bool
	// Since is when the daemon started.
	Since time.Time
}

// String is the whole health in one line.
func (h Health) String() string {
	if faults := h.faults(); len(faults) > 0 {
		return "not ready: " + strings.Join(append(faults, h.warnings()...), "; ")
	}
	if warnings := h.warnings(); len(warnings) > 0 {
		return "ready, but " + strings.Join(warnings, "; ")
	}
	return "ready"
}

// warnings are what somebody must look at though calls are served, in words.
func (h Health) warnings() []string {
	warnings := []string{}
	if h.Lost != "" {
		warnings = append(warnings, "the state was lost: "+h.Lost)
	}
	if h.Clock != "" {
		warnings = append(warnings, h.Clock)
	}
	for _, file := range h.BrokenSpool {
		warnings = append(warnings, "a spool could not be read; it may contain promises: "+file)
	}
	if h.Aside > 0 {
		warnings = append(warnings, fmt.Sprintf("%d invalid entries in Redis were moved aside; kezek:{site}:broken says why", h.Aside))
	}
	if h.HistoryAway {
		warnings = append(warnings, "the history is not being written: events wait in Redis; the log says why")
	}
	if h.Forgotten > 0 {
		warnings = append(warnings, fmt.Sprintf("%d events were lost while Redis was away: reports lack them", h.Forgotten))
	}
	if h.Panics > 0 {
		warnings = append(warnings, fmt.Sprintf("%d steps of the rules failed; the log says which", h.Panics))
	}
	return warnings
}

// faults are what keeps the daemon from being ready, in words.
func (h Health) faults() []string {
	faults := []string{}
	switch {
	case h.RedisRefusal != "":
		faults = append(faults, "Redis answers, but refuses commands: "+h.RedisRefusal)
	case !h.Redis:
		faults = append(faults, "Redis does not answer")
	case !h.Owner:
		faults = append(faults, "another daemon owns the site; this one stands by")
	}
	switch {
	case !h.Loaded:
		return append(faults, "the saved state is not loaded yet")
	case !h.Saved:
		faults = append(faults, "Redis does not have all of the state yet; calls go on from memory")
	}
	if !h.Exchange {
		faults = append(faults, "Asterisk is not connected")
	}
	return faults
}
