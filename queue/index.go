package queue

import (
	"cmp"
	"slices"
	"time"

	"kezek/queue/internal/sorted"
)

// index is what is derived from the entities so that a step need not look at
// all of them: who is next in each line, who is free, what is due. It is
// brought up to date for every touched entity, and rebuilt at load.
type index struct {
	// inLine are all callers of a queue and language who wait or are offered, in order.
	inLine map[lineKey]*sorted.Set[place]
	// waits are the same by when they came into the line, of all languages of a queue (under the language "").
	waits map[lineKey]*sorted.Set[deadline]
	// booked are the callbacks of a queue and language whose turn may come, dues
	// all that are not over, by their deadline.
	booked map[lineKey]*sorted.Set[place]
	dues   map[lineKey]*sorted.Set[deadline]
	// kept are the callbacks and callers that one agent alone may take, by agent.
	kept map[lineKey]*sorted.Set[place]
	// waiting are the callers who have no offer and the callbacks whose turn may
	// come; overflowed those of them whom agents of other languages may take.
	waiting, overflowed map[lineKey]*sorted.Set[place]
	// unrung counts the callers of a queue for whom no phone rings.
	unrung map[string]int
	// free are the agents who may be offered a call, for each queue and language
	// they speak, and once more under the language "" for the overflow.
	free map[lineKey]*sorted.Set[rank]
	// staff counts who is logged in and may work, in the same way.
	staff map[lineKey]int
	// serves are the lines that each agent may serve by the rules.
	serves map[string][]lineKey
	// callTimers, callbackTimers and agentTimers are the earliest deadline of each.
	callTimers, callbackTimers, agentTimers *sorted.Set[deadline]
	// lampTimers are when lamps of queues change by themselves, lampDue the same for each queue.
	lampTimers *sorted.Set[deadline]
	lampDue    map[string]int64
	// noticeTimers are when notices end, noticeDue the same for each queue.
	noticeTimers *sorted.Set[deadline]
	noticeDue    map[string]int64

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

	// freshCalls, freshAgents and freshLines may be matched since the last time.
	freshCalls  []place
	freshAgents []string
	freshLines  []lineKey
	// freshQueues are those whose lamp may have changed, each once.
	freshQueues []string
	// gone are agents for whom no call is kept any more.
	gone []string
}

// callSlot is where a call stands in the index.
type callSlot struct {
	channels                    channels
	outside                     bool
	key                         lineKey
	place                       place
	inLine, waiting, overflowed bool
	entered                     deadline
	// kept: for his keeper alone.
	kept   bool
	keeper lineKey
	wake   int64
}

// agentSlot is where an agent stands in the index.
type agentSlot struct {
	free  []freeIn
	staff []lineKey
	// channels are those of the agent, listens: one is for a supervisor's listening.
	channels channels
	listens  bool
	wake     int64
	// available: he may be rung, be it only for the callback that he owes.
	available bool
	owes      string
	// atHand: calls may be kept for him.
	atHand bool
}

type freeIn struct {
	key  lineKey
	rank rank
}

func newIndex() index {
	return index{
		inLine:         map[lineKey]*sorted.Set[place]{},
		waits:          map[lineKey]*sorted.Set[deadline]{},
		unrung:         map[string]int{},
		booked:         map[lineKey]*sorted.Set[place]{},
		dues:           map[lineKey]*sorted.Set[deadline]{},
		kept:           map[lineKey]*sorted.Set[place]{},
		waiting:        map[lineKey]*sorted.Set[place]{},
		overflowed:     map[lineKey]*sorted.Set[place]{},
		free:           map[lineKey]*sorted.Set[rank]{},
		staff:          map[lineKey]int{},
		serves:         map[string][]lineKey{},
		callTimers:     sorted.New(compareDeadlines),
		callbackTimers: sorted.New(compareDeadlines),
		agentTimers:    sorted.New(compareDeadlines),
		lampTimers:     sorted.New(compareDeadlines),
		lampDue:        map[string]int64{},
		noticeTimers:   sorted.New(compareDeadlines),
		noticeDue:      map[string]int64{},
		callSlots:      map[string]callSlot{},
		callbackSlots:  map[string]callbackSlot{},
		agentSlots:     map[string]agentSlot{},
		parties:        map[string]party{},
		numbers:        map[string]string{},
		alarmsDue:      sorted.New(compareDeadlines),
		listeners:      sorted.New(cmp.Compare[string]),
	}
}

