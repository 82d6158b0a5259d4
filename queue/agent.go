package queue

import (
	"cmp"
	"math"
	"time"
)

// find is the agent who is meant by his id or by the phone that called.
func (s *State) find(phone, id string) (*Agent, *AgentRules) {
	if a := s.desks[phone]; id == "" && a != nil {
		id = a.ID
	}
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
	e := Entry{Kind: Refused, Phone: s.phone, Details: &Details{Refusal: why}}
	if a != nil {
		e.Agent = a.ID
	}
	s.noteRefusal(e)
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
func (s *State) refuseOwing(a *Agent, r *AgentRules, what ViolationKind) {
	s.note(Entry{Kind: Violation, Agent: a.ID, Callback: cmp.Or(a.Owes, a.Callback), Details: &Details{Violation: what}})
	s.refuse(a, r, CallbackOwed, "status-refused-callback-due")
}

// mayLeave reports whether an agent may end his shift or take a break. While
// he owes a callback he may not. A supervisor may send him all the same, for a reason.
func (s *State) mayLeave(a *Agent, r *AgentRules, what ViolationKind, by, reason string) bool {
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
	s.note(Entry{Kind: AgentOrder, Agent: a.ID, Status: status, Details: &Details{Reason: reason}})
	if status != Ready {
		s.takeOff(a, reason)
	}
}

// logIn starts a shift.
func (s *State) logIn(ev LogIn) {
	id := ev.Agent
	if own := s.rules.AgentByEndpoint(ev.Phone); id == "" && own != nil {
		id = own.ID // whoever else is logged in there
	}
	if id != "" && s.rules.Agents[id] == nil {
		s.refuse(nil, nil, UnknownAgent, "wrong-pin") // no guesser learns which of the two is wrong
		return
	}
	a, r := s.find(ev.Phone, id)
	if a == nil {
		return
	}
	phone := cmp.Or(ev.Phone, a.Endpoint, r.Endpoint)
	if !ev.Trusted && !s.isProved(a, r, phone, ev.PIN) || !s.takeSeat(a, r, phone) {
		return
	}
	s.touch(a)
	if a.Status != Offline {
		if a.After == Offline {
			a.NextStatus = NextStatus{} // they were about to leave after this call, and stay
		}
		if a.Endpoint == phone {
			s.reply(r, "already-logged-in")
			return
		}
		s.note(Entry{Kind: AgentPhone, Agent: a.ID, Phone: phone, Details: &Details{PhoneChange: PhoneMoved}})
		s.sit(a, phone)
		s.reply(r, "logged-in")
		return
	}
	a.LoggedIn = s.now
	a.Calls, a.MissedInRow, a.HoldFigures, a.Ratings = 0, 0, HoldFigures{}, RatingFigures{}
	s.note(Entry{Kind: AgentLogIn, Agent: a.ID, Phone: phone, Details: &Details{Elsewhere: phone != r.Endpoint}})
	s.sit(a, phone)
	s.become(a, Ready)
	s.talksAsThird(a)
	s.watchPhone(a)
	s.comes(a)
	s.reply(r, "logged-in")
	s.replyTrainee(r)
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
	case !s.mayLeave(a, r, ViolationLogOut, ev.By, ev.Reason):
		return
	}
	s.ordered(a, Offline, ev.By, ev.Reason)
	s.reply(r, "logged-out")
	end := ShiftDialled
	if ev.By != "" {
		end = ShiftOrdered
	}
	if s.endShift(a, end, ev.Reason) {
		s.reply(r, "status-after-call")
	}
}

// endShift ends it: now, or later, after what the agent is busy with.
func (s *State) endShift(a *Agent, why ShiftEnd, reason string) (later bool) {
	if !s.isBusy(a) {
		s.goOffline(a, why, s.by, reason)
		return false
	}
	a.NextStatus = NextStatus{Offline, why, s.by, reason}
	s.touch(a)
	return true
}

// goOffline ends a shift now: by a supervisor's order, for whose reason, or by itself.
func (s *State) goOffline(a *Agent, why ShiftEnd, by, reason string) {
	s.noteLogOut(a, why, by, reason)
	s.leaves(a)
	s.become(a, Offline)
	a.LoggedIn, a.RestUntil, a.Last = time.Time{}, time.Time{}, Talk{}
	a.NextStatus = NextStatus{}
	s.getUp(a)
}

func (s *State) noteLogOut(a *Agent, why ShiftEnd, by, reason string) {
	e := Entry{Kind: AgentLogOut, Agent: a.ID, Phone: a.Endpoint, By: by, Details: &Details{ShiftEnd: why, Reason: reason}}
	if !a.LoggedIn.IsZero() {
		e.Details.Length = s.now.Sub(a.LoggedIn)
	}
	s.note(e)
}

// statusPhrase is an agent's own status in words.
var statusPhrase = map[Status]string{
	Offline: "not-logged-in", Ready: "status-waiting", Ringing: "status-waiting",
	OnCall: "my-talking", WrapUp: "my-wrapup", Missed: "my-paused", Unwell: "my-paused",
}

// askState tells an agent his status, a callback that he owes, for how long, and how many wait for him.
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
	s.replyTrainee(r)
	if a.Owes != "" {
		s.reply(r, "status-refused-callback-due") // why no call comes
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

// legDue is a channel that was told to end and is still there: it is told again, and the exchange is asked.
func (s *State) legDue(a *Agent) {
	a.LegBy = s.now.Add(goneGuard)
	if a.Telling != "" {
		s.told(a) // the end of the words was never told
	} else if s.up {
		s.do(Hangup{a.Leg, HangupNormal}, Resync{})
	}
}
