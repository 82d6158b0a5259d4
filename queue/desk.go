package queue

import "time"

// Which phone an agent uses, and whether it is there.

// phoneOf is the phone that rings for an agent: where he is logged in, otherwise his own.
func (s *State) phoneOf(a *Agent) string {
	if a.Endpoint != "" {
		return a.Endpoint
	}
	if r := s.agentRules(a.ID); r != nil {
		return r.Endpoint
	}
	return ""
}

// takeSeat makes a phone free for an agent. Whoever forgot to log out there is
// logged out, unless he is at work.
func (s *State) takeSeat(a *Agent, r *AgentRules, phone string) bool {
	other := s.desks[phone]
	switch {
	case !s.rules.IsPhone(phone):
		s.refuse(a, r, UnknownPhone, "unknown-phone")
		return false
	case a.Endpoint != "" && a.Endpoint != phone && a.isAtWork():
		s.refuse(a, r, InCall, "status-refused-in-call")
		return false
	case other != nil && other != a && other.isAtWork():
		s.refuse(a, r, PhoneTaken, "phone-taken")
		return false
	}
	if other != nil && other != a {
		s.goOffline(other, ShiftPhoneTaken, "", "phone taken over by "+a.ID)
	}
	return true
}

// isAtWork reports whether an agent has something that he must end first.
func (a *Agent) isAtWork() bool {
	return a.Call != "" || a.Callback != "" || a.Owes != "" || a.Leg != ""
}

// sit binds an agent to a phone.
func (s *State) sit(a *Agent, endpoint string) {
	if s.desks[a.Endpoint] == a {
		delete(s.desks, a.Endpoint)
	}
	a.Endpoint = endpoint
	s.desks[endpoint] = a
	s.lookAtPhone(a)
}

// getUp frees the phone of an agent who logged out.
func (s *State) getUp(a *Agent) {
	if s.desks[a.Endpoint] == a {
		delete(s.desks, a.Endpoint)
	}
	a.Endpoint = ""
	s.lookAtPhone(a)
}

// lookAtPhone takes over what the exchange last told about an agent's phone.
func (s *State) lookAtPhone(a *Agent) {
	phone := s.phones[s.phoneOf(a)]
	a.Reachable, a.InUse = phone.Reachable, phone.InUse && a.Leg == ""
	s.watchPhone(a)
}

// seat finds out anew who uses which phone. Who was logged in at one that the
// config does not have any more goes on at his own, if nobody else is there.
func (s *State) seat() {
	s.desks = map[string]*Agent{}
	var lost []*Agent
	for _, a := range s.Agents() {
		switch {
		case a.Endpoint == "":
		case s.rules.IsPhone(a.Endpoint) || s.rules.Agents[a.ID] == nil:
			s.desks[a.Endpoint] = a
		default:
			lost = append(lost, a)
		}
	}
	for _, a := range lost {
		if own := s.rules.Agents[a.ID].Endpoint; s.desks[own] == nil {
			a.Endpoint = own
			s.touch(a)
		}
		s.desks[a.Endpoint] = a
	}
	for _, a := range s.Agents() {
		s.lookAtPhone(a)
	}
}

// reviewSeats ends the shifts of agents who have no phone left, after their calls: theirs is
// not in a new config, and a colleague sits at their own.
func (s *State) reviewSeats() {
	const why = ShiftPhoneRemoved
	for _, a := range s.Agents() {
		if a.Status == Offline || s.rules.Agents[a.ID] == nil || s.rules.IsPhone(a.Endpoint) {
			continue
		}
		s.takeOff(a, shiftEndWords[why])
		s.endShift(a, why, "")
	}
}

// watchPhone bounds how long a logged-in agent may be without his phone.
func (s *State) watchPhone(a *Agent) {
	switch {
	case a.Status == Offline || a.Reachable || s.rules.PhoneGone == 0:
		a.GoneBy = time.Time{}
	case a.GoneBy.IsZero() && !s.now.IsZero():
		a.GoneBy = s.now.Add(s.rules.PhoneGone)
	}
}

// phoneStaysGone logs an agent out whose phone does not come back, after his call.
func (s *State) phoneStaysGone(a *Agent) {
	if !s.up || s.isBusy(a) {
		a.GoneBy = s.now.Add(max(s.rules.PhoneGone, time.Minute)) // nobody can tell now, or he still talks
		return
	}
	const why = ShiftPhoneGone
	s.takeOff(a, shiftEndWords[why])
	s.goOffline(a, why, "", "")
}

// phoneChanged takes note of a phone that came, went, or is in use: for who sits
// there, and for its own agent as long as he is logged in nowhere.
func (s *State) phoneChanged(ev PhoneChanged) {
	_, known := s.phones[ev.Endpoint]
	s.phones[ev.Endpoint] = ev
	if a := s.desks[ev.Endpoint]; a != nil {
		s.hisPhoneChanged(a, ev, known)
	}
	if r := s.rules.AgentByEndpoint(ev.Endpoint); r != nil && s.agents[r.ID].Endpoint == "" {
		s.hisPhoneChanged(s.agents[r.ID], ev, known)
	}
}

// hisPhoneChanged does it for an agent. What was not known of a phone before is no news.
func (s *State) hisPhoneChanged(a *Agent, ev PhoneChanged, known bool) {
	// While his phone has a call of ours it is of course in use.
	inUse := ev.InUse && a.Leg == ""
	if a.Reachable == ev.Reachable && a.InUse == inUse {
		return
	}
	if known && a.Reachable != ev.Reachable && a.Status != Offline {
		change := PhoneLost
		if ev.Reachable {
			change = PhoneBack
		}
		s.note(Entry{Kind: AgentPhone, Agent: a.ID, Phone: ev.Endpoint, Details: &Details{PhoneChange: change}})
	}
	a.Reachable, a.InUse = ev.Reachable, inUse
	s.touch(a)
	s.watchPhone(a)
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
