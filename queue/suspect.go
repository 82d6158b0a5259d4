package queue

// A step that cannot end, or that meets what must not be, panics: there is no
// right way on. The shell recovers, asks which entity it was, and puts that one
// aside.

// mostRounds is how often one entity may be due in a row in one step. It has no more
// than twenty deadlines, and each is moved on or cleared when it is met.
const mostRounds = 200

// Suspect is the entity that a step which panicked was busy with: the one that was
// due or being matched, else the one whose channel the event is about or that it names; nil if there is none.
func (s *State) Suspect(ev Event) Entity {
	if s.hand != nil && s.lives(s.hand) {
		return s.hand
	}
	agent, callback := names(ev)
	if a := s.agents[agent]; a != nil {
		return a
	}
	if cb := s.callbacks[callback]; cb != nil {
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

// names are the agent and the callback that an event is about.
func names(ev Event) (agent, callback string) {
	switch ev := ev.(type) {
	case Supervise:
		agent = ev.Agent
	case LogIn:
		agent = ev.Agent
	case LogOut:
		agent = ev.Agent
	case SetStatus:
		agent = ev.Agent
	case AskState:
		agent = ev.Agent
	case SetResult:
		agent = ev.Agent
	case ExtendWrapUp:
		agent = ev.Agent
	case CancelCallback:
		callback = ev.ID
	case Promised:
		callback = ev.Callback
	case NotPromised:
		callback = ev.Callback
	}
	return agent, callback
}
