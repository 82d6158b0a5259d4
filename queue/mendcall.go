package queue

// straighten ends what a call is busy with. A caller who was served, or was
// about to be, waits at the head of the line, with the true place, and hears that
// the agent is lost. A call in its last words ends. If a call is put aside and the
// caller is still on the line, the first [Synced] takes them in as new.
func (c *Call) straighten(s *State, hardness int) {
	if hardness >= aside {
		delete(s.calls, c.ID)
		s.formerly[c.ID] = max(c.Serial, s.formerly[c.ID])
		return
	}
	plain := &Call{
		marks: c.marks, slot: c.slot, ID: c.ID, Queue: c.Queue, DID: c.DID, Number: c.Number, Name: c.Name, Language: c.Language,
		State: CallWaiting, Since: c.Since, Arrived: c.Arrived, Serial: c.Serial,
		PlaceInLine: PlaceInLine{Entered: c.Entered, Place: c.Place, Priority: c.Priority, Head: c.Head || !c.Answered.IsZero()},
		Audio:       Audio{Music: true},
	}
	plain.parted = c.parted || c.hasAgent()
	if plain.Entered.IsZero() {
		plain.Entered = c.Arrived
	}
	if plain.Place.IsZero() {
		plain.Place = plain.Entered
	}
	if hardness < bare {
		c.keepRecord(s, plain)
	}
	switch {
	case c.Outcome != "":
		plain.State, plain.Outcome, plain.EndBy, plain.Music = CallEnding, c.Outcome, c.Since, false
	case c.State == CallInMenu:
		plain.State, plain.Round, plain.MenuBy, plain.Music = CallInMenu, c.Round, c.Since, false
		plain.Entered, plain.Place = noTime, noTime
	}
	*c = *plain
}

// keepRecord keeps what the call's record tells.
func (c *Call) keepRecord(s *State, plain *Call) {
	plain.Answered, plain.TalkEnd, plain.Agent = c.Answered, c.TalkEnd, c.Agent
	if !c.Answered.IsZero() && c.TalkEnd.Before(c.Answered) {
		plain.TalkEnd = c.Answered // how long they talked is not known
		if c.Since.After(c.Answered) {
			plain.TalkEnd = c.Since
		}
	}
	plain.Result, plain.Misses, plain.JoinedAt, plain.Tries = c.Result, c.Misses, c.JoinedAt, c.Tries
	plain.HoldFigures, plain.HoldLog, plain.Transfers = c.HoldFigures, c.HoldLog, c.Transfers
	plain.Recorded, plain.Monitored = c.Recorded, c.Monitored
	if c.Outcome != "" {
		plain.Rating = c.Rating
	}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.Number == c.Number {
		plain.Callback = c.Callback
	}
}
