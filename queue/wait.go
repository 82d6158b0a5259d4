package queue

import (
	"slices"
	"time"
)

// join puts a caller into line, after an intro that an answer may cut short,
// or ends the call with the reason.
func (c *Call) join(s *State, intro ...Phrase) { c.joinFrom(s, nil, intro...) }

// joinFrom is join for a caller whom an agent passes on.
func (c *Call) joinFrom(s *State, passer *Agent, intro ...Phrase) {
	q := s.queueRules(c.Queue)
	intro = c.withNotice(s, intro)
	switch {
	case q.MaxWaiting > 0 && s.index.waits.of(q.Name).Len() >= q.MaxWaiting:
		c.unserved(s, OutcomeFull, intro...)
		return
	case !q.JoinEmpty && s.staff(q.Name, "") == 0:
		c.unserved(s, OutcomeEmpty, intro...)
		return
	}
	c.Place = c.joiningPlace(s)
	c.recognise(s)
	if cb := s.callbacks[c.Callback]; cb != nil && cb.Place.Before(c.Place) {
		c.Place = cb.Place
	}
	c.boundWait(s, s.now)
	c.JoinedAt = 0
	c.keepForSame(s, passer)
	c.setState(s, CallWaiting)
	c.placed(s, "")
	c.note(s, Entry{Kind: EntryCallEntered, Name: c.Name})
	s.settle()
	if c.State == CallWaiting {
		intro = append(append(intro, c.say("all-busy")), c.placeAndWait(s)...)
	}
	if c.isToldFirst() {
		if c.Notified && len(intro) > 0 {
			c.tellFirst(s, append(intro, c.toldFirst()...)...) // the whole intro: the caller must hear the notice out anyway
		}
		return // the caller hears what must come first
	}
	if len(intro) == 0 {
		c.music(s)
		return
	}
	c.play(s, intro...)
	c.OfferNext = c.State == CallWaiting && c.mayOffer(s)
}

// joiningPlace is the caller's true place: behind all others, or where the dialplan puts them. That is stronger than
// priority: the caller gets the one of the caller in front of whom they are put, or behind whom if the line is shorter.
// Only those who came back to the head of the line stay before them.
func (c *Call) joiningPlace(s *State) time.Time {
	if c.JoinedAt < 1 {
		return s.now
	}
	line := lineOf(c.Queue, c.Language)
	behind, ok := s.match.CallerAt(line, c.JoinedAt)
	for ok && behind.Head {
		c.JoinedAt++
		behind, ok = s.match.CallerAt(line, c.JoinedAt)
	}
	if !ok {
		if last, ok := s.match.CallerAt(line, s.match.Callers(line)); ok && !last.Head {
			c.Priority = min(c.Priority, last.Priority)
		}
		return s.now
	}
	c.Priority = behind.Priority
	gap := 2 * time.Millisecond // so that others can be put between the two later
	if before, ok := s.match.CallerAt(line, c.JoinedAt-1); ok && !before.Head && before.Priority == behind.Priority {
		gap = min(gap, time.Duration(behind.Since-before.Since))
	}
	return time.Unix(0, behind.Since).Add(-gap / 2).UTC()
}

// changeLanguage goes on to the next language of the menu; the true place is kept.
func (c *Call) changeLanguage(s *State) {
	if len(s.rules.Languages) < 2 {
		return
	}
	i := slices.Index(s.rules.Languages, c.Language)
	c.setLanguage(s, s.rules.Languages[(i+1)%len(s.rules.Languages)])
}

// setLanguage goes on in a language that the caller has chosen in line.
func (c *Call) setLanguage(s *State, l Language) {
	if c.answeredOffer() != nil {
		return
	}
	c.Language = l
	c.cutShort()
	c.ToldOther, c.Telling = false, ""
	c.rememberLanguage(s)
	if a := s.agents[c.Keeper]; a != nil && !c.isWorthWaiting(s, a) {
		c.letGoOfKeeper(s)
	}
	c.withdrawUnless(s, func(r *AgentRules) bool { return r.Speaks(c.Language) })
	s.settle()
	if c.isToldFirst() {
		return
	}
	phrases := []Phrase{c.say("language-set")}
	if c.State == CallWaiting {
		phrases = append(append(phrases, c.say("all-busy")), c.placeAndWait(s)...)
	}
	c.play(s, phrases...)
}

// overflow lets agents of other languages take the call.
func (c *Call) overflow(s *State) {
	c.Overflowed = true
	c.note(s, Entry{Kind: EntryCallOverflow})
}

// waitOver ends the wait of a caller who has waited for the longest time allowed. A phone that rings stops, which is
// no miss. An agent who has answered, and is not connected yet, gets the caller; if that agent is lost, nobody does.
func (c *Call) waitOver(s *State) {
	if c.answeredOffer() != nil {
		c.Overdue, c.GiveUpAt = true, s.now.Add(time.Second)
		return
	}
	c.withdrawAll(s)
	c.unserved(s, OutcomeTimedOut)
}

// announce tells a caller in line the place and the wait, and after that may offer a callback.
func (c *Call) announce(s *State) {
	offers := c.mayOffer(s)
	if phrases := c.placeAndWait(s); len(phrases) > 0 {
		c.play(s, phrases...)
		c.OfferNext = offers
	} else if offers {
		c.offerCallback(s)
	} else if every := s.queueRules(c.Queue).Announce.Every; every > 0 { // new rules may announce nothing
		c.AnnounceAt = s.now.Add(every)
	}
}
