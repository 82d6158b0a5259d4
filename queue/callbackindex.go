package queue

import "kezek/queue/internal/match"

// callbackSlot is where a callback stands in the index.
type callbackSlot struct {
	line     match.Line
	due      deadline
	channels channels
	// live: not over.
	live bool
	// outside: the client is being called, or talks. alarmed: a supervisor is to be rung; alarms: one is.
	outside, alarmed, alarms bool
}

// reindexCallback brings the index up to date with a callback.
func (s *State) reindexCallback(cb *Callback) {
	x := &s.index
	was := x.callbackSlots[cb.ID]
	job := match.Job{Ref: refOfCallback(cb)}
	var is callbackSlot
	if s.callbacks[cb.ID] == cb && cb.State != CallbackOver {
		job = s.jobOfCallback(cb)
		is = callbackSlot{
			line: job.Line, due: deadline{cb.DueAt.UnixNano(), cb.ID},
			live: true, channels: channelsOf(callbackParties[:], cb), outside: cb.Client != "",
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
	claim(x, callbackParties[:], cb, was.channels, is.channels)
	if is.live {
		x.callbackSlots[cb.ID] = is
		x.numbers[cb.Number] = cb.ID
		return
	}
	delete(x.callbackSlots, cb.ID)
	if x.numbers[cb.Number] == cb.ID {
		delete(x.numbers, cb.Number)
	}
	if s.callbacks[cb.ID] == cb {
		delete(s.callbacks, cb.ID) // over: it is kept in the store alone
	}
}
