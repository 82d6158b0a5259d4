package queue

import (
	"slices"
	"strconv"
	"time"
)

// recordedPhrase is the notice that the talk is recorded.
const recordedPhrase = "recorded"

// cutShort takes note that the caller does not hear to its end what must come before a connection.
func (c *Call) cutShort() {
	if c.isToldFirst() {
		c.Notified, c.Telling = false, "" // the caller is told again
	}
}

// toldFirst is what a caller who has just come hears after the welcome if a phone rings for them at once.
func (c *Call) toldFirst() (phrases []Phrase) {
	if c.Notified {
		phrases = append(phrases, c.say(recordedPhrase))
	}
	if c.ToldOther {
		phrases = append(phrases, c.say("other-language"))
	}
	return phrases
}

// play plays phrases to the caller. What the caller heard until now ends.
func (c *Call) play(s *State, phrases ...Phrase) {
	c.stopAudio(s)
	c.Playing = c.nextID(c.ID, "p")
	c.PlayBy = s.now.Add(playGuard)
	c.AnnounceAt = time.Time{}
	s.do(Play{c.channel(), c.Playing, phrases})
}

// music starts music, which plays until the caller is to hear something else.
func (c *Call) music(s *State) {
	c.stopAudio(s)
	q := s.queueRules(c.Queue)
	c.Music = true
	s.do(Music{c.channel(), q.Music})
	if c.inLine() && q.Announce.Every > 0 && (q.Announce.Position || q.Announce.Wait) {
		c.AnnounceAt = s.now.Add(q.Announce.Every)
	}
}

// stopAudio ends whatever the caller hears, and marks the call as changed.
func (c *Call) stopAudio(s *State) {
	c.cutShort()
	c.OfferNext = false
	if c.Playing != "" {
		s.do(StopPlay{c.channel(), c.Playing})
		c.Playing, c.PlayBy = "", time.Time{}
	}
	if c.Music {
		s.do(StopMusic{c.channel()})
		c.Music = false
	}
	s.touch(c)
}

// tellFirst tells a caller what they must hear to the end before they are connected.
func (c *Call) tellFirst(s *State, phrases ...Phrase) {
	c.play(s, phrases...)
	c.Telling = c.Playing
	c.Notified = c.Notified || slices.ContainsFunc(phrases, func(p Phrase) bool { return p.ID == recordedPhrase })
}

// speech is the language in which codes answer an agent, the first one for somebody unknown.
func (r *AgentRules) speech(s *State) Language {
	if r == nil || r.Speech == "" {
		return s.rules.Languages[0]
	}
	return r.Speech
}

// tell plays the last words on an agent's leg.
func (a *Agent) tell(s *State, playback, phrase string) { a.tellNumber(s, playback, phrase, 0) }

// tellNumber is tell of a phrase with a number in it, that of a slot: the phone shows it and how the caller is fetched from there.
func (a *Agent) tellNumber(s *State, playback, phrase string, n int) {
	a.stopAudio(s)
	a.Telling, a.Words, a.WordsN = playback, phrase, n
	a.LegBy = s.now.Add(lastWords)
	if n > 0 {
		s.do(Show{a.Leg, parkedName(n), parkCode + strconv.Itoa(n)})
	}
	s.do(Play{a.Leg, playback, []Phrase{{ID: phrase, Language: s.agentRules(a.ID).speech(s), N: n}}})
	s.touch(a)
}

// endAfterWords ends the leg of an agent who has heard its last words.
func (a *Agent) endAfterWords(s *State) {
	a.Telling, a.Words, a.WordsN = "", "", 0
	a.endLeg(s, HangupNormal)
}

// tellInCall plays a phrase to the agent in a call. The caller does not hear it.
func (a *Agent) tellInCall(s *State, c *Call, phrase string) {
	a.play(s, c, Phrase{ID: phrase, Language: s.agentRules(a.ID).speech(s)})
}

// play plays a phrase or a tone to the agent in a call; what the agent heard until now ends.
func (a *Agent) play(s *State, c *Call, phrase Phrase) {
	a.stopAudio(s)
	a.Hears = c.nextID(a.Leg, "p")
	s.do(Play{a.Leg, a.Hears, []Phrase{phrase}})
	s.touch(a)
	s.touch(c)
}

// stopAudio ends the playback that an agent hears in a call.
func (a *Agent) stopAudio(s *State) {
	if a.Hears != "" {
		s.do(StopPlay{a.Leg, a.Hears})
		a.Hears = ""
		s.touch(a)
	}
}

// welcome returns the phrases if the queue welcomes its callers.
func (q *QueueRules) welcome(phrases ...Phrase) []Phrase {
	if !q.Welcome {
		return nil
	}
	return phrases
}

// inEachLanguage is a phrase in all languages, for a caller whose language is not known.
func (r *Rules) inEachLanguage(id string) []Phrase {
	phrases := make([]Phrase, len(r.Languages))
	for i, l := range r.Languages {
		phrases[i] = Phrase{ID: id, Language: l}
	}
	return phrases
}
