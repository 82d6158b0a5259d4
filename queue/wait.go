package queue

import (
	"slices"
	"time"
)

// join puts a caller into line, after an intro that an answer may cut short,
// or ends the call with the reason.
func (s *State) join(c *Call, intro ...Phrase) {
	q := s.queueRules(c.Queue)
	intro = s.withNotice(c, intro)
	switch {
	case q.MaxWaiting > 0 && s.waitingIn(q.Name) >= q.MaxWaiting:
		s.unserved(c, OutcomeFull, intro...)
		return
	case !q.JoinEmpty && s.staff(q.Name, "") == 0:
		s.unserved(c, OutcomeEmpty, intro...)
		return
	}
	c.Entered, c.Place = s.now, s.joiningPlace(c)
	s.recognise(c)
	if cb := s.callbacks[c.Callback]; cb != nil && cb.Place.Before(c.Place) {
		c.Place = cb.Place
	}
	if q.Overflow && q.OverflowAfter > 0 {
		c.OverflowAt = s.now.Add(q.OverflowAfter)
	}
	if q.MaxWait > 0 {
		c.GiveUpAt = s.now.Add(q.MaxWait)
	}
	c.JoinedAt = 0
	s.keepForSame(c)
	s.enter(c, CallWaiting)
	s.refresh()
	c.JoinedAt = s.Position(c)
	s.note(c.entry(EntryCallEntered))
	s.settle()
	if c.State == CallWaiting {
		intro = append(intro, c.say("all-busy"))
		intro = append(intro, s.standing(c)...)
		if s.offersCallback(c) {
			intro = append(intro, c.say("callback-offer"))
		}
	}
	if c.Playing != "" && c.Playing == c.Telling {
		if c.Notified && len(intro) > 0 {
			s.tellFirst(c, append(intro, c.toldFirst()...)...) // the whole intro: the caller must hear the notice out anyway
		}
		return // the caller hears what must come first
	}
	s.playOrMusic(c, intro)
}

// joiningPlace is the caller's true place: behind all others, or where the dialplan puts them.
func (s *State) joiningPlace(c *Call) time.Time {
	if c.JoinedAt > 0 {
		if behind, ok := s.match.CallerAt(lineOf(c.Queue, c.Language), c.JoinedAt); ok {
			c.Priority = max(c.Priority, behind.Priority)
			return time.Unix(0, behind.Since-1).UTC()
		}
	}
	return s.now
}

// changeLanguage goes on to the next language of the menu; the true place is kept.
func (s *State) changeLanguage(c *Call) {
	if len(s.rules.Languages) < 2 || c.answeredOffer() != nil {
		return
	}
	i := slices.Index(s.rules.Languages, c.Language)
	c.Language = s.rules.Languages[(i+1)%len(s.rules.Languages)]
	c.cutShort()
	c.ToldOther, c.Telling = false, ""
	s.remember(c)
	if a := s.agents[c.Keeper]; a != nil && !s.isWorthWaiting(c, a) {
		s.letGoOfKeeper(c)
	}
	// Phones of agents who do not speak the new language stop ringing.
	for _, o := range slices.Clone(c.Offers) {
		if r := s.agentRules(o.Agent); r == nil || !r.Speaks(c.Language) {
			s.withdraw(c, o, HangupNormal)
		}
	}
	if len(c.Offers) == 0 {
		s.enter(c, CallWaiting)
	}
	s.settle()
	if c.Playing != "" && c.Playing == c.Telling {
		return
	}
	phrases := []Phrase{c.say("language-set")}
	if c.State == CallWaiting {
		phrases = append(append(phrases, c.say("all-busy")), s.standing(c)...)
	}
	s.play(c, phrases...)
}

// endAgain: a channel that was told to end is still there. It is hung up again, and Kezek resyncs with Asterisk.
func (s *State) endAgain(c *Call) {
	c.EndBy = s.now.Add(goneGuard)
	s.do(Hangup{c.ID, HangupNormal}, Resync{})
}

// overflow lets agents of other languages take the call.
func (s *State) overflow(c *Call) {
	c.Overflowed = true
	s.note(c.entry(EntryCallOverflow))
}

// waitOver ends the wait of a caller who has waited for the longest time allowed.
func (s *State) waitOver(c *Call) {
	if c.State == CallWaiting {
		s.unserved(c, OutcomeTimedOut)
	} else {
		c.GiveUpAt = s.now.Add(time.Second) // a phone is ringing for the caller
	}
}

// announce tells a caller the place in line.
func (s *State) announce(c *Call) {
	phrases := s.standing(c)
	if s.offersCallback(c) {
		phrases = append(phrases, c.say("callback-offer"))
	}
	if len(phrases) > 0 {
		s.play(c, phrases...)
	} else if every := s.queueRules(c.Queue).Announce.Every; every > 0 { // new rules may announce nothing
		c.AnnounceAt = s.now.Add(every)
	}
}
