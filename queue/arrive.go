package queue

import (
	"slices"
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
	s.calls[c.ID], s.hand = c, c
	s.touch(c)
	s.do(AnswerCall{c.ID})
	q := s.rules.QueueByDID(ev.DID)
	if q == nil {
		c.Language = s.rules.Languages[0]
		c.end(s, OutcomeUnknownNumber, s.rules.inEachLanguage("sorry-ended")...)
		return
	}
	c.Queue = q.Name
	c.Priority += q.Priority
	c.Language = s.knownLanguage(q, ev)
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
	say := func(id string) []Phrase { return []Phrase{c.say(id)} }
	if c.Language == "" {
		c.Language = q.DefaultLanguage
		say = s.rules.inEachLanguage
	}
	var phrases []Phrase
	if n := s.Notice(q.Name); n != nil {
		phrases = say(n.Phrase)
	}
	phrases = append(phrases, say("closed")...)
	c.Outcome = OutcomeClosed
	if c.callerBooking(s).refusal(s) == "" {
		phrases = append(phrases, say("callback-offer-closed")...)
	}
	c.end(s, OutcomeClosed, phrases...)
}

// knownLanguage is the language fixed by the number dialled, or the one that
// the caller chose last time; empty when they must be asked.
func (s *State) knownLanguage(q *QueueRules, ev CallArrived) Language {
	if l := q.DIDLanguage[ev.DID]; l != "" {
		return l
	}
	if len(s.rules.Languages) == 1 {
		return s.rules.Languages[0]
	}
	known := s.callers[ev.Number]
	if known == nil || s.rules.Menu.Remember <= 0 || !s.now.Before(known.Until) || !slices.Contains(s.rules.Languages, known.Language) {
		return "" // the site may no longer have the language that was chosen
	}
	return known.Language
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
	if i := int(key) - '1'; i >= 0 && i < len(s.rules.Languages) {
		c.Language = s.rules.Languages[i]
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
	c.join(s)
}
