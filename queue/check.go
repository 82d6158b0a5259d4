package queue

import (
	"errors"
	"fmt"
	"slices"
)

// Check tells what is wrong with the state: nil, or every invariant of the
// rules that does not hold. Tests call it after each step, the daemon at load.
func (s *State) Check() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for _, c := range s.Calls() {
		s.checkCall(c, bad)
	}
	for _, a := range s.Agents() {
		s.checkAgent(a, bad)
	}
	for _, boss := range s.Agents() {
		s.checkMonitoring(boss, bad)
	}
	for _, cb := range s.Callbacks() {
		s.checkCallback(cb, bad)
	}
	s.checkUrgent(bad)
	if n := s.loggedInSupervisors(); n != s.supervisors {
		bad("index: %d supervisors are logged in, counted as %d", n, s.supervisors)
	}
	s.checkNobodyWaitsNeedlessly(bad)
	s.checkIndex(bad)
	s.checkLamps(bad)
	return errors.Join(wrong...)
}

// checkCall: one place, one deadline, one thing to hear, no forbidden language.
func (s *State) checkCall(c *Call, bad func(string, ...any)) {
	offered, talking, ending := len(c.Offers) > 0, (c.Bridge != "" || c.Apart) && c.Leg != "", c.Outcome != ""
	if offered != (c.State == Offered) || talking != c.hasAgent() || ending != (c.State == Ending) {
		bad("invariant 1: call %s is %s with %d offers, bridge %q, outcome %q", c.ID, c.State, len(c.Offers), c.Bridge, c.Outcome)
	}
	if c.Playing != "" && c.Music {
		bad("call %s hears music under %s", c.ID, c.Playing)
	}
	if c.Playing != "" && c.PlayBy.IsZero() {
		bad("invariant 10: nobody guards what call %s hears", c.ID)
	}
	if (c.State == InMenu || c.State == Ending) && c.wake() == 0 {
		bad("invariant 10: call %s may stay in %s for ever", c.ID, c.State)
	}
	if c.State == Offered && c.RingBy.IsZero() {
		bad("invariant 10: the phones for call %s may ring for ever", c.ID)
	}
	if c.inLine() && !c.Music && c.Playing == "" && c.Keying == "" {
		bad("call %s waits in silence", c.ID)
	}
	for _, o := range c.Offers {
		a := s.agents[o.Agent]
		if a == nil || a.Call != c.ID || a.Leg != o.Leg {
			bad("invariant 2: call %s is offered to %s, who does not know", c.ID, o.Agent)
			continue
		}
		s.checkLanguage(c, a, bad)
	}
	if c.Rate != "" && (c.State != Ending || c.Outcome != CompletedByAgent || c.Rating != 0) {
		bad("call %s is %s (%s) and is asked for a rating (%s), having given %d", c.ID, c.State, c.Outcome, c.Rate, c.Rating)
	}
	s.checkKeeper(c, bad)
	s.checkHold(c, bad)
	s.checkTransfer(c, bad)
	s.checkRecorded(c, bad)
	c.checkAwaited(bad)
	if c.hasAgent() {
		if a := s.agents[c.Agent]; a == nil || a.Call != c.ID || a.Leg != c.Leg || a.Status != OnCall {
			bad("invariant 2: call %s talks to %s, who does not", c.ID, c.Agent)
		}
	}
	if s.queueRules(c.Queue) == nil && c.Outcome != UnknownNumber {
		bad("call %s is in queue %q, which is not there", c.ID, c.Queue)
	}
}

// checkHold holds invariant 5, and that a caller on hold hears something and nobody's voice.
func (s *State) checkHold(c *Call, bad func(string, ...any)) {
	held := c.State == Held
	if held != !c.HoldUntil.IsZero() || held != (c.HeldBy != "") || held != !c.ActAt.IsZero() {
		bad("invariant 5: call %s is %s, held by %q, acted on at %v, until %v", c.ID, c.State, c.HeldBy, c.ActAt, c.HoldUntil)
	}
	if held && s.up && (!s.now.Before(c.HoldUntil) || !c.ActAt.Before(c.HoldUntil)) {
		bad("invariant 5: call %s is on hold since %v, which is too long (acted on at %v)", c.ID, c.Since, c.ActAt)
	}
	if held && (!c.Apart || !c.Music && c.Playing == "") {
		bad("call %s is on hold in silence, or not out of the bridge (%v)", c.ID, c.Apart)
	}
	if c.Apart && !held && c.State != Transferring && (c.State != Talking || c.Playing == "") {
		bad("call %s is %s, out of the bridge, and hears nothing", c.ID, c.State)
	}
	if c.Playing != "" && c.Playing == c.Warning && (c.State != Talking || !c.Apart) {
		bad("call %s is %s (apart: %v) and is being warned", c.ID, c.State, c.Apart)
	}
	if c.State == Talking && !c.Apart && (c.Playing != "" || c.Music) {
		bad("call %s talks under %q or music", c.ID, c.Playing)
	}
}

