package queue

import (
	"slices"
	"time"
)

// thirdParty is the channel of a third party, also when it is an agent's phone.
type thirdParty struct{ partyOf[*Call] }

func (p thirdParty) answered(s *State, _ time.Duration) { p.e.targetAnswered(s) }

// progress lets the agent, while they are there, hear what comes over the trunk; the caller hears our ringing tone or music.
func (p thirdParty) progress(s *State, audio bool) {
	c := p.e
	if !c.Target.Outside || c.Target.In {
		return
	}
	s.trunkWorks()
	if audio {
		c.beginEarly(s)
	}
}

func (p thirdParty) gone(s *State, why Cause) {
	leg, a := p.e.Target.Leg, s.agents[p.e.Target.Agent]
	p.e.targetGone(s, why)
	if a != nil && a.Leg == leg {
		agentParty{of(a)}.gone(s, why)
	}
}

// pickedUp: the colleague who picked up is the third party from now on.
func (p thirdParty) pickedUp(s *State, by *Agent, ev LegPickedUp) bool {
	c := p.e
	if c.Target.In || !by.mayPickUp(s, c.Queue, c.Language, true) {
		return false
	}
	by.losesOffer(s)
	t, rang := c.Target, s.agents[c.Target.Agent]
	if rang != nil && rang.Target == c.ID {
		rang.Target, rang.Leg = "", ""
		s.touch(rang)
	}
	by.moveLeg(s, ev.Channel)
	t.Leg, t.Agent = ev.Channel, by.ID
	c.Target, by.Target = t, c.ID
	s.touch(by)
	if s.rules.chosen(by.Status) == nil {
		by.setStatus(s, StatusReady) // wrap-up, or the pause after missed calls, is over; a chosen status follows the call
	}
	s.do(Equip{Channel: ev.Channel, CallerName: "TRANSFER " + c.callerName(s), CallerNumber: c.Number, OwnHold: true})
	c.targetAnswered(s)
	return true
}

// ringsAnew: the same phone rings, for what is left of the time.
func (p thirdParty) ringsAnew(s *State) bool {
	c := p.e
	if c.Target.In || c.Target.Way == WayAttended { // the latter is fetched, and does not ring
		return false
	}
	if c.Target.Early {
		c.Target.Early = false // it has left the bridge
		s.agents[c.Agent].play(s, c, Phrase{ID: Ringback})
	}
	c.newTargetLeg(s)
	c.dialTarget(s)
	return true
}

func (p thirdParty) hold(s *State, on bool) {
	if a := s.agents[p.e.Target.Agent]; a != nil {
		a.Holds = on
		s.touch(a)
	}
}

func (p thirdParty) reconcile(r reconciler, far LiveChannel, found bool) {
	c := p.e
	switch {
	case !found && r.mustExist(c.Target.Since):
		r.heal(c.ID, "the third party is gone")
		why := CauseFailed
		if c.Target.In {
			why = CauseNormal
		}
		c.targetGone(r.State, why)
	case found && far.Up:
		c.targetAnswered(r.State)
	}
}

// restoreThirdParty puts the third party back into the bridge of a talk if it is missing there.
func (r reconciler) restoreThirdParty(c *Call) {
	b, live := r.bridges[c.Bridge]
	if live && (c.Target.In || c.Target.Early) && !c.Target.Since.Equal(r.now) && r.mustExist(c.Target.Since) && !slices.Contains(b.Channels, c.Target.Leg) {
		r.heal(c.ID, "the third party is not in the bridge")
		r.do(Join{c.Bridge, c.Target.Leg})
	}
}

// checkTransfer: a third party has a channel. During a transfer the caller hears something until the answer.
func (c *Call) checkTransfer(s *State, bad report) {
	t := c.Target
	if t.In && t.Leg == "" {
		bad(c, "call %s has the third party %+v", c.ID, t)
	}
	if c.isPassedOn() && (t.Leg == "" || t.In != (c.State == CallTransferred)) || t.Leg != "" && !c.isPassedOn() && !c.hasAgent() {
		bad(c, "invariant 1: call %s is %s with the third party %+v", c.ID, c.State, t)
	}
	if consults := c.HeldBy == HeldByConsult; consults && (t.Leg == "" || t.Way != WayConsulted) {
		bad(c, "call %s waits for a consultation of nobody (%+v)", c.ID, t)
	}
	if c.State == CallTransferring && (c.Playing == "" && !c.Music || (c.Leg != "") != c.Apart) {
		bad(c, "call %s is passed on in silence, or hears the agent (%v)", c.ID, c.Apart)
	}
	if c.State == CallTransferred && (c.Bridge == "" || c.Playing != "" || c.Music || c.Leg != "") {
		bad(c, "call %s talks to %s in bridge %q under %q, with leg %q", c.ID, t.Number, c.Bridge, c.Playing, c.Leg)
	}
	if t.Leg == "" {
		return
	}
	if c.State == CallTalking && !t.In && t.Way != WayCalledIn {
		bad(c, "invariant 1: call %s goes on while %s rings for the caller (%s)", c.ID, t.Number, t.Way)
	}
	if a := s.agents[t.Agent]; a != nil && (a.Target != c.ID || a.Leg != t.Leg) {
		bad(c, "invariant 2: agent %s is the far end of %s and does not know", a.ID, c.ID)
	}
}
