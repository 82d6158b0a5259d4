package queue

import "time"

// A caller's own phone joins its call here with another one (REFER with Replaces in this call): a receptionist, or a
// customer's PBX. Whoever is at the far end of the other call is fetched from there, and takes the caller's place. To a
// number, or to anything else, the far end of a trunk may send nobody.

// transfer fetches the far end of the other call; the caller stays until they are here. An agent who has called a queue may send
// the caller of their talk there.
func (p callerParty) transfer(s *State, ev TransferPressed) {
	c := p.e
	if talk := talkAt(s, ev.Other); talk != nil && s.agents[talk.Agent].joinsCalls(s, talk, c, ev.Channel) {
		return
	}
	if ev.Party == "" || c.Heir.Leg != "" || c.State == CallEnding {
		p.passive.transfer(s, ev)
		return
	}
	c.Heir, c.HeirBy = Heir{Leg: c.nextID(c.ID, "h")}, s.now.Add(takeWithin)
	s.touch(c)
	s.do(Fetch{c.Heir.Leg, ev.Party, c.channel(), takeWithin})
}

// heirParty is the channel that fetches who is to take a caller's place.
type heirParty struct{ partyOf[*Call] }

// answered: they are on their way, see [Replaced].
func (p heirParty) answered(s *State, _ time.Duration) {
	p.e.Heir.Comes = true
	s.touch(p.e)
}

// gone: they cannot be had, unless they are on their way.
func (p heirParty) gone(s *State, _ Cause) {
	if !p.e.Heir.Comes {
		p.e.heirStays(s)
	}
}

// heirLate: nobody has come in time.
func (c *Call) heirLate(s *State) {
	s.do(Hangup{c.Heir.Leg, HangupNormal})
	c.heirStays(s)
}

// heirStays: nobody comes to take the caller's place. A caller who has left it is gone.
func (c *Call) heirStays(s *State) {
	left := c.Heir.Left
	c.heirOver(s, false)
	if left {
		c.gone(s, false)
	}
}

func (p heirParty) reconcile(r reconciler, _ LiveChannel, found bool) {
	if c := p.e; !found && r.mustExist(c.HeirBy.Add(-takeWithin)) {
		p.gone(r.State, CauseFailed)
	}
}
