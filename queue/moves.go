package queue

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Moves lists for each state the states that may follow it; "" is before the first
// one. An entity comes into a state by one setter alone, which looks here: see
// [Call.setState], [Agent.setStatus], [Callback.setState]. What mending does while a state is
// loaded does not count as a move.
type Moves[S ~string] map[S][]S

// StatusChosen stands for every status of the config's table in [AgentMoves].
const StatusChosen = "chosen"

// CallMoves are the moves of a call.
var CallMoves = Moves[CallState]{
	"":               {CallInMenu, CallTalking, CallWaiting}, // the last two: a client that we called
	CallInMenu:       {CallWaiting, CallEnding},
	CallWaiting:      {CallWaiting, CallOffered, CallEnding}, // again: in another language
	CallOffered:      {CallWaiting, CallTalking, CallEnding},
	CallTalking:      {CallHeld, CallParked, CallTransferring, CallTransferred, CallWaiting, CallEnding},
	CallHeld:         {CallTalking, CallParked, CallTransferring, CallTransferred, CallWaiting, CallEnding},
	CallParked:       {CallTalking, CallWaiting, CallEnding}, // ending: its queue was removed
	CallTransferring: {CallTalking, CallHeld, CallTransferred, CallWaiting},
	CallTransferred:  {CallWaiting, CallEnding},
	CallEnding:       {CallEnding, CallWaiting}, // a callback instead of an end; back in line instead of a callback
}

// AgentMoves are the moves of an agent.
var AgentMoves = Moves[Status]{
	StatusOffline: {StatusReady},
	StatusReady:   {StatusRinging, StatusOnCall, StatusChosen, StatusOffline}, // on call: as a third party
	StatusRinging: {StatusReady, StatusOnCall, StatusMissed, StatusChosen, StatusOffline},
	StatusOnCall:  {StatusReady, StatusWrapUp, StatusUnwell, StatusChosen, StatusOffline},
	StatusWrapUp:  {StatusReady, StatusChosen, StatusOffline},
	StatusMissed:  {StatusReady, StatusChosen, StatusOffline},
	StatusUnwell:  {StatusReady, StatusChosen, StatusOffline},
	StatusChosen:  {StatusReady, StatusChosen, StatusOnCall, StatusMissed, StatusOffline}, // missed: the table does not have it any more
}