// checkLanguage holds invariant 7 for a phone that rings.
func (s *State) checkLanguage(c *Call, a *Agent, bad func(string, ...any)) {
	r, q := s.agentRules(a.ID), s.queueRules(c.Queue)
	if r.Speaks(c.Language) || len(r.Queues) == 0 {
		return
	}
	if !q.Overflow || !c.ToldOther {
		bad("invariant 7: %s does not speak %s and rings for call %s (overflow %v, told %v)", a.ID, c.Language, c.ID, q.Overflow, c.ToldOther)
	}
}

// checkAgent: one call at most, in a status that goes with it.
func (s *State) checkAgent(a *Agent, bad func(string, ...any)) {
	if a.Call != "" {
		c := s.calls[a.Call]
		if c == nil || c.offerOf(a.Leg) == nil && (!c.hasAgent() || c.Leg != a.Leg) {
			bad("invariant 2: agent %s has call %s, which has not him", a.ID, a.Call)
		}
	}
	if busy := a.Status == Ringing || a.Status == OnCall; busy != (s.isBusy(a) && a.Status != Offline) {
		bad("agent %s is %s with call %q, third party of %q", a.ID, a.Status, a.Call, a.Target)
	}
	if cb := s.callbacks[a.Callback]; a.Callback != "" && (cb == nil || cb.Agent != a.ID || a.Call != "") {
		bad("invariant 2: agent %s works on callback %s, which has not him, or on call %s as well", a.ID, a.Callback, a.Call)
	}
	if cb := s.callbacks[a.Owes]; a.Owes != "" && (cb == nil || cb.State == CallbackTalking || a.Status == Offline) {
		bad("invariant 3: agent %s (%s) owes callback %s, which is done", a.ID, a.Status, a.Owes)
	}
	if c := s.calls[a.Call]; (a.Recall != "" || a.Reminded) && (c == nil || c.State != Held) {
		bad("agent %s is reminded of a hold (%v, line %q) that is over", a.ID, a.Reminded, a.Recall)
	}
	if a.Call == "" && a.Callback == "" && a.Target == "" && a.Leg != "" && a.LegBy.IsZero() {
		bad("invariant 10: nobody guards the end of leg %s", a.Leg)
	}
	if c := s.calls[a.Target]; a.Target != "" && (c == nil || c.Target.Leg == "" || c.Target.Agent != a.ID) {
		bad("invariant 2: agent %s is the far end of call %s, which has not him", a.ID, a.Target)
	}
	if a.Telling != "" && (a.Leg == "" || a.LegBy.IsZero() || a.Callback != "") {
		bad("invariant 10: agent %s is told %s on leg %q, until %v", a.ID, a.Words, a.Leg, a.LegBy)
	}
	if (a.Status == WrapUp) == a.WrapUntil.IsZero() {
		bad("agent %s is %s, wrap-up until %v", a.ID, a.Status, a.WrapUntil)
	}
	if offline := a.Status == Offline; offline != a.LoggedIn.IsZero() || offline != (a.Endpoint == "") {
		bad("agent %s is %s, logged in %v at %q", a.ID, a.Status, a.LoggedIn, a.Endpoint)
	}
	if s.up && s.isOutOfTable(a) {
		bad("invariant 8: agent %s is in %s, which the table does not let him", a.ID, a.Status)
	}
	if a.Endpoint != "" && s.desks[a.Endpoint] != a {
		bad("agent %s is logged in at %s, where %v is", a.ID, a.Endpoint, s.desks[a.Endpoint])
	}
	if sheet := s.sheets[a.ID]; s.up && sheet != nil && sheet.Status != "" != (a.Status != Offline) {
		bad("agent %s is %s, his timesheet says %q", a.ID, a.Status, sheet.Status)
	}
}

// checkCallback: one state with what belongs to it, and never over without an allowed outcome.
func (s *State) checkCallback(cb *Callback, bad func(string, ...any)) {
	if cb.Outcome != "" || cb.State == CallbackOver {
		bad("invariant 3: callback %s is over (%q) and still here", cb.ID, cb.Outcome)
	}
	if cb.isWorkedOn() {
		if a := s.agents[cb.Agent]; a == nil || a.Callback != cb.ID || a.Leg != cb.Leg {
			bad("invariant 2: callback %s is %s at %s, who does not know", cb.ID, cb.State, cb.Agent)
		}
		if cb.StepBy.IsZero() {
			bad("invariant 10: callback %s may stay %s for ever", cb.ID, cb.State)
		}
	}
	if client := cb.State == CallbackDialling || cb.State == CallbackGreeting || cb.State == CallbackTalking; client != (cb.Client != "") {
		bad("invariant 3: callback %s is %s with client %q", cb.ID, cb.State, cb.Client)
	}
	if cb.State == CallbackOnLine || cb.State == CallbackTalking {
		if !s.hasCall(cb) {
			bad("invariant 3: callback %s is %s, but its client is not on the line", cb.ID, cb.State)
		}
	} else if cb.State != CallbackBooking && s.isOnLine(cb) { // one on hold is being promised it
		bad("invariant 3: callback %s is %s, but its client is on the line", cb.ID, cb.State)
	}
	if (cb.Alarm.Leg != "") != (cb.Alarm.State == AlarmRinging || cb.Alarm.State == AlarmTold) || (cb.Alarm.Leg != "") == cb.Alarm.By.IsZero() {
		bad("invariant 10: the alarm of callback %s is %s on leg %q, until %v", cb.ID, cb.Alarm.State, cb.Alarm.Leg, cb.Alarm.By)
	}
	if s.callbackOf(cb.Number) != cb {
		bad("two callbacks for one number: %s", cb.ID)
	}
	if !s.up || !s.isReady(cb) {
		return
	}
	if a := s.callbackCandidate(cb); a != nil {
		bad("invariant 6: callback %s waits while agent %s is free", cb.ID, a.ID)
	}
}

