package match

import (
	"fmt"
	"slices"
)

// Step is one thing that is to be done so that nobody waits needlessly.
type Step struct {
	Do Act
	// Job is whom a [LetGo] or an [Offer] is about, Queue is of an [Unmanned].
	Job   Ref
	Queue string
	// Agents are those whose phones ring for an [Offer], valid until the next
	// step. The first one is who the strategy picked.
	Agents []string
}

// Act is what a step asks of the rules.
type Act int

// The acts.
const (
	// Nothing is to be done any more: no agent is free who may take a job that waits.
	Nothing Act = iota
	// LetGo: the caller is kept for an agent who is not at hand any more, and
	// must be for anybody.
	LetGo
	// Unmanned: the last agent of the queue has left. Its callers may be sent away.
	Unmanned
	// Offer: the job is for these agents. Their phones are to be rung; or the job
	// is taken out of line, if the rules find that it may not be done now.
	Offer
)

// Next says what is to be done now. The phases, each when the ones before have
// nothing left:
//
//  1. Jobs that are kept for an agent who is not at hand any more are let go.
//  2. Queues whose last agent has left are unmanned. The jobs of a language whose
//     last agent has left may overflow to agents of others from now on.
//  3. Agents who have become free look for a job: the first of all jobs that any
//     of them may take is offered. They come before new jobs, so that a new job
//     gets only an agent whom nobody before it could have.
//  4. Jobs that are new, or have changed, look for an agent, in the order of their places.
//
// What has changed is remembered by SetJob and SetAgent, so that a pair of which
// neither has changed is not looked at twice.
//
// The contract of phases 3 and 4: when [bestFor] an agent is a job, that job has
// [candidates], for both ask mayTake and the index proposes to both what it allows.
//
// The contract with the rules: before they ask again they have done the step and
// told all that it changed. An offered job does not wait any more, one that was let
// go has no keeper. Else the same step would follow for ever, and there is no right
// way on: Next panics, and the job is that of the step before.
func (m *Matcher) Next() Step {
	m.mustProgress()
	for len(m.gone) > 0 { // 1
		for j := range m.gone[0].kept.All() {
			if !j.Callback { // a callback is passed on by the rules
				return m.ask(j, Step{Do: LetGo, Job: j.Ref})
			}
		}
		m.gone = m.gone[1:]
	}
	for len(m.unmanned) > 0 { // 2
		l := m.unmanned[0]
		m.unmanned = m.unmanned[1:]
		switch {
		case l.works > 0: // somebody came meanwhile
		case l == l.queue.all:
			return Step{Do: Unmanned, Queue: l.Queue}
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

// ask gives a step to the rules, and remembers it.
func (m *Matcher) ask(about *job, step Step) Step {
	m.about, m.asked = about, step.Do
	return step
}

// mustProgress panics if the step before was not done: see [Matcher.Next].
func (m *Matcher) mustProgress() {
	j := m.about
	m.about = nil
	switch {
	case j == nil:
	case m.asked == Offer && j.Stage == Waiting:
		panic(fmt.Sprintf("match: %s was to be offered to %q, and still waits", j.ID, m.chosen))
	case m.asked == LetGo && j.Stage == Waiting && j.Keeper != "":
		panic(fmt.Sprintf("match: %s was to be let go, and is still kept for %s", j.ID, j.Keeper))
	}
}

// Recheck lets all free agents look for a job, as if they had just become free.
// The rules ask for it after they could not offer anything for a while, so that
// those who waited meanwhile come before those who are new.
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

// freshen lets a job look for an agent in phase 4.
func (m *Matcher) freshen(j *job) {
	m.unordered = true
	if !j.fresh {
		j.fresh = true
		m.freshJobs = append(m.freshJobs, j)
	}
}

// bestOfFresh is the first of all jobs that any agent may take who has become
// free; nil is none. Agents who may take none leave the list: until they or a job
// change there is none for them.
func (m *Matcher) bestOfFresh() (best *job) {
	useful := m.freshAgents[:0]
	for _, a := range m.freshAgents {
		j := m.bestFor(a)
		if a.fresh = j != nil; !a.fresh {
			continue
		}
		useful = append(useful, a)
		if best == nil || compareJobs(j, best) < 0 {
			best = j
		}
	}
	m.freshAgents = useful
	return best
}

// nextFresh takes the first job off the list of phase 4; nil when none is left.
func (m *Matcher) nextFresh() *job {
	if m.unordered {
		slices.SortFunc(m.freshJobs, compareJobs)
		m.unordered = false
	}
	for len(m.freshJobs) > 0 {
		j := m.freshJobs[0]
		m.freshJobs = m.freshJobs[1:]
		if j.fresh = false; j.Stage == Waiting {
			return j
		}
	}
	return nil
}
