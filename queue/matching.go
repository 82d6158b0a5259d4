package queue

import (
	"math"
	"time"

	"kezek/queue/internal/match"
)

// staff counts the agents of a queue who are logged in, speak the language and may
// work; with the language "" in all languages.
func (s *State) staff(queue string, l Language) int { return s.match.Staff(lineOf(queue, l)) }

func lineOf(queue string, l Language) match.Line {
	return match.Line{Queue: queue, Language: string(l)}
}

func (c *Call) ref() match.Ref { return match.Ref{ID: c.ID} }

func (cb *Callback) ref() match.Ref { return match.Ref{ID: cb.ID, Callback: true} }

// job is a call as matching knows it.
func (c *Call) job(s *State) match.Job {
	j := match.Job{Ref: c.ref()}
	switch c.State {
	case CallWaiting:
		j.Stage = match.Waiting
	case CallOffered:
		j.Stage = match.Ringing
	default:
		return j
	}
	j.Line = lineOf(c.Queue, c.Language)
	j.Place = match.Place{Weight: s.queueRules(c.Queue).Weight, Head: c.Head, Priority: c.Priority, Since: c.Place.UnixNano()}
	j.Keeper, j.Overflowed, j.Tried = c.Keeper, c.Overflowed, matchTried(c.Tried)
	return j
}

// job is a callback as matching knows it. It has the true place of its
// caller, until it must start now: then the earliest deadline goes first.
func (cb *Callback) job(s *State) match.Job {
	j := match.Job{Ref: cb.ref(), Line: lineOf(cb.Queue, cb.Language), Overflowed: cb.Urgent, Tried: matchTried(cb.Tried)}
	if cb.Urgent {
		j.Place = match.Place{Urgent: true, Since: cb.DueAt.UnixNano()}
	} else {
		j.Place = match.Place{Weight: s.queueRules(cb.Queue).Weight, Priority: cb.Priority, Since: cb.Place.UnixNano()}
	}
	if cb.isReady(s) {
		j.Stage = match.Waiting
	}
	if cb.Kept {
		j.Keeper = cb.Owner
	}
	for _, r := range cb.Refusers {
		j.Refusers = append(j.Refusers, r.Agent)
	}
	return j
}

// matchTried are the agents who were tried, as matching knows them.
func matchTried(list []Tried) (all []match.Tried) {
	for _, t := range list {
		all = append(all, match.Tried(t))
	}
	return all
}

// isReady reports whether a callback may be offered: it is open, its next attempt is due, and
// the call in which it was promised is over. A call that does not know of the promise does not
// hold it back: the end of that call would not tell.
func (cb *Callback) isReady(s *State) bool {
	in := s.calls[cb.Caller]
	return cb.State == CallbackOpen && cb.NextAt.IsZero() && (in == nil || in.Callback != cb.ID)
}

// matched is an agent as matching knows them.
func (a *Agent) matched(s *State) match.Agent {
	works := s.agentRules(a.ID).mayWork(s)
	is := match.Agent{
		ID: a.ID, Free: works && a.isIdle(), AtHand: works && a.isSoonIdle(), Owes: a.Owes, Calls: a.Calls, Since: a.Since.UnixNano(),
		Works: works && a.isLoggedIn(),
	}
	if !a.LastCall.IsZero() {
		is.LastCall = a.LastCall.UnixNano()
	}
	return is
}

// matchRules are the rules as matching knows them.
func (s *State) matchRules() match.Rules {
	rules := match.Rules{Queues: map[string]match.Queue{}, Agents: map[string]match.Profile{}}
	for _, l := range s.rules.Languages {
		rules.Languages = append(rules.Languages, string(l))
	}
	for name, q := range s.rules.Queues {
		rules.Queues[name] = match.Queue{Strategy: match.Strategy(q.Strategy), FewestSkillsFirst: q.FewestSkillsFirst, Overflow: q.Overflow}
	}
	for id := range s.agents {
		r := s.agentRules(id) // an agent of the state has some
		p := match.Profile{Skills: len(r.Languages) + len(r.Skills), Order: r.Order}
		for _, l := range r.Languages {
			p.Languages = append(p.Languages, string(l))
		}
		for _, in := range r.Queues {
			if q := s.rules.Queues[in.Queue]; q != nil && r.serves(q) {
				p.Queues = append(p.Queues, match.Membership{Queue: in.Queue, Penalty: s.agents[id].Penalty(in)})
			}
		}
		rules.Agents[id] = p
	}
	return rules
}

// Waiting counts the callers in line in one language of a queue.
func (s *State) Waiting(queue string, l Language) int {
	return s.match.Callers(lineOf(queue, l))
}

// Position is the caller's place among those of the same queue and language, from
// 1; 0 when the caller is not in line.
func (s *State) Position(c *Call) int { return s.match.Position(c.ref()) }

// ExpectedWait is an estimate from the recent time an agent needs for a call
// and the agents who are logged in; 0 when there is nothing to go by.
func (s *State) ExpectedWait(c *Call) time.Duration {
	l := s.lines[c.Queue]
	agents := s.staff(c.Queue, c.Language)
	if l == nil || l.Handle == 0 || agents == 0 {
		return 0
	}
	return l.Handle * time.Duration(s.Position(c)) / time.Duration(agents)
}

// placeAndWait is what a caller in line is told about the place and the wait.
func (c *Call) placeAndWait(s *State) []Phrase {
	var phrases []Phrase
	a := s.queueRules(c.Queue).Announce
	if position := s.Position(c); a.Position && position > 0 {
		phrases = append(phrases, Phrase{ID: "position", Language: c.Language, N: position})
	}
	if wait := s.ExpectedWait(c); a.Wait && wait > 0 {
		minutes := 0 // less than one
		if wait >= time.Minute {
			minutes = int(math.Ceil(wait.Minutes()))
		}
		phrases = append(phrases, Phrase{ID: "wait", Language: c.Language, N: minutes})
	}
	return phrases
}

// boundWait sets the missing bounds of a wait from when it began: on entry or, if the call was mended or the queue's rules
// have got a bound meanwhile, now.
func (c *Call) boundWait(s *State, from time.Time) {
	q := s.queueRules(c.Queue)
	if q.MaxWait > 0 && c.GiveUpAt.IsZero() {
		c.GiveUpAt = from.Add(q.MaxWait)
	}
	if c.mayOverflow(q) && c.OverflowAt.IsZero() {
		c.OverflowAt = from.Add(q.OverflowAfter)
	}
	s.touch(c)
}

// mayOverflow reports whether agents of other languages may take the call once it has waited for long.
func (c *Call) mayOverflow(q *QueueRules) bool {
	return q.Overflow && !c.Overflowed && q.OverflowAfter > 0
}
