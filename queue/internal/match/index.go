package match

import (
	"slices"

	"kezek/queue/internal/sorted"
)

// Matcher knows all jobs and agents. It is not safe for concurrent use.
type Matcher struct {
	queues map[string]*queue
	lines  map[Line]*line
	jobs   jobs
	agents map[string]*agent

	// What has changed since the phases of [Matcher.Next] looked last, a list for each.
	gone        []*agent
	unstaffed   []*line
	freshAgents []*agent
	freshJobs   *sorted.Set[*job]

	// asked is the act of the last step, about its job.
	asked Act
	about *job
	// asks counts how often mayTake was asked: a test holds that it is seldom.
	asks int
	// chosen is a buffer that is used again.
	chosen []string
}

// queue is a queue of the rules.
type queue struct {
	Queue
	// lines are those of each language, in the order of the rules; all is the line
	// of all languages.
	lines []*line
	all   *line
	// last is the agent who was rung last, for rrmemory.
	last *agent
}

// line is the jobs and the agents of a queue in one language, or the agents in all.
type line struct {
	Line
	// queue is nil for one that is no longer in the rules.
	queue *queue
	// callers and callbacks are all jobs in line.
	callers, callbacks *sorted.Set[*job]
	// waiting are those that wait and are kept for no agent; overflowed are those of
	// them that agents of other languages may take.
	waiting, overflowed *sorted.Set[*job]
	// free are the agents who are free and owe nothing; staff counts all who work.
	free  *sorted.Set[rank]
	staff int
}

// job is a job in line.
type job struct {
	Job
	line *line
	in   sets
}

// jobs are the callers and the callbacks by their ids: a map from a [Ref] would be slower.
type jobs [2]map[string]*job

func (j *jobs) of(callbacks bool) map[string]*job {
	if callbacks {
		return j[1]
	}
	return j[0]
}

func (j *jobs) get(ref Ref) *job { return j.of(ref.Callback)[ref.ID] }

// sets are those that a job stands in: all of its line; what waits there or is kept
// for one agent; what is overflowed; what is fresh. Nil is none.
type sets [4]*sorted.Set[*job]

// fresh is the place of freshJobs among the sets of a job.
const fresh = 3

// agent is an agent of the rules, or one that a job is kept for.
type agent struct {
	Agent
	Profile
	// seats are the memberships.
	seats []seat
	// kept are the waiting jobs that this agent alone may take.
	kept *sorted.Set[*job]
	// fresh: is in freshAgents.
	fresh bool
}

// seat is a membership and the lines that the agent serves by it: those of the
// languages that they speak, and the one of all.
type seat struct {
	in    *Membership
	queue *queue
	lines []*line
	// rank is where the agent stands in these lines while free.
	rank rank
}

// New makes a matcher without jobs, whose agents do nothing yet.
func New(rules Rules) *Matcher {
	m := &Matcher{
		queues: map[string]*queue{}, lines: map[Line]*line{}, jobs: jobs{{}, {}}, agents: map[string]*agent{},
		freshJobs: sorted.New(compareJobs),
	}
	for name, q := range rules.Queues {
		in := &queue{Queue: q}
		m.queues[name] = in
		for _, language := range rules.Languages {
			in.lines = append(in.lines, m.line(Line{name, language}))
		}
		in.all = m.line(Line{name, ""})
	}
	for id, profile := range rules.Agents {
		a := m.agent(id)
		a.Profile = profile
		a.Queues = slices.Clone(profile.Queues)
		for i := range a.Queues {
			in := &a.Queues[i]
			if q := m.queues[in.Queue]; q != nil {
				s := seat{in: in, queue: q, lines: []*line{q.all}}
				for _, l := range q.lines {
					if a.speaks(l) {
						s.lines = append(s.lines, l)
					}
				}
				a.seats = append(a.seats, s)
			}
		}
	}
	return m
}

// line is a line by its name, made at first use.
func (m *Matcher) line(name Line) *line {
	l := m.lines[name]
	if l == nil {
		l = &line{
			Line: name, queue: m.queues[name.Queue],
			callers: sorted.New(compareJobs), callbacks: sorted.New(compareJobs),
			waiting: sorted.New(compareJobs), overflowed: sorted.New(compareJobs),
			free: sorted.New(compareRanks),
		}
		m.lines[name] = l
	}
	return l
}

