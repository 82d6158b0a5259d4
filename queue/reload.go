package queue

import (
	"slices"
	"time"

	"kezek/queue/internal/match"
)

// happen takes a new config over. Live calls keep their place. Callers in line of
// a queue that was removed hear a phrase and leave it.
func (ev RulesChanged) happen(s *State) {
	for id, r := range ev.Rules.Agents {
		if old := s.rules.Agents[id]; old != nil && old.PIN != r.PIN {
			a := s.agents[id] // with the new PIN none was wrong
			a.WrongPINs, a.LockedUntil, a.Guesses = 0, time.Time{}, nil
			s.touch(a)
		}
	}
	s.adoptRules(ev.Rules)
	s.lamps.stale = true
	s.review()
	for _, cb := range s.Callbacks() {
		cb.reconsider(s)
	}
	for _, c := range s.Calls() {
		if q := s.rules.Queues[c.Queue]; q != nil && c.State == CallOffered {
			c.withdrawUnless(s, func(r *AgentRules) bool { return r.serves(q) && (r.Speaks(c.Language) || q.Overflow) })
		}
		if c.inLine() {
			c.boundWait(s, s.now)
		}
	}
	s.leaveRetired()
}

// leaveRetired makes callers leave the line of a queue that was removed.
func (s *State) leaveRetired() {
	for _, c := range s.Calls() {
		if s.rules.Queues[c.Queue] == nil && c.Queue != "" && !c.hasAgent() && !c.isPassedOn() && c.State != CallEnding {
			c.withdrawAll(s)
			c.endHold(s, HoldEndRequeued, false) // of one who is parked
			c.unserved(s, OutcomeEmpty)
		}
	}
}

// review applies rules that may be new to the agents: at a reload, and at the start.
func (s *State) review() {
	s.reviewStatuses()
	s.reviewPhones()
	s.reviewMonitors()
	s.planShifts()
	s.reviewKeepers()
	s.trainees = true
	s.reviewPenalties()
	s.endSheets()
	for _, a := range s.Agents() {
		a.watchPhone(s)
	}
}

// adoptRules puts rules into force, and indexes all by them.
func (s *State) adoptRules(rules *Rules) {
	retired := Rules{Queues: map[string]*QueueRules{}, Agents: map[string]*AgentRules{}}
	adopt := func(e Entity, queue string, l *Language) {
		if queue != "" && rules.Queues[queue] == nil {
			retired.Queues[queue] = s.retiredQueue(queue)
		}
		if !slices.Contains(rules.Languages, *l) {
			*l = rules.Languages[0]
			s.touch(e)
		}
	}
	for _, c := range s.calls {
		adopt(c, c.Queue, &c.Language)
	}
	for _, cb := range s.callbacks {
		adopt(cb, cb.Queue, &cb.Language)
	}
	for _, a := range s.Agents() {
		if rules.Agents[a.ID] != nil {
			continue
		}
		if a.Call == "" && a.Leg == "" && a.Callback == "" {
			a.drop(s)
			a.reindex(s)
			continue
		}
		retired.Agents[a.ID] = a.retiredRules(s)
		a.NextStatus = NextStatus{After: StatusOffline, AfterEnd: ShiftAgentRemoved}
		s.touch(a)
	}
	s.rules, s.retired, s.queueByDID, s.extensions, s.keyable = rules, retired, rules.byDID(), rules.extensions(), rules.keyable()

	for id := range rules.Agents {
		if s.agents[id] == nil {
			s.agents[id] = &Agent{ID: id, Status: StatusOffline}
			s.touch(s.agents[id])
		}
	}
	s.assignPhones()
	s.alignUrgency()
	s.countSupervisors()
	s.match = match.New(s.matchRules())
	each(s, s.Agents(), func(a *Agent) { a.reindex(s) })
	each(s, s.Callbacks(), func(cb *Callback) { cb.reindex(s) })
	each(s, s.Calls(), func(c *Call) { c.reindex(s) })
	each(s, s.Lines(), func(l *Line) { l.reindex(s) })
}

// retiredQueue keeps the rules of a queue that the config dropped while it has calls.
func (s *State) retiredQueue(name string) *QueueRules {
	kept := DefaultQueue()
	if q := s.queueRules(name); q != nil {
		kept = *q
	}
	kept.Name, kept.DID = name, nil
	return &kept
}

// retiredRules keeps the rules of an agent who was removed from the config during a call. They get no other call.
func (a *Agent) retiredRules(s *State) *AgentRules {
	kept := AgentRules{ID: a.ID, Endpoint: a.Endpoint, Languages: s.rules.Languages}
	if r := s.agentRules(a.ID); r != nil {
		kept = *r
	}
	kept.Queues = nil
	return &kept
}
