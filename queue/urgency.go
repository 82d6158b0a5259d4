package queue

import (
	"slices"
	"time"

	"kezek/queue/internal/match"
)

// headway is for calls that last longer than usual, and for the agent to hear what it is.
const headway = time.Minute

// planUrgency computes the latest moment to start: from the recent time of a
// call, how many are due before it, and how many agents there are. If a callback
// must start now, so must all that are due before it: they go first.
func (cb *Callback) planUrgency(s *State) {
	q := s.queueRules(cb.Queue)
	dues := s.index.dues.of(lineOf(cb.Queue, cb.Language))
	ahead := dues.Rank(deadline{cb.DueAt.UnixNano(), cb.ID})
	agents := max(q.servers(s, cb.Language), 1)
	lead := q.handleTime(s)*time.Duration(ahead/agents+1) + q.Ring.Timeout + headway

	cb.Urgent, cb.UrgentAt = false, cb.DueAt.Add(-lead)
	s.touch(cb)
	next, ok := dues.At(ahead)
	if ok && next.id == cb.ID {
		next, ok = dues.At(ahead + 1)
	}
	if cb.UrgentAt.After(s.now) && !(ok && s.callbacks[next.id].Urgent) {
		return
	}
	cb.makeUrgent(s)
	for ahead--; ahead >= 0; ahead-- {
		before, _ := dues.At(ahead)
		if s.callbacks[before.id].Urgent {
			return
		}
		s.callbacks[before.id].makeUrgent(s)
	}
}

// shortestPause is the shortest one to which a near deadline shortens a pause.
const shortestPause = 5 * time.Second

// pause is how long a callback is put off: while it can still be met, for half of the time that is left at most.
func (cb *Callback) pause(s *State, wanted time.Duration) time.Duration {
	left := cb.DueAt.Sub(s.now)
	if left <= 0 {
		return wanted
	}
	return min(wanted, max(left/2, shortestPause))
}

// makeUrgent makes a callback go before all live callers, and to any agent.
func (cb *Callback) makeUrgent(s *State) {
	cb.Urgent, cb.UrgentAt, cb.Kept = true, time.Time{}, false
	s.touch(cb)
}

// servers counts the agents who are logged in and may talk to a client of the queue in the language.
func (q *QueueRules) servers(s *State, l Language) int {
	if n := s.staff(q.Name, l); n > 0 || !q.Overflow {
		return n
	}
	return s.staff(q.Name, "")
}

// handleTime is the recent time an agent needs for a call of the queue.
func (q *QueueRules) handleTime(s *State) time.Duration {
	if l := s.lines[q.Name]; l != nil && l.Handle > 0 {
		return l.Handle
	}
	return q.Callback.Handle
}

// warn records that 2/3 of a callback's time is over.
func (cb *Callback) warn(s *State) {
	cb.Warned = true
	cb.note(s, Entry{Kind: EntryCallbackWarned})
}

// breach records that the deadline of a callback has passed.
func (cb *Callback) breach(s *State) {
	cb.Breached = true
	cb.note(s, Entry{Kind: EntryCallbackBreached})
}

// alignUrgency makes urgent what is due before something urgent.
func (s *State) alignUrgency() {
	urgent := map[match.Line]bool{}
	all := s.Callbacks()
	slices.Reverse(all)
	for _, cb := range all {
		key := lineOf(cb.Queue, cb.Language)
		if urgent[key] && !cb.Urgent || cb.Urgent && !cb.UrgentAt.IsZero() {
			cb.makeUrgent(s)
		}
		urgent[key] = urgent[key] || cb.Urgent
	}
}
