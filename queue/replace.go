package queue

import "time"

// Another channel takes the place of one of ours (SIP Replaces). A receptionist who waits in a queue, or talks to an agent,
// joins that call with the one of an outside caller; a carrier's SBC or a customer's PBX replaces its call by another one.
// Who comes has the place in line, or the talk, with the number that they bring. The channel that was replaced is ended:
// nobody is left in silence.

// happen lets the newcomer in, or ends their channel.
func (ev Replaced) happen(s *State) {
	p := s.at(ev.Channel)
	switch {
	case s.Owner(ev.By) != nil: // told twice
	case p.replaced(s, ev):
		s.do(Hangup{ev.Channel, HangupNormal})
	default:
		s.do(Hangup{ev.By, HangupNormal})
	}
}

// replaced: somebody else is the caller from now on.
func (p callerParty) replaced(s *State, ev Replaced) bool {
	c := p.e
	if c.Heir.Leg != "" {
		c.heirOver(s, true)
		if c.isBridged() {
			s.do(Part{c.Bridge, ev.Channel}) // where Asterisk itself replaces it is out of it
		}
	}
	c.replacedBy(s, ev.By, ev.Number, ev.Name)
	return true
}

// identified: the number of a newcomer is known only now.
func (p callerParty) identified(s *State, number, name string) { p.e.isNow(s, number, name) }

// replaced: a client whom we have called, and who hears the greeting, goes on in another call. They talk at once.
func (p clientParty) replaced(s *State, ev Replaced) bool {
	cb := p.e
	if cb.State != CallbackGreeting {
		return false
	}
	cb.talks(s, false)
	return callerParty{of(s.calls[ev.Channel])}.replaced(s, ev)
}

// replaced: the third party goes on in another call.
func (p thirdParty) replaced(s *State, ev Replaced) bool {
	c := p.e
	t := &c.Target
	if !t.In {
		return false
	}
	if a := s.agents[t.Agent]; a != nil {
		if a.Endpoint == ev.Phone {
			a.Leg, a.Holds = ev.By, false
		} else {
			a.LegBy = s.now.Add(goneGuard)
			a.leaveThirdParty(s)
			t.Agent = ""
		}
		s.touch(a)
	}
	t.Leg = ev.By
	p.identified(s, ev.Number, ev.Name)
	s.touch(c)
	s.do(Equip{Channel: ev.By, OwnHold: true})
	if c.Bridge != "" {
		s.enterAnew(c.Bridge, ev.By)
	}
	return true
}

func (p thirdParty) identified(s *State, number, _ string) {
	if number != "" {
		p.e.Target.Number, p.e.Transfers[len(p.e.Transfers)-1].To = number, number
		s.touch(p.e)
	}
}

// replaced: the agent's phone has joined its two calls by a REFER in the other one, which is an attended transfer; or the
// agent goes on at another device. Nobody else may take over a caller who was not given to them.
func (p agentParty) replaced(s *State, ev Replaced) bool {
	a := p.e
	c := s.calls[a.Call]
	switch {
	case c == nil || !c.hasAgent() || c.Leg != a.Leg || c.Bridge == "":
		return false
	case ev.Phone != "" && ev.Phone == a.Endpoint:
		a.stopAudio(s)
		a.Leg, c.Leg = ev.By, ev.By
		s.touch(a)
		s.touch(c)
		s.do(Equip{Channel: ev.By, CallerName: c.callerName(s), CallerNumber: c.Number})
		s.enterAnew(c.Bridge, ev.By)
		agentParty{of(a)}.hold(s, false)
		return true
	case !ev.Joined || c.Target.Leg != "":
		return false
	}
	c.bringIn(s, Target{Number: ev.Number, Way: WayAttended}, EntryCallTransfer, takeWithin)
	c.Target.Leg = ev.By
	s.enterAnew(c.Bridge, ev.By)
	c.Target.In, c.TransferBy = true, time.Time{}
	c.Transfers[len(c.Transfers)-1].Answered = s.now
	c.handOver(s)
	c.talkEnded(s, a, TalkEndAttended, "")
	a.endLeg(s, HangupNormal)
	return true
}
