package queue

import "slices"

// The penalty of an agent in a queue is the config's until a supervisor sets another. That one stays over log-outs and
// restarts. The later word counts: a config that is changed there goes before an order that was given before.

// happen sets an agent's penalty in a queue. It counts from the next offer on.
func (ev SetPenalty) happen(s *State) {
	s.by = ev.By
	a, r := s.find("", ev.Agent)
	if a == nil {
		return
	}
	in, member := r.membership(ev.Queue)
	switch {
	case s.rules.Queues[ev.Queue] == nil:
		s.refuse(a, r, RefusalUnknownQueue)
		return
	case !member:
		s.refuse(a, r, RefusalNotMember)
		return
	case ev.Penalty < 0 || ev.Penalty > MostPenalty:
		s.refuse(a, r, RefusalWrongPenalty)
		return
	}
	change := PenaltyChange{Is: ev.Penalty, Was: a.Penalty(in)}
	if ev.Config {
		change.Is = in.Penalty
	}
	a.dropPenalty(s, ev.Queue)
	if change.Is != in.Penalty {
		a.Penalties = append(a.Penalties, PenaltyOrder{Queue: ev.Queue, Penalty: change.Is, Config: in.Penalty, By: ev.By, Since: s.now})
	}
	s.match.SetPenalty(a.ID, ev.Queue, change.Is)
	if change.Was != change.Is {
		s.note(Entry{Kind: EntryAgentPenalty, Agent: a.ID, Queue: ev.Queue, Details: &Details{Penalty: change, Reason: ev.Reason}})
	}
}

// dropPenalty ends an order; what is matched is not told.
func (a *Agent) dropPenalty(s *State, queue string) {
	a.Penalties = slices.DeleteFunc(slices.Clone(a.Penalties), func(o PenaltyOrder) bool { return o.Queue == queue })
	s.touch(a)
}

// reviewPenalties ends the orders that the config, which may be new, goes before.
func (s *State) reviewPenalties() {
	for _, a := range s.Agents() {
		for _, o := range slices.Clone(a.Penalties) {
			in, member := s.agentRules(a.ID).membership(o.Queue)
			if member && in.Penalty == o.Config {
				continue
			}
			a.dropPenalty(s, o.Queue)
			if member {
				s.note(Entry{Kind: EntryAgentPenalty, Agent: a.ID, Queue: o.Queue, Details: &Details{Penalty: PenaltyChange{in.Penalty, o.Penalty}}})
			}
		}
	}
}