// checkUrgent: in a line of callbacks nobody goes before an earlier deadline
// because he must start now and the other, it seems, need not.
func (s *State) checkUrgent(bad func(string, ...any)) {
	for _, line := range s.index.dues {
		var calm *Callback
		for due := range line.All() {
			switch cb := s.callbacks[due.id]; {
			case !cb.Urgent:
				calm = cb
			case calm != nil:
				bad("callback %s is urgent, and %s, which is due before it, is not", cb.ID, calm.ID)
			}
		}
	}
}

// checkNobodyWaitsNeedlessly holds invariant 6 by looking at every pair, without the index.
func (s *State) checkNobodyWaitsNeedlessly(bad func(string, ...any)) {
	if !s.up {
		return
	}
	var free []*Agent
	for _, a := range s.Agents() {
		if s.isFree(a) && a.Owes == "" {
			free = append(free, a)
		}
	}
	if len(free) == 0 {
		return
	}
	for _, c := range s.Calls() {
		if c.State != Waiting {
			continue
		}
		for _, a := range free {
			if s.mayTake(a, c) {
				bad("invariant 6: call %s waits while agent %s is free", c.ID, a.ID)
			}
		}
	}
}

// mayTake says by the plain words of the rules whether an agent may take a
// waiting call. The index must come to the same.
func (s *State) mayTake(a *Agent, c *Call) bool {
	r, q := s.rules.Agents[a.ID], s.rules.Queues[c.Queue]
	if r == nil || q == nil || !r.mayServe(q) || !isMember(r, q) {
		return false
	}
	if c.Keeper != "" {
		return c.Keeper == a.ID
	}
	return r.Speaks(c.Language) || q.Overflow && (c.Overflowed || !s.isSpoken(c.Language, q))
}

func isMember(r *AgentRules, q *QueueRules) bool {
	return slices.ContainsFunc(r.Queues, func(m Membership) bool { return m.Queue == q.Name })
}

// isSpoken reports whether somebody who is logged in speaks the language in a queue.
func (s *State) isSpoken(l Language, q *QueueRules) bool {
	for id, a := range s.agents {
		if r := s.rules.Agents[id]; r != nil && a.Status != Offline && s.mayWork(r) && r.Speaks(l) && r.mayServe(q) && isMember(r, q) {
			return true
		}
	}
	return false
}

// checkIndex compares the index with what follows from the entities.
func (s *State) checkIndex(bad func(string, ...any)) {
	lines := map[lineKey]int{}
	timers := 0
	for _, c := range s.calls {
		if c.inLine() {
			lines[lineKey{c.Queue, c.Language}]++
		}
		if c.wake() != 0 {
			timers++
		}
		if slot := s.index.callSlots[c.ID]; slot.wake != c.wake() {
			bad("index: deadline of call %s is not its own", c.ID)
		}
	}
	for key, set := range s.index.inLine {
		if set.Len() != lines[key] {
			bad("index: line %v has %d callers, want %d", key, set.Len(), lines[key])
		}
	}
	if s.index.callTimers.Len() != timers {
		bad("index: %d deadlines of calls, want %d", s.index.callTimers.Len(), timers)
	}
	for id, a := range s.agents {
		if a.Leg != "" && s.index.legs[a.Leg] != id {
			bad("index: leg %s is not known as %s's", a.Leg, id)
		}
	}
}

// checkLamps holds that phones show what is so, by looking at every caller. What
// is due and not done yet is let be.
func (s *State) checkLamps(bad func(string, ...any)) {
	if !s.up || s.lamps.read {
		return
	}
	for id, a := range s.agents {
		if shown, is := s.lamps.agents[id], s.lampsOf(a); shown != is {
			bad("the lamps of agent %s show %v, want %v", id, shown, is)
		}
	}
	for queue, q := range s.rules.Queues {
		is := LampDark
		for _, c := range s.calls {
			switch {
			case c.Queue != queue || !c.inLine():
			case s.now.Sub(c.Entered) >= q.ServiceLevel.Within:
				is = LampBlinking
			case is == LampDark && c.State == Waiting:
				is = LampOn
			}
		}
		if due := s.index.lampDue[queue]; s.lamps.queues[queue] != is && (due == 0 || due > s.now.UnixNano()) {
			bad("the lamp of queue %s shows %q, want %q", queue, s.lamps.queues[queue], is)
		}
	}
}
