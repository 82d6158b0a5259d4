package queue

// A phone that has answered and from which nothing comes: its codec is none of ours, it was restarted and knows of no call, or its
// network is dead. Nobody hangs up, and the caller would be left in silence. Its leg is ended, and the caller goes to the head
// of the line. How long it may be silent depends on what else is known of it, see [RingRules].

// silent ends the leg of an agent. A phone that holds is quiet by its own wish, and while the caller is on hold nobody waits for a
// word of it, except a third party who is consulted.
func (p agentParty) silent(s *State, ev LegSilent) {
	a, c := p.e, s.calls[p.e.Call]
	alone := c != nil && c.State == CallHeld && !c.Target.In
	if q := a.worksFor(s); q == nil || a.isRung(s) || a.Holds || alone || !ev.tooLong(q, a.Reachable) {
		return
	}
	s.do(Hangup{a.Leg, HangupNormal})
	p.gone(s, ev.cause())
}

// silent ends the leg of a third party likewise. Whether a phone holds that is no agent's is not known, except that
// one which has not sent anything yet does not.
func (p thirdParty) silent(s *State, ev LegSilent) {
	c := p.e
	a := s.agents[c.Target.Agent]
	quiet := a == nil && !ev.Never || a != nil && a.Holds
	if quiet || !c.Target.In || !ev.tooLong(s.queueRules(c.Queue), a == nil || a.Reachable) {
		return
	}
	s.do(Hangup{c.Target.Leg, HangupNormal})
	p.gone(s, ev.cause())
}

// tooLong reports whether a phone is silent for longer than a queue lets it be.
func (ev LegSilent) tooLong(q *QueueRules, reachable bool) bool {
	after := q.Ring.Silent
	if ev.Never || ev.Anew || !reachable {
		after = q.Ring.NoAudio
	}
	return after > 0 && ev.For >= after
}

// cause is why a leg ends that is silent for too long.
func (ev LegSilent) cause() Cause {
	if ev.Never {
		return CauseNoAudio
	}
	return CauseDropped
}
