// Package match decides which free agent takes which waiting caller or callback.
//
// A caller or callback that waits is a [Job]. Package queue translates its entities
// into jobs and agents and tells each change with [Matcher.SetJob] and
// [Matcher.SetAgent]. Then it asks [Matcher.Next] for the next step, does it, and
// asks again until there is none. This package knows nothing of phones, time or words.
//
// # The rule and the index
//
// Which agent may take which job is written once, in bars, which tells why not; mayTake is that there is none. Both directions ask it: an agent
// who looks for a job (bestFor), and a job that looks for an agent (candidates).
// They do not look at all pairs. The index proposes, in order, and mayTake decides.
// The index may propose too much, which costs time. It must never propose too
// little, or a job waits while an agent is free. The same rule stands in plain words, without
// the index, in oracle_test.go; a property test holds both directions against it.
//
// # Where a new rule goes
//
// A rule that forbids a pair has these places:
//
//   - a field of [Job] or [Agent], and for a field of Job its comparison in Job.is (index.go)
//   - a bit of [Bars] and its lines in bars (rule.go), and the same in mayTakePlainly (oracle_test.go); its words in queue/why.go
//   - what fills the field: the method job of calls and of callbacks, or that of agents, in queue/matching.go
//   - if it has a time, its deadline: a row in queue/timertable.go
//   - its plain words in queue/queuetest/oracle.go, against which scenarios and simulated days hold
//     every offer and all that wait: mayTakePlainly and mayTake may be wrong in the same way
//   - a line in site.change (match_test.go), which fills the fields by chance
//
// For example "an agent may decline two offers an hour without the rest": the rest is not
// known here, it is a reason why an agent is not [Agent.Free].
//
// A rule that prefers some of the agents who may take a job, and forbids none, is a rule of
// candidates (rule.go) and of candidatesPlainly. For example "who did not take this
// caller is not offered it again while a free agent who may take it has not been tried": see [Job.Tried]. If mayTake
// refused those who were tried, the caller would wait for the end of the round beside a free agent.
//
// A rule that allows more pairs also needs a set that proposes them: for an agent
// who looks for a job see open, for a job that looks for an agent see candidates.
//
// A rule follows from the job and the agent as they were told, never from the time: a
// pair is looked at again only when one of the two changes. Where time matters,
// package queue has a deadline, and changes the job or the agent when it is due.
package match

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
	// Overflow lets agents of other languages take a job that is overflowed, or when
	// no agent who works in the queue speaks its language.
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
	// Out is not in line: in a talk, over, or not to be offered yet.
	Out Stage = iota
	// Ringing has a place in line, and phones ring for it.
	Ringing
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
	// Refusers are the agents who refused this callback. All who owe it are among
	// them. They get it when nobody else may take it, in this order.
	Refusers []string
	// Tried are the agents who were offered it and did not take it, each once.
	Tried []Tried
}

// Tried is an agent who did not take a job, and the round in which they were offered it
// last. The first round is 1. An agent who is not among the tried is in round 0.
type Tried struct {
	Agent string
	Round int
}

// Agent is what an agent does at this moment, as far as matching is concerned.
type Agent struct {
	ID string
	// Works: is logged in and gets jobs, now or later.
	Works bool
	// Free: may be rung now. An agent who is free works.
	Free bool
	// AtHand: is free or will be after the current work, so that jobs may be kept for them.
	AtHand bool
	// Owes is a callback that the agent refused: they get this one or nothing.
	Owes string
	// Calls, LastCall and Since are what strategies order by: the calls since
	// log-in, the end of the last one, and when the status began, in ns; 0 is never.
	Calls           int
	LastCall, Since int64
}
