package queue

// An agent calls a supervisor into the call: *8. The supervisors' phones are
// rung, one after the other. The first supervisor to answer joins the talk. If the agent
// leaves, the supervisor keeps the caller.

// helpRing is how long each phone rings.
const helpRing = alarmRing

// callSupervisor rings the first phone. The same code while it rings cancels it.
func (s *State) callSupervisor(a *Agent, c *Call) {
	switch t := &c.Target; {
	case t.Way == WayCalledIn && !t.In:
		s.dropTarget(c, TransferEndTakenBack)
		s.tellInCall(a, c, "supervisor-cancelled")
	case t.Leg != "":
	case len(s.rules.Supervisors.Call) == 0:
		e := c.entry(EntryRefused)
		e.Agent, e.Details = a.ID, &Details{Refusal: RefusalNoSupervisor}
		s.note(e)
		s.tellInCall(a, c, "supervisor-not-there")
	default:
		s.tellInCall(a, c, "supervisor-called")
		s.ringSupervisorFor(c, 0)
	}
}

// ringSupervisorFor rings the next phone; after the last one the agent hears that nobody comes.
func (s *State) ringSupervisorFor(c *Call, rung int) {
	phones := s.rules.Supervisors.Call
	if rung >= len(phones) {
		s.tellInCall(s.agents[c.Agent], c, "supervisor-not-there")
		return
	}
	phone := phones[rung]
	s.comesIn(c, Target{Number: phone, Way: WayCalledIn, Phone: rung + 1}, EntryCallSupervisor, helpRing)
	s.do(Dial{
		Channel: c.Target.Leg, Endpoint: phone, For: c.ID, OwnHold: true,
		CallerName: "HELP " + c.Agent + " " + s.callerName(c, s.queueRules(c.Queue)), CallerNumber: c.Number,
		Timeout: helpRing + goneGuard,
	})
}
