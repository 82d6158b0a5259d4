package queue

import (
	"cmp"
	"math"
	"time"
)

// become is the one way into a status. What belonged to the old one ends.
func (s *State) become(a *Agent, status Status) {
	s.touch(a)
	if a.Status == status {
		return
	}
	before := a.lamp()
	a.Status, a.Since = status, s.now
	if status != WrapUp {
		a.WrapUntil = time.Time{}
	}
	s.note(Entry{Kind: AgentStatus, Agent: a.ID, Status: status})
	if lamp := a.lamp(); lamp != before {
		s.do(Lamp{AgentLamp(a.ID), lamp})
	}
}

// release takes an agent off his offer or call. The status that he asked for
// meanwhile follows, otherwise he waits for the next call.
func (s *State) release(a *Agent) {
	a.Call = ""
	after := a.After
	a.After = ""
	switch after {
	case "":
		s.become(a, Ready)
	case Offline:
		s.goOffline(a)
	default:
		s.become(a, after)
	}
}

// AgentLamp is the name of the lamp that shows an agent: lit while he takes
// calls, blinking while he is logged in and takes none, or is reminded of a
// caller whom he has on hold.
func AgentLamp(id string) string { return "kezek-agent-" + id }

func (a *Agent) lamp() LampState {
	if a.Reminded {
		return LampBlinking
	}
	switch a.Status {
	case Offline:
		return LampOff
	case Ready, Ringing, OnCall, WrapUp:
		return LampOn
	default:
		return LampBlinking
	}
}

// find is the agent who is meant by his id or by the phone that called.
func (s *State) find(phone, id string) (*Agent, *AgentRules) {
	r := s.rules.Agents[id]
	if id == "" {
		r = s.rules.AgentByEndpoint(phone)
	}
	if r == nil {
		s.refuse(nil, nil, UnknownAgent, "unknown-agent")
		return nil, nil
	}
	return s.agents[r.ID], r
}

// refuse answers no, in speech, and writes it down.
func (s *State) refuse(a *Agent, r *AgentRules, why Refusal, phrases ...string) {
	e := Entry{Kind: Refused, Detail: string(why)}
	if a != nil {
		e.Agent = a.ID
	}
	s.note(e)
	s.reply(r, phrases...)
	s.fx.Answer.Refused = why
}

// reply answers in the agent's language, or in the first one for somebody unknown.
func (s *State) reply(r *AgentRules, phrases ...string) {
	for _, id := range phrases {
		s.fx.Answer.Say = append(s.fx.Answer.Say, Phrase{ID: id, Language: s.speech(r)})
	}
}

func (s *State) speech(r *AgentRules) Language {
	if r == nil || r.Speech == "" {
		return s.rules.Languages[0]
	}
	return r.Speech
}

// refuseOwing refuses what would free an agent of a callback, and writes it down as a violation.
func (s *State) refuseOwing(a *Agent, r *AgentRules, what string) {
	s.note(Entry{Kind: Violation, Agent: a.ID, Callback: cmp.Or(a.Owes, a.Callback), Detail: "callback_" + what})
	s.refuse(a, r, CallbackOwed, "status-refused-callback-due")
}

// mayLeave reports whether an agent may end his shift or take a break. While
// he owes a callback he may not. A supervisor may send him all the same, for a reason.
func (s *State) mayLeave(a *Agent, r *AgentRules, what, by, reason string) bool {
	switch {
	case a.Owes == "" && a.Callback == "":
		return true
	case by == "":
		s.refuseOwing(a, r, what)
		return false
	case reason == "":
		s.refuse(a, r, ReasonMissing)
		return false
	}
	return true
}

// ordered writes a supervisor's order down. What the agent owes moves on to
// others at once when he is sent away.
func (s *State) ordered(a *Agent, status Status, by, reason string) {
	if by == "" {
		return
	}
	s.note(Entry{Kind: AgentOrder, Agent: a.ID, Status: status, Detail: reason})
	if status != Ready {
		s.takeOff(a, reason)
	}
}

// logIn starts a shift. Wrong PINs in a row lock the log-in for a while.
func (s *State) logIn(ev LogIn) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	if !ev.Trusted && r.PIN != "" {
		if s.now.Before(a.LockedUntil) {
			s.refuse(a, r, PINLocked, "too-many-tries")
			return
		}
		if ev.PIN != r.PIN {
			s.touch(a)
			if a.WrongPINs++; s.rules.PINTries > 0 && a.WrongPINs >= s.rules.PINTries {
				a.WrongPINs, a.LockedUntil = 0, s.now.Add(s.rules.PINLock)
				s.refuse(a, r, PINLocked, "too-many-tries")
				return
			}
			s.refuse(a, r, WrongPIN, "wrong-pin")
			return
		}
	}
	a.WrongPINs, a.LockedUntil = 0, time.Time{}
	if a.Status != Offline {
		if a.After == Offline {
			a.After = "" // he was about to leave after this call, and stays
		}
		s.touch(a)
		s.reply(r, "already-logged-in")
		return
	}
	a.LoggedIn, a.Endpoint = s.now, r.Endpoint
	a.Calls, a.MissedInRow, a.HoldFigures = 0, 0, HoldFigures{}
	s.note(Entry{Kind: AgentLogIn, Agent: a.ID})
	s.become(a, Ready)
	s.reply(r, "logged-in")
	if !a.Reachable {
		s.reply(r, "my-unreachable")
	}
}

