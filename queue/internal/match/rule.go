package match

import (
	"math"
	"slices"

	"kezek/queue/internal/sorted"
)

// Bars are why an agent may not be offered a job now, a bit for each; 0 is that they may.
type Bars uint8

// The bars.
const (
	// BarNotFree: the agent may be rung for nothing now.
	BarNotFree Bars = 1 << iota
	// BarNotWaiting: phones ring for the job already, or it does not wait.
	BarNotWaiting
	// BarOwes: the agent refused a callback, and gets that one or nothing.
	BarOwes
	// BarKept: the job is kept for another agent.
	BarKept
	// BarQueue: the agent is no member of the job's queue, or lacks a skill that it asks for.
	BarQueue
	// BarLanguage: the agent does not speak the job's language, and it is not for others.
	BarLanguage
)

// bars is the rule: why an agent may not be offered a job now, in full. Both directions ask it by [Matcher.mayTake],
// and people by [Matcher.Bars]. The package's documentation says what may be added here.
func (m *Matcher) bars(a *agent, j *job) (bars Bars) {
	owed := j.Callback && a.Owes == j.ID
	if !a.Free {
		bars |= BarNotFree
	}
	if j.Stage != Waiting {
		bars |= BarNotWaiting
	}
	if a.Owes != "" && !owed {
		bars |= BarOwes
	}
	switch {
	case j.Keeper != "":
		if j.Keeper != a.ID {
			bars |= BarKept
		}
	case owed: // also when the agent is not in its queue any more
	default:
		if !a.serves(j.line.queue) {
			bars |= BarQueue
		}
		if !a.speaks(j.line) && !j.overflows() {
			bars |= BarLanguage
		}
	}
	return bars
}

// mayTake reports whether an agent may be offered a job now.
func (m *Matcher) mayTake(a *agent, j *job) bool {
	m.asks++
	return a.Free && j.Stage == Waiting && m.bars(a, j) == 0 // the bars of most, without a look at the others
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
		if j := m.jobs.of(true)[a.Owes]; j != nil && m.mayTake(a, j) {
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

// candidates chooses the agents to ring for a waiting job: its keeper; else those who were
// offered it in the earliest round, at first those who were never offered it. Among these by the
// strategy: those who speak its language, then all if it overflows. At last one who owes it. It promises
// to bestFor that it chooses an agent if mayTake allows any, though not always the one who asked.
func (m *Matcher) candidates(j *job) {
	m.chosen = m.chosen[:0]
	if j.Keeper != "" {
		if a := m.agents[j.Keeper]; a != nil && m.mayTake(a, j) {
			m.chosen = append(m.chosen, a.ID)
		}
		return
	}
	if l := j.line; l.queue != nil {
		round := m.earliest(l, j)
		if j.overflows() {
			round = min(round, m.earliest(l.queue.all, j))
		}
		if m.choose(l, j, round) || j.overflows() && m.choose(l.queue.all, j, round) {
			return
		}
	}
	m.chooseRefuser(j)
}

// earliest is the earliest round of the free agents of a line who may take a job.
func (m *Matcher) earliest(l *line, j *job) int {
	if len(j.Tried) == 0 {
		return 0
	}
	round := math.MaxInt
	for r := range l.free.All() {
		if m.mayTake(r.agent, j) {
			round = min(round, j.round(r.agent))
		}
		if round == 0 {
			break
		}
	}
	return round
}

// round is the last one in which an agent was offered a job; 0 is none.
func (j *job) round(a *agent) int {
	for i := range j.Tried {
		if j.Tried[i].Agent == a.ID {
			return j.Tried[i].Round
		}
	}
	return 0
}

// chooseRefuser chooses the agent who owes a callback and was offered it in the earliest round.
func (m *Matcher) chooseRefuser(j *job) {
	var best *agent
	for _, id := range j.Refusers {
		if a := m.agents[id]; a != nil && m.mayTake(a, j) && (best == nil || j.round(a) < j.round(best)) {
			best = a
		}
	}
	if best != nil {
		m.chosen = append(m.chosen, best.ID)
	}
}
