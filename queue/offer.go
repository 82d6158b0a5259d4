package queue

import "cmp"

// offerTo rings agents for a waiting caller.
func (c *Call) offerTo(s *State, agents []*Agent) {
	q := s.queueRules(c.Queue)
	c.setState(s, CallOffered)
	c.RingBy = s.now.Add(q.Ring.Timeout)
	tell := true
	for _, a := range agents {
		r := s.agentRules(a.ID)
		leg := c.nextID(c.ID, "a")
		c.Offers = append(c.Offers, Offer{Agent: a.ID, Leg: leg, Since: s.now})
		a.Call, a.Leg = c.ID, leg
		a.setStatus(s, StatusRinging)
		tell = tell && !r.Speaks(c.Language)
		s.do(Dial{
			Channel: leg, Endpoint: a.endpoint(s), For: c.channel(),
			CallerName: c.callerNameFor(s, a), CallerNumber: c.Number,
			AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
		})
		c.note(s, Entry{Kind: EntryCallOffered, Agent: a.ID, Phone: a.endpoint(s), Leg: leg, Name: c.Name, Wait: s.now.Sub(c.Entered)})
	}
	if q.Strategy == StrategyRRMemory {
		s.line(q.Name).LastAgent = agents[0].ID
	}
	c.tellOffered(s, tell)
}

// tellOffered tells a caller what must come before the connection, once; other: those who are to have the call do not speak their language.
func (c *Call) tellOffered(s *State, other bool) {
	first := c.noticeFor(s)
	if other && !c.ToldOther {
		c.ToldOther = true
		first = append(first, c.say("other-language"))
	}
	if len(first) > 0 {
		c.tellFirst(s, first...)
	}
}

// callerName is what the agent's phone shows before the answer: language, queue, wait, whether the caller was
// served already, and the flag of the number.
func (c *Call) callerName(s *State) string {
	name := c.nameAfter(s.now.Sub(cmp.Or(c.Entered, c.Arrived)))
	if c.Head {
		name += " *"
	}
	return name + s.flagOf(c.known(s))
}

// callerNameFor is callerName, to the agent who parked the caller with the slot from which they come back.
func (c *Call) callerNameFor(s *State, a *Agent) string {
	if n := len(c.HoldLog) - 1; n >= 0 {
		if h := &c.HoldLog[n]; h.Slot > 0 && h.Agent == a.ID && h.Start.Add(h.Length).Equal(c.Entered) {
			return parkedName(h.Slot) + " " + c.callerName(s)
		}
	}
	return c.callerName(s)
}

// callerName is what the agent's phone shows of a callback.
func (cb *Callback) callerName(s *State) string {
	return cb.nameWith("CALLBACK", int(s.now.Sub(cb.Created).Minutes())) + s.flagOf(s.callers[cb.Number])
}

// offer rings an agent for a callback whose turn it is, unless its number may not be called now.
func (cb *Callback) offer(s *State, a *Agent) {
	why, until := s.barred(cb.Number)
	if why == "" && s.trunk.isDown(s.now) {
		why, until = RefusalTrunkDown, s.trunk.tryAt
	}
	if why != "" {
		cb.postpone(s, why, until)
		return
	}
	q := s.queueRules(cb.Queue)
	cb.setState(s, CallbackOffered)
	cb.Agent = a.ID
	cb.Leg = cb.nextID(s, cb.ID, "a")
	cb.StepBy = s.now.Add(q.Ring.Timeout)
	a.Callback, a.Leg = cb.ID, cb.Leg
	a.setStatus(s, StatusRinging)
	s.do(Dial{
		Channel: cb.Leg, Endpoint: a.endpoint(s),
		CallerName: cb.callerName(s), CallerNumber: cb.Number, AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
	})
	cb.note(s, Entry{Kind: EntryCallbackTaken, Phone: a.endpoint(s), Leg: cb.Leg})
}
