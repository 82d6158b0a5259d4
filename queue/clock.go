package queue

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// The clock of a machine may be set while the daemon runs: by its network time, by an admin, or because the machine had
// been asleep. The state has one time, that of the clock. When the clock is set, what has happened and all that counts from it is moved
// with it: a hold, a ring, a wait, a promise last as long as they would have. What is planned for a time of
// day stays: opening hours, shifts, midnight. So the state is right for a daemon that takes it over, too.

// leastSet is by how much the clock must be behind the state that is taken over for that to be believed: two
// machines that follow each other differ by less.
const leastSet = time.Second

func (ev ClockSet) happen(s *State) { s.moveClock(ev.By) }

// moveClock moves the time of the state, and the times of what lives.
func (s *State) moveClock(by time.Duration) {
	was, today := s.now, s.today()
	for _, c := range s.Calls() {
		s.moveTimes(c, by)
	}
	for _, a := range s.Agents() {
		s.moveTimes(a, by)
	}
	for _, cb := range s.Callbacks() {
		planned := *cb
		s.moveTimes(cb, by)
		if planned.From.After(was) { // its time begins at the opening
			cb.From, cb.DueAt, cb.NextAt, cb.UrgentAt = planned.From, planned.DueAt, planned.NextAt, planned.UrgentAt
		}
	}
	for _, t := range s.Timesheets() {
		if t.Day == today || t.Status != "" {
			s.moveTimes(t, by)
		}
	}
	for _, l := range s.Lines() {
		if l.Notice.Phrase != "" {
			s.moveTimes(l, by)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(s.callers)) {
		if c := s.callers[number]; c.Dials > 0 && was.Sub(c.DialsSince) < time.Hour { // what else is remembered counts in days
			s.caller(number).DialsSince = c.DialsSince.Add(by)
		}
	}
	for _, r := range s.refusals {
		r.since = r.since.Add(by)
		s.index.timetable.arm(r, false)
	}
	s.now = was.Add(by)
	s.alignUrgency() // what is planned for a time of day is due later or sooner than it was, beside the rest
	s.refresh()      // what follows in the same step goes by the new times
	s.idsAhead = max(0, s.idsAhead-by)
	s.note(Entry{Kind: EntryClockSet, Details: &Details{Clock: by}})
}

// moveTimes moves the times of an entity, but for those that are planned for a time of day.
func (s *State) moveTimes(e Entity, by time.Duration) {
	eachTime(reflect.ValueOf(e).Elem(), func(at *time.Time, tag reflect.StructTag) {
		if tag.Get("clock") != "day" {
			*at = at.Add(by)
		}
	})
	s.touch(e)
}

// eachTime visits the times of a struct that are set.
func eachTime(v reflect.Value, visit func(at *time.Time, tag reflect.StructTag)) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			eachTime(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Field(i)
			if !field.CanSet() { // not exported
				continue
			}
			if at, is := field.Addr().Interface().(*time.Time); !is {
				eachTime(field, visit)
			} else if !at.IsZero() {
				visit(at, v.Type().Field(i).Tag)
			}
		}
	}
}

// alignClock is for the first step after a start. If something that is saved as past has yet to come, the clock was set
// back while no daemon ran, by that much at least. That it was set ahead cannot be told from a long absence.
func (s *State) alignClock(at time.Time) {
	latest := at
	see := func(e Entity) {
		eachTime(reflect.ValueOf(e).Elem(), func(t *time.Time, tag reflect.StructTag) {
			if tag.Get("ahead") == "" && tag.Get("clock") != "day" && t.After(latest) {
				latest = *t
			}
		})
	}
	for _, c := range s.calls {
		see(c)
	}
	for _, a := range s.agents {
		see(a)
	}
	for _, cb := range s.callbacks {
		see(cb)
	}
	s.now = at
	s.idsAhead = max(0, time.UnixMicro(s.lastID).Sub(at))
	if latest.Sub(at) >= leastSet {
		s.now = latest
		s.moveClock(at.Sub(latest))
	}
}
