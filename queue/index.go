package queue

import (
	"cmp"

	"kezek/queue/internal/match"
	"kezek/queue/internal/sorted"
)

// index is derived from the entities so that a step need not look at all of
// them. It is updated for every touched entity, and rebuilt at load. Which agent
// may take which caller is not in it: that is package match.
type index struct {
	// waits are the callers in line by when they came into it, by queue.
	waits perLine[string]
	// dues are the callbacks that are not over, by their deadline.
	dues perLine[match.Line]
	// timetable has the next deadline of each entity.
	timetable timetable

	// holders finds the owner of a channel, numbers the callback of a number.
	holders map[string]holder
	numbers map[string]string
	// unverified counts the callbacks for unverified numbers that are not over.
	unverified map[match.Line]int
	// outside counts the clients and third parties on the trunk.
	outside int
	// alarms are the callbacks for which a supervisor's phone is called, then those for which one is to be.
	alarms *sorted.Set[deadline]
	// listeners are the supervisors who listen, or are about to, by id.
	listeners *sorted.Set[string]
}

func compareDeadlines(a, b deadline) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

func newIndex() index {
	return index{
		waits:      perLine[string]{},
		dues:       perLine[match.Line]{},
		unverified: map[match.Line]int{},
		holders:    map[string]holder{},
		numbers:    map[string]string{},
		alarms:     sorted.New(compareDeadlines),
		listeners:  sorted.New(cmp.Compare[string]),
	}
}

// perLine has a set of deadlines for each line.
type perLine[K comparable] map[K]*sorted.Set[deadline]

// of is the set of a line, made at first use.
func (all perLine[K]) of(line K) *sorted.Set[deadline] {
	set := all[line]
	if set == nil {
		set = sorted.New(compareDeadlines)
		all[line] = set
	}
	return set
}

// count keeps a count of those of which something is so.
func count(n *int, was, is bool) {
	if was {
		*n--
	}
	if is {
		*n++
	}
}

// countUnverified keeps the counts of callbacks for unverified numbers; a line without any has none.
func (x *index) countUnverified(cb callbackSlot, more int) {
	if !cb.unverified {
		return
	}
	if x.unverified[cb.line] += more; x.unverified[cb.line] == 0 {
		delete(x.unverified, cb.line)
	}
}

// claim makes an entity found by the channels that it has now, and no longer by those that it had.
func (x *index) claim(e Entity, was, is channels) {
	if was == is {
		return
	}
	for kind, before := range was {
		channel := is[kind]
		if channel == before {
			continue
		}
		if before != "" && x.holders[before] == (holder{e, kind}) { // otherwise it belongs to another party by now
			delete(x.holders, before)
		}
		if channel != "" {
			x.holders[channel] = holder{e, kind}
		}
	}
}
