package match

import "slices"

// What the rules ask about lines.

// Position is a job's place among the callers and callbacks of its line, from 1; 0
// when it is not in line.
func (m *Matcher) Position(ref Ref) int {
	j := m.jobs.get(ref)
	if j == nil {
		return 0
	}
	l := m.line(j.Line)
	return l.callers.Rank(j) + l.callbacks.Rank(j) + 1
}

// Callers counts the callers of a line.
func (m *Matcher) Callers(name Line) int { return m.line(name).callers.Len() }

// CallerAt is the place of a caller in a line, from 1; ok is false when there is none.
func (m *Matcher) CallerAt(name Line, position int) (at Place, ok bool) {
	if position < 1 {
		return at, false
	}
	j, ok := m.line(name).callers.At(position - 1)
	if ok {
		at = j.Place
	}
	return at, ok
}

// Staff counts the agents who work in a line. In the line of a language they
// speak it.
func (m *Matcher) Staff(name Line) int { return m.line(name).staff }

// Knows reports whether a job was told as it is.
func (m *Matcher) Knows(is Job) bool {
	j := m.jobs.get(is.Ref)
	return j == nil && is.Stage == Out || j != nil && j.is(is)
}

// KnowsMembership reports whether an agent's place in a queue was told as it is.
func (m *Matcher) KnowsMembership(agent string, is Membership) bool {
	a := m.agents[agent]
	return a != nil && slices.Contains(a.Queues, is)
}

// KnowsAgent reports whether an agent was told as they are.
func (m *Matcher) KnowsAgent(is Agent) bool {
	return m.agents[is.ID] != nil && m.agents[is.ID].Agent == is
}

// Jobs counts all jobs in line.
func (m *Matcher) Jobs() int { return len(m.jobs[0]) + len(m.jobs[1]) }

// Bars are why an agent may not be offered a job that is in line; ok is false if either is not known here.
func (m *Matcher) Bars(agent string, ref Ref) (bars Bars, ok bool) {
	a, j := m.agents[agent], m.jobs.get(ref)
	if a == nil || j == nil {
		return 0, false
	}
	return m.bars(a, j), true
}

// Turn is the job that an agent would be offered first if they were free and owed nothing; ok is false if there is none.
func (m *Matcher) Turn(agent string) (ref Ref, ok bool) {
	if m.agents[agent] == nil {
		return ref, false
	}
	free := *m.agents[agent] // a copy: nobody is told
	free.Free, free.Owes = true, ""
	if j := m.bestFor(&free); j != nil {
		return j.Ref, true
	}
	return ref, false
}
