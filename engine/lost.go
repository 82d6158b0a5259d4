package engine

import (
	"fmt"

	"go.uber.org/zap"

	"kezek/queue"
)

// A state that comes up empty belongs to a new site, or to one that has lost what it had.
// The spool may know which, and so may the exchange at the first reading.

// blank reports whether a loaded state holds nothing at all.
func blank(all *queue.Snapshot) bool {
	return len(all.Agents)+len(all.Calls)+len(all.Callbacks)+len(all.Lines)+len(all.Callers)+len(all.Timesheets) == 0
}

// miss notes why the loaded state cannot be all, and logs it once.
func (e *Engine) miss(format string, args ...any) {
	if e.status.Load().Lost != "" {
		return
	}
	why := fmt.Sprintf(format, args...)
	e.opt.Log.Error("the state was lost: it came up empty; calls are served with what there is", zap.String("why", why))
	e.update(func(s *Status) { s.Lost = why })
}

// firstLook compares the first reading of the exchange with a state that came up empty.
func (e *Engine) firstLook(ev queue.Event) {
	if synced, ok := ev.(queue.Synced); ok && e.cameUpEmpty {
		e.cameUpEmpty = false
		if n := len(synced.Channels); n > 0 {
			e.miss("nothing was saved, and %d channels of the site are on the exchange", n)
		}
	}
}
