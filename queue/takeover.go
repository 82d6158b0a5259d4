package queue

import "time"

// A call goes on with another channel in the place of the caller's, with the number that comes with it.

// replacedBy makes another channel the caller's. What that channel is to hear begins anew.
func (c *Call) replacedBy(s *State, channel, number, name string) {
	c.note(s, Entry{Kind: EntryCallReplaced, To: number})
	bridged := c.isBridged()
	c.Channel = channel
	c.Keying, c.Keyed, c.KeyBy, c.Holds = "", "", time.Time{}, false
	c.Dialled, c.DialBy, c.Dials = "", time.Time{}, 0
	c.Music = c.Music || !bridged // what was to end on the channel before, a moment ago, may go on on this one
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

// isNow is who the caller is from now on. One with another number has not heard that talks are recorded, and
// was not warned about their tone. In line they have no
// part in what was promised to the one before, and no agent of theirs; a talk in which a promise is kept, and a call that we have made, is that of the
// client all the same, whoever of theirs is on the line.
func (c *Call) isNow(s *State, number, name string) {
	if s.isLine(number) {
		number = ""
	}
	if number == "" || number != c.Number {
		c.Notified, c.Warned = false, false
	}
	s.touch(c)
	cb := s.callbacks[c.Callback]
	if cb != nil && (!c.inLine() || number == cb.Number || cb.wasCalledIn(c)) {
		return
	}
	other := number != c.Number
	c.Number, c.Name = number, name
	if !c.inLine() {
		return
	}
	if other { // the agent was kept for who was here before
		c.letGoOfKeeper(s)
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