// logOut ends a shift, after the call if there is one.
func (s *State) logOut(ev LogOut) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	switch {
	case a.Status == Offline:
		s.refuse(a, r, NotLoggedIn, "not-logged-in")
		return
	case !s.mayLeave(a, r, "logout", ev.By, ev.Reason):
		return
	}
	s.ordered(a, Offline, ev.By, ev.Reason)
	if a.Call != "" || a.Callback != "" {
		a.After = Offline
		s.touch(a)
	} else {
		s.goOffline(a)
	}
	s.reply(r, "logged-out")
}

// goOffline ends a shift now.
func (s *State) goOffline(a *Agent) {
	e := Entry{Kind: AgentLogOut, Agent: a.ID}
	if !a.LoggedIn.IsZero() {
		e.Talk = s.now.Sub(a.LoggedIn)
	}
	s.note(e)
	s.become(a, Offline)
	a.LoggedIn, a.Endpoint, a.RestUntil, a.After = time.Time{}, "", time.Time{}, ""
}

// setStatus is an agent's, or a supervisor's, wish for a status: waiting, or
// one of the table. During a call it is kept for after it.
func (s *State) setStatus(ev SetStatus) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	_, inTable := s.rules.Statuses[string(ev.Status)]
	switch {
	case a.Status == Offline:
		s.refuse(a, r, NotLoggedIn, "not-logged-in")
		return
	case ev.Status != Ready && !inTable:
		s.refuse(a, r, UnknownStatus, "status-refused-unknown")
		return
	case ev.Status != Ready && !s.mayLeave(a, r, "break", ev.By, ev.Reason):
		return
	}
	s.ordered(a, ev.Status, ev.By, ev.Reason)
	if a.Call != "" || a.Callback != "" {
		a.After = ev.Status
		if ev.Status == Ready {
			a.After = ""
		}
		s.touch(a)
	} else {
		a.MissedInRow = 0
		s.become(a, ev.Status)
	}
	if ev.Status == Ready {
		s.reply(r, "status-waiting")
	} else {
		s.reply(r, "status-set")
	}
}

// statusPhrase is an agent's own status in words.
var statusPhrase = map[Status]string{
	Offline: "not-logged-in", Ready: "status-waiting", Ringing: "status-waiting",
	OnCall: "my-talking", WrapUp: "my-wrapup", Missed: "my-paused", Unwell: "my-paused",
}

// askState tells an agent his status, for how long, and how many wait for him.
func (s *State) askState(ev AskState) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	phrase, ok := statusPhrase[a.Status]
	if !ok {
		phrase = "status-set-" + string(a.Status)
	}
	s.reply(r, phrase)
	if a.Status == Offline {
		return
	}
	if !a.Reachable {
		s.reply(r, "my-unreachable")
	}
	waiting := 0
	for _, m := range r.Queues {
		for _, l := range r.Languages {
			waiting += s.Waiting(m.Queue, l)
		}
	}
	s.fx.Answer.Say = append(s.fx.Answer.Say,
		Phrase{ID: "since", Language: s.speech(r), N: int(math.Floor(s.now.Sub(a.Since).Minutes()))},
		Phrase{ID: "waiting-calls", Language: s.speech(r), N: waiting})
}

// phoneChanged takes note of a phone that came, went, or is in use.
func (s *State) phoneChanged(ev PhoneChanged) {
	s.phones[ev.Endpoint] = ev
	r := s.rules.AgentByEndpoint(ev.Endpoint)
	if r == nil {
		return
	}
	a := s.agents[r.ID]
	// While his phone has a call of ours it is of course in use.
	inUse := ev.InUse && a.Leg == ""
	if a.Reachable == ev.Reachable && a.InUse == inUse {
		return
	}
	if a.Reachable != ev.Reachable && a.Status != Offline {
		detail := "gone"
		if ev.Reachable {
			detail = "back"
		}
		s.note(Entry{Kind: AgentPhone, Agent: a.ID, Detail: detail})
	}
	a.Reachable, a.InUse = ev.Reachable, inUse
	s.touch(a)
	if !a.Reachable {
		s.passOn(a)
	}
	if c := s.calls[a.Call]; c != nil && !a.Reachable {
		// A phone that is gone will not be answered: the caller goes on to the next.
		if o := c.offerOf(a.Leg); o != nil && !o.Answered {
			s.endLeg(a, HangupNormal)
			s.miss(c, *o, Unreachable)
		}
	}
}

// agentDue does what an agent's passed deadlines ask for.
func (s *State) agentDue(a *Agent) {
	s.touch(a)
	if !a.RestUntil.IsZero() && !a.RestUntil.After(s.now) {
		a.RestUntil = time.Time{}
	}
	if !a.WrapUntil.IsZero() && !a.WrapUntil.After(s.now) {
		a.WrapUntil = time.Time{}
		s.release(a)
	}
	if !a.LegBy.IsZero() && !a.LegBy.After(s.now) {
		// Told to end and still there: end it again, and ask the exchange.
		a.LegBy = s.now.Add(goneGuard)
		if a.Telling != "" {
			s.told(a) // the end of the words was never told
		} else if s.up {
			s.do(Hangup{a.Leg, HangupNormal}, Resync{})
		}
	}
}
