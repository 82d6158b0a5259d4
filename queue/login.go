package queue

import "cmp"

// happen starts a shift.
func (ev LogIn) happen(s *State) {
	s.phone, s.by = ev.Phone, ev.By
	id := ev.Agent
	if own := s.rules.AgentByEndpoint(ev.Phone); id == "" && own != nil {
		id = own.ID // whoever else is logged in there
	}
	if id != "" && s.rules.Agents[id] == nil {
		s.refuse(nil, nil, RefusalUnknownAgent, "wrong-pin") // no guesser learns which of the two is wrong
		return
	}
	a, r := s.find(ev.Phone, id)
	if a == nil {
		return
	}
	phone := cmp.Or(ev.Phone, a.Endpoint, r.Endpoint)
	if !ev.Trusted && !a.provesPIN(s, r, phone, ev.PIN) || !a.claimPhone(s, r, phone) {
		return
	}
	s.touch(a)
	if a.isLoggedIn() {
		if a.After == StatusOffline {
			a.NextStatus = NextStatus{} // they were about to leave after this call, and stay
		}
		if a.Endpoint == phone {
			r.reply(s, "already-logged-in")
			return
		}
		s.note(Entry{Kind: EntryAgentPhone, Agent: a.ID, Phone: phone, Details: &Details{PhoneChange: PhoneMoved}})
		a.losesOffer(s) // what rings at the phone that they have left
		a.takePhone(s, phone)
		r.reply(s, "logged-in")
		return
	}
	a.LoggedIn = s.now
	a.Calls, a.MissedInRow, a.HoldFigures, a.Ratings = 0, 0, HoldFigures{}, RatingFigures{}
	s.note(Entry{Kind: EntryAgentLogIn, Agent: a.ID, Phone: phone, Details: &Details{
		Elsewhere: phone != r.Endpoint, Late: a.noteShiftLogIn(s), Queues: r.queueNames(), Languages: r.Languages,
	}})
	a.takePhone(s, phone)
	a.setStatus(s, StatusReady)
	a.talksAsThirdParty(s)
	a.watchPhone(s)
	r.reply(s, "logged-in")
	r.replyTrainee(s)
	if !a.Reachable {
		r.reply(s, "my-unreachable")
	}
}

// claimPhone makes a phone free for an agent. Another agent who is still logged in there
// is logged out, unless they are at work.
func (a *Agent) claimPhone(s *State, r *AgentRules, phone string) bool {
	other := s.agentAt(phone)
	switch {
	case !s.rules.IsPhone(phone):
		return s.refuse(a, r, RefusalUnknownPhone, "unknown-phone")
	case a.Endpoint != "" && a.Endpoint != phone && a.isAtWork() && !a.isRungByCaller(s):
		return s.refuse(a, r, RefusalInCall, "status-refused-in-call")
	case other != nil && other != a && other.isAtWork():
		return s.refuse(a, r, RefusalPhoneTaken, "phone-taken")
	}
	if other != nil && other != a {
		other.goOffline(s, ShiftPhoneTaken, "", "phone taken over by "+a.ID)
	}
	return true
}

// happen ends a shift, after the call if there is one.
func (ev LogOut) happen(s *State) {
	s.by = ev.By
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	switch {
	case a.Status == StatusOffline:
		s.refuse(a, r, RefusalNotLoggedIn, "not-logged-in")
		return
	case !a.mayLeave(s, r, ViolationLogOut, ev.By, ev.Reason, ev.Bound):
		return
	}
	a.noteOrder(s, StatusOffline, ev.By, ev.Reason)
	r.reply(s, "logged-out")
	end := ShiftDialled
	if ev.By != "" {
		end = ShiftOrdered
	}
	a.endShift(s, end, ev.Reason)
	if a.losesOffer(s); a.After == StatusOffline {
		r.reply(s, "status-after-call")
	}
}

// drop forgets an agent who is no longer in the config.
func (a *Agent) drop(s *State) {
	switch {
	case a.Status == StatusOffline:
	case s.now.IsZero(): // the state is loaded: told in the first step, which has a time
		s.dropped = append(s.dropped, a)
	default:
		a.noteLogOut(s, ShiftAgentRemoved, "", "")
	}
	a.endMonitor(s)
	s.drop(a)
}
