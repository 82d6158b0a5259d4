package queue

import (
	"cmp"
	"slices"

	"kezek/queue/internal/match"
	"kezek/queue/internal/sorted"
)

// index is what is derived from the entities so that a step need not look at
// all of them, apart from who may take whom: that is package match. It is
// brought up to date for every touched entity, and rebuilt at load.
type index struct {
	// waits are the callers in line by when they came into it, by queue.
	waits map[string]*sorted.Set[deadline]
	// dues are the callbacks that are not over, by their deadline.
	dues map[match.Line]*sorted.Set[deadline]
	// unrung counts the callers of a queue for whom no phone rings.
	unrung map[string]int
	// timetable knows who is due when.
	timetable *timetable

	callSlots     map[string]callSlot
	callbackSlots map[string]callbackSlot
	agentSlots    map[string]agentSlot
	// parties finds who a channel belongs to, numbers the callback of a number.
	parties map[string]party
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

// deadline orders what is due, or has waited since, by time.
type deadline struct {
	at int64
	id string
}

func compareDeadlines(a, b deadline) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// callSlot is where a call stands in the index.
type callSlot struct {
	channels        channels
	outside         bool
	queue           string
	inLine, waiting bool
	entered         deadline
}

// agentSlot is where an agent stands in the index.
type agentSlot struct {
	// channels are those of the agent, listens: one is for a supervisor's listening.
	channels channels
	listens  bool
}

func newIndex() index {
	return index{
		waits:         map[string]*sorted.Set[deadline]{},
		unrung:        map[string]int{},
		dues:          map[match.Line]*sorted.Set[deadline]{},
		timetable:     newTimetable(),
		callSlots:     map[string]callSlot{},
		callbackSlots: map[string]callbackSlot{},
		agentSlots:    map[string]agentSlot{},
		parties:       map[string]party{},
		numbers:       map[string]string{},
		alarmsDue:     sorted.New(compareDeadlines),
		listeners:     sorted.New(cmp.Compare[string]),
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

// reindexCall brings the index up to date with a call; gone takes it out.
func (s *State) reindexCall(c *Call, gone bool) {
	x := &s.index
	was := x.callSlots[c.ID]
	job := match.Job{Ref: refOf(c)}
	var is callSlot
	if !gone {
		job = s.jobOf(c)
		is.inLine = c.inLine()
		is.waiting = c.State == Waiting
		is.channels = channelsOf(callParties[:], c)
		is.outside = c.Target.Outside
		if is.inLine {
			is.queue = c.Queue
			is.entered = deadline{c.Entered.UnixNano(), c.ID}
		}
	}
	s.match.SetJob(job)
	if was.inLine != is.inLine || was.queue != is.queue || was.entered != is.entered {
		move(x.waits, compareDeadlines, was.inLine, is.inLine, was.queue, is.queue, was.entered, is.entered)
		x.lampOf(was.queue)
		x.lampOf(is.queue)
	}
	if was.waiting != is.waiting || was.queue != is.queue {
		x.countUnrung(was.waiting, was.queue, -1)
		x.countUnrung(is.waiting, is.queue, 1)
	}
	count(&x.outside, was.outside, is.outside)
	claim(x, callParties[:], c, was.channels, is.channels)
	x.timetable.arm(c, gone)
	if gone {
		delete(x.callSlots, c.ID)
	} else {
		x.callSlots[c.ID] = is
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

// reindexAgent brings the index up to date with an agent; gone takes him out.
func (s *State) reindexAgent(a *Agent, gone bool) {
	x := &s.index
	was := x.agentSlots[a.ID]
	now := match.Agent{ID: a.ID}
	var is agentSlot
	if !gone {
		now = s.matched(a)
		is.channels = channelsOf(agentParties[:], a)
		is.listens = a.Monitor.Channel != ""
	}
	s.match.SetAgent(now)
	claim(x, agentParties[:], a, was.channels, is.channels)
	if was.listens && !is.listens {
		x.listeners.Delete(a.ID)
	} else if is.listens && !was.listens {
		x.listeners.Insert(a.ID)
	}
	x.timetable.arm(a, gone)
	if gone {
		delete(x.agentSlots, a.ID)
	} else {
		x.agentSlots[a.ID] = is
	}
}

// reindexLine brings the index up to date with a queue as a whole.
func (s *State) reindexLine(l *Line) {
	s.index.timetable.arm(l, false)
	s.match.SetLast(l.Queue, l.LastAgent)
}

// reindex brings the index up to date with one entity.
func (s *State) reindex(e Entity) {
	switch e := e.(type) {
	case *Call:
		s.reindexCall(e, !s.lives(e))
	case *Callback:
		s.reindexCallback(e)
	case *Agent:
		s.reindexAgent(e, !s.lives(e))
	case *Line:
		s.reindexLine(e)
	}
}