// lazily gives the set of a key, making it at first use.
func lazily[T any](sets map[lineKey]*sorted.Set[T], key lineKey, compare func(a, b T) int) *sorted.Set[T] {
	set := sets[key]
	if set == nil {
		set = sorted.New(compare)
		sets[key] = set
	}
	return set
}

// first is the first item of the set of a key.
func first[T any](sets map[lineKey]*sorted.Set[T], key lineKey) (item T, ok bool) {
	if set := sets[key]; set != nil {
		return set.Min()
	}
	return item, false
}

// size is the length of the set of a key.
func size[T any](sets map[lineKey]*sorted.Set[T], key lineKey) int {
	if set := sets[key]; set != nil {
		return set.Len()
	}
	return 0
}

// timers are the sets that are due; while the exchange is away, the deadlines
// of calls and lamps wait for it.
func (x *index) timers(up bool) []timerSet {
	sets := []timerSet{{"agent", x.agentTimers}, {"callback", x.callbackTimers}, {"notice", x.noticeTimers}}
	if up {
		sets = append(sets, timerSet{"call", x.callTimers}, timerSet{"lamp", x.lampTimers})
	}
	return sets
}

type timerSet struct {
	kind string
	set  *sorted.Set[deadline]
}

// next is the earliest deadline; zero when there is none.
func (x *index) next(up bool) time.Time {
	_, d, ok := x.earliest(up)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, d.at)
}

// due names the entity whose deadline has passed longest ago.
func (x *index) due(now time.Time, up bool) (kind, id string, ok bool) {
	kind, d, ok := x.earliest(up)
	return kind, d.id, ok && d.at <= now.UnixNano()
}

func (x *index) earliest(up bool) (kind string, first deadline, found bool) {
	for _, t := range x.timers(up) {
		if d, ok := t.set.Min(); ok && (!found || d.at < first.at) {
			kind, first, found = t.kind, d, true
		}
	}
	return kind, first, found
}

