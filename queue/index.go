package queue

import (
	"cmp"
	"slices"

	"kezek/queue/internal/match"
	"kezek/queue/internal/sorted"
)

// index is derived from the entities so that a step need not look at all of
// them. It is updated for every touched entity, and rebuilt at load. Which agent
// may take which caller is not in it: that is package match.
type index struct {
	// waits are the callers in line by when they came into it, by queue.
	waits map[string]*sorted.Set[deadline]
	// dues are the callbacks that are not over, by their deadline.
	dues map[match.Line]*sorted.Set[deadline]
	// unrung counts the callers of a queue that have no phone ringing.
	unrung map[string]int
	// timetable has the next deadline of each entity.
	timetable *timetable

	// holders finds the owner of a channel, numbers the callback of a number.
	holders map[string]holder
	numbers map[string]string
	// outside counts the clients and third parties on the trunk, alarms the supervisors' phones that
	// are called for an escalation; alarmsDue are the callbacks for which one is to be.
	outside, alarms int
	alarmsDue       *sorted.Set[deadline]
	// listeners are the supervisors who listen, or are about to, by id.
	listeners *sorted.Set[string]

	// freshQueues are those whose lamp may have changed, each once.
	freshQueues []string
}

func compareDeadlines(a, b deadline) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

func newIndex() index {
	return index{
		waits:     map[string]*sorted.Set[deadline]{},
		unrung:    map[string]int{},
		dues:      map[match.Line]*sorted.Set[deadline]{},
		timetable: newTimetable(),
		holders:   map[string]holder{},
		numbers:   map[string]string{},
		alarmsDue: sorted.New(compareDeadlines),
		listeners: sorted.New(cmp.Compare[string]),
	}
}

// lazily gives the set of a key, making it at first use.
func lazily[K comparable, T any](sets map[K]*sorted.Set[T], key K, compare func(a, b T) int) *sorted.Set[T] {
	set := sets[key]
	if set == nil {
		set = sorted.New(compare)
		sets[key] = set
	}
	return set
}

// first is the first item of the set of a key.
func first[K comparable, T any](sets map[K]*sorted.Set[T], key K) (item T, ok bool) {
	if set := sets[key]; set != nil {
		return set.Min()
	}
	return item, false
}

// size is the length of the set of a key.
func size[K comparable, T any](sets map[K]*sorted.Set[T], key K) int {
	if set := sets[key]; set != nil {
		return set.Len()
	}
	return 0
}

// move puts an item from one place of a set map to another.
func move[K, T comparable](sets map[K]*sorted.Set[T], compare func(a, b T) int, out, in bool, oldKey, newKey K, was, is T) {
	if out == in && oldKey == newKey && was == is {
		return
	}
	if out {
		sets[oldKey].Delete(was)
	}
	if in {
		lazily(sets, newKey, compare).Insert(is)
	}
}

func (x *index) countUnrung(waiting bool, queue string, n int) {
	if waiting {
		x.unrung[queue] += n
		x.lampOf(queue)
	}
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

// lampOf notes that the lamp of a queue may have changed.
func (x *index) lampOf(queue string) {
	if queue != "" && !slices.Contains(x.freshQueues, queue) {
		x.freshQueues = append(x.freshQueues, queue)
	}
}

// claim makes an entity found by the channels that it has now, and no longer by those that it had.
func (x *index) claim(e Entity, was, is channels) {
	if was == is {
		return
	}
	for _, channel := range was {
		if x.holders[channel].entity == e { // otherwise the channel belongs to another party by now
			delete(x.holders, channel)
		}
	}
	for kind, channel := range is {
		if channel != "" {
			x.holders[channel] = holder{e, kind}
		}
	}
}
