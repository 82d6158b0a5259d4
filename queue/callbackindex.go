package queue

// callbackSlot is where a callback stands in the index.
type callbackSlot struct {
	key      lineKey
	place    place
	due      deadline
	channels channels
	// live: not over. ready: its turn may come. kept: for its owner alone.
	live, ready, kept, overflowed bool
	keeper                        lineKey
	wake                          int64
	// outside: the client is being called, or talks. alarmed: a supervisor is to be rung; alarms: one is.
	outside, alarmed, alarms bool
}

// keeperKey is the key of the callbacks that an agent alone may take.
func keeperKey(agent string) lineKey { return lineKey{"", Language(agent)} }

// isReady reports whether the turn of a callback may come: it is open, its
// next attempt is due, and the client is not still on the line of his booking.
func (s *State) isReady(cb *Callback) bool {
	return cb.State == CallbackOpen && cb.NextAt.IsZero() && s.calls[cb.Caller] == nil
}

// placeOfCallback is where a callback stands among all that wait: its caller's
// true place, until it must start now. Then the earliest deadline goes first.
func (s *State) placeOfCallback(cb *Callback) place {
	if cb.Urgent {
		return place{urgent: true, since: cb.DueAt.UnixNano(), id: cb.ID, callback: true}
	}
	return place{
		weight: s.queueRules(cb.Queue).Weight, priority: cb.Priority, since: cb.Place.UnixNano(), id: cb.ID, callback: true,
	}
}

// reindexCallback brings the index up to date with a callback.
func (s *State) reindexCallback(cb *Callback) {
	x := &s.index
	was := x.callbackSlots[cb.ID]
	var is callbackSlot
	if s.callbacks[cb.ID] == cb && cb.State != CallbackOver {
		is = callbackSlot{
			key: lineKey{cb.Queue, cb.Language}, due: deadline{cb.DueAt.UnixNano(), cb.ID},
			live: true, wake: cb.wake(),
			place: s.placeOfCallback(cb),
		}
		is.channels = channelsOf(callbackParties[:], cb)
		is.outside = cb.Client != ""
		is.alarmed, is.alarms = cb.Alarm.State == AlarmDue, cb.Alarm.Leg != ""
		is.ready = s.isReady(cb)
		is.kept = is.ready && cb.Kept
		is.keeper = keeperKey(cb.Owner)
		is.overflowed = is.ready && !is.kept && cb.Urgent
	}
	move(x.dues, compareDeadlines, was.live, is.live, was.key, is.key, was.due, is.due)
	move(x.booked, comparePlaces, was.ready, is.ready, was.key, is.key, was.place, is.place)
	move(x.kept, comparePlaces, was.kept, is.kept, was.keeper, is.keeper, was.place, is.place)
	move(x.waiting, comparePlaces, was.ready && !was.kept, is.ready && !is.kept, was.key, is.key, was.place, is.place)
	move(x.overflowed, comparePlaces, was.overflowed, is.overflowed, was.key, is.key, was.place, is.place)
	if is.ready && (!was.ready || was.kept != is.kept || was.overflowed != is.overflowed || was.place != is.place || was.keeper != is.keeper) {
		x.freshCalls = append(x.freshCalls, is.place)
	}
	rearm(x.callbackTimers, cb.ID, was.wake, is.wake)
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
