package match

import (
	"fmt"
	"slices"
)

// Step is one thing that is to be done so that nobody waits needlessly.
type Step struct {
	Do Act
	// Job is that of a [LetGo] or an [Offer], Queue that of an [Unstaffed].
	Job   Ref
	Queue string
	// Agents are to be rung for an [Offer]: one, or more with ringall. Valid until
	// the next step.
	Agents []string
}

// Act is what a step asks package queue to do.
type Act int

// The acts.
const (
	// Nothing is to be done any more: no agent is free who may take a job that waits.
	Nothing Act = iota
	// LetGo: the caller is kept for an agent who is not at hand any more. From now
	// on any agent may take the caller.
	LetGo
	// Unstaffed: the last agent of the queue has left. Its callers may be sent away.
	Unstaffed
	// Offer: ring the agents for the job. Or take the job out of line, if it may not
	// be done now after all.
	Offer
)

// Next says what is to be done now. The phases, each when the ones before have
// nothing left:
//
//  1. Callers who are kept for an agent who is not at hand any more are let go.
//  2. A queue whose last agent has left is unstaffed. Where the last agent of one
//     language has left, free agents of other languages look for its jobs.
//  3. Agents who have become free look for a job: the first of all jobs that any
//     of them may take is offered. They come before new jobs, so that a new job
//     gets only an agent that no job before it could have.
//  4. Jobs that are new or have changed look for an agent, in the order of their places.
//
// SetJob and SetAgent note what has changed. A pair of which neither has changed is
// not looked at again.
//
// Contract between phases 3 and 4: a job that is bestFor a free agent has
// candidates, maybe others than that agent. Both ask mayTake, and the index proposes
// to both all that it allows.
//
// Contract with package queue: before the next call it has done the step and told all
// that has changed. A job that was offered does not wait any more, a caller that was
// let go has no keeper. Else the same step would follow for ever, and there is no
// right way to go on: Next panics, and the job of the step before is the suspect.
func (m *Matcher) Next() Step {
	m.mustProgress()
	for len(m.gone) > 0 { // 1
		for j := range m.gone[0].kept.All() {
			if !j.Callback { // package queue passes callbacks on by rules of their own
				return m.ask(j, Step{Do: LetGo, Job: j.Ref})
			}
		}
		m.gone = m.gone[1:]
	}
	for len(m.unstaffed) > 0 { // 2
		l := m.unstaffed[0]
		m.unstaffed = m.unstaffed[1:]
		switch {
		case l.staff > 0: // somebody came meanwhile
		case l == l.queue.all:
			return Step{Do: Unstaffed, Queue: l.Queue}
		case l.queue.Overflow:
			for r := range l.queue.all.free.All() {
				m.freshenAgent(r.agent)
			}
		}
	}
	if j := m.bestOfFresh(); j != nil { // 3
		m.candidates(j)
		return m.ask(j, Step{Do: Offer, Job: j.Ref, Agents: m.chosen})
	}
	for j := m.nextFresh(); j != nil; j = m.nextFresh() { // 4
		if m.candidates(j); len(m.chosen) > 0 {
			return m.ask(j, Step{Do: Offer, Job: j.Ref, Agents: m.chosen})
		}
	}
	return Step{}
}

// ask remembers a step until the next call.
func (m *Matcher) ask(about *job, step Step) Step {
	m.about, m.asked = about, step.Do
	return step
}

// mustProgress panics if the step before was not done: see [Matcher.Next].
func (m *Matcher) mustProgress() {
	j := m.about
	if m.about = nil; j != nil && j.Stage == Waiting && (m.asked == Offer || j.Keeper != "") {
		panic(fmt.Sprintf("match: %s was to be offered to %q, or to be let go, and still waits, kept for %q", j.ID, m.chosen, j.Keeper))
	}
}

// Recheck lets all free agents look for a job, as if they had just become free.
// It is for when nothing could be offered for a while: jobs that waited meanwhile
// come before new ones.
func (m *Matcher) Recheck() {
	for _, a := range m.agents {
		if a.Free {
			m.freshenAgent(a)
		}
	}
}

// freshenAgent lets an agent look for a job in phase 3.
func (m *Matcher) freshenAgent(a *agent) {
	if !a.fresh {
		a.fresh = true
		m.freshAgents = append(m.freshAgents, a)
	}
}

// bestOfFresh is the first of all jobs that any agent of phase 3 may take; nil is
// none. Agents who may take none leave the list: there is none for them until they
// or a job change.
func (m *Matcher) bestOfFresh() (best *job) {
	m.freshAgents = slices.DeleteFunc(m.freshAgents, func(a *agent) bool {
		j := m.bestFor(a)
		if j != nil && (best == nil || compareJobs(j, best) < 0) {
			best = j
		}
		a.fresh = j != nil
		return !a.fresh
	})
	return best
}

// nextFresh takes the first job off the list of phase 4; nil when none is left.
func (m *Matcher) nextFresh() *job {
	j, some := m.freshJobs.Min()
	if some {
		m.freshJobs.Delete(j)
		j.in[fresh] = nil
	}
	return j
}
