package queue

import "kezek/queue/internal/match"

// What is done about the steps that package match decides. What it knows of
// entities is in matching.go.

// settle brings the index up to date and then does the steps of [match.Matcher.Next]
// until no caller or callback waits that a free agent may take (invariant 6). The
// contract: a step is done, and refresh has told so, before the next one. A step that
// changes nothing panics in Next, with its entity in hand. The engine logs an error,
// puts the entity aside and resyncs; see [State.Suspect].
func (s *State) settle() {
	s.withdrawFromTrainees()
	s.refresh()
	for s.up {
		switch step := s.match.Next(); step.Do {
		case match.LetGo:
			c := s.calls[step.Job.ID]
			s.hand = c
			c.letGoOfKeeper(s)
		case match.Unstaffed:
			s.unstaffed(step.Queue)
		case match.Offer:
			s.offer(step)
		default:
			return
		}
		s.refresh()
	}
}

// offer rings the agents of a step for its caller or callback, which is in hand then. If
// that does not wait, the index is wrong: nothing is done, and Next panics.
func (s *State) offer(step match.Step) {
	agents := make([]*Agent, len(step.Agents))
	for i, id := range step.Agents {
		agents[i] = s.agents[id]
	}
	if step.Job.Callback {
		cb := s.callbacks[step.Job.ID]
		if s.hand = cb; cb.isReady(s) && len(agents) > 0 {
			cb.offer(s, agents[0])
		}
		return
	}
	c := s.calls[step.Job.ID]
	if s.hand = c; c.State == CallWaiting && len(agents) > 0 {
		c.offerTo(s, agents)
	}
}

// unstaffed is a queue whose last agent logged out: its callers leave, if the queue says so.
func (s *State) unstaffed(queue string) {
	if !s.rules.Queues[queue].LeaveWhenEmpty {
		return
	}
	for _, c := range s.Calls() {
		if c.Queue == queue && c.State == CallWaiting {
			c.unserved(s, OutcomeEmpty)
		}
	}
}
