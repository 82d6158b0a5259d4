package queue

import (
	"cmp"
	"reflect"
)

// A step that cannot end, or that meets what must not be, panics: there is no
// right way on. The shell recovers, asks which entity it was, and puts that one
// aside.

// mostRounds is how often one entity may be due in a row in one step. It has no more
// than twenty deadlines, and each is moved on or cleared when it is met.
const mostRounds = 200

// Suspect is the entity that a step which panicked was busy with: the one that was
// due or being matched, else the one whose channel the event is about, or the agent or callback that it names in a field; nil if there is none.
func (s *State) Suspect(ev Event) Entity {
	if s.hand != nil && !s.hand.marked().dropped {
		return s.hand
	}
	named := func(field string) string {
		if f := reflect.ValueOf(ev).FieldByName(field); f.IsValid() {
			return f.String()
		}
		return ""
	}
	if a := s.agents[named("Agent")]; a != nil {
		return a
	}
	if cb := s.callbacks[cmp.Or(named("Callback"), named("ID"))]; cb != nil {
		return cb
	}
	return nil
}

// each does something about all of them, each in hand meanwhile.
func each[E Entity](s *State, all []E, do func(E)) {
	for _, e := range all {
		s.hand = e
		do(e)
	}
	s.hand = nil
}
