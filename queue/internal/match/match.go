// Package match decides which free agent takes which waiting caller or callback.
//
// A caller or callback that waits is a [Job]. The rules translate their entities
// into jobs and agents and tell each change with [Matcher.SetJob] and
// [Matcher.SetAgent]; then they ask [Matcher.Next] what is to be done, do it, and
// ask again until nothing is. This package knows nothing of phones, time or words.
//
// # The rule and the index
//
// Who may take whom is said once, in mayTake. Both directions ask it: an agent
// who has become free and looks for a job (bestFor), and a job that looks for an
// agent (candidates). They do not look at all pairs: the sets of the index propose,
// in order, and mayTake has the last word. The index may propose too much, which
// costs time; it must never propose too little, or somebody waits while an agent
// is free. [Matcher.Needless] is the same rule in plain words, without the index;
// the tests hold both directions against it.
//
// # Where a new rule goes
//
// A rule that forbids a pair is a field of [Job] or [Agent] and a line in mayTake,
// with the same line in mayTakePlainly; no other place. Two examples:
//
//   - "An agent who was offered this caller is not offered them again in this
//     round": Job gets the list of those agents, and mayTake says no to one who is
//     in it. The rules empty the list when the round is over, which is a change of
//     the job, so that it is matched again.
//   - "An agent may decline two offers an hour without the rest": the rest is not
//     of this package. It is why an agent is not [Agent.Free]. Without it the agent
//     is free at once and the best candidate for the same caller again; the list of
//     the first example lets the caller go to the next.
//
// A rule that allows more pairs also needs a set that proposes them: see
// line.open for an agent who looks for a job, and candidates for the way back.
//
// A rule must follow from the job and the agent as they were told. What depends
// on time is a deadline of the rules, which change the job or agent when it is due:
// only a change makes a pair be looked at again.
package match

import (
	"maps"
	"slices"

	"kezek/queue/internal/sorted"
)

// Rules are what the config says about matching. When they change, a new
// Matcher is made.
type Rules struct {
	// Languages are those that callers may choose. Every job has one of them.
	Languages []string
	Queues    map[string]Queue
	Agents    map[string]Profile
}

// Queue is how a queue chooses its agents.
type Queue struct {
	Strategy Strategy
	// FewestSkillsFirst puts agents of fewer skills before the strategy's order.
	FewestSkillsFirst bool
	// Overflow lets agents of other languages take a job that is overflowed, or
	// whose language nobody speaks who works in the queue.
	Overflow bool
}

// Profile is what the config says about an agent.
type Profile struct {
	// Queues are those that the agent is a member of and has the skills for.
	Queues    []Membership
	Languages []string
	// Skills counts skills and languages.
	Skills int
	// Order is the agent's place in the config.
	Order int
}

// Membership is an agent's place in a queue. Agents of a higher penalty come last.
type Membership struct {
	Queue   string
	Penalty int
}

// Line is the jobs of a queue in one language, or, with the language "", the
// agents of a queue in all languages.
type Line struct{ Queue, Language string }

// Ref names a caller or a callback.
type Ref struct {
	ID       string
	Callback bool
}

// Stage is how far a job is.
type Stage int

// The stages.
const (
	// Out is not in line: it talks, is over, or its turn may not come yet.
	Out Stage = iota
	// Offered has a place in line, and phones ring for it.
	Offered
	// Waiting has a place in line, and may be offered.
	Waiting
)

// Job is a caller or a callback, as far as matching is concerned.
type Job struct {
	Ref
	Line
	Place
	Stage Stage
	// Keeper is the agent who alone may take it; empty is anybody.
	Keeper string
	// Overflowed: agents of other languages may take it, if the queue allows that.
	Overflowed bool
	// Refusers are all agents who owe this callback because they refused it, and
	// maybe others. They get it when nobody else may take it, the first one first.
	Refusers []string
}

// Agent is what an agent does at this moment, as far as matching is concerned.
type Agent struct {
	ID string
	// Works: is logged in and gets jobs, now or later.
	Works bool
	// Free: may be rung now. Whoever is free works.
	Free bool
	// AtHand: is free, or will be without leaving first, so that jobs may be kept for them.
	AtHand bool
	// Owes is the callback that the agent refused: they get that one or nothing.
	Owes string
	// Calls, LastCall and Since are what strategies order by: the calls since
	// log-in, the end of the last one, and when the status began, in ns; 0 is never.
	Calls           int
	LastCall, Since int64
}

// Matcher knows all jobs and agents. It is not safe for concurrent use.
type Matcher struct {
	languages []string
	queues    map[string]*queue
	lines     map[Line]*line
	jobs      map[Ref]*job
	agents    map[string]*agent

	// What may be matched since the last time: see [Matcher.Next].
	gone        []*agent
	unmanned    []*line
	freshAgents []*agent
	freshJobs   []*job
	// unordered: freshJobs are not in the order of their places.
	unordered bool

	// asked is what was asked of the rules last, about that job.
	asked Act
	about *job
	// ranks and chosen are buffers that are used again.
	ranks  []rank
	chosen []string
}

// queue is a queue of the rules.
type queue struct {
	Queue
	// lines are those of each language, in the order of the rules; all is the one of all.
	lines []*line
	all   *line
	// last is the agent who was rung last, for rrmemory.
	last *agent
}

