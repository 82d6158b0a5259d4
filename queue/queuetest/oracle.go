package queuetest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue"
)

// An oracle checks every offer of a step against the plain words of the rules,
// by looking at all that wait and at all agents as they were before the step.
type oracle struct {
	waiting map[string]job
	// free may be rung for anything, owing for what they owe.
	free, owing map[string]bool
	// urgent are the callbacks that agents of other languages may take, also while they ring.
	urgent map[string]bool
}

// job is a caller or a callback that waits for an agent.
type job struct {
	id, queue string
	language  queue.Language
	// overflowed: agents of other languages may take it. keeper: the only agent who may.
	overflowed bool
	keeper     string
	// urgent goes before all others, by its deadline.
	urgent   bool
	deadline time.Time
	weight   int
	head     bool
	priority int
	place    time.Time
	// rounds are the last ones in which agents did not take it, in words: "1001:2 1002:1".
	rounds string
	// parkedBy is the agent who parked the caller, if that was the last hold.
	parkedBy string
}

// look is the oracle's view of the state before a step.
func look(s *queue.State) oracle {
	o := oracle{map[string]job{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, j := range waiting(s) {
		o.waiting[j.id] = j
	}
	for _, cb := range s.Callbacks() {
		o.urgent[cb.ID] = cb.Urgent
	}
	for _, a := range s.Agents() {
		o.free[a.ID] = isFree(s, a)
		o.owing[a.ID] = isIdle(s, a) && !o.free[a.ID]
	}
	return o
}

// waiting are all callers without an offer, and the callbacks whose turn may come.
func waiting(s *queue.State) (all []job) {
	calls := s.Calls()
	for _, c := range calls {
		if c.State == queue.CallWaiting {
			all = append(all, jobOfCall(s, c))
		}
	}
	// The others are open, their next attempt is due, and the call that they were promised in is over.
	for _, cb := range s.Callbacks() {
		promising := func(c *queue.Call) bool { return c.ID == cb.Caller && c.Callback == cb.ID }
		if cb.State == queue.CallbackOpen && cb.NextAt.IsZero() && !slices.ContainsFunc(calls, promising) {
			all = append(all, jobOfCallback(s, cb))
		}
	}
	return all
}

func jobOfCall(s *queue.State, c *queue.Call) job {
	parkedBy := ""
	if n := len(c.HoldLog); n > 0 && c.HoldLog[n-1].By == queue.HeldByParking {
		parkedBy = c.HoldLog[n-1].Agent
	}
	return job{
		parkedBy: parkedBy,
		id:       c.ID, queue: c.Queue, language: c.Language, overflowed: c.Overflowed, keeper: c.Keeper,
		weight: weight(s, c.Queue), head: c.Head, priority: c.Priority, place: c.Place, rounds: rounds(c.Tried),
	}
}

// weight is that of a queue, 0 if the rules do not have it any more.
func weight(s *queue.State, name string) int {
	if q := s.Rules().Queues[name]; q != nil {
		return q.Weight
	}
	return 0
}

func jobOfCallback(s *queue.State, cb *queue.Callback) job {
	j := job{
		id: cb.ID, queue: cb.Queue, language: cb.Language, overflowed: cb.Urgent, urgent: cb.Urgent, deadline: cb.DueAt,
		weight: weight(s, cb.Queue), priority: cb.Priority, place: cb.Place, rounds: rounds(cb.Tried),
	}
	if cb.Kept {
		j.keeper = cb.Owner
	}
	return j
}

// chosenOn is the channel of a person who has just chosen a call: picked it up, or dialled its slot.
func chosenOn(ev queue.Event) string {
	switch ev := ev.(type) {
	case queue.LegPickedUp:
		return ev.Channel
	case queue.SlotDialled:
		return ev.Channel
	}
	return ""
}

// checkOffers: no job that was ahead could have had this agent, and no free agent
// that the strategy puts first could have had this job. An agent who owes a callback
// gets that one, and nothing else.
func (o oracle) checkOffers(s *queue.State, ev queue.Event, journal []queue.Entry) error {
	isOffer := func(e queue.Entry) bool {
		return e.Kind == queue.EntryCallOffered || e.Kind == queue.EntryCallPickedUp || e.Kind == queue.EntryCallbackTaken
	}
	if !slices.ContainsFunc(journal, isOffer) {
		return nil
	}
	now := look(s)
	for _, e := range journal {
		if !isOffer(e) {
			continue
		}
		a := find(s.Agents(), func(a *queue.Agent) bool { return a.ID == e.Agent })
		j, taken := offered(s, a)
		if !taken || j.id != cmp.Or(e.Callback, e.Call) {
			continue // over again within the same step
		}
		if a.Leg == chosenOn(ev) { // what a person chooses has no order
			j.overflowed = j.overflowed || o.urgent[j.id]
			if j.parkedBy == a.ID && a.Owes == "" {
				continue
			}
			if q := s.Rules().Queues[j.queue]; a.Owes != "" || q.Pickup == queue.PickupNobody || q.Pickup == queue.PickupTeam && !mayTake(s, a, j) {
				return fmt.Errorf("agent %s has picked up %s, which they may not (%q %+v %q)", a.ID, j.id, a.Owes, j, q.Pickup)
			}
			continue
		}
		if a.Owes != "" && a.Owes != j.id {
			return fmt.Errorf("agent %s owes %s and got %s", a.ID, a.Owes, j.id)
		}
		if j.keeper != "" && j.keeper != a.ID {
			return fmt.Errorf("agent %s got %s, which is kept for %s", a.ID, j.id, j.keeper)
		}
		if before := o.waiting[j.id]; before.keeper == "" && !mayTake(s, a, j) && a.Owes == "" {
			return fmt.Errorf("agent %s got %s, which is not for this agent", a.ID, j.id)
		}
		for _, other := range o.waiting {
			if now.waiting[other.id] == other && a.Owes == "" && mayTake(s, a, other) && compareJobs(other, j) < 0 {
				return fmt.Errorf("agent %s got %s, but %s was before it", a.ID, j.id, other.id)
			}
		}
		for _, other := range s.Agents() {
			if o.free[other.ID] && now.free[other.ID] && mayTake(s, other, j) && (a.Owes != "" || compareAgents(s, j, other, a) < 0) {
				return fmt.Errorf("%s went to agent %s, but %s was ahead in line", j.id, a.ID, other.ID)
			}
			if o.owing[other.ID] && now.owing[other.ID] && other.Owes == j.id && j.keeper == "" && a.Owes == j.id && j.round(other) < j.round(a) {
				return fmt.Errorf("%s went to agent %s, but %s owes it too and was offered it longer ago", j.id, a.ID, other.ID)
			}
		}
	}
	return nil
}

// offered is what rings at an agent.
func offered(s *queue.State, a *queue.Agent) (j job, ok bool) {
	if a == nil {
		return j, false
	}
	if cb := find(s.Callbacks(), func(cb *queue.Callback) bool { return cb.ID == a.Callback }); cb != nil {
		return jobOfCallback(s, cb), true
	}
	if c := find(s.Calls(), func(c *queue.Call) bool { return c.ID == a.Call }); c != nil {
		return jobOfCall(s, c), true
	}
	return j, false
}

// NobodyWaits holds invariant 6 while the exchange can be asked to ring somebody: no caller and no callback waits while
// an agent may take it, also an agent who refused the callback before.
func NobodyWaits(s *queue.State) error {
	idle := slices.DeleteFunc(s.Agents(), func(a *queue.Agent) bool { return !isIdle(s, a) })
	if len(idle) == 0 {
		return nil
	}
	for _, j := range waiting(s) {
		for _, a := range idle {
			owes := a.Owes == j.id && (j.keeper == "" || j.keeper == a.ID)
			if owes || isFree(s, a) && mayTake(s, a, j) {
				return fmt.Errorf("invariant 6: %s waits while agent %s is free", j.id, a.ID)
			}
		}
	}
	return nil
}

// NobodyRingsInVain holds that no phone rings for a caller or a callback whose agent may not have it any more: a trainee without a
// supervisor, or a supervisor who listens to somebody else.
func NobodyRingsInVain(s *queue.State) error {
	for _, a := range s.Agents() {
		answered := func(c *queue.Call) bool {
			return c.ID == a.Call && slices.ContainsFunc(c.Offers, func(o queue.Offer) bool { return o.Agent == a.ID && o.Answered })
		}
		working := func(cb *queue.Callback) bool { return cb.ID == a.Callback && cb.State != queue.CallbackOffered }
		if a.Status != queue.StatusRinging || find(s.Calls(), answered) != nil || find(s.Callbacks(), working) != nil {
			continue
		}
		if s.Rules().Agents[a.ID] != nil && !mayWork(s, a) || a.Monitor.Channel != "" {
			return fmt.Errorf("%s rings for %s, and may not have it: a trainee without a supervisor, or a supervisor who listens to %q", a.ID, cmp.Or(a.Call, a.Callback), a.Monitor.Agent)
		}
	}
	return nil
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

// isFree: the agent may be rung for anything; isIdle: at least for what the agent owes.
func isFree(s *queue.State, a *queue.Agent) bool { return isIdle(s, a) && a.Owes == "" }

func isIdle(s *queue.State, a *queue.Agent) bool {
	return a.Status == queue.StatusReady && a.Reachable && !a.InUse && a.Leg == "" && a.Monitor.Channel == "" &&
		a.RestUntil.IsZero() && mayWork(s, a)
}

// mayWork: a trainee does so only while a supervisor is logged in.
func mayWork(s *queue.State, a *queue.Agent) bool {
	r := s.Rules().Agents[a.ID]
	return r != nil && (!r.Trainee || slices.ContainsFunc(s.Agents(), func(other *queue.Agent) bool {
		or := s.Rules().Agents[other.ID]
		return other.Status != queue.StatusOffline && or != nil && or.Supervisor
	}))
}

// mayTake: what is kept is for its keeper alone. Otherwise for a member of the queue with its skills who speaks the language; or of
// another language, if the queue allows it and the caller has waited long enough or nobody logged in speaks theirs.
func mayTake(s *queue.State, a *queue.Agent, j job) bool {
	if j.keeper != "" {
		return j.keeper == a.ID
	}
	r, q := s.Rules().Agents[a.ID], s.Rules().Queues[j.queue]
	if q == nil || membership(r, q) == nil {
		return false
	}
	if r.Speaks(j.language) || q.Overflow && j.overflowed {
		return true
	}
	return q.Overflow && !slices.ContainsFunc(s.Agents(), func(other *queue.Agent) bool {
		or := s.Rules().Agents[other.ID]
		return other.Status != queue.StatusOffline && mayWork(s, other) && membership(or, q) != nil && or.Speaks(j.language)
	})
}

func membership(r *queue.AgentRules, q *queue.QueueRules) *queue.Membership {
	for _, skill := range q.Skills {
		if !slices.Contains(r.Skills, skill) {
			return nil
		}
	}
	for i, m := range r.Queues {
		if m.Queue == q.Name {
			return &r.Queues[i]
		}
	}
	return nil
}

// compareJobs: callbacks that must start now, the first deadline first; then
// weight of the queue, those who came back, priority, the true place.
func compareJobs(a, b job) int {
	yes := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	if a.urgent && b.urgent {
		return cmp.Or(a.deadline.Compare(b.deadline), cmp.Compare(a.id, b.id))
	}
	return cmp.Or(
		cmp.Compare(yes(a.urgent), yes(b.urgent)),
		cmp.Compare(b.weight, a.weight),
		cmp.Compare(yes(a.head), yes(b.head)),
		cmp.Compare(b.priority, a.priority),
		a.place.Compare(b.place),
		cmp.Compare(a.id, b.id))
}

// rounds tells who was tried, so that jobs can be compared.
func rounds(tried []queue.Tried) string {
	var words []string
	for _, t := range tried {
		words = append(words, fmt.Sprintf("%s:%d", t.Agent, t.Round))
	}
	return strings.Join(words, " ")
}

// round is the last one in which an agent did not take the job; 0 is none.
func (j job) round(a *queue.Agent) (round int) {
	for word := range strings.FieldsSeq(j.rounds) {
		if agent, n, _ := strings.Cut(word, ":"); agent == a.ID {
			round, _ = strconv.Atoi(n)
		}
	}
	return round
}

// compareAgents: who was offered the job in an earlier round or never, the caller's own language, penalty, fewest skills, then the strategy.
// Chance has no order, and rrmemory's depends on the agent before.
func compareAgents(s *queue.State, j job, a, b *queue.Agent) int {
	q := s.Rules().Queues[j.queue]
	ra, rb := s.Rules().Agents[a.ID], s.Rules().Agents[b.ID]
	other := func(r *queue.AgentRules) int {
		if r.Speaks(j.language) {
			return 0
		}
		return 1
	}
	if d := cmp.Or(cmp.Compare(j.round(a), j.round(b)), cmp.Compare(other(ra), other(rb))); d != 0 || q.Strategy == queue.StrategyWRandom {
		return d
	}
	if d := cmp.Compare(a.Penalty(*membership(ra, q)), b.Penalty(*membership(rb, q))); d != 0 || q.Strategy == queue.StrategyRingAll {
		return d
	}
	if q.FewestSkillsFirst {
		if d := cmp.Compare(len(ra.Languages)+len(ra.Skills), len(rb.Languages)+len(rb.Skills)); d != 0 {
			return d
		}
	}
	switch q.Strategy {
	case queue.StrategyLeastRecent:
		return a.LastCall.Compare(b.LastCall)
	case queue.StrategyFewestCalls:
		return cmp.Compare(a.Calls, b.Calls)
	case queue.StrategyLinear:
		return cmp.Compare(ra.Order, rb.Order)
	}
	return 0
}
