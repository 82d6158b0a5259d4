package queue

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// happen sets a status that an agent or a supervisor asks for: waiting, or
// one of the table. During a call it is postponed until after the call.
func (ev SetStatus) happen(s *State) {
	s.by = ev.By
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	if ev.Key != "" && (a.Status == ev.Status || a.After == ev.Status) {
		ev.Status = StatusReady
	}
	t := s.rules.chosen(ev.Status)
	switch {
	case ev.Key != "" && ev.Key != a.ID:
		s.refuse(a, r, RefusalOthersKey, "status-refused-key")
		return
	case a.Status == StatusOffline:
		s.refuse(a, r, RefusalNotLoggedIn, "not-logged-in")
		return
	case ev.Status != StatusReady && t == nil:
		s.refuse(a, r, RefusalUnknownStatus, "status-refused-unknown")
		return
	case t != nil && ev.By == "" && (a.Status == ev.Status || a.After == ev.Status):
		a.confirm(s, r, t) // already set, or to follow
		return
	case t != nil && !a.mayEnter(s, r, t, ev):
		return
	}
	a.noteOrder(s, ev.Status, ev.By, ev.Reason)
	a.NextStatus = NextStatus{}
	switch busy := a.isBusy(s); {
	case !busy:
		a.MissedInRow = 0
		a.setStatus(s, ev.Status)
		a.OrderedBy = ev.By
	case t != nil:
		a.NextStatus = NextStatus{After: ev.Status, AfterBy: ev.By}
		a.losesOffer(s)
	}
	s.touch(a)
	if t == nil {
		r.reply(s, "status-waiting")
		return
	}
	a.confirm(s, r, t)
}

// confirm tells the agent which status they have now, or will have after the call.
func (a *Agent) confirm(s *State, r *AgentRules, t *StatusRules) {
	r.reply(s, "status-set-"+t.Name)
	if a.After != "" {
		r.reply(s, "status-after-call")
	}
}

// mayEnter reports whether an agent may take a status of the table now. A supervisor
// may order what the table refuses, with a reason; a bound program may not.
func (a *Agent) mayEnter(s *State, r *AgentRules, t *StatusRules, ev SetStatus) bool {
	why, phrase := a.statusRefusal(s, r, t)
	switch {
	case why == "":
		return a.mayLeave(s, r, ViolationBreak, ev.By, ev.Reason, ev.Bound)
	case ev.Bound:
		return s.refuse(a, r, why)
	case ev.By == "":
		if why == RefusalStatusForbidden {
			s.note(Entry{Kind: EntryViolation, Agent: a.ID, Status: ev.Status, Details: &Details{Violation: ViolationStatus}})
		}
		return s.refuse(a, r, why, phrase)
	case ev.Reason == "":
		return s.refuse(a, r, RefusalReasonMissing)
	}
	return true
}

// statusRefusal is why the table refuses a status to an agent now, also in speech; empty when it does not.
func (a *Agent) statusRefusal(s *State, r *AgentRules, t *StatusRules) (why Refusal, phrase string) {
	switch {
	case t.isForbiddenTo(r):
		return RefusalStatusForbidden, "status-refused-not-allowed"
	case t.RefusedAtPeak && r.isPeak(s):
		return RefusalAtPeak, "status-refused-peak"
	case t.AtOnce > 0 && a.colleaguesIn(s, r, Status(t.Name)) >= t.AtOnce:
		return RefusalTooManyInStatus, "status-refused-too-many"
	}
	return "", ""
}

// colleaguesIn counts the others of an agent's queues who are in a status, or
// will be after their call.
func (a *Agent) colleaguesIn(s *State, r *AgentRules, status Status) int {
	n := 0
	for id, other := range s.agents {
		o := s.rules.Agents[id]
		if other != a && o != nil && (other.Status == status || other.After == status) &&
			slices.ContainsFunc(r.Queues, func(own Membership) bool { return o.isIn(own.Queue) }) {
			n++
		}
	}
	return n
}

// isPeak reports whether one of the agent's queues has its peak.
func (r *AgentRules) isPeak(s *State) bool {
	return slices.ContainsFunc(r.Queues, func(m Membership) bool {
		q := s.rules.Queues[m.Queue]
		return q != nil && (q.waitsLong(s) || q.Peak.ServiceLevel && q.isUnderTarget(s))
	})
}

// waitsLong reports whether somebody waits in a queue for longer than its peak allows.
func (q *QueueRules) waitsLong(s *State) bool {
	longest, waits := s.index.waits.of(q.Name).Min()
	return waits && q.Peak.Wait > 0 && s.now.Sub(time.Unix(0, longest.at)) > q.Peak.Wait
}

// enoughCalls of a day make a service level that says something.
const enoughCalls = 20

// isUnderTarget reports whether a queue misses the target of its service level today.
func (q *QueueRules) isUnderTarget(s *State) bool {
	l := s.lines[q.Name]
	return l != nil && l.Day == s.today() && l.Judged() >= enoughCalls &&
		100*l.AnsweredInTime < q.ServiceLevel.Target*l.Judged()
}

// noteOrder records a supervisor's order. What the agent owes moves on to others at
// once, unless the order is to wait for calls.
func (a *Agent) noteOrder(s *State, status Status, by, reason string) {
	if by == "" {
		return
	}
	s.note(Entry{Kind: EntryAgentOrder, Agent: a.ID, Status: status, Details: &Details{Reason: reason}})
	if status != StatusReady {
		a.takeOffCallback(s, reason)
	}
}

// overstay records, once, that an agent is in a status for longer than allowed.
func (a *Agent) overstay(s *State) {
	a.Overstayed = true
	a.sheet(s).Overstays++
	s.note(Entry{Kind: EntryAgentOverstay, Agent: a.ID, Status: a.Status})
}

// reviewStatuses pauses agents whose status a new config does not have or does
// not allow: calls that they do not expect must not ring at them.
func (s *State) reviewStatuses() {
	for _, a := range s.Agents() {
		if a.isOutOfTable(s) {
			a.setStatus(s, StatusMissed)
		}
	}
}

// isOutOfTable reports whether an agent is in a status that the table does not allow them (invariant 8).
func (a *Agent) isOutOfTable(s *State) bool {
	return !slices.Contains(SetByDaemon, a.Status) && !a.mayStay(s, a.Status, a.OrderedBy)
}

// statusPhrase is an agent's own status in words.
var statusPhrase = map[Status]string{
	StatusOffline: "not-logged-in", StatusReady: "status-waiting", StatusRinging: "status-waiting",
	StatusOnCall: "my-talking", StatusWrapUp: "my-wrapup", StatusMissed: "my-paused", StatusUnwell: "my-paused",
}

// happen tells an agent the status, a callback that they owe, for how long, and how many callers wait for them.
func (ev AskState) happen(s *State) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	r.reply(s, cmp.Or(statusPhrase[a.Status], "status-set-"+string(a.Status)))
	if a.Status == StatusOffline {
		return
	}
	r.replyTrainee(s)
	if a.Owes != "" {
		r.reply(s, "status-refused-callback-due") // why no call comes
	}
	if !a.Reachable {
		r.reply(s, "my-unreachable")
	}
	waiting := 0
	for _, m := range r.Queues {
		for _, l := range r.Languages {
			waiting += s.Waiting(m.Queue, l)
		}
	}
	s.fx.Answer.Say = append(s.fx.Answer.Say,
		Phrase{ID: "since", Language: r.speech(s), N: int(math.Floor(s.now.Sub(a.Since).Minutes()))},
		Phrase{ID: "waiting-calls", Language: r.speech(s), N: waiting})
}