// CallbackMoves are the moves of a callback.
var CallbackMoves = Moves[CallbackState]{
	"":               {CallbackBooking},
	CallbackBooking:  {CallbackOpen, CallbackOver},
	CallbackOpen:     {CallbackOffered, CallbackOnLine, CallbackOver},
	CallbackOnLine:   {CallbackOpen, CallbackOver},
	CallbackOffered:  {CallbackBriefing, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackBriefing: {CallbackDialling, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackDialling: {CallbackGreeting, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackGreeting: {CallbackTalking, CallbackGreeting, CallbackOpen, CallbackOver}, // again: after an absence
	CallbackTalking:  {CallbackOpen, CallbackOver},
}

// moveAs is how a status stands in [AgentMoves].
func (s Status) moveAs() Status {
	if slices.Contains(SetByDaemon, s) {
		return s
	}
	return StatusChosen
}

// mustBeMove holds that a move is declared. Otherwise it is made all the same, because what follows
// expects it; [State.Check] reports it, and in service Kezek resyncs with Asterisk.
func (s *State) mustBeMove(declared bool, e Entity, from, to string) {
	if declared {
		return
	}
	s.wrongMove = &Fault{About: e, What: fmt.Sprintf("%s %s goes from %q to %q, which no rule does", e.Kind(), e.Key(), from, to)}
	s.note(Entry{Kind: EntryHealed, Call: e.Key(), Details: &Details{Reason: s.wrongMove.What}})
	s.do(Resync{})
}

// setState brings a call into a state; everything that depends on the old one ends.
func (c *Call) setState(s *State, state CallState) {
	s.mustBeMove(slices.Contains(CallMoves[c.State], state), c, string(c.State), string(state))
	before := c.State
	c.State, c.Since = state, s.now
	c.followLine(s, before)
	if state != CallOffered {
		c.RingBy, c.Overdue = time.Time{}, false
	}
	if !c.inLine() {
		c.AnnounceAt, c.OverflowAt, c.GiveUpAt = time.Time{}, time.Time{}, time.Time{}
		c.Keying, c.Keyed, c.KeyBy = "", "", time.Time{}
		c.Keeper, c.KeepUntil = "", time.Time{}
	}
	if !c.inLine() && state != CallEnding {
		c.OfferSpoken = time.Time{}
	}
	if state == CallTalking {
		c.Tried = nil
	} else {
		c.wordHeard(s)
	}
	if state != CallInMenu {
		c.MenuBy = time.Time{}
	}
	if !c.inLine() {
		c.Dialled, c.DialBy = "", time.Time{}
	}
	s.touch(c)
}

// setStatus is the one way into a status. What belonged to the old one ends.
func (a *Agent) setStatus(s *State, status Status) {
	s.touch(a)
	if a.Status == status {
		return
	}
	s.mustBeMove(slices.Contains(AgentMoves[a.Status.moveAs()], status.moveAs()), a, string(a.Status), string(status))
	a.endStay(s)
	was := a.Status
	came := was == StatusOffline
	a.Status, a.Since, a.OrderedBy = status, s.now, ""
	if r := s.rules.Agents[a.ID]; r != nil && r.Supervisor && (came || status == StatusOffline) {
		s.countSupervisors()
	}
	if status != StatusWrapUp {
		a.WrapUntil = time.Time{}
	}
	if t := s.rules.chosen(status); t != nil && t.Longest > 0 {
		a.StayUntil = s.now.Add(t.Longest)
	}
	sheet := a.sheet(s)
	switch {
	case status == StatusOffline:
		a.DayEnd = time.Time{}
	case a.DayEnd.IsZero():
		a.DayEnd = s.rules.midnight(s.now)
	}
	if sheet.LogIn.IsZero() {
		sheet.Missing = a.requiredStatuses(s)
	}
	sheet.enter(status, s.now)
	e := Entry{Kind: EntryAgentStatus, Agent: a.ID, Status: status, Was: was}
	if status == StatusWrapUp {
		e.Call, e.Queue, e.Language = a.Last.Call, a.Last.Queue, a.Last.Language
	}
	s.note(e)
}

// endStay counts how much longer than allowed an agent was in the status that they leave.
func (a *Agent) endStay(s *State) {
	if t := s.rules.chosen(a.Status); t != nil && a.Overstayed {
		a.sheet(s).Overstayed += s.now.Sub(a.Since) - t.Longest
	}
	a.StayUntil, a.Overstayed = time.Time{}, false
}

// setState brings a callback into a state; what belonged to the old one ends.
func (cb *Callback) setState(s *State, state CallbackState) {
	s.mustBeMove(slices.Contains(CallbackMoves[cb.State], state), cb, string(cb.State), string(state))
	cb.State, cb.Since = state, s.now
	cb.StepBy, cb.Rings = time.Time{}, false
	cb.endEarly(s, cb.Leg, cb.Client)
	if state == CallbackOnLine || state == CallbackTalking || state == CallbackOver {
		cb.freeRefusers(s)
		cb.Tried = nil
	}
	if state == CallbackTalking || state == CallbackOver {
		cb.endAlarm(s)
	}
	if state == CallbackOpen || state == CallbackOver || state == CallbackOnLine {
		cb.release()
	}
	s.touch(cb)
}

// endEarly takes the bridge away in which the agent hears the client's end before the answer. First is who hears something next.
func (cb *Callback) endEarly(s *State, first, second string) {
	if cb.Early != "" {
		s.do(Disconnect{cb.Early, first, second})
		cb.Early = ""
	}
}

// over ends a callback with one of the allowed outcomes, and frees the agents who owed it.
func (cb *Callback) over(s *State, outcome CallbackOutcome, reason string) {
	cb.overBy(s, outcome, reason, Entry{})
}

// overBy is the same with what is told of it beside: the agent who ended it, and the wait until the talk.
func (cb *Callback) overBy(s *State, outcome CallbackOutcome, reason string, e Entry) {
	cb.setState(s, CallbackOver)
	cb.Outcome, cb.Reason, cb.Ended = outcome, reason, s.now
	cb.Until = s.now.Add(s.queueRules(cb.Queue).Callback.Keep)
	e.Kind = EntryCallbackEnded
	if reason != "" || cb.Breached {
		e.Details = &Details{Reason: reason}
	}
	if cb.Breached {
		e.Details.Late = max(time.Millisecond, s.now.Sub(cb.DueAt)) // never 0: that is in time
	}
	cb.note(s, e)
}

// kept ends a callback whose client was spoken to in a call.
func (cb *Callback) kept(s *State, in *Call) {
	e := Entry{Agent: in.Agent, Wait: max(0, in.Answered.Sub(cb.From))}
	if cb.wasCalledIn(in) {
		cb.overBy(s, CallbackCompleted, "", e)
	} else {
		cb.overBy(s, CallbackReached, "the client called in", e)
	}
}

// wasCalledIn reports whether the client of a callback was called in this call, rather than having
// called in. Only the id of the channel, which was made for the callback, tells that.
func (cb *Callback) wasCalledIn(c *Call) bool { return callOf(c.ID) == cb.ID }

// calls are those of one callback.
func (cb *Callback) calls(s *State) (all []*Call) {
	for _, c := range s.calls {
		if c.Callback == cb.ID {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *Call) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// keptIn is the call whose talk has kept the promise, and whose caller hears the last words; nil
// is none. What the number is promised from then on is a new callback.
func (cb *Callback) keptIn(s *State) *Call {
	for _, c := range cb.calls(s) {
		if c.keeps(cb) {
			return c
		}
	}
	return nil
}

func (c *Call) keeps(cb *Callback) bool { return c.ID != cb.Caller && c.Outcome.Talked() }

// freeRefusers frees the agents who refused a callback: it is done, or being done.
func (cb *Callback) freeRefusers(s *State) {
	for _, r := range cb.Refusers {
		if a := s.agents[r.Agent]; a != nil && a.Owes == cb.ID {
			a.Owes = ""
			s.touch(a)
		}
	}
}

// endAlarm ends the alarm in whatever state it is: there is nothing left to tell.
func (cb *Callback) endAlarm(s *State) {
	if cb.Alarm.State == "" || cb.Alarm.State == AlarmOver {
		return
	}
	if cb.Alarm.Leg != "" {
		s.do(Hangup{cb.Alarm.Leg, HangupNormal})
	}
	cb.Alarm = Alarm{State: AlarmOver, Since: s.now}
	s.touch(cb)
}
