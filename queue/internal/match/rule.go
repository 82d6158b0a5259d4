package match

import "kezek/queue/internal/sorted"

// mayTake is the rule: whether an agent may be offered a job now. All who look for
// each other ask it; see the package's words for what may be added here.
func (m *Matcher) mayTake(a *agent, j *job) bool {
	owed := j.Callback && a.Owes == j.ID
	switch {
	case !a.Free || j.Stage != Waiting:
		return false
	case a.Owes != "" && !owed: // whoever refused a callback gets that one, or nothing
		return false
	case j.Keeper != "":
		return j.Keeper == a.ID
	case owed: // whatever the queue: there may be nobody else
		return true
	}
	return a.serves(j.line.queue) && (a.speaks[j.line.language] || j.overflows())
}

// serves reports whether an agent may work in a queue.
func (a *agent) serves(q *queue) bool {
	for i := range a.seats {
		if a.seats[i].queue == q {
			return true
		}
	}
	return false
}

// overflows reports whether agents of other languages may take a job that is not
// kept: it has waited long enough, or nobody works who speaks its language.
func (j *job) overflows() bool {
	l := j.line
	return l.queue != nil && l.queue.Overflow && (j.Overflowed || l.works == 0)
}

// open are the jobs of a line that an agent of its queue may take, by whether the agent
// speaks its language; nil is none. It holds all that mayTake allows, but for
// what is kept or owed.
func (l *line) open(speaks bool) *sorted.Set[*job] {
	switch {
	case speaks, l.queue.Overflow && l.works == 0:
		return l.waiting
	case l.queue.Overflow:
		return l.overflowed
	}
	return nil
}

// bestFor is the job that a free agent should take next, the first of all that
// they may take, whatever queue it is of; nil is none. It promises that mayTake
// allows it, so that the job has candidates.
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
	if !a.Free { // rung meanwhile: no use to look at all jobs
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
		for k, l := range a.seats[i].queue.lines {
			if jobs := l.open(a.speaks[k]); jobs != nil {
				consider(jobs)
			}
		}
	}
	return best
}

// candidates chooses the agents who are rung for a waiting job: its keeper; else
// whom the strategy picks among those who speak its language, then among all if it
// overflows; at last one who owes it. It chooses somebody if mayTake allows any
// agent to take the job: that is what bestFor relies on.
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
