package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kezek/queue/internal/sorted"
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
	unless func(*State, E) bool
	// waits: while the exchange is away nothing can be done about it, and it is due when that is back.
	waits bool
	then  func(*State, E)

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
	for i := range t.rows {
		row := &t.rows[i]
		if row.at != nil && row.at(e).IsZero() { // most are, and this is done at every change
			continue
		}
		if at := t.of(row, e); !at.IsZero() {
			n.add(at, row.waits)
		}
	}
	return n
}

// meet does what the deadlines of an entity that have passed ask for: the first
// one, or each in turn, a field's once.
func (t *timers[E, S]) meet(s *State, e E, each bool) {
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
		row.then(s, e)
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
		case row.must && row.at(e).IsZero() && t.belongs(row, e) && (row.unless == nil || !row.unless(s, e)):
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

// owner is whoever has deadlines: an entity, the lamp of a queue, the refusals of a phone.
type owner interface {
	Entity
	// rank goes before [owner.Key] among those who are due at one time.
	rank() int
	// wakes are the earliest deadlines, as they are now.
	wakes() wakes
	// due acts on what has passed, of which there is something.
	due(*State)
}

// wakes are the earliest deadlines of an owner, in ns since 1970; 0 is none.
type wakes struct {
	// always is that of those that are looked at whether or not the exchange is there, up of the others.
	always, up int64
}

func (w *wakes) add(at time.Time, waits bool) {
	first, ns := &w.always, at.UnixNano()
	if waits {
		first = &w.up
	}
	if *first == 0 || ns < *first {
		*first = ns
	}
}

// wake is when an owner is due.
type wake struct {
	at int64
	of owner
}

func compareWakes(a, b wake) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.of.rank(), b.of.rank()), cmp.Compare(a.of.Key(), b.of.Key()))
}

// timetable knows who is due when.
type timetable struct {
	// always are the deadlines that are looked at whether or not the exchange is there, up those that wait for it.
	always, up *sorted.Set[wake]
}

// armed is what a timetable has of an owner.
type armed struct {
	in *timetable
	wakes
}

func newTimetable() *timetable {
	return &timetable{sorted.New(compareWakes), sorted.New(compareWakes)}
}

// arm takes the deadlines of an owner over; one who is gone has none.
func (k *timetable) arm(o owner, gone bool) {
	a := &o.marked().armed
	was, is := a.wakes, wakes{}
	if a.in != k {
		was = wakes{} // they were in one that is no more
	}
	if !gone {
		is = o.wakes()
	}
	*a = armed{k, is}
	rearm(k.always, o, was.always, is.always)
	rearm(k.up, o, was.up, is.up)
}

func rearm(all *sorted.Set[wake], o owner, was, is int64) {
	if was == is {
		return
	}
	if was != 0 {
		all.Delete(wake{was, o})
	}
	if is != 0 {
		all.Insert(wake{is, o})
	}
}

// first is the earliest deadline.
func (k *timetable) first(up bool) (w wake, ok bool) {
	w, ok = k.always.Min()
	if !up {
		return w, ok
	}
	if held, some := k.up.Min(); some && (!ok || compareWakes(held, w) < 0) {
		return held, true
	}
	return w, ok
}

// Next is when the earliest deadline is due; zero when there is none.
func (s *State) Next() time.Time {
	w, ok := s.index.timetable.first(s.up)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, w.at)
}

// tick does what is due, the earliest deadline first.
func (s *State) tick() {
	rounds, last := 0, owner(nil)
	for {
		w, ok := s.index.timetable.first(s.up)
		if !ok || w.at > s.now.UnixNano() {
			return
		}
		if rounds++; w.of != last {
			rounds, last = 0, w.of
		}
		s.hand = nil
		w.of.due(s)
		if rounds > mostRounds {
			panic(fmt.Sprintf("queue: %s %s is due for ever", w.of.Kind(), w.of.Key()))
		}
		s.settle()
	}
}

// Deadline is a deadline of an entity, in words.
type Deadline struct {
	// Of is the kind of entity, see [Entity], Name the deadline's field where it is stored.
	Of, Name string
	// States are those in which it may be set, none are all. Must: it is always set then, while there is what it bounds.
	States []string
	Must   bool
	// Waits: while the exchange is away it is not looked at.
	Waits bool
	// What it bounds, and what is done when it has passed.
	What, Does string
	// Setting is the path in the config that it is set by, else Fixed is its length; without either it follows from other times.
	Setting string
	Fixed   time.Duration
}

// Deadlines are all deadlines, in the order in which those of one entity are met (invariant 10).
func Deadlines() []Deadline {
	return slices.Concat(callTimers.told(), agentTimers.told(), callbackTimers.told(), lineTimers.told())
}

func (t *timers[E, S]) told() (all []Deadline) {
	var e E
	for _, row := range t.rows {
		d := Deadline{
			Of: e.Kind(), Name: row.name, Must: row.must || row.plan != nil, Waits: row.waits,
			What: row.what, Does: row.does, Setting: row.setting, Fixed: row.fixed,
		}
		for _, state := range row.in {
			d.States = append(d.States, string(state))
		}
		all = append(all, d)
	}
	return all
}
