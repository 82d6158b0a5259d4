package queue

import "kezek/queue/internal/match"

// refresh brings the index up to date.
func (s *State) refresh() {
	for _, e := range s.stale {
		s.reindex(e)
		e.marked().stale = false
	}
	s.stale = s.stale[:0]
}

// reindex brings the index up to date with one entity.
func (s *State) reindex(e Entity) {
	switch e := e.(type) {
	case *Call:
		e.reindex(s, !s.lives(e))
	case *Callback:
		e.reindex(s)
	case *Agent:
		e.reindex(s, !s.lives(e))
	case *Line:
		e.reindex(s)
	}
}

// reindex brings the index up to date with a call; gone takes it out.
func (c *Call) reindex(s *State, gone bool) {
	x := &s.index
	was := c.slot
	job := match.Job{Ref: c.ref()}
	var is callSlot
	if !gone {
		job = c.job(s)
		is.inLine = c.inLine()
		is.waiting = c.State == CallWaiting
		is.channels = c.channels()
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
	x.claim(c, was.channels, is.channels)
	x.timetable.arm(c, gone)
	c.slot = is
}

// reindex updates the index for an agent; gone removes the agent from it.
func (a *Agent) reindex(s *State, gone bool) {
	x := &s.index
	was := a.slot
	now := match.Agent{ID: a.ID}
	var is agentSlot
	if !gone {
		now = a.matched(s)
		is.channels = a.channels()
		is.listens = a.Monitor.Channel != ""
	}
	s.match.SetAgent(now)
	x.claim(a, was.channels, is.channels)
	if was.listens && !is.listens {
		x.listeners.Delete(a.ID)
	} else if is.listens && !was.listens {
		x.listeners.Insert(a.ID)
	}
	x.timetable.arm(a, gone)
	a.slot = is
}

// reindex brings the index up to date with a callback.
func (cb *Callback) reindex(s *State) {
	x := &s.index
	was := cb.slot
	job := match.Job{Ref: cb.ref()}
	var is callbackSlot
	if s.callbacks[cb.ID] == cb && cb.State != CallbackOver {
		job = cb.job(s)
		is = callbackSlot{
			line: job.Line, due: deadline{cb.DueAt.UnixNano(), cb.ID},
			live: true, channels: cb.channels(), outside: cb.Client != "",
			alarmed: cb.Alarm.State == AlarmDue, alarms: cb.Alarm.Leg != "",
		}
	}
	s.match.SetJob(job)
	move(x.dues, compareDeadlines, was.live, is.live, was.line, is.line, was.due, is.due)
	x.timetable.arm(cb, !is.live)
	if was.alarmed && (!is.alarmed || was.due != is.due) {
		x.alarmsDue.Delete(was.due)
	}
	if is.alarmed && (!was.alarmed || was.due != is.due) {
		x.alarmsDue.Insert(is.due)
	}
	count(&x.outside, was.outside, is.outside)
	count(&x.alarms, was.alarms, is.alarms)
	x.claim(cb, was.channels, is.channels)
	cb.slot = is
	if is.live {
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