// move puts an item from one place of a set map to another.
func move[T comparable](sets map[lineKey]*sorted.Set[T], compare func(a, b T) int, out, in bool, oldKey, newKey lineKey, was, is T) {
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

func rearm(timers *sorted.Set[deadline], id string, was, is int64) {
	if was == is {
		return
	}
	if was != 0 {
		timers.Delete(deadline{was, id})
	}
	if is != 0 {
		timers.Insert(deadline{is, id})
	}
}

// reindexCall brings the index up to date with a call; gone takes it out.
func (s *State) reindexCall(c *Call, gone bool) {
	x := &s.index
	was := x.callSlots[c.ID]
	var is callSlot
	if !gone {
		is.inLine = c.inLine()
		is.waiting = c.State == Waiting
		is.kept = is.waiting && c.Keeper != ""
		is.keeper = keeperKey(c.Keeper)
		is.overflowed = is.waiting && !is.kept && c.Overflowed
		is.wake = c.wake()
		is.channels = channelsOf(callParties[:], c)
		is.outside = c.Target.Outside
		if is.inLine {
			is.key = lineKey{c.Queue, c.Language}
			is.place = s.placeOf(c)
			is.entered = deadline{c.Entered.UnixNano(), c.ID}
		}
	}
	if was.inLine != is.inLine || was.key.queue != is.key.queue || was.entered != is.entered {
		oldQueue, newQueue := lineKey{was.key.queue, ""}, lineKey{is.key.queue, ""}
		move(x.waits, compareDeadlines, was.inLine, is.inLine, oldQueue, newQueue, was.entered, is.entered)
		x.lampOf(was.key.queue)
		x.lampOf(is.key.queue)
	}
	if was.waiting != is.waiting || was.key.queue != is.key.queue {
		x.countUnrung(was.waiting, was.key.queue, -1)
		x.countUnrung(is.waiting, is.key.queue, 1)
	}
	move(x.inLine, comparePlaces, was.inLine, is.inLine, was.key, is.key, was.place, is.place)
	move(x.waiting, comparePlaces, was.waiting && !was.kept, is.waiting && !is.kept, was.key, is.key, was.place, is.place)
	move(x.kept, comparePlaces, was.kept, is.kept, was.keeper, is.keeper, was.place, is.place)
	move(x.overflowed, comparePlaces, was.overflowed, is.overflowed, was.key, is.key, was.place, is.place)
	if is.waiting && (was.key != is.key || was.place != is.place || !was.waiting || is.overflowed != was.overflowed || is.kept != was.kept) {
		x.freshCalls = append(x.freshCalls, is.place)
	}
	count(&x.outside, was.outside, is.outside)
	claim(x, callParties[:], c, was.channels, is.channels)
	rearm(x.callTimers, c.ID, was.wake, is.wake)
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
	var is agentSlot
	if !gone {
		is.wake, is.available = a.wake(), s.isFree(a)
		is.atHand = s.isAtHand(a)
		is.owes = a.Owes
		is.channels = channelsOf(agentParties[:], a)
		is.listens = a.Monitor.Channel != ""
		if r := s.agentRules(a.ID); r != nil && a.Status != Offline && s.mayWork(r) {
			is.staff = x.serves[a.ID]
			if is.available && a.Owes == "" {
				is.free = s.ranksOf(a, r)
			}
		}
	}
	if !slices.Equal(was.free, is.free) {
		for _, f := range was.free {
			x.free[f.key].Delete(f.rank)
		}
		for _, f := range is.free {
			lazily(x.free, f.key, compareRanks).Insert(f.rank)
		}
	}
	if is.available && (!was.available || was.owes != is.owes || !slices.Equal(was.free, is.free)) {
		x.freshAgents = append(x.freshAgents, a.ID)
	}
	if was.atHand && !is.atHand {
		x.gone = append(x.gone, a.ID)
	}
	if !slices.Equal(was.staff, is.staff) {
		for _, k := range is.staff {
			x.staff[k]++
		}
		for _, k := range was.staff {
			if x.staff[k]--; x.staff[k] == 0 {
				x.freshLines = append(x.freshLines, k)
			}
		}
	}
	claim(x, agentParties[:], a, was.channels, is.channels)
	if was.listens && !is.listens {
		x.listeners.Delete(a.ID)
	} else if is.listens && !was.listens {
		x.listeners.Insert(a.ID)
	}
	rearm(x.agentTimers, a.ID, was.wake, is.wake)
	if gone {
		delete(x.agentSlots, a.ID)
	} else {
		x.agentSlots[a.ID] = is
	}
}

// linesOf are the lines that an agent may serve: for each of his queues every
// language he speaks, and "".
func (s *State) linesOf(r *AgentRules) []lineKey {
	var keys []lineKey
	for _, m := range r.Queues {
		q := s.rules.Queues[m.Queue]
		if q == nil || !r.mayServe(q) {
			continue
		}
		for _, l := range r.Languages {
			keys = append(keys, lineKey{m.Queue, l})
		}
		keys = append(keys, lineKey{m.Queue, ""})
	}
	return keys
}

// ranksOf is where a free agent stands in each line that he may serve.
func (s *State) ranksOf(a *Agent, r *AgentRules) []freeIn {
	ranks := make([]freeIn, 0, len(r.Queues)*(len(r.Languages)+1))
	for _, m := range r.Queues {
		q := s.rules.Queues[m.Queue]
		if q == nil || !r.mayServe(q) {
			continue
		}
		rk := s.rankIn(a, r, q, m.Penalty)
		for _, l := range r.Languages {
			ranks = append(ranks, freeIn{lineKey{m.Queue, l}, rk})
		}
		ranks = append(ranks, freeIn{lineKey{m.Queue, ""}, rk})
	}
	return ranks
}

// reindexLine brings the index up to date with a queue as a whole.
func (s *State) reindexLine(l *Line) {
	due := earliest(l.Notice.Until)
	rearm(s.index.noticeTimers, l.Queue, s.index.noticeDue[l.Queue], due)
	s.index.noticeDue[l.Queue] = due
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

// earliest of some deadlines in ns since 1970; 0 when none is set.
func earliest(times ...time.Time) int64 {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() {
		return 0
	}
	return first.UnixNano()
}

func (c *Call) wake() int64 {
	return earliest(c.MenuBy, c.RingBy, c.AnnounceAt, c.OverflowAt, c.GiveUpAt, c.EndBy, c.PlayBy, c.KeyBy, c.RemindAt, c.ActAt, c.TransferBy, c.KeepUntil, c.Recording.ResumeAt, c.SilentBy)
}

func (a *Agent) wake() int64 {
	return earliest(a.LegBy, a.RestUntil, a.WrapUntil, a.StayUntil, a.ShiftAt, a.DayEnd, a.GoneBy, a.Monitor.By)
}
