package queuetest

import (
	"cmp"
	"fmt"
	"slices"

	"kezek/queue"
)

// checkOffers holds every offer of a step against the plain words of the
// rules, by looking at all callers and all agents: nobody before him in line
// could have had this agent, and by the strategy nobody before this agent could have had him.
func checkOffers(s *queue.State, journal []queue.Entry) error {
	for _, e := range journal {
		if e.Kind != queue.CallOffered {
			continue
		}
		a := find(s.Agents(), func(a *queue.Agent) bool { return a.ID == e.Agent })
		c := find(s.Calls(), func(c *queue.Call) bool { return c.ID == e.Call })
		if a == nil || c == nil || a.Call != c.ID {
			continue // over again within the same step
		}
		for _, other := range s.Calls() {
			if other.State == queue.Waiting && other.Since.Before(e.At) && mayTake(s, a, other) && compareCalls(s, other, c) < 0 {
				return fmt.Errorf("agent %s got %s, but %s was before him", a.ID, c.ID, other.ID)
			}
		}
		for _, other := range s.Agents() {
			if isFree(other) && mayTake(s, other, c) && compareAgents(s, c, other, a) < 0 {
				return fmt.Errorf("call %s went to agent %s, but %s was before him", c.ID, a.ID, other.ID)
			}
		}
	}
	return nil
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

func isFree(a *queue.Agent) bool {
	return a.Status == queue.Ready && a.Reachable && !a.InUse && a.Leg == "" && a.RestUntil.IsZero() && a.Owes == ""
}

// mayTake: a member of the queue with its skills who speaks the language; or of
// another language, if the queue allows it and the caller has waited long enough or nobody logged in speaks his.
func mayTake(s *queue.State, a *queue.Agent, c *queue.Call) bool {
	r, q := s.Rules().Agents[a.ID], s.Rules().Queues[c.Queue]
	if membership(r, q) == nil {
		return false
	}
	spoken := slices.ContainsFunc(s.Agents(), func(other *queue.Agent) bool {
		or := s.Rules().Agents[other.ID]
		return other.Status != queue.Offline && membership(or, q) != nil && or.Speaks(c.Language)
	})
	return r.Speaks(c.Language) || q.Overflow && (c.Overflowed || !spoken)
}

func membership(r *queue.AgentRules, q *queue.QueueRules) *queue.Membership {
	for _, skill := range q.Skills {
		if !slices.Contains(r.Skills, skill) {
			return nil
		}
	}
	for i, m := range r.Queues {
		if m.Queue == q.Name {
			return &r.Queues[i]
		}
	}
	return nil
}

// compareCalls: weight of the queue, those who came back, priority, the true place.
func compareCalls(s *queue.State, a, b *queue.Call) int {
	head := func(c *queue.Call) int {
		if c.Head {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(s.Rules().Queues[b.Queue].Weight, s.Rules().Queues[a.Queue].Weight),
		cmp.Compare(head(a), head(b)),
		cmp.Compare(b.Priority, a.Priority),
		a.Place.Compare(b.Place),
		cmp.Compare(a.ID, b.ID))
}

// compareAgents: his own language, penalty, fewest skills, then the strategy.
// Chance has no order, and rrmemory's depends on the agent before.
func compareAgents(s *queue.State, c *queue.Call, a, b *queue.Agent) int {
	q := s.Rules().Queues[c.Queue]
	ra, rb := s.Rules().Agents[a.ID], s.Rules().Agents[b.ID]
	other := func(r *queue.AgentRules) int {
		if r.Speaks(c.Language) {
			return 0
		}
		return 1
	}
	if d := cmp.Compare(other(ra), other(rb)); d != 0 || q.Strategy == queue.WRandom {
		return d
	}
	if d := cmp.Compare(membership(ra, q).Penalty, membership(rb, q).Penalty); d != 0 || q.Strategy == queue.RingAll {
		return d
	}
	if q.FewestSkillsFirst {
		if d := cmp.Compare(len(ra.Languages)+len(ra.Skills), len(rb.Languages)+len(rb.Skills)); d != 0 {
			return d
		}
	}
	switch q.Strategy {
	case queue.LeastRecent:
		return a.LastCall.Compare(b.LastCall)
	case queue.FewestCalls:
		return cmp.Compare(a.Calls, b.Calls)
	case queue.Linear:
		return cmp.Compare(ra.Order, rb.Order)
	}
	return 0
}
