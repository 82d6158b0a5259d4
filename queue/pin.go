package queue

import (
	"slices"
	"time"
)

// Wrong PINs lock an agent's log-in at the phone where they were keyed in, each
// time for twice as long. So guessing locks that phone only, and the agent can log in
// at all others. Only many more wrong PINs, for one agent from many phones or from
// one phone for many agents, lock more. They never lock an agent's own phone for that
// agent: there only the tries at that phone count.

const (
	// farLimit times [Rules.PINTries] wrong PINs lock an agent's log-in at all phones but
	// the agent's own, and a phone for all agents but its own.
	farLimit = 10
	// longestLock bounds how far a lock grows that began shorter.
	longestLock = 4 * time.Hour
	// guessKept is how long wrong PINs count.
	guessKept = 24 * time.Hour
	// mostGuesses bounds the phones that are remembered for an agent, the last ones.
	mostGuesses = 16
)

// provesPIN checks the PIN. An agent without one may only use their own phone.
func (a *Agent) provesPIN(s *State, r *AgentRules, phone, pin string) bool {
	switch {
	case r.PIN == "" && phone == r.Endpoint:
		return true
	case a.isLocked(s, r, phone):
		return s.refuse(a, r, RefusalPINLocked, "too-many-tries")
	case pin == r.PIN && pin != "":
		a.forgive(s, phone)
		return true
	case a.wrongPIN(s, phone):
		return s.refuse(a, r, RefusalPINLocked, "too-many-tries")
	default:
		return s.refuse(a, r, RefusalWrongPIN, "wrong-pin")
	}
}

// isLocked reports whether a PIN for this agent, keyed in at this phone, is not even checked.
func (a *Agent) isLocked(s *State, r *AgentRules, phone string) bool {
	return s.now.Before(a.guessAt(phone).Until) ||
		phone != r.Endpoint && (s.now.Before(a.LockedUntil) || s.now.Before(s.phoneLockedUntil(phone)))
}

// wrongPIN counts one more wrong PIN, and reports whether it locks.
func (a *Agent) wrongPIN(s *State, phone string) (locks bool) {
	s.touch(a)
	a.Guesses = slices.DeleteFunc(a.Guesses, func(g Guess) bool { return g.isStale(s.now) })
	g := a.guessAt(phone)
	a.forget(phone)
	if len(a.Guesses) == mostGuesses {
		a.Guesses = a.Guesses[1:]
	}
	g.Phone, g.Wrong, g.Total, g.Last = phone, g.Wrong+1, g.Total+1, s.now
	a.WrongPINs++
	tries := s.rules.PINTries
	if tries > 0 && g.Wrong >= tries {
		g.Wrong, g.Locks = 0, g.Locks+1
		g.Until = s.now.Add(s.rules.lockFor(g.Locks))
		locks = true
	}
	if tries > 0 && a.WrongPINs >= farLimit*tries {
		a.WrongPINs, a.LockedUntil = 0, s.now.Add(s.rules.PINLock)
	}
	a.Guesses = append(a.Guesses, g) // the last one last
	return locks
}

// lockFor is how long the lock of that number lasts.
func (r *Rules) lockFor(lock int) time.Duration {
	d := r.PINLock
	for ; lock > 1 && d < longestLock; lock-- {
		d = min(2*d, longestLock)
	}
	return d
}

// phoneLockedUntil is until when a phone is locked for all agents but its own. After
// that time one more wrong PIN locks it again.
func (s *State) phoneLockedUntil(phone string) time.Time {
	total, last := 0, time.Time{}
	for _, a := range s.agents {
		if g := a.guessAt(phone); !g.isStale(s.now) {
			total += g.Total
			if g.Last.After(last) {
				last = g.Last
			}
		}
	}
	if s.rules.PINTries == 0 || total < farLimit*s.rules.PINTries {
		return time.Time{}
	}
	return last.Add(s.rules.PINLock)
}

func (g Guess) isStale(now time.Time) bool {
	return now.Sub(g.Last) >= guessKept && !now.Before(g.Until)
}

// forgive clears the wrong PINs of a phone after the right one.
func (a *Agent) forgive(s *State, phone string) {
	a.WrongPINs = 0
	a.forget(phone)
	s.touch(a)
}

// guessAt is what was tried at a phone; zero, which is stale, if nothing was.
func (a *Agent) guessAt(phone string) (g Guess) {
	if known := itemOf(a.Guesses, func(g *Guess) bool { return g.Phone == phone }); known != nil {
		g = *known
	}
	return g
}

func (a *Agent) forget(phone string) {
	a.Guesses = slices.DeleteFunc(slices.Clone(a.Guesses), func(g Guess) bool { return g.Phone == phone })
}

// supervisorAt finds out which supervisor dials: the agent logged in at the phone if they
// are a supervisor, otherwise the agent named or the phone's own, proved by the PIN. An agent
// who is no supervisor hears the phrase refused.
func (s *State) supervisorAt(phone, supervisor, pin, refused string) (*Agent, *AgentRules) {
	s.phone = phone
	if pin == "" {
		if a := s.agentAt(phone); a != nil && s.agentRules(a.ID).Supervisor {
			return a, s.agentRules(a.ID)
		}
		s.fx.Answer.Refused = RefusalPINNeeded
		return nil, nil
	}
	if supervisor != "" && s.rules.Agents[supervisor] == nil {
		s.refuse(nil, nil, RefusalWrongPIN, "wrong-pin") // no guesser learns which of the two is wrong
		return nil, nil
	}
	a, r := s.find(phone, supervisor)
	switch {
	case a == nil || !a.provesPIN(s, r, phone, pin):
		return nil, nil
	case !r.Supervisor:
		s.refuse(a, r, RefusalNotSupervisor, refused)
		return nil, nil
	}
	return a, r
}