// agent is an agent by id, made at first use: a job may be kept for an agent who is
// not in the rules.
func (m *Matcher) agent(id string) *agent {
	a := m.agents[id]
	if a == nil {
		a = &agent{Agent: Agent{ID: id}, kept: sorted.New(compareJobs)}
		m.agents[id] = a
	}
	return a
}

// SetJob tells what a job is now. One that is [Out] is forgotten.
func (m *Matcher) SetJob(is Job) {
	known := m.jobs.of(is.Callback)
	j := known[is.ID]
	switch {
	case j == nil && is.Stage == Out, j != nil && j.is(is):
		return
	case j == nil:
		j = &job{}
		known[is.ID] = j
	case is.Stage == Out:
		delete(known, is.ID)
	}
	if is.Stage != Out {
		j.line = m.line(is.Line)
	}
	moved, before, after := j.Place != is.Place, j.in, m.setsOf(j.line, &is)
	for i, set := range before {
		if set != nil && (moved || set != after[i]) {
			set.Delete(j)
		}
	}
	j.Job, j.in = is, after
	for i, set := range after {
		if set != nil && (moved || set != before[i]) {
			set.Insert(j)
		}
	}
}

// is reports whether a job is just this. Each field counts, but for the Ref that it is known by.
func (j *Job) is(other Job) bool {
	return j.Line == other.Line && j.Place == other.Place && j.Stage == other.Stage && j.Keeper == other.Keeper &&
		j.Overflowed == other.Overflowed && slices.Equal(j.Refusers, other.Refusers) && slices.Equal(j.Tried, other.Tried)
}

// setsOf are the sets that a job of a line belongs to.
func (m *Matcher) setsOf(l *line, j *Job) (in sets) {
	if j.Stage == Out {
		return in
	}
	in[0] = l.callers
	if j.Callback {
		in[0] = l.callbacks
	}
	if j.Stage != Waiting {
		return in
	}
	in[1], in[fresh] = l.waiting, m.freshJobs
	if j.Keeper != "" {
		in[1] = m.agent(j.Keeper).kept
	} else if j.Overflowed {
		in[2] = l.overflowed
	}
	return in
}

// SetAgent tells what an agent does now.
func (m *Matcher) SetAgent(is Agent) {
	a := m.agent(is.ID)
	was := a.Agent
	if was == is {
		return
	}
	a.Agent = is
	m.rank(a)
	if is.Free && (!was.Free || was.Owes != is.Owes) {
		m.freshenAgent(a)
	}
	if was.AtHand && !is.AtHand {
		m.gone = append(m.gone, a)
	}
	if was.Works != is.Works {
		m.countStaff(a)
	}
}

// SetPenalty tells the penalty of an agent in a queue that they serve.
func (m *Matcher) SetPenalty(agent, queue string, penalty int) {
	a := m.agent(agent)
	for i := range a.Queues {
		if a.Queues[i].Queue == queue {
			a.Queues[i].Penalty = penalty
		}
	}
	m.rank(a)
}

// rank puts an agent among the free agents of their lines, or takes them out.
func (m *Matcher) rank(a *agent) {
	for i := range a.seats {
		s, is := &a.seats[i], rank{}
		if a.Free && a.Owes == "" {
			is = s.rankOf(a)
		}
		if is == s.rank {
			continue
		}
		for _, l := range s.lines {
			if s.rank.agent != nil {
				l.free.Delete(s.rank)
			}
			if is.agent != nil {
				l.free.Insert(is)
			}
		}
		s.rank = is
	}
}

// countStaff counts an agent who comes or leaves in their lines.
func (m *Matcher) countStaff(a *agent) {
	for _, s := range a.seats {
		for _, l := range s.lines {
			if a.Works {
				l.staff++
			} else if l.staff--; l.staff == 0 {
				m.unstaffed = append(m.unstaffed, l)
			}
		}
	}
}

// SetLast tells which agent of a queue was rung last.
func (m *Matcher) SetLast(queue, agent string) {
	if q := m.queues[queue]; q != nil {
		q.last = m.agents[agent]
	}
}
