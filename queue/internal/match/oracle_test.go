package match

import (
	"cmp"
	"maps"
	"slices"
)

// The oracle: what the index must come to, by looking at all jobs and all agents.
// Whether an agent may take a job it asks mayTakePlainly.

func (m *Matcher) allJobs() []*job {
	return slices.AppendSeq(slices.Collect(maps.Values(m.jobs[0])), maps.Values(m.jobs[1]))
}

// bestPlainly is the job that a free agent should take next.
func (m *Matcher) bestPlainly(a *agent) (best *job) {
	for _, j := range m.allJobs() {
		if m.mayTakePlainly(a, &j.Job) && (best == nil || comparePlainly(j, best) < 0) {
			best = j
		}
	}
	return best
}

// comparePlainly is the order in which jobs are served.
func comparePlainly(a, b *job) int {
	later := func(isFirst bool) int {
		if isFirst {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(later(a.Urgent), later(b.Urgent)),
		-cmp.Compare(a.Weight, b.Weight),
		cmp.Compare(later(a.Head), later(b.Head)),
		-cmp.Compare(a.Priority, b.Priority),
		cmp.Compare(a.Since, b.Since),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(later(a.Callback), later(b.Callback)))
}

// candidatesPlainly are the agents who should be rung for a job.
func (m *Matcher) candidatesPlainly(j *job) []string {
	var may, speak []*agent // of those who owe nothing
	owing := map[string]bool{}
	for id, a := range m.agents {
		switch {
		case !m.mayTakePlainly(a, &j.Job):
		case j.Keeper != "":
			return []string{id}
		case a.Owes != "":
			owing[id] = true
		default:
			may = append(may, a)
			if slices.Contains(a.Languages, j.Language) {
				speak = append(speak, a)
			}
		}
	}
	if len(may) == 0 {
		best := ""
		for _, id := range j.Refusers {
			if owing[id] && (best == "" || roundPlainly(j, id) < roundPlainly(j, best)) {
				best = id
			}
		}
		if best == "" {
			return nil
		}
		return []string{best}
	}
	// Who did not take it comes after those who were not offered it in this round.
	round := roundPlainly(j, slices.MinFunc(may, func(a, b *agent) int {
		return cmp.Compare(roundPlainly(j, a.ID), roundPlainly(j, b.ID))
	}).ID)
	later := func(a *agent) bool { return roundPlainly(j, a.ID) > round }
	may, speak = slices.DeleteFunc(may, later), slices.DeleteFunc(speak, later)
	if len(speak) > 0 {
		may = speak
	}
	q := m.queues[j.Queue]
	penalty := func(a *agent) int {
		return a.Queues[slices.IndexFunc(a.Queues, func(in Membership) bool { return in.Queue == j.Queue })].Penalty
	}
	order := func(a *agent) (penalties, skills int, metric int64) {
		penalties = penalty(a)
		if q.FewestSkillsFirst && q.Strategy != RingAll {
			skills = a.Skills
		}
		switch q.Strategy {
		case LeastRecent:
			metric = a.LastCall
		case FewestCalls:
			metric = int64(a.Calls)
		case Linear, RRMemory:
			metric = int64(a.Order)
		case Random:
			metric = chance(a)
		case WRandom:
			penalties, metric = 0, chance(a)%int64(1000*(1+penalties))
		}
		return penalties, skills, metric
	}
	slices.SortFunc(may, func(a, b *agent) int {
		pa, sa, ma := order(a)
		pb, sb, mb := order(b)
		return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(sa, sb), cmp.Compare(ma, mb), cmp.Compare(a.ID, b.ID))
	})
	best := may[0]
	switch {
	case q.Strategy == RingAll && !j.Callback:
		var all []string
		for _, a := range may {
			if penalty(a) == penalty(best) {
				all = append(all, a.ID)
			}
		}
		return all
	case q.Strategy == RRMemory && q.last != nil:
		for _, a := range may {
			pa, sa, _ := order(a)
			pb, sb, _ := order(best)
			if pa == pb && sa == sb && a.Order > q.last.Order {
				return []string{a.ID}
			}
		}
	}
	return []string{best.ID}
}

// roundPlainly is the last round in which an agent was offered a job.
func roundPlainly(j *job, agent string) (round int) {
	for _, t := range j.Tried {
		if t.Agent == agent {
			round = t.Round
		}
	}
	return round
}

// needless is a job that waits though an agent is free who may take it.
type needless struct {
	Job   Ref
	Agent string
}

// needless are all jobs that wait needlessly, each with the first of the agents. They are
// found in plain words, by looking at every pair, without the index. There is none
// when [Matcher.Next] has nothing to do, but for jobs and agents that were changed since.
func (m *Matcher) needless() (found []needless) {
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
	for _, j := range m.allJobs() {
		if i := slices.IndexFunc(free, func(a *agent) bool { return m.mayTakePlainly(a, &j.Job) }); i >= 0 {
			found = append(found, needless{j.Ref, free[i].ID})
		}
	}
	slices.SortFunc(found, func(a, b needless) int { return cmp.Compare(a.Job.ID, b.Job.ID) })
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
