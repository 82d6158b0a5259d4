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

// replacedBy makes another channel the caller's. What that channel is to hear begins anew.
func (c *Call) replacedBy(s *State, channel, number, name string) {
	c.note(s, Entry{Kind: EntryCallReplaced, To: number})
	bridged := c.isBridged()
	c.Channel = channel
	c.Keying, c.Keyed, c.KeyBy, c.Holds = "", "", time.Time{}, false
	c.Dialled, c.DialBy, c.Dials = "", time.Time{}, 0
	c.stopAudio(s)
	c.wordHeard(s)
	c.isNow(s, number, name)
	s.do(Equip{Channel: channel, OwnHold: true})
	if bridged {
		c.Joined = s.now
		s.enterAnew(c.Bridge, channel)
	} else {
		c.resound(s)
	}
	if c.Recording.Name != "" {
		c.recordAnew(s, replacedAway)
	}
}

// isBridged reports whether the caller is in a bridge, with an agent or a third party.
func (c *Call) isBridged() bool {
	return (c.State == CallTalking || c.State == CallTransferred) && !c.Apart
}

// isNow is who the caller is from now on. One with another number has not heard that talks are recorded. In line they have no
// part in what was promised to the one before; a talk in which a promise is kept is that of the client all the same,
// whoever of theirs is on the line.
func (c *Call) isNow(s *State, number, name string) {
	if s.isLine(number) {
		number = ""
	}
	if number == "" || number != c.Number {
		c.Notified = false
	}
	s.touch(c)
	cb := s.callbacks[c.Callback]
	if cb != nil && (!c.inLine() || number == cb.Number) {
		return
	}
	c.Number, c.Name = number, name
	if !c.inLine() {
		return
	}
	if cb != nil {
		c.Callback = ""
		if cb.State == CallbackOnLine {
			cb.leftLine(s)
		}
	}
	c.recognise(s)
}

// enterAnew lets a channel join a bridge in which Asterisk has put it in the place of another one: with what every member has.
func (s *State) enterAnew(bridge, channel string) { s.do(Part{bridge, channel}, Join{bridge, channel}) }

// resound lets the caller hear what belongs to the state of the call, when nothing is played to them.
func (c *Call) resound(s *State) {
	switch c.State {
	case CallInMenu:
		if c.MenuBy.IsZero() {
			c.Round--
			c.playMenu(s)
		}
	case CallWaiting, CallOffered:
		if !c.connectIfReady(s) {
			c.music(s) // it goes on where it was
		}
	case CallTalking:
		c.rejoin(s)
	case CallHeld, CallParked:
		c.music(s)
	case CallTransferring:
		c.ringBack(s)
	case CallEnding:
		if !c.Choosing && c.Rate == "" || c.KeyBy.IsZero() {
			c.leave(s)
		}
	}
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
	c.talkEnded(s, a)
	a.endLeg(s, HangupNormal)
	return true
}
