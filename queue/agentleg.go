package queue

import "time"

// agentParty is the channel of an agent's phone, used for an offer, a talk or a callback. When
// it is used for none of them, it was told to end.
type agentParty struct{ partyOf[*Agent] }

// agentsLeg is the channel of an agent's phone, unless the agent is the third party in another
// agent's call: then the channel belongs to [thirdParty], which knows the agent.
func agentsLeg(a *Agent) string {
	if a.Target != "" {
		return ""
	}
	return a.Leg
}

func (p agentParty) answered(s *State, _ time.Duration) {
	a := p.e
	c, cb := s.calls[a.Call], s.callbacks[a.Callback]
	switch {
	case cb != nil:
		s.callbackAnswered(cb, a)
	case c != nil && c.offerOf(a.Leg) != nil:
		s.offerAnswered(c, a)
	case c == nil || c.Leg != a.Leg:
		s.endLeg(a, HangupAnsweredElsewhere)
	}
}

// gone: an offer was missed, a talk ended, or a leg that was told to end is gone.
func (p agentParty) gone(s *State, why Cause) {
	a := p.e
	leg := a.Leg
	c, cb := s.calls[a.Call], s.callbacks[a.Callback]
	a.Leg, a.LegBy, a.Telling, a.Words, a.Hears, a.Holds = "", time.Time{}, "", "", "", false
	s.touch(a)
	switch {
	case cb != nil:
		s.callbackLegGone(cb, a, why)
	case c == nil:
	case c.offerOf(leg) != nil:
		s.miss(c, *c.offerOf(leg), why)
	case c.hasAgent() && c.Leg == leg:
		s.agentLeft(c, a, why)
	}
	if a.Call == "" && a.Callback == "" && s.rules.Agents[a.ID] == nil {
		s.dropAgent(a) // the config has dropped the agent during this last call
	}
}

func (p agentParty) playEnded(s *State, playback string) {
	a := p.e
	if playback == "" {
		return
	}
	if c := s.calls[a.Call]; c != nil {
		s.whisperEnded(c, playback)
	}
	if cb := s.callbacks[a.Callback]; cb != nil {
		s.callbackWhisperEnded(cb, playback)
	}
	if a.Hears == playback {
		a.Hears = ""
		s.touch(a)
	}
	if a.Telling == playback {
		s.told(a)
	}
}

func (p agentParty) key(s *State, key byte) { s.agentKey(p.e, key) }

// hold puts the caller on hold, or takes them back. Pressed twice it changes nothing.
func (p agentParty) hold(s *State, on bool) {
	a := p.e
	changed := a.Holds != on
	a.Holds = on
	s.touch(a)
	c := s.calls[a.Call]
	switch {
	case c == nil:
	case on && changed && c.State == CallTalking:
		s.hold(c, HeldByKey)
	case !on && c.State == CallHeld && c.HeldBy != HeldByConsult && (changed || c.HeldBy == HeldByKey):
		s.resume(c)
	}
}

func (p agentParty) pushedOut(s *State) {
	c := s.calls[p.e.Call]
	if c == nil || c.Bridge == "" {
		return
	}
	if c.Leg == p.e.Leg {
		s.hushAgent(p.e) // the agent can be put back only when no playback runs
	}
	s.putBack(c, p.e.Leg)
}

// transfer does what *3 and the number do, or joins two calls of the phone.
func (p agentParty) transfer(s *State, ev TransferPressed) {
	if c := s.calls[p.e.Call]; c != nil && c.Leg == p.e.Leg {
		s.transferByKey(p.e, c, ev)
		return
	}
	p.passive.transfer(s, ev)
}

func (p agentParty) reconcile(t truth, live LiveChannel, found bool) {
	a := p.e
	c, cb := t.calls[a.Call], t.callbacks[a.Callback]
	switch {
	case cb != nil && found && live.Up:
		t.callbackAnswered(cb, a)
	case cb != nil && !found && t.mustExist(cb.Since):
		t.heal(cb.ID, "phone of "+a.ID+" is gone")
		p.gone(t.State, CauseCancelled)
	case cb != nil:
	case !found && c != nil && c.hasAgent() && t.mustExist(c.Since):
		t.heal(c.ID, "agent "+a.ID+" is gone")
		p.gone(t.State, CauseNormal)
	case !found && c != nil && c.offerOf(a.Leg) != nil && t.mustExist(c.offerOf(a.Leg).Since):
		t.heal(c.ID, "phone of "+a.ID+" does not ring")
		p.gone(t.State, CauseCancelled)
	case !found && c == nil && (t.anew || !a.LegBy.IsZero()):
		p.gone(t.State, CauseCancelled)
	case found && c == nil && a.Telling != "":
		t.tellAgain(a)
	case found && c == nil:
		t.endLeg(a, HangupNormal)
	case found && live.Up:
		p.answered(t.State, 0)
	}
}
