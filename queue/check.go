package queue

import (
	"errors"
	"fmt"
)

// Check tells what is wrong with the state: nil, or every [Fault], joined. Tests call it after each step, the daemon at load.
func (s *State) Check() error {
	var wrong []error
	for _, f := range s.Faults() {
		wrong = append(wrong, f)
	}
	return errors.Join(wrong...)
}

// Faults are the invariants that do not hold, each with the entity that it is
// about: what must be mended, or put aside if it cannot be.
func (s *State) Faults() []Fault {
	var wrong []Fault
	bad := func(about Entity, format string, args ...any) {
		wrong = append(wrong, Fault{About: about, What: fmt.Sprintf(format, args...)})
	}
	if s.wrongMove != nil {
		wrong = append(wrong, *s.wrongMove)
	}
	calls := s.callsOf()
	each(s, s.Calls(), func(c *Call) { c.check(s, bad) })
	each(s, s.Agents(), func(a *Agent) { a.check(s, bad) })
	each(s, s.Agents(), func(supervisor *Agent) { supervisor.checkMonitoring(s, bad) })
	each(s, s.Callbacks(), func(cb *Callback) { cb.check(s, calls[cb.ID], bad) })
	checkParties(s, bad)
	for _, l := range s.Lines() {
		lineTimers.check(s, l, func(_ Entity, format string, args ...any) { bad(nil, format, args...) }) // nothing of it is mended
	}
	checkUrgent(s, bad)
	if n := s.loggedInSupervisors(); n != s.supervisors {
		bad(nil, "index: %d supervisors are logged in, counted as %d", n, s.supervisors)
	}
	checkIndex(s, bad)
	checkLamps(s, bad)
	return wrong
}

// check: one place, one deadline, one thing to hear, no forbidden language.
func (c *Call) check(s *State, bad report) {
	offered, talking, ending := len(c.Offers) > 0, (c.Bridge != "" || c.Apart) && c.Leg != "", c.Outcome != ""
	if offered != (c.State == CallOffered) || talking != c.hasAgent() || ending != (c.State == CallEnding) {
		bad(c, "invariant 1: call %s is %s with %d offers, bridge %q, outcome %q", c.ID, c.State, len(c.Offers), c.Bridge, c.Outcome)
	}
	if c.Playing != "" && c.Music {
		bad(c, "call %s hears music under %s", c.ID, c.Playing)
	}
	callTimers.check(s, c, bad)
	if c.inLine() && !c.Music && c.Playing == "" && c.Keying == "" {
		bad(c, "call %s waits in silence", c.ID)
	}
	for _, o := range c.Offers {
		a := s.agents[o.Agent]
		if a == nil || a.Call != c.ID || a.Leg != o.Leg || a.Status != StatusRinging {
			bad(c, "invariant 2: call %s is offered to %s, who does not know", c.ID, o.Agent)
			continue
		}
		c.checkLanguage(s, a, bad)
	}
	if c.Rating != 0 && c.State != CallEnding || c.Rate != "" && (c.State != CallEnding || c.Outcome != OutcomeCompletedByAgent || c.Rating != 0) {
		bad(c, "call %s is %s (%s) and is asked for a rating (%s), having given %d", c.ID, c.State, c.Outcome, c.Rate, c.Rating)
	}
	if cb := s.callbacks[c.Callback]; cb != nil && c.State != CallEnding && c.Number != cb.Number {
		bad(c, "invariant 3: call %s of %s is to fulfil callback %s of %s", c.ID, c.Number, cb.ID, cb.Number)
	}
	c.checkKeeper(s, bad)
	c.checkHold(s, bad)
	c.checkParking(s, bad)
	c.checkTransfer(s, bad)
	c.checkRecorded(s, bad)
	if c.hasAgent() {
		if a := s.agents[c.Agent]; a == nil || a.Call != c.ID || a.Leg != c.Leg || a.Status != StatusOnCall {
			bad(c, "invariant 2: call %s talks to %s, who does not", c.ID, c.Agent)
		}
	}
	c.checkTimes(bad)
	if s.queueRules(c.Queue) == nil && c.Outcome != OutcomeUnknownNumber {
		bad(c, "call %s is in queue %q, which is not there", c.ID, c.Queue)
	}
}

