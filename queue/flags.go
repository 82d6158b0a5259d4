package queue

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// flagSign stands in the name that an agent's phone shows for a caller who was warned.
const flagSign = " !"

// flag marks a number, for the agents who get its next calls.
func (s *State) flag(number, by string) {
	if number == "" || s.rules.Conduct.Flag <= 0 {
		return
	}
	known := s.caller(number)
	known.RudeAt, known.RudeBy = s.now, by
	known.RudeUntil = s.now.Add(s.rules.Conduct.Flag)
	known.keep(known.RudeUntil)
	s.flagged[number] = known
}

// IsFlagged reports whether the caller with this number was warned about their tone not long ago.
func (s *State) IsFlagged(number string) bool {
	known := s.flagged[number]
	return known != nil && s.now.Before(known.RudeUntil)
}

// Flagged are the numbers whose callers were warned about their tone not long ago, by number.
func (s *State) Flagged() []*Caller {
	all := slices.SortedFunc(maps.Values(s.flagged), func(a, b *Caller) int { return cmp.Compare(a.Number, b.Number) })
	return slices.DeleteFunc(all, func(c *Caller) bool { return !s.IsFlagged(c.Number) })
}

// clearNumber clears the flag of a number. The order needs a reason.
func (s *State) clearNumber(ev ClearNumber) Refusal {
	switch {
	case !s.IsFlagged(ev.Number):
		return RefusalNotFlagged
	case ev.Reason == "":
		return RefusalReasonMissing
	}
	known := s.caller(ev.Number)
	s.note(Entry{Kind: EntryNumberCleared, Number: ev.Number, By: ev.By, Agent: known.RudeBy, Details: &Details{Reason: ev.Reason}})
	known.RudeUntil, known.RudeAt, known.RudeBy = time.Time{}, time.Time{}, ""
	delete(s.flagged, ev.Number)
	return ""
}

// flagOf is the suffix of the name that an agent's phone shows for a flagged number.
func (s *State) flagOf(number string) string {
	if s.IsFlagged(number) {
		return flagSign
	}
	return ""
}

// flagWords adds what an agent hears about a flagged number.
func (s *State) flagWords(words []Phrase, number string, speech Language) []Phrase {
	if s.IsFlagged(number) {
		words = append(words, Phrase{ID: "whisper-flagged", Language: speech})
	}
	return words
}
