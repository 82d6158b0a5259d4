package queue

import (
	"cmp"
	"time"
)

// arrive takes a new caller: unknown number, closed, straight into line, or the menu.
// Ids for the channel up to serial were used before, and are not used again.
func (s *State) arrive(ev CallArrived, serial int) {
	if s.calls[ev.Channel] != nil {
		return
	}
	c := &Call{
		ID: ev.Channel, DID: ev.DID, Number: ev.Number, Name: ev.Name,
		Arrived: s.now, State: CallInMenu, Since: s.now,
		Serial:      serial,
		PlaceInLine: PlaceInLine{Priority: ev.Priority, JoinedAt: ev.Position},
	}
	if s.isLine(c.Number) {
		c.Number = "" // as if withheld: it is not the caller's
	}
	s.calls[c.ID], s.hand = c, c
	s.touch(c)
	s.do(AnswerCall{c.channel()})
	q := s.queueByDID[ev.DID]
	if q == nil {
		c.Language = s.rules.Languages[0]
		c.end(s, OutcomeUnknownNumber, s.rules.inEachLanguage("sorry-ended")...)
		return
	}
	c.Queue = q.Name
	c.Priority += q.Priority
	c.Language = c.knownLanguage(s, q)
	switch {
	case !q.open(s.now, s.rules.Location):
		c.closed(s, q)
	case c.Language == "":
		c.Language = q.DefaultLanguage
		c.playMenu(s, q.welcome(s.rules.inEachLanguage("welcome")...)...)
	default:
		c.join(s, q.welcome(c.say("welcome"))...)
	}
}

// closed tells a caller outside opening hours so, after the notice if one is on,
// in each language if the caller's is not known, and offers a callback after opening if one can be kept.
func (c *Call) closed(s *State, q *QueueRules) {
	c.Exit = q.Fallback
	c.Language = cmp.Or(c.Language, q.DefaultLanguage)
	var phrases []Phrase
	if n := s.Notice(q.Name); n != nil {
		phrases = c.sayClosed(s, n.Phrase)
	}
	c.end(s, OutcomeClosed, append(phrases, c.sayClosed(s, "closed")...)...)
	c.OfferNext = c.callerBooking(s).refusal(s) == ""
}

// playMenu offers the languages after an intro; keys count from its first word.
func (c *Call) playMenu(s *State, intro ...Phrase) {
	c.Round++
	c.MenuBy = time.Time{}
	for i, l := range s.rules.Languages {
		intro = append(intro, Phrase{ID: "menu", Language: l, N: i + 1})
	}
	c.play(s, intro...)
}

// menuKey handles a key in the menu. After a key without a meaning the menu is
// repeated, as often as it would be without a key.
func (c *Call) menuKey(s *State, key byte) {
	if l := s.rules.languageOf(key); l != "" {
		c.Language, c.MenuOver = l, s.now
		c.rememberLanguage(s)
		c.join(s)
		return
	}
	if c.Round >= s.rules.Menu.Rounds {
		return // the last round goes on, and the default language follows
	}
	c.playMenu(s, s.rules.inEachLanguage("wrong-key")...)
}

// menuOver: the menu ended without a key.
func (c *Call) menuOver(s *State) {
	if c.Round < s.rules.Menu.Rounds {
		c.playMenu(s)
		return
	}
	c.MenuOver = s.now
	c.join(s)
}

// menuKeyLate takes a key that was pressed for the menu and came too late for it: the menu had
// just given up, or has taken the same key already. It reports whether it is such a key.
func (c *Call) menuKeyLate(s *State, key byte) bool {
	l := s.rules.languageOf(key)
	if l == "" || c.MenuOver.IsZero() || c.keyTime(s).Sub(c.MenuOver) >= s.rules.Menu.Late {
		return false
	}
	if l == c.Language {
		c.rememberLanguage(s) // it may be the default one, which nobody chose
	} else {
		c.setLanguage(s, l)
	}
	return true
}
