package queue

import (
	"slices"
	"time"
)

// Deadlines are a table for each kind of entity, see timertable.go. What is due
// and when, what must have a deadline (invariant 10), and the page for people
// all follow from the tables.

// timer is one deadline of an entity.
type timer[E Entity, S ~string] struct {
	// at is its field; when it has passed it is cleared, then it is acted on. A
	// deadline that has none follows from other fields, by plan: it is met when then has changed those.
	at   func(E) *time.Time
	plan func(E) time.Time
	// name is that of the field where the entity is stored.
	name string
	// in are the states in which it may be set, none are all; while is what must be
	// so beside. Only then it is looked at. Several rows may share a field.
	in    []S
	while func(E) bool
	// must: then it is set, too, unless something is so.
	must   bool
	unless func(E, *State) bool
	// waits: while the exchange is away nothing can be done about it, and it is due when that is back.
	waits bool
	then  func(E, *State)

	// For people: what it bounds, the setting or else the constant that it is set by, and what is done then.
	what    string
	setting string
	fixed   time.Duration
	does    string
}

// timers are the deadlines of an entity, in the order in which those that have passed are met.
type timers[E Entity, S ~string] struct {
	state func(E) S
	rows  []timer[E, S]
	// fields are the rows by what they share: most fields are not set, and this is looked at on every change.
	fields []timerField[E, S]
}

// timerField is a field, and the rows of it; nil are the deadlines without one.
type timerField[E Entity, S ~string] struct {
	at   func(E) *time.Time
	rows []*timer[E, S]
}

// byField is the table with its fields.
func (t timers[E, S]) byField() timers[E, S] {
	places := map[string]int{}
	for i := range t.rows {
		row := &t.rows[i]
		name := row.name
		if row.at == nil {
			name = "" // what is planned has none
		}
		place, known := places[name]
		if !known {
			place = len(t.fields)
			places[name] = place
			t.fields = append(t.fields, timerField[E, S]{at: row.at})
		}
		t.fields[place].rows = append(t.fields[place].rows, row)
	}
	return t
}

// belongs reports whether an entity may have the deadline as it is.
func (t *timers[E, S]) belongs(row *timer[E, S], e E) bool {
	return (row.in == nil || slices.Contains(row.in, t.state(e))) && (row.while == nil || row.while(e))
}

// of is a deadline of an entity, zero if it has none.
func (t *timers[E, S]) of(row *timer[E, S], e E) time.Time {
	if row.at != nil {
		if at := *row.at(e); !at.IsZero() && t.belongs(row, e) {
			return at
		}
	} else if t.belongs(row, e) {
		return row.plan(e)
	}
	return time.Time{}
}

// next are the earliest deadlines of an entity.
func (t *timers[E, S]) next(e E) (n wakes) {
	for i := range t.fields {
		field := &t.fields[i]
		if field.at != nil && field.at(e).IsZero() {
			continue
		}
		for _, row := range field.rows {
			if at := t.of(row, e); !at.IsZero() {
				n.add(at, row.waits)
			}
		}
	}
	return n
}

// due does what the deadlines of an entity that have passed ask for: the first
// one, or each in turn, a field's once. The entity is in hand and changes.
func (t *timers[E, S]) due(s *State, e E, each bool) {
	s.hand = e
	s.touch(e)
	met := ""
	for i := range t.rows {
		row := &t.rows[i]
		at := t.of(row, e)
		if at.IsZero() || at.After(s.now) || row.waits && !s.up || row.name == met {
			continue
		}
		met = row.name
		if row.at != nil {
			*row.at(e) = time.Time{}
		}
		row.then(e, s)
		if !each {
			return
		}
	}
}

// isStray reports whether a deadline is set that an entity may not have, by this or another row of its field.
func (t *timers[E, S]) isStray(row *timer[E, S], e E) bool {
	return row.at != nil && !row.at(e).IsZero() && !slices.ContainsFunc(t.rows, func(other timer[E, S]) bool {
		return other.name == row.name && t.belongs(&other, e)
	})
}

// check holds invariant 10: a deadline is set where it must be, and nowhere else.
func (t *timers[E, S]) check(s *State, e E, bad report) {
	for i := range t.rows {
		row := &t.rows[i]
		switch {
		case t.isStray(row, e) && (i == 0 || t.rows[i-1].name != row.name): // else it has been told
			bad(e, "invariant 10: %s %s (%s) has %s %v", e.Kind(), e.Key(), t.state(e), row.name, *row.at(e))
		case row.must && row.at(e).IsZero() && t.belongs(row, e) && (row.unless == nil || !row.unless(e, s)):
			bad(e, "invariant 10: %s %s (%s) may stay as it is for ever, without %s", e.Kind(), e.Key(), t.state(e), row.name)
		}
	}
}

// dropStrays clears the deadlines that an entity may not have.
func (t *timers[E, S]) dropStrays(e E) {
	for i := range t.rows {
		if row := &t.rows[i]; t.isStray(row, e) {
			*row.at(e) = time.Time{}
		}
	}
}

// Next is when the earliest deadline is due; zero when there is none.
func (s *State) Next() time.Time {
	w, ok := s.index.timetable.first(s.up)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, w.at)
}

// Guards against an exchange that does not answer (invariant 10).
const (
	// playGuard is longer than any announcement.
	playGuard = 2 * time.Minute
	// goneGuard is how long a channel that was told to end may take.
	goneGuard = 5 * time.Second
)
