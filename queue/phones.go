package queue

import "time"

// assignPhones determines anew which agent uses which phone. An agent logged in at a phone that
// is no longer in the config goes on at their own, if nobody else is logged in there.
func (s *State) assignPhones() {
	for _, a := range s.Agents() {
		r := s.rules.Agents[a.ID]
		if r != nil && a.Endpoint != "" && !s.rules.IsPhone(a.Endpoint) && s.agentAt(r.Endpoint) == nil {
			a.Endpoint = r.Endpoint
			s.touch(a)
		}
		a.lookAtPhone(s)
	}
}

// reviewPhones ends the shifts of agents who have no phone left, after their calls: the phone they
// used is not in a new config, and a colleague is logged in at their own.
func (s *State) reviewPhones() {
	for _, a := range s.Agents() {
		if a.Status == StatusOffline || s.rules.Agents[a.ID] == nil || s.rules.IsPhone(a.Endpoint) {
			continue
		}
		a.takeOffCallback(s, shiftEndWords[ShiftPhoneRemoved])
		a.endShift(s, ShiftPhoneRemoved, "")
		a.losesOffer(s)
	}
}

// phoneStaysGone logs out an agent whose phone does not come back, after the call if there is one.
func (a *Agent) phoneStaysGone(s *State) {
	if !s.up || a.isBusy(s) {
		a.GoneBy = s.now.Add(max(s.rules.PhoneGone, time.Minute)) // the phone's state is unknown now, or the agent has a call
		return
	}
	a.takeOffCallback(s, shiftEndWords[ShiftPhoneGone])
	a.goOffline(s, ShiftPhoneGone, "", "")
}

// happen takes note of a phone that came, went, or is in use: for the agent logged in
// there, and for the phone's own agent while they are logged in nowhere.
func (ev PhoneChanged) happen(s *State) {
	_, known := s.phones[ev.Endpoint]
	s.phones[ev.Endpoint] = ev
	if a := s.agentAt(ev.Endpoint); a != nil {
		a.phoneChanged(s, ev, known)
	}
	if r := s.rules.AgentByEndpoint(ev.Endpoint); r != nil && s.agents[r.ID].Endpoint == "" {
		s.agents[r.ID].phoneChanged(s, ev, known)
	}
}

// phoneChanged does it for one agent. The first report about a phone is not recorded as a change.
func (a *Agent) phoneChanged(s *State, ev PhoneChanged, known bool) {
	if ev.Talks {
		a.losesOffer(s) // the agent has answered somebody else, or been answered
	}
	if a.Reachable == ev.Reachable && a.InUse == ev.InUse {
		return
	}
	if known && a.Reachable != ev.Reachable && a.isLoggedIn() {
		change := PhoneLost
		if ev.Reachable {
			change = PhoneBack
		}
		s.note(Entry{Kind: EntryAgentPhone, Agent: a.ID, Phone: ev.Endpoint, Details: &Details{PhoneChange: change}})
	}
	if !a.Reachable && ev.Reachable {
		a.phoneWorks(s) // it has come back anew: let it show
	}
	a.Reachable, a.InUse = ev.Reachable, ev.InUse
	s.touch(a)
	a.watchPhone(s)
	if !a.Reachable {
		a.passOnCallbacks(s)
	}
	if c := s.calls[a.Call]; c != nil && !a.Reachable {
		// A phone that is gone will not be answered: the caller goes on to the next.
		if o := c.offerOf(a.Leg); o != nil && !o.Answered {
			a.endLeg(s, HangupNormal)
			c.miss(s, *o, CauseUnreachable)
		}
	}
}
