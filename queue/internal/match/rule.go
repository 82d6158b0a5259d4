package match

import (
	"slices"

	"kezek/queue/internal/sorted"
)

// mayTake is the rule: whether an agent may be offered a job now. Both directions
// ask it. The package's documentation says what may be added here.
func (m *Matcher) mayTake(a *agent, j *job) bool {
	m.asks++
	owed := j.Callback && a.Owes == j.ID
	switch {
	case !a.Free || j.Stage != Waiting:
		return false
	case a.Owes != "" && !owed: // after refusing a callback an agent gets this one or nothing
		return false
	case j.Keeper != "":
		return j.Keeper == a.ID
	case owed: // also when the agent is not in its queue any more
		return true
	}
	return a.serves(j.line.queue) && (a.speaks(j.line) || j.overflows())
}

// serves reports whether an agent may work in a queue.
func (a *agent) serves(q *queue) bool {
	return slices.ContainsFunc(a.seats, func(s seat) bool { return s.queue == q })
}

// speaks reports whether an agent speaks the language of a line.
func (a *agent) speaks(l *line) bool { return slices.Contains(a.Languages, l.Language) }

// overflows reports whether agents of other languages may take a job that is not
// kept: it has waited long enough, or no agent who works speaks its language.
func (j *job) overflows() bool {
	l := j.line
	return l.queue != nil && l.queue.Overflow && (j.Overflowed || l.staff == 0)
}

// open proposes the jobs of a line to an agent of its queue who speaks its language
// or does not; nil is none. It has all that mayTake allows, apart from jobs that are
// kept or owed.
func (l *line) open(speaks bool) *sorted.Set[*job] {
	switch {
	case speaks, l.queue.Overflow && l.staff == 0:
		return l.waiting
	case l.queue.Overflow:
		return l.overflowed
	}
	return nil
}

// bestFor is the job that a free agent should take next: the first of all that
// mayTake allows, in any queue; nil is none. It promises to candidates that there is
// an agent for the job: at least this one.
func (m *Matcher) bestFor(a *agent) (best *job) {
	consider := func(jobs *sorted.Set[*job]) {
		for j := range jobs.All() {
			if best != nil && compareJobs(best, j) <= 0 {
				return
			}
			if m.mayTake(a, j) {
				best = j
				return
			}
		}
	}
	if !a.Free { // rung meanwhile: mayTake would refuse all jobs, one by one
		return nil
	}
	if a.Owes != "" {
		if j := m.jobs[Ref{a.Owes, true}]; j != nil && m.mayTake(a, j) {
			return j
		}
		return nil
	}
	consider(a.kept)
	for i := range a.seats {
		for _, l := range a.seats[i].queue.lines {
			if jobs := l.open(a.speaks(l)); jobs != nil {
				consider(jobs)
			}
		}
	}
	return best
}

// candidates chooses the agents to ring for a waiting job: its keeper; else by the
// strategy among those who speak its language, then among all if it overflows; at
// last one who owes it. It promises to bestFor that it chooses an agent if mayTake
// allows any, though not always the one who asked.
func (m *Matcher) candidates(j *job) {
	m.chosen = m.chosen[:0]
	if j.Keeper != "" {
		m.chooseIf(j.Keeper, j)
		return
	}
	if l := j.line; l.queue != nil && (m.choose(l, j) || j.overflows() && m.choose(l.queue.all, j)) {
		return
	}
	for _, id := range j.Refusers {
		if m.chooseIf(id, j) {
			return
		}
	}
}

// chooseIf chooses one agent, if they may take the job.
func (m *Matcher) chooseIf(id string, j *job) bool {
	a := m.agents[id]
	if a == nil || !m.mayTake(a, j) {
		return false
	}
	m.chosen = append(m.chosen, id)
	return true
}