// line is where jobs of one language stand, and who may take them.
type line struct {
	Line
	// queue is nil for one that the rules do not have any more.
	queue *queue
	// language is its index in the rules' languages; -1 in the line of all.
	language int
	// callers and callbacks are all jobs in line.
	callers, callbacks *sorted.Set[*job]
	// waiting are those of them who may be offered to anybody who serves the line;
	// overflowed those of them whom agents of other languages may take.
	waiting, overflowed *sorted.Set[*job]
	// free are the agents who may be rung and owe nothing; works counts all who work.
	free  *sorted.Set[rank]
	works int
}

// job is a job in line.
type job struct {
	Job
	line *line
	in   sets
	// fresh: it is in freshJobs.
	fresh bool
}

// sets are those that a job stands in: of its line; of what waits there, or is
// kept for one agent; of what is overflowed. Nil is none.
type sets [3]*sorted.Set[*job]

// agent is an agent of the rules, or one that a job is kept for.
type agent struct {
	Agent
	Profile
	// seats are the memberships, speaks tells of each language of the rules.
	seats  []seat
	speaks []bool
	// ranks are where a free agent stands in the lines of each seat.
	ranks []rank
	// kept are the waiting jobs that this agent alone may take.
	kept *sorted.Set[*job]
	// fresh: is in freshAgents.
	fresh bool
}

// seat is a membership and the lines that the agent serves by it: those of the
// languages that they speak, and the one of all.
type seat struct {
	queue   *queue
	penalty int
	lines   []*line
}

// New makes a matcher without jobs, whose agents do nothing yet.
func New(rules Rules) *Matcher {
	m := &Matcher{
		languages: rules.Languages,
		queues:    map[string]*queue{}, lines: map[Line]*line{}, jobs: map[Ref]*job{}, agents: map[string]*agent{},
	}
	for name, q := range rules.Queues {
		in := &queue{Queue: q}
		m.queues[name] = in
		for _, language := range rules.Languages {
			in.lines = append(in.lines, m.line(Line{name, language}))
		}
		in.all = m.line(Line{name, ""})
	}
	for _, id := range slices.Sorted(maps.Keys(rules.Agents)) {
		a := m.agent(id)
		a.Profile = rules.Agents[id]
		for i, language := range rules.Languages {
			a.speaks[i] = slices.Contains(a.Languages, language)
		}
		for _, in := range a.Queues {
			if q := m.queues[in.Queue]; q != nil {
				a.seats = append(a.seats, m.seat(a, q, in.Penalty))
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
			Line: name, queue: m.queues[name.Queue], language: slices.Index(m.languages, name.Language),
			callers: sorted.New(compareJobs), callbacks: sorted.New(compareJobs),
			waiting: sorted.New(compareJobs), overflowed: sorted.New(compareJobs),
			free: sorted.New(compareRanks),
		}
		m.lines[name] = l
	}
	return l
}

// agent is an agent by their id, made at first use: a job may be kept for one
// who is not in the rules.
func (m *Matcher) agent(id string) *agent {
	a := m.agents[id]
	if a == nil {
		a = &agent{Agent: Agent{ID: id}, speaks: make([]bool, len(m.languages)), kept: sorted.New(compareJobs)}
		m.agents[id] = a
	}
	return a
}

// seat is an agent's place in a queue.
func (m *Matcher) seat(a *agent, q *queue, penalty int) seat {
	s := seat{queue: q, penalty: penalty}
	for i, l := range q.lines {
		if a.speaks[i] {
			s.lines = append(s.lines, l)
		}
	}
	s.lines = append(s.lines, q.all)
	return s
}

// SetJob tells what a job is now. One that is [Out] is forgotten.
func (m *Matcher) SetJob(is Job) {
	j := m.jobs[is.Ref]
	switch {
	case j == nil && is.Stage == Out, j != nil && j.is(is):
		return
	case j == nil:
		j = &job{}
		m.jobs[is.Ref] = j
	case is.Stage == Out:
		delete(m.jobs, is.Ref)
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
	if is.Stage == Waiting {
		m.freshen(j)
	}
}

// is reports whether a job is just this.
func (j *Job) is(other Job) bool {
	return j.Line == other.Line && j.Place == other.Place && j.Stage == other.Stage && j.Keeper == other.Keeper &&
		j.Overflowed == other.Overflowed && slices.Equal(j.Refusers, other.Refusers)
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
	switch {
	case j.Stage != Waiting:
	case j.Keeper != "":
		in[1] = m.agent(j.Keeper).kept
	default:
		in[1] = l.waiting
		if j.Overflowed {
			in[2] = l.overflowed
		}
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
		m.man(a)
	}
}

// rank puts an agent where they stand among the free agents of their lines.
func (m *Matcher) rank(a *agent) {
	ranks := m.ranks[:0]
	if a.Free && a.Owes == "" {
		for _, s := range a.seats {
			ranks = append(ranks, s.rank(a))
		}
	}
	if slices.Equal(a.ranks, ranks) {
		m.ranks = ranks
		return
	}
	for i, r := range a.ranks {
		for _, l := range a.seats[i].lines {
			l.free.Delete(r)
		}
	}
	for i, r := range ranks {
		for _, l := range a.seats[i].lines {
			l.free.Insert(r)
		}
	}
	a.ranks, m.ranks = ranks, a.ranks
}

// man counts who works in the lines of an agent who comes or leaves.
func (m *Matcher) man(a *agent) {
	for _, s := range a.seats {
		for _, l := range s.lines {
			if a.Works {
				l.works++
			} else if l.works--; l.works == 0 {
				m.unmanned = append(m.unmanned, l)
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
