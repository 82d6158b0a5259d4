package queue

import (
	"maps"
	"slices"
	"time"
)

// What an agent does when a talk cannot go on: the caller is rude, is not
// heard, or the agent himself is suddenly unwell. Each is one code in a call.

// ConductRules are about callers who were warned of their tone.
type ConductRules struct {
	// Flag is how long the next agents see that a caller was warned; 0 does not show it.
	Flag time.Duration `yaml:"flag"`
}

// DefaultConduct is what follows when the config says nothing.
func DefaultConduct() ConductRules { return ConductRules{Flag: 30 * 24 * time.Hour} }

// flagSign stands in the name that an agent's phone shows for a caller who was warned.
const flagSign = " !"

// warn plays the warning to a rude caller, who is out of the talk until he has
// heard it; once he has, the same code ends the talk (S3). Pressed while he
// hears it, it means nothing.
func (s *State) warn(a *Agent, c *Call) {
	switch {
	case c.State != Talking || c.Playing != "" && c.Playing == c.Warning:
	case c.Warned:
		s.endTalk(a, c, EndedRude, "tone-end")
	default:
		s.part(c)
		s.play(c, c.say("tone-warn"))
		c.Warning, c.PlayBy = c.Playing, s.now.Add(lastWords)
		s.flag(c.Number, a.ID)
		e := c.entry(CallWarned)
		e.Agent = a.ID
		s.note(e)
	}
}

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

// Flagged are the numbers whose callers were warned of their tone not long ago, by number.
func (s *State) Flagged() []*Caller {
	var all []*Caller
	for _, number := range slices.Sorted(maps.Keys(s.flagged)) {
		if s.IsFlagged(number) {
			all = append(all, s.flagged[number])
		}
	}
	return all
}

// NotFlagged is a number that has no flag to be taken off.
const NotFlagged Refusal = "not_flagged"

// clearNumber takes the flag off a number, for a reason.
func (s *State) clearNumber(ev ClearNumber) {
	switch {
	case !s.IsFlagged(ev.Number):
		s.fx.Answer.Refused = NotFlagged
		return
	case ev.Reason == "":
		s.fx.Answer.Refused = ReasonMissing
		return
	}
	known := s.caller(ev.Number)
	s.note(Entry{Kind: NumberCleared, Number: ev.Number, Agent: known.RudeBy, Details: &Details{Reason: ev.Reason}})
	known.RudeUntil, known.RudeAt, known.RudeBy = time.Time{}, time.Time{}, ""
	delete(s.flagged, ev.Number)
}

// IsFlagged reports whether a number's caller was warned of his tone not long ago.
func (s *State) IsFlagged(number string) bool {
	known := s.flagged[number]
	return known != nil && s.now.Before(known.RudeUntil)
}

// flagOf is what the name that an agent's phone shows has behind it for a flagged number.
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

// unheard tells a caller who is not heard so, once, and ends the call (S0).
func (s *State) unheard(a *Agent, c *Call) {
	if c.State == Talking {
		s.endTalk(a, c, NotHeard, "not-heard")
	}
}

// endTalk ends a talk by a code: the caller hears a last phrase, the agent's line ends at once.
func (s *State) endTalk(a *Agent, c *Call, why Outcome, phrase string) {
	s.talkEnded(c, a)
	s.endLeg(a, HangupNormal)
	s.end(c, why, c.say(phrase))
}

// unwell takes the caller of an agent who cannot go on back to the head of the
// line, be he on hold. The agent gets nothing more until he says so himself, and
// the supervisors are told (S0).
func (s *State) unwell(a *Agent, c *Call) {
	e := c.entry(AgentUnwell)
	e.Agent = a.ID
	s.note(e)
	switch {
	case c.hasHeir():
		s.handOver(c)
	case c.State == Held:
		s.endHold(c, HoldRequeued, false)
	}
	if a.After != Offline {
		a.NextStatus = NextStatus{After: Unwell}
	}
	s.leaveAgent(c, a, "supervisor-called")
	if !c.isPassedOn() { // else he is with somebody else, or on his way
		s.requeue(c, FellIll, "unwell")
	}
}
