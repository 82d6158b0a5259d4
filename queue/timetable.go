package queue

import (
	"cmp"
	"slices"

	"kezek/queue/internal/sorted"
)

// timetable has the owners of deadlines, by when they are due.
type timetable struct {
	// always are the deadlines that are looked at whether or not the exchange is there, up those that wait for it.
	always, up *sorted.Set[wake]
}

// ranks are the kinds of owners in the order in which they are met if they are due at one time.
var ranks = []string{"refusals", "agent", "callback", "queue", "call", "lamp"}

func rank(o owner) int { return slices.Index(ranks, o.Kind()) }

// compareWakes orders by time; at one time a fixed order of the owners decides.
func compareWakes(a, b wake) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(rank(a.of), rank(b.of)), cmp.Compare(a.of.Key(), b.of.Key()))
}

// arm takes over the deadlines of an owner; an owner that is gone has none.
func (k *timetable) arm(o owner, gone bool) {
	armed, is := &o.marked().armed, wakes{}
	if !gone {
		is = o.wakes()
	}
	sorted.Move(k.always, k.always, wakeOf(o, armed.always), wakeOf(o, is.always))
	sorted.Move(k.up, k.up, wakeOf(o, armed.up), wakeOf(o, is.up))
	*armed = is
}

// wakeOf is the wake of an owner; zero if it has no deadline.
func wakeOf(o owner, at int64) (w wake) {
	if at != 0 {
		w = wake{at, o}
	}
	return w
}

// first is the earliest deadline.
func (k *timetable) first(up bool) (w wake, ok bool) {
	w, ok = k.always.Min()
	if held, some := k.up.Min(); up && some && (!ok || compareWakes(held, w) < 0) {
		return held, true
	}
	return w, ok
}
