package queue

import (
	"kezek/queue/internal/match"
	"kezek/queue/internal/sorted"
)

// indexed is an entity of which the index has something.
type indexed interface{ reindex(*State) }

// refresh brings the index up to date.
func (s *State) refresh() {
	for _, e := range s.stale {
		if e, is := e.(indexed); is {
			e.reindex(s)
		}
		e.marked().stale = false
	}
	s.stale = s.stale[:0]
}

// reindex brings the index up to date with a call; one that is gone is taken out.
func (c *Call) reindex(s *State) {
	x, was := &s.index, c.slot
	var is callSlot
	if !c.dropped {
		is.channels = c.channels()
		is.outside = c.Target.Outside
		if c.inLine() {
			is.queue = c.Queue
			is.entered = deadline{c.Entered.UnixNano(), c.ID}
			is.waiting = c.State == CallWaiting
		}
	}
	if was.queue != "" || is.queue != "" {
		c.reindexPlace(s, was.place, is.place)
	}
	count(&x.outside, was.outside, is.outside)
	x.claim(c, was.channels, is.channels)
	x.timetable.arm(c, c.dropped)
	c.slot = is
}

// reindexPlace updates the index for a call that is in line, or was.
func (c *Call) reindexPlace(s *State, was, is place) {
	job := match.Job{Ref: c.ref()}
	if is.queue != "" {
		job = c.job(s)
	}
	s.match.SetJob(job)
	if was == is {
		return
	}
	sorted.Move(s.index.waits.of(was.queue), s.index.waits.of(is.queue), was.entered, is.entered)
	s.countPlace(was, -1)
	s.countPlace(is, 1)
}

// reindex updates the index for an agent; one who is gone is taken out.
func (a *Agent) reindex(s *State) {
	x, was := &s.index, a.slot
	now := match.Agent{ID: a.ID}
	var is agentSlot
	if !a.dropped {
		now = a.matched(s)
		is.channels = a.channels()
		if a.Monitor.Channel != "" {
			is.listener = a.ID
		}
	}
	s.match.SetAgent(now)
	x.claim(a, was.channels, is.channels)
	sorted.Move(x.listeners, x.listeners, was.listener, is.listener)
	x.timetable.arm(a, a.dropped)
	a.slot = is
}

// reindex brings the index up to date with a callback; one that is over is taken out of the state, too.
func (cb *Callback) reindex(s *State) {
	x, was, lives := &s.index, cb.slot, !cb.dropped && cb.State != CallbackOver
	job := match.Job{Ref: cb.ref()}
	var is callbackSlot
	if lives {
		job = cb.job(s)
		is = callbackSlot{
			line: job.Line, due: deadline{cb.DueAt.UnixNano(), cb.ID}, channels: cb.channels(),
			outside: cb.Client != "", unverified: cb.Unverified,
		}
		switch {
		case cb.Alarm.Leg != "":
			is.alarm = deadline{id: cb.ID}
		case cb.Alarm.State == AlarmDue:
			is.alarm = is.due
		}
	}
	s.match.SetJob(job)
	sorted.Move(x.dues.of(was.line), x.dues.of(is.line), was.due, is.due)
	x.countUnverified(was, -1)
	x.countUnverified(is, 1)
	x.timetable.arm(cb, !lives)
	sorted.Move(x.alarms, x.alarms, was.alarm, is.alarm)
	count(&x.outside, was.outside, is.outside)
	x.claim(cb, was.channels, is.channels)
	cb.slot = is
	if lives {
		x.numbers[cb.Number] = cb.ID
		return
	}
	if x.numbers[cb.Number] == cb.ID {
		delete(x.numbers, cb.Number)
	}
	if s.callbacks[cb.ID] == cb {
		delete(s.callbacks, cb.ID) // over: it is kept in the store alone
	}
}

// reindex brings the index up to date with a queue as a whole.
func (l *Line) reindex(s *State) {
	s.index.timetable.arm(l, false)
	s.match.SetLast(l.Queue, l.LastAgent)
}
