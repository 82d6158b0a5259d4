package queue

import "time"

// An agent parks a caller (*24): the caller waits in a slot, with music, and the agent is free for other work. The agent hears the
// number of the slot, and their phone shows it. Who dials *24 and that number, entitled as for a pickup, has the caller. For the caller it is
// a hold like any other, with its limits; a hold that goes on counts. When the time is over the caller's own agent is rung, and
// if they cannot take the call at once, or do not, the caller is first in line.

// park puts the caller of the agent's call into a free slot.
func (a *Agent) park(s *State, c *Call) {
	r := &s.queueRules(c.Queue).Hold
	slot, left := s.freeSlot(), min(s.rules.Parking.Time, r.Act, r.Total-c.HoldFigures.Total)
	until := s.now.Add(left)
	limit := s.now.Add(r.Limit)
	if c.State == CallHeld {
		until, limit = earlier(until, c.ActAt), c.HoldUntil
	}
	var why Refusal
	switch {
	case c.Target.Leg != "":
		why = RefusalThirdParty
	case slot == 0:
		why = RefusalNoSlot
	case !until.After(s.now) || c.Acting:
		why = RefusalHoldUsedUp
	}
	if why != "" {
		c.note(s, Entry{Kind: EntryRefused, Agent: a.ID, Details: &Details{Refusal: why}})
		a.tellInCall(s, c, "not-parked")
		return
	}
	c.endHold(s, HoldEndHandedOver, false)
	c.stopAudio(s)
	if c.Bridge != "" {
		s.do(Part{c.Bridge, a.Leg}) // as in leaveAgent
	}
	c.talkEnded(s, a, TalkEndParked, "")
	c.setState(s, CallParked)
	c.Slot, c.HeldBy, c.ActAt, c.HoldUntil = slot, HeldByParking, until, limit
	c.note(s, Entry{Kind: EntryHoldStarted, Agent: a.ID, Details: &Details{HeldBy: HeldByParking, Slot: slot}})
	c.play(s, c.say("hold"))
	a.tellNumber(s, c.nextID(a.Leg, "p"), "parked", slot) // a phone that holds the call shows it, though nothing is heard
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// freeSlot is the lowest slot in which nobody is; 0 is none.
func (s *State) freeSlot() int {
	taken := map[int]bool{}
	for _, c := range s.calls {
		taken[c.Slot] = true
	}
	for slot := 1; slot <= s.rules.Parking.Slots; slot++ {
		if !taken[slot] {
			return slot
		}
	}
	return 0
}

// parkedAt is the call in a slot, nil if there is none.
func (s *State) parkedAt(slot int) (at *Call) {
	for _, c := range s.calls {
		if c.Slot == slot && slot > 0 && (at == nil || c.ID < at.ID) { // two only in a store that contradicts itself
			at = c
		}
	}
	return at
}

// dialSlot gives the caller of the slot to the agent who has dialled it.
func (s *State) dialSlot(ev SlotDialled) {
	a, c := s.agentAt(ev.Phone), s.parkedAt(ev.Slot)
	switch {
	case c == nil:
		s.refusePickup(a, ev.Phone, ev.Channel, RefusalEmptySlot, "slot-empty")
	case !a.mayFetch(s, c):
		s.refusePickup(a, ev.Phone, ev.Channel, RefusalPickup, "pickup-refused")
	default:
		c.fetchedBy(s, a, ev.Channel)
	}
}

// mayFetch reports whether an agent may take a parked caller: their own, or one that they could pick up.
func (a *Agent) mayFetch(s *State, c *Call) bool {
	return a != nil && a.ID == c.Agent && a.canPickUp(s) || a.mayPickUp(s, c.Queue, c.Language, c.Overflowed)
}

// fetchedBy connects a parked caller with an agent, who is on the line. It is a new talk, without a wait before it.
func (c *Call) fetchedBy(s *State, a *Agent, channel string) {
	how := HoldEndHandedOver
	if a.ID == c.Agent {
		how = HoldEndReturned
	}
	c.endHold(s, how, false)
	c.stopAudio(s)
	a.losesOffer(s)
	a.Call = c.ID
	a.takeLeg(s, channel, c.callerName(s), c.Number)
	c.beginTalk(s, a, channel)
	c.bridge(s, channel)
	s.do(Announce{c.Bridge, c.channel(), c.nextID(c.ID, "p"), []Phrase{c.say("return")}})
	c.startRecording(s)
	a.countServed(s)
	a.setStatus(s, StatusOnCall)
	c.note(s, Entry{Kind: EntryCallPickedUp, Agent: a.ID, Phone: a.endpoint(s), Leg: channel, Name: c.Name})
}

// parkingOver rings the agent who parked the caller. If that agent is not free the caller is first in line for all.
func (c *Call) parkingOver(s *State) {
	c.note(s, Entry{Kind: EntryHoldLimited, Agent: c.Agent, Hold: s.now.Sub(c.Since), Details: &Details{Then: HoldThenReturn}})
	c.endHold(s, HoldEndRequeued, true)
	if a := s.agents[c.Agent]; a != nil && a.isFree(s) && c.isWorthWaiting(s, a) {
		c.Keeper, c.KeepUntil = a.ID, s.now.Add(s.queueRules(c.Queue).Ring.Timeout+time.Second)
	}
	c.requeue(s, CauseHoldTooLong, "hold-requeue")
}

// checkParking: a slot has one caller, who hears something.
func (c *Call) checkParking(s *State, bad report) {
	parked := c.State == CallParked
	if parked != (c.Slot > 0) || parked && s.parkedAt(c.Slot) != c {
		bad(c, "call %s is %s in slot %d, in which may be another one", c.ID, c.State, c.Slot)
	}
	if parked && !c.Music && c.Playing == "" {
		bad(c, "call %s is parked in silence", c.ID)
	}
}
