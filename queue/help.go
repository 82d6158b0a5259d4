package queue

// An agent calls a supervisor into the call: *8. The supervisors' phones are
// rung, one after the other. The first supervisor to answer joins the talk. If the agent
// leaves, the supervisor keeps the caller.

// callSupervisor rings the first phone. The same code while it rings cancels it.
func (a *Agent) callSupervisor(s *State, c *Call) {
	switch t := &c.Target; {
	case t.Way == WayCalledIn && !t.In:
		c.dropTarget(s, TransferEndTakenBack)
		a.tellInCall(s, c, "supervisor-cancelled")
	case t.Leg != "":
	case len(s.rules.Supervisors.Call) == 0:
		c.note(s, Entry{Kind: EntryRefused, Agent: a.ID, Details: &Details{Refusal: RefusalNoSupervisor}})
		a.tellInCall(s, c, "supervisor-not-there")
	default:
		a.tellInCall(s, c, "supervisor-called")
		c.ringSupervisor(s, 0)
	}
}

// ringSupervisor rings the next phone; after the last one the agent hears that nobody comes.
func (c *Call) ringSupervisor(s *State, rung int) {
	phones := s.rules.Supervisors.Call
	if rung >= len(phones) {
		s.agents[c.Agent].tellInCall(s, c, "supervisor-not-there")
		return
	}
	phone := phones[rung]
	c.bringIn(s, Target{Number: phone, Way: WayCalledIn, Phone: rung + 1}, EntryCallSupervisor, alarmRing)
	c.dialTarget(s)
}
