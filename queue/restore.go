package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"kezek/queue/internal/match"
)

// A stored state may be wrong: its entities may be lost, doubled or
// contradict each other. New holds it against the invariants and mends what
// they name until none is broken: at first what an entity is busy with ends,
// then all that can be doubted of it goes, at last the entity is put aside.
// Both sides of a broken pair are mended: a caller without an agent goes back in
// line, an agent without a call is free, a promise without either is open. What
// lives on the exchange is repaired by the first [Synced].

// mostPasses bounds how often a state is mended. Each pass is harder on what is
// named again, so that few are needed; the last one frees everybody of everything.
const mostPasses = 8

// New makes a state from the rules and what was saved; saved may be nil. Calls
// are not trusted to live until the exchange has told so with [Synced]. What
// contradicts the rest is mended, see [State.Mendings].
func New(rules *Rules, saved *Snapshot) *State {
	if saved == nil {
		saved = &Snapshot{}
	}
	return build(rules, saved).mended()
}

// mended puts the rules into force over entities that were just gathered, and
// mends them until no invariant is broken. A panic meanwhile is a fault of the
// entity at hand: that one is put aside.
func (s *State) mended() *State {
	hardness := map[Entity]int{}
	for range mostPasses {
		faults := s.faultsUnderRules()
		named := map[Entity]bool{}
		for _, f := range faults {
			if f.About == nil || named[f.About] {
				continue
			}
			named[f.About] = true
			hardness[f.About]++
			if f.panicked {
				hardness[f.About] = aside
			}
			s.straighten(f.About, hardness[f.About], f.What)
		}
		if len(named) == 0 {
			if slices.ContainsFunc(faults, func(f Fault) bool { return f.panicked }) {
				break
			}
			return s
		}
		s = s.gathered()
	}
	s.beginAnew()
	s = s.gathered()
	s.applyRules()
	return s
}

// faultsUnderRules puts the rules into force and tells what is wrong then; a panic is a fault, too.
func (s *State) faultsUnderRules() (faults []Fault) {
	defer func() {
		if p := recover(); p != nil {
			faults = []Fault{{About: s.hand, What: fmt.Sprint("panic: ", p), panicked: true}}
		}
	}()
	s.hand = nil
	s.applyRules()
	return s.Faults()
}

// applyRules puts the rules into force over entities that were just gathered.
func (s *State) applyRules() {
	s.mend()
	s.adoptRules(s.rules)
	each(s, s.Agents(), func(a *Agent) { a.alignSheet(s) })
	s.refresh()
}

// Rebuilt is the state made anew from its entities, as after a restart: what a
// step left half done is mended, and nothing is asked of the exchange before it
// has told what is there. What the broken step was about to do or tell is dropped.
func (s *State) Rebuilt() *State {
	s.fx, s.by = Effects{}, ""
	return s.gathered().mended()
}

// gathered are the entities of a state, without an index.
func (s *State) gathered() *State {
	next := build(s.rules, s.Snapshot())
	next.now, next.fx, next.touched = s.now, s.fx, append(s.touched, next.touched...)
	next.lastID, next.idsAhead = max(next.lastID, s.lastID), s.idsAhead
	next.mendings, next.closedSheets, next.formerly = s.mendings, s.closedSheets, s.formerly
	next.dropped, next.refusals = s.dropped, s.refusals
	for _, r := range next.refusals {
		r.armed = armed{}
		next.index.timetable.arm(r, false)
	}
	return next
}

// beginAnew is for a state that would not be mended: nobody is busy with anything.
func (s *State) beginAnew() {
	const why = "the state could not be mended otherwise"
	for _, c := range s.Calls() {
		s.straighten(c, aside, why)
	}
	for _, a := range s.Agents() {
		s.straighten(a, bare, why)
	}
	for _, cb := range s.Callbacks() {
		s.straighten(cb, bare, why)
	}
}

// PutAside takes an entity out of a state, for a reason. Entities that it was busy
// with are mended by [State.Rebuilt].
func (s *State) PutAside(e Entity, why string) {
	if !e.marked().dropped {
		s.straighten(e, aside, why)
	}
}

// Mendings are what was done about entities that could not stay as they were,
// since they were asked for last.
func (s *State) Mendings() []Mending {
	all := s.mendings
	s.mendings = nil
	return all
}

// build gathers entities into a state, without an index.
func build(rules *Rules, saved *Snapshot) *State {
	s := &State{
		rules:     rules,
		calls:     gather(saved.Calls),
		agents:    gather(saved.Agents),
		callbacks: gather(saved.Callbacks),
		callers:   gather(saved.Callers),
		lines:     gather(saved.Lines),
		phones:    map[string]PhoneChanged{},
		sheets:    map[string]*Timesheet{}, closedSheets: map[string]*Timesheet{},
		formerly: map[string]int{},
		refusals: map[string]*refusals{},
		index:    newIndex(),
		match:    match.New(match.Rules{}),
		lamps:    lamps{queues: map[string]*queueLamp{}},
	}
	for _, a := range saved.Agents {
		a.slot, a.shown = agentSlot{}, agentLamps{}
		if a.Reachable || a.InUse { // the exchange reports them again; until then the store does not have them either
			a.Reachable, a.InUse = false, false
			s.touch(a)
		}
	}
	for _, c := range saved.Calls {
		c.slot = callSlot{}
		c.adoptTimes()
		s.keepID(c.Callback)
	}
	for _, cb := range saved.Callbacks {
		cb.slot = callbackSlot{}
		s.keepID(cb.ID)
		s.learnTrunk(cb)
	}
	for _, t := range saved.Timesheets {
		t.stale = false
		if t.Until.IsZero() {
			s.sheets[t.Agent] = t
		}
	}
	return s
}

// gather makes entities found by their keys; no index has them.
func gather[E Entity](all []E) map[string]E {
	byKey := make(map[string]E, len(all))
	for _, e := range all {
		e.marked().stale = false
		if o, is := Entity(e).(owner); is {
			*o.inTimetable() = armed{}
		}
		byKey[e.Key()] = e
	}
	return byKey
}

// Snapshot is the whole state, to be saved anew.
func (s *State) Snapshot() *Snapshot {
	return &Snapshot{
		Agents:     s.Agents(),
		Calls:      s.Calls(),
		Callers:    slices.SortedFunc(maps.Values(s.callers), func(a, b *Caller) int { return cmp.Compare(a.Number, b.Number) }),
		Lines:      s.Lines(),
		Callbacks:  s.Callbacks(),
		Timesheets: append(s.Timesheets(), slices.SortedFunc(maps.Values(s.closedSheets), byAgent)...),
	}
}
