package queue

import "time"

// A phone may be registered and not work: it has no codec in common with Asterisk, hangs up in the moment of its answer, sends no
// audio. That is no act of its agent, and no free pass either: the caller goes on to others, supervisors are told, and the phone
// rings more seldom until it works.

// looksAtEnd is why the leg of an agent ended, now that it is known for how long it was answered. It marks a phone that does not work.
func (a *Agent) looksAtEnd(s *State, why Cause) Cause {
	answered := a.pickedUp
	a.pickedUp = time.Time{}
	var broken time.Duration
	if q := a.worksFor(s); q != nil {
		broken = q.Ring.Broken
	}
	switch brief := s.now.Sub(answered) < broken; {
	case why != CauseNormal || answered.IsZero():
	case !brief:
		a.phoneWorks(s)
	case a.LegBy.IsZero(): // it was not told to end
		why = CauseBroken
	}
	if why.By() == EndedByPhone {
		a.phoneFails(s, why)
	}
	return why
}

// worksFor is the queue that the agent works for just now, nil if there is none.
func (a *Agent) worksFor(s *State) *QueueRules {
	switch c, cb := s.calls[a.Call], s.callbacks[a.Callback]; {
	case c != nil:
		return s.queueRules(c.Queue)
	case cb != nil:
		return s.queueRules(cb.Queue)
	}
	return nil
}

// phoneFails notes that the agent's phone does not work, and why. That of a phone which is known to be gone is told already.
func (a *Agent) phoneFails(s *State, why Cause) {
	if !a.Reachable || !a.isLoggedIn() {
		return
	}
	if why != CauseDropped && why != CauseUnreachable { // a connection that breaks says little about the next call
		a.Faults++
	}
	s.touch(a)
	if a.Fault == why {
		return
	}
	a.Fault = why
	s.note(Entry{Kind: EntryAgentPhone, Agent: a.ID, Phone: a.endpoint(s), Cause: why, Details: &Details{PhoneChange: PhoneBroken}})
}

// phoneWorks takes that back.
func (a *Agent) phoneWorks(s *State) {
	if a.Fault == "" {
		return
	}
	a.Fault, a.Faults = "", 0
	s.touch(a)
	if a.isLoggedIn() {
		s.note(Entry{Kind: EntryAgentPhone, Agent: a.ID, Phone: a.endpoint(s), Details: &Details{PhoneChange: PhoneWorks}})
	}
}

// longestRest bounds the pause of a phone that does not work.
const longestRest = 2 * time.Minute

// rest is how long the agent gets no call after one that was not taken. It doubles with each fault of the phone after the first.
func (a *Agent) rest(q *QueueRules) time.Duration {
	rest := q.Ring.Rest
	if a.Faults > 1 {
		rest = max(rest, min(rest<<min(a.Faults-1, 10), longestRest))
	}
	return rest
}
