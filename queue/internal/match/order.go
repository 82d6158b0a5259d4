package match

import (
	"cmp"
	"hash/fnv"
	"strconv"
)

// The orders in which jobs and agents stand.

// Place is where a job stands among all that wait: callbacks that must start now, the
// weight of the queue, callers who came back, priority, then the true place.
type Place struct {
	// Urgent callbacks must start now to be met. They go before all others, the
	// earliest deadline first.
	Urgent bool
	// Weight ranks queues: higher goes first.
	Weight int
	// Head: the caller was served already and came back.
	Head     bool
	Priority int
	// Since is the true place, or the deadline of one that is urgent, in ns.
	Since int64
}

// compareJobs is the order of places; two of the same place go by id, a callback first.
func compareJobs(a, b *job) int {
	switch {
	case a.Urgent != b.Urgent:
		return first(a.Urgent)
	case a.Weight != b.Weight:
		return cmp.Compare(b.Weight, a.Weight)
	case a.Head != b.Head:
		return first(a.Head)
	case a.Priority != b.Priority:
		return cmp.Compare(b.Priority, a.Priority)
	case a.Since != b.Since:
		return cmp.Compare(a.Since, b.Since)
	case a.Callback != b.Callback && a.ID == b.ID:
		return first(a.Callback)
	}
	return cmp.Compare(a.ID, b.ID)
}

// first is the order of two things of which one goes first.
func first(isA bool) int {
	if isA {
		return -1
	}
	return 1
}

// Strategy says which of the free agents gets a job.
type Strategy string

// The strategies, by the names that they have in the rules, which also say what they do.
const (
	RingAll     Strategy = "ringall"
	LeastRecent Strategy = "leastrecent"
	FewestCalls Strategy = "fewestcalls"
	Random      Strategy = "random"
	RRMemory    Strategy = "rrmemory"
	Linear      Strategy = "linear"
	WRandom     Strategy = "wrandom"
)

// Strategies are all of them.
var Strategies = []Strategy{RingAll, LeastRecent, FewestCalls, Random, RRMemory, Linear, WRandom}

// rank is where a free agent stands in a queue: penalty, number of skills, the
// strategy's metric, then the id.
type rank struct {
	penalty, skills int
	metric          int64
	agent           *agent
}

func compareRanks(a, b rank) int {
	if c := cmp.Or(cmp.Compare(a.penalty, b.penalty), cmp.Compare(a.skills, b.skills), cmp.Compare(a.metric, b.metric)); c != 0 {
		return c
	}
	return cmp.Compare(a.agent.ID, b.agent.ID)
}

// rankOf is where a free agent stands by this membership.
func (s *seat) rankOf(a *agent) rank {
	r := rank{penalty: s.in.Penalty, agent: a}
	if s.queue.FewestSkillsFirst && s.queue.Strategy != RingAll {
		r.skills = a.Skills
	}
	switch s.queue.Strategy {
	case LeastRecent:
		r.metric = a.LastCall
	case FewestCalls:
		r.metric = int64(a.Calls)
	case Linear, RRMemory:
		r.metric = int64(a.Order)
	case Random:
		r.metric = chance(a)
	case WRandom:
		// As app_queue draws it: penalty widens the range instead of coming first.
		r.penalty, r.metric = 0, chance(a)%int64((1+s.in.Penalty)*1000)
	}
	return r
}

// chance is a number that looks random but follows from the agent, so that the
// same events always give the same decisions. It changes whenever their status does.
func chance(a *agent) int64 {
	h := fnv.New64a()
	h.Write([]byte(a.ID))
	h.Write([]byte(strconv.FormatInt(a.Since, 36)))
	return int64(h.Sum64() >> 1)
}

// choose lets the strategy choose among the free agents of a line who may take the
// job and were offered it last in a round: one, or with ringall all of the lowest penalty. It reports whether there is
// one. A callback is for one agent, also with ringall.
func (m *Matcher) choose(l *line, j *job, round int) bool {
	q := j.line.queue
	var best rank
	for r := range l.free.All() {
		switch {
		case !m.mayTake(r.agent, j) || j.round(r.agent) != round:
			continue
		case best.agent == nil:
			best = r
		case r.penalty != best.penalty:
			return true
		}
		m.chosen = append(m.chosen, r.agent.ID)
		if q.Strategy != RingAll || j.Callback {
			break
		}
	}
	if q.Strategy == RRMemory && best.agent != nil && q.last != nil {
		// The next one after the last goes first, among those who are equal to the best.
		for r := range l.free.From(rank{best.penalty, best.skills, int64(q.last.Order) + 1, nobody}) {
			if r.penalty != best.penalty || r.skills != best.skills {
				break
			}
			if m.mayTake(r.agent, j) && j.round(r.agent) == round {
				m.chosen[0] = r.agent.ID
				break
			}
		}
	}
	return best.agent != nil
}

// nobody stands before all agents of the same metric.
var nobody = &agent{}
