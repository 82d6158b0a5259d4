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
}

// IsFlagged reports whether the caller with this number was warned about their tone not long ago.
func (s *State) IsFlagged(number string) bool { return s.callers[number].isFlagged(s.now) }

func (c *Caller) isFlagged(now time.Time) bool { return c != nil && now.Before(c.RudeUntil) }

// Flagged are the numbers whose callers were warned about their tone not long ago, by number.
func (s *State) Flagged() []*Caller {
	all := slices.DeleteFunc(slices.Collect(maps.Values(s.callers)), func(c *Caller) bool { return !s.IsFlagged(c.Number) })
	slices.SortFunc(all, func(a, b *Caller) int { return cmp.Compare(a.Number, b.Number) })
	return all
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
	return ""
}

// flagOf is the suffix of the name that an agent's phone shows for a flagged number.
func (s *State) flagOf(known *Caller) string {
	if known.isFlagged(s.now) {
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
