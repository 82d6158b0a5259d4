package match

import (
	"cmp"
	"slices"
)

// Needless is a job that waits though an agent is free who may take it.
type Needless struct {
	Job   Ref
	Agent string
}

// Needless are all jobs that wait needlessly, each with the first of the agents. They are
// found in plain words, by looking at every pair, without the index. There is none
// when [Matcher.Next] has nothing to do, but for jobs and agents that were changed since.
func (m *Matcher) Needless() (found []Needless) {
	var free []*agent
	for _, a := range m.agents {
		if a.Free {
			free = append(free, a)
		}
	}
	if len(free) == 0 {
		return nil
	}
	slices.SortFunc(free, func(a, b *agent) int { return cmp.Compare(a.ID, b.ID) })
	for ref, j := range m.jobs {
		if i := slices.IndexFunc(free, func(a *agent) bool { return m.mayTakePlainly(a, &j.Job) }); i >= 0 {
			found = append(found, Needless{ref, free[i].ID})
		}
	}
	slices.SortFunc(found, func(a, b Needless) int { return cmp.Compare(a.Job.ID, b.Job.ID) })
	return found
}

// mayTakePlainly is mayTake in plain words: what it says of a pair follows from what
// was told of jobs and agents, and from nothing that was counted or sorted.
func (m *Matcher) mayTakePlainly(a *agent, j *Job) bool {
	if !a.Free || j.Stage != Waiting {
		return false
	}
	// What somebody refused is all that they get, and what is kept is for the keeper alone.
	owes := a.Owes != ""
	if owes && (!j.Callback || a.Owes != j.ID) || j.Keeper != "" && j.Keeper != a.ID {
		return false
	}
	if owes || j.Keeper != "" {
		return true
	}
	// Else it is for the members of its queue who speak its language, and for
	// the others if it overflows: after its time, or when nobody works who speaks it.
	member := func(a *agent) bool {
		return slices.ContainsFunc(a.Queues, func(in Membership) bool { return in.Queue == j.Queue })
	}
	speaks := func(a *agent) bool { return slices.Contains(a.Languages, j.Language) }
	q := m.queues[j.Queue]
	if q == nil || !member(a) {
		return false
	}
	if speaks(a) || q.Overflow && j.Overflowed {
		return true
	}
	for _, other := range m.agents {
		if other.Works && member(other) && speaks(other) {
			return false
		}
	}
	return q.Overflow
}