// checkHold holds invariant 5, and that a caller on hold hears music or a phrase, but not the agent.
func (c *Call) checkHold(s *State, bad report) {
	held, away := c.State == CallHeld, c.State == CallHeld || c.State == CallParked
	if away != !c.HoldUntil.IsZero() || away != (c.HeldBy != "") {
		bad(c, "invariant 5: call %s is %s, held by %q until %v", c.ID, c.State, c.HeldBy, c.HoldUntil)
	}
	if away && (s.up && !s.now.Before(c.HoldUntil) || !c.ActAt.Before(c.HoldUntil)) {
		bad(c, "invariant 5: call %s is on hold since %v, which is too long (acted on at %v)", c.ID, c.Since, c.ActAt)
	}
	if held && (!c.Apart || !c.Music && c.Playing == "") {
		bad(c, "call %s is on hold in silence, or not out of the bridge (%v)", c.ID, c.Apart)
	}
	if c.Apart && !held && c.State != CallTransferring && (c.State != CallTalking || c.Playing == "") {
		bad(c, "call %s is %s, out of the bridge, and hears nothing", c.ID, c.State)
	}
	if c.Playing != "" && c.Playing == c.Warning && (c.State != CallTalking || !c.Apart) {
		bad(c, "call %s is %s (apart: %v) and is being warned", c.ID, c.State, c.Apart)
	}
	if c.State == CallTalking && !c.Apart && (c.Playing != "" || c.Music) {
		bad(c, "call %s talks under %q or music", c.ID, c.Playing)
	}
}

// checkLanguage holds invariant 7 for a phone that rings.
func (c *Call) checkLanguage(s *State, a *Agent, bad report) {
	r, q := s.agentRules(a.ID), s.queueRules(c.Queue)
	if r.Speaks(c.Language) || len(r.Queues) == 0 {
		return
	}
	if !q.Overflow && q.Pickup != PickupAny || !c.ToldOther {
		bad(c, "invariant 7: %s does not speak %s and rings for call %s (overflow %v, told %v)", a.ID, c.Language, c.ID, q.Overflow, c.ToldOther)
	}
}

// check: one call at most, in a status that goes with it.
func (a *Agent) check(s *State, bad report) {
	if a.Call != "" {
		c := s.calls[a.Call]
		if c == nil || c.offerOf(a.Leg) == nil && (!c.hasAgent() || c.Leg != a.Leg) {
			bad(a, "invariant 2: agent %s has call %s, which does not name them", a.ID, a.Call)
		}
	}
	if busy := a.Status == StatusRinging || a.Status == StatusOnCall; busy != (a.isBusy(s) && a.isLoggedIn()) {
		bad(a, "agent %s is %s with call %q, third party of %q", a.ID, a.Status, a.Call, a.Target)
	}
	if ringing := a.Status == StatusRinging; ringing && a.Call == "" && a.Callback == "" || !ringing && a.isRung(s) {
		bad(a, "agent %s is %s with call %q, callback %q, and their phone rings: %v", a.ID, a.Status, a.Call, a.Callback, a.isRung(s))
	}
	if cb := s.callbacks[a.Callback]; a.Callback != "" && (cb == nil || cb.Agent != a.ID || !cb.isWorkedOn() || a.Call != "") {
		bad(a, "invariant 2: agent %s works on callback %s, which does not name them, or on call %s as well", a.ID, a.Callback, a.Call)
	}
	if cb := s.callbacks[a.Owes]; a.Owes != "" && (cb == nil || !cb.owedBy(a) || a.Status == StatusOffline || a.After == StatusOffline) {
		bad(a, "invariant 3: agent %s (%s) owes callback %s, which is done, or would not let go of them", a.ID, a.Status, a.Owes)
	}
	if c := s.calls[a.Call]; (a.Recall != "" || a.Reminded) && (c == nil || c.State != CallHeld) {
		bad(a, "agent %s is reminded of a hold (%v, line %q) that is over", a.ID, a.Reminded, a.Recall)
	}
	agentTimers.check(s, a, bad)
	if c := s.calls[a.Target]; a.Target != "" && (c == nil || c.Target.Leg == "" || c.Target.Agent != a.ID) {
		bad(a, "invariant 2: agent %s is the far end of call %s, which does not name them", a.ID, a.Target)
	}
	if a.Telling != "" && (a.Leg == "" || a.Callback != "") {
		bad(a, "agent %s is told %s on leg %q, with callback %q", a.ID, a.Words, a.Leg, a.Callback)
	}
	if offline := a.Status == StatusOffline; offline != a.LoggedIn.IsZero() || offline != (a.Endpoint == "") {
		bad(a, "agent %s is %s, logged in %v at %q", a.ID, a.Status, a.LoggedIn, a.Endpoint)
	}
	if s.up && a.isOutOfTable(s) {
		bad(a, "invariant 8: agent %s is in %s, which the table does not allow", a.ID, a.Status)
	}
	if at := s.agentAt(a.Endpoint); at != nil && at != a {
		bad(a, "agent %s is logged in at %s, where %v is", a.ID, a.Endpoint, at)
	}
	if sheet := s.sheets[a.ID]; s.up && sheet != nil && sheet.Status != "" != a.isLoggedIn() {
		bad(a, "agent %s is %s, the timesheet says %q", a.ID, a.Status, sheet.Status)
	}
}

