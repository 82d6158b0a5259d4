package queue

import (
	"cmp"
	"container/heap"
	"slices"
)

// timetable has the owners of deadlines, by when they are due.
type timetable struct {
	// always are the deadlines that are looked at whether or not the exchange is there, up those that wait for it.
	always, up wakeHeap
}

// ranks are the kinds of owners in the order in which they are met if they are due at one time.
var ranks = []string{"refusals", "agent", "callback", "queue", "call", "lamp"}

func rank(o owner) int { return slices.Index(ranks, o.Kind()) }

// compareWakes orders by time; at one time a fixed order of the owners decides.
func compareWakes(a, b *wake) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if c := cmp.Compare(rank(a.of), rank(b.of)); c != 0 {
		return c
	}
	return cmp.Compare(a.of.Key(), b.of.Key())
}

// arm takes over the deadlines of an owner; an owner that is gone has none.
func (k *timetable) arm(o owner, gone bool) {
	var is wakes
	if !gone {
		is = o.wakes()
	}
	was := o.inTimetable()
	k.always.set(&was.always, o, is.always)
	k.up.set(&was.up, o, is.up)
}

// first is the earliest deadline.
func (k *timetable) first(up bool) (w wake, ok bool) {
	switch {
	case up && len(k.up) > 0 && (len(k.always) == 0 || compareWakes(k.up[0], k.always[0]) < 0):
		return *k.up[0], true
	case len(k.always) > 0:
		return *k.always[0], true
	}
	return wake{}, false
}

// wakeHeap has the earliest wake in front.
type wakeHeap []*wake

// set moves a wake to another time; 0 takes it out.
func (h *wakeHeap) set(w *wake, o owner, at int64) {
	was := w.at
	w.at, w.of = at, o
	switch {
	case was == at:
	case was == 0:
		heap.Push(h, w)
	case at == 0:
		heap.Remove(h, w.place)
	default:
		heap.Fix(h, w.place)
	}
}

func (h wakeHeap) Len() int           { return len(h) }
func (h wakeHeap) Less(i, j int) bool { return compareWakes(h[i], h[j]) < 0 }

func (h wakeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push is for package heap alone, as Pop is.
func (h *wakeHeap) Push(w any) {
	w.(*wake).place = len(*h)
	*h = append(*h, w.(*wake))
}

// Pop takes out the last.
func (h *wakeHeap) Pop() any {
	last := len(*h) - 1
	w := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return w
}
