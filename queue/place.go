package queue

import "cmp"

// The orders in which callers, callbacks and agents stand in the index.

type lineKey struct {
	queue    string
	language Language
}

// place orders callers and callbacks: callbacks that must start now, the
// queue's weight, those who came back, priority, then the true place.
type place struct {
	urgent   bool
	weight   int
	head     bool
	priority int
	// since is the true place, or the deadline of a callback that must start now.
	since int64
	// id is the call's or, with callback, the callback's.
	id       string
	callback bool
}

func comparePlaces(a, b place) int {
	if a.urgent != b.urgent {
		if a.urgent {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(b.weight, a.weight); c != 0 {
		return c
	}
	if a.head != b.head {
		if a.head {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(b.priority, a.priority); c != 0 {
		return c
	}
	if c := cmp.Compare(a.since, b.since); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// rank orders free agents: penalty, number of skills, the strategy's metric.
type rank struct {
	penalty, skills int
	metric          int64
	agent           string
}

func compareRanks(a, b rank) int {
	if c := cmp.Compare(a.penalty, b.penalty); c != 0 {
		return c
	}
	if c := cmp.Compare(a.skills, b.skills); c != 0 {
		return c
	}
	if c := cmp.Compare(a.metric, b.metric); c != 0 {
		return c
	}
	return cmp.Compare(a.agent, b.agent)
}

type deadline struct {
	at int64
	id string
}

func compareDeadlines(a, b deadline) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// placeOf is where a call stands among all that wait.
func (s *State) placeOf(c *Call) place {
	return place{weight: s.queueRules(c.Queue).Weight, head: c.Head, priority: c.Priority, since: c.Place.UnixNano(), id: c.ID}
}