// check: one state with what belongs to it, and never over without an allowed outcome.
func (cb *Callback) check(s *State, calls []*Call, bad report) {
	if cb.Outcome != "" || cb.State == CallbackOver {
		bad(cb, "invariant 3: callback %s is over (%q) and still here", cb.ID, cb.Outcome)
	}
	if cb.isWorkedOn() {
		if a := s.agents[cb.Agent]; a == nil || a.Callback != cb.ID || a.Leg != cb.Leg || (a.Status == StatusRinging) != (cb.State == CallbackOffered) {
			bad(cb, "invariant 2: callback %s is %s at %s, who does not know", cb.ID, cb.State, cb.Agent)
		}
	}
	if client := cb.State == CallbackDialling || cb.State == CallbackGreeting || cb.State == CallbackTalking; client != (cb.Client != "") {
		bad(cb, "invariant 3: callback %s is %s with client %q", cb.ID, cb.State, cb.Client)
	}
	if cb.State == CallbackOnLine || cb.State == CallbackTalking {
		if c := s.calls[cb.Client]; len(calls) == 0 || cb.State == CallbackTalking && (c == nil || c.Callback != cb.ID) {
			bad(cb, "invariant 3: callback %s is %s, but its client is not on the line", cb.ID, cb.State)
		}
	} else if cb.State != CallbackBooking && cb.isTaken(calls) { // one on hold is being promised it
		bad(cb, "invariant 3: callback %s is %s, but its client is on the line", cb.ID, cb.State)
	}
	if c := cb.secondCall(calls); c != nil {
		bad(c, "invariant 3: call %s is one of two in which the client of callback %s was called", c.ID, cb.ID)
	}
	if cb.State == CallbackBooking {
		for _, c := range calls {
			if cb.Caller != c.ID || c.State != CallEnding && !c.Acting {
				bad(cb, "invariant 3: callback %s is being promised in call %s, which is %s", cb.ID, c.ID, c.State)
			}
		}
	}
	callbackTimers.check(s, cb, bad)
	if (cb.Alarm.Leg != "") != (cb.Alarm.State == AlarmRinging || cb.Alarm.State == AlarmTold) {
		bad(cb, "the alarm of callback %s is %s on leg %q", cb.ID, cb.Alarm.State, cb.Alarm.Leg)
	}
	if s.callbackOf(cb.Number) != cb {
		bad(cb, "two callbacks for one number: %s", cb.ID)
	}
}

// checkUrgent: in a line of callbacks none goes before one with an earlier deadline
// by being urgent while the other is not.
func checkUrgent(s *State, bad report) {
	for _, line := range s.index.dues {
		var calm *Callback
		for due := range line.All() {
			switch cb := s.callbacks[due.id]; {
			case cb.State == CallbackBooking: // how urgent it is, is planned when it is promised
			case !cb.Urgent:
				calm = cb
			case calm != nil:
				bad(calm, "callback %s is urgent, and %s, which is due before it, is not", cb.ID, calm.ID)
			}
		}
	}
}
