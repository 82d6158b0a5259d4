package queue

import "time"

// Pauses before it is checked again whether a number may be called.
const (
	notAllowedAgain = 10 * time.Minute // or at the next change of the rules
	inAirAgain      = 15 * time.Second
)

// barred tells why a number may not be called at this moment, and when to look again.
func (s *State) barred(number string) (why Refusal, until time.Time) {
	trunk := &s.rules.Trunk
	s.refresh() // calls that begin in this step count as well
	switch {
	case !s.allowsClient(number):
		return RefusalNumberNotAllowed, s.now.Add(notAllowedAgain)
	case s.callers[number].dialledEnough(trunk.PerNumber, s.now):
		return RefusalNumberLimit, s.callers[number].DialsSince.Add(time.Hour)
	case trunk.InAir > 0 && s.index.outside >= trunk.InAir:
		return RefusalTooManyInAir, s.now.Add(inAirAgain)
	}
	return "", time.Time{}
}

// postpone postpones a callback whose number may not be called now. That is recorded
// once, however often it is tried again. The agent who owes it is released, unless
// there are only too many calls at this moment, or the trunk does not work.
func (cb *Callback) postpone(s *State, why Refusal, until time.Time) {
	if why != RefusalNumberLimit {
		until = s.now.Add(cb.pause(s, until.Sub(s.now)))
	}
	cb.NextAt = until
	s.touch(cb)
	if why != RefusalTooManyInAir && why != RefusalTrunkDown {
		cb.freeRefusers(s)
	}
	if cb.PutOff != why {
		cb.PutOff = why
		cb.note(s, Entry{Kind: EntryRefused, Details: &Details{Refusal: why}})
	}
}

// reconsider tries a postponed callback again at once, because the rules may be new.
func (cb *Callback) reconsider(s *State) {
	if cb.PutOff != "" && cb.State == CallbackOpen {
		cb.NextAt = time.Time{}
		s.touch(cb)
	}
}

// dialledEnough reports whether a number has been called as often as it may be within an hour.
func (c *Caller) dialledEnough(limit int, now time.Time) bool {
	return limit > 0 && c != nil && c.Dials >= limit && now.Sub(c.DialsSince) < time.Hour
}

// notDialled takes the last call to a number back, which did not come to it.
func (c *Caller) notDialled() { c.Dials = max(c.Dials-1, 0) }

// dialled counts a call to a number.
func (c *Caller) dialled(now time.Time) {
	if now.Sub(c.DialsSince) >= time.Hour {
		c.Dials, c.DialsSince = 0, now
	}
	c.Dials++
	c.keep(now.Add(time.Hour))
}
