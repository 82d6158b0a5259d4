package queue

import "kezek/queue/internal/match"

// The way to package match: what it knows of entities, and what is done about the
// steps that it decides.

// settle brings the index up to date and then does the steps of [match.Matcher.Next]
// until no caller or callback waits that a free agent may take (invariant 6). The
// contract: a step is done, and refresh has told so, before the next one. A step that
// changes nothing panics in Next, with its entity in hand. The engine logs an error,
// puts the entity aside and resyncs; see [State.Suspect].
func (s *State) settle() {
	s.refresh()
	for s.up {
		switch step := s.match.Next(); step.Do {
		case match.LetGo:
			s.hand = s.entityOf(step.Job)
			s.letGoOfKeeper(s.calls[step.Job.ID])
		case match.Unstaffed:
			s.unstaffed(step.Queue)
		case match.Offer:
			s.hand = s.entityOf(step.Job)
			s.offer(step)
		default:
			return
		}
		s.refresh()
	}
}

// offer rings the agents of a step for its caller or callback, which is in hand. If
// that does not wait, the index is wrong: nothing is done, and Next panics.
func (s *State) offer(step match.Step) {
	agents := make([]*Agent, len(step.Agents))
	for i, id := range step.Agents {
		agents[i] = s.agents[id]
	}
	switch e := s.hand.(type) {
	case *Call:
		if e.State == Waiting && len(agents) > 0 {
			s.offerTo(e, agents)
		}
	case *Callback:
		if s.isReady(e) && len(agents) > 0 {
			s.offerCallback(e, agents[0])
		}
	}
}

// unstaffed is a queue whose last agent logged out: its callers leave, if the queue says so.
func (s *State) unstaffed(queue string) {
	if !s.rules.Queues[queue].LeaveWhenEmpty {
		return
	}
	for _, c := range s.Calls() {
		if c.Queue == queue && c.State == Waiting {
			s.unserved(c, Empty)
		}
	}
}

// staff counts the agents of a queue who are logged in, speak the language and may
// work; with the language "" in all languages.
func (s *State) staff(queue string, l Language) int { return s.match.Staff(lineOf(queue, l)) }

func lineOf(queue string, l Language) match.Line {
	return match.Line{Queue: queue, Language: string(l)}
}

func refOf(c *Call) match.Ref { return match.Ref{ID: c.ID} }

func refOfCallback(cb *Callback) match.Ref { return match.Ref{ID: cb.ID, Callback: true} }

// entityOf is the call or callback of a job; nil if there is none.
func (s *State) entityOf(ref match.Ref) Entity {
	if ref.Callback {
		return s.known(s.callbacks[ref.ID])
	}
	return s.known(s.calls[ref.ID])
}

// jobOf is a call as matching knows it.
func (s *State) jobOf(c *Call) match.Job {
	j := match.Job{Ref: refOf(c)}
	switch c.State {
	case Waiting:
		j.Stage = match.Waiting
	case Offered:
		j.Stage = match.Ringing
	default:
		return j
	}
	j.Line = lineOf(c.Queue, c.Language)
	j.Place = match.Place{Weight: s.queueRules(c.Queue).Weight, Head: c.Head, Priority: c.Priority, Since: c.Place.UnixNano()}
	j.Keeper, j.Overflowed = c.Keeper, c.Overflowed
	return j
}

// jobOfCallback is a callback as matching knows it. It has the true place of its
// caller, until it must start now: then the earliest deadline goes first.
func (s *State) jobOfCallback(cb *Callback) match.Job {
	j := match.Job{Ref: refOfCallback(cb), Line: lineOf(cb.Queue, cb.Language), Overflowed: cb.Urgent}
	if cb.Urgent {
		j.Place = match.Place{Urgent: true, Since: cb.DueAt.UnixNano()}
	} else {
		j.Place = match.Place{Weight: s.queueRules(cb.Queue).Weight, Priority: cb.Priority, Since: cb.Place.UnixNano()}
	}
	if s.isReady(cb) {
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

// isReady reports whether a callback may be offered: it is open, its next attempt is due, and
// the call in which it was promised is over.
func (s *State) isReady(cb *Callback) bool {
	return cb.State == CallbackOpen && cb.NextAt.IsZero() && s.calls[cb.Caller] == nil
}

// matched is an agent as matching knows them.
func (s *State) matched(a *Agent) match.Agent {
	r := s.agentRules(a.ID)
	is := match.Agent{
		ID: a.ID, Free: s.isFree(a), AtHand: s.isAtHand(a), Owes: a.Owes, Calls: a.Calls, Since: a.Since.UnixNano(),
		Works: r != nil && a.Status != Offline && s.mayWork(r),
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
		r := s.agentRules(id)
		if r == nil {
			continue
		}
		p := match.Profile{Skills: r.skillCount(), Order: r.Order}
		for _, l := range r.Languages {
			p.Languages = append(p.Languages, string(l))
		}
		for _, in := range r.Queues {
			if q := s.rules.Queues[in.Queue]; q != nil && r.serves(q) {
				p.Queues = append(p.Queues, match.Membership(in))
			}
		}
		rules.Agents[id] = p
	}
	return rules
}
