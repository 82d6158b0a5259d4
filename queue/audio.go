package queue

import (
	"slices"
	"time"
)

// recordedPhrase is the notice.
const recordedPhrase = "recorded"

// cutShort takes note that the caller does not hear to its end what must come before a connection.
func (c *Call) cutShort() {
	if c.Playing != "" && c.Playing == c.Telling {
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
func (s *State) play(c *Call, phrases ...Phrase) {
	s.quiet(c)
	c.Playing = s.nextID(c, c.ID, "p")
	c.PlayBy = s.now.Add(playGuard)
	c.AnnounceAt = time.Time{}
	s.do(Play{c.ID, c.Playing, phrases})
	s.touch(c)
}

// playOrMusic plays phrases, or music when there is nothing to say.
func (s *State) playOrMusic(c *Call, phrases []Phrase) {
	if len(phrases) == 0 {
		s.music(c)
		return
	}
	s.play(c, phrases...)
}

// music starts music, which plays until the caller is to hear something else.
func (s *State) music(c *Call) {
	s.quiet(c)
	q := s.queueRules(c.Queue)
	c.Music = true
	s.do(Music{c.ID, q.Music})
	if c.inLine() && q.Announce.Every > 0 && (q.Announce.Position || q.Announce.Wait) {
		c.AnnounceAt = s.now.Add(q.Announce.Every)
	}
	s.touch(c)
}

// quiet ends whatever the caller hears.
func (s *State) quiet(c *Call) {
	c.cutShort()
	if c.Playing != "" {
		s.do(StopPlay{c.ID, c.Playing})
		c.Playing, c.PlayBy = "", time.Time{}
	}
	if c.Music {
		s.do(StopMusic{c.ID})
		c.Music = false
	}
	s.touch(c)
}

// tellFirst tells a caller what they must hear to the end before they are connected.
func (s *State) tellFirst(c *Call, phrases ...Phrase) {
	s.play(c, phrases...)
	c.Telling = c.Playing
	c.Notified = c.Notified || slices.ContainsFunc(phrases, func(p Phrase) bool { return p.ID == recordedPhrase })
}

func (s *State) speech(r *AgentRules) Language {
	if r == nil || r.Speech == "" {
		return s.rules.Languages[0]
	}
	return r.Speech
}

// tell plays the last words on an agent's leg.
func (s *State) tell(a *Agent, playback, phrase string) {
	s.hushAgent(a)
	a.Telling, a.Words = playback, phrase
	a.LegBy = s.now.Add(lastWords)
	s.do(Play{a.Leg, playback, []Phrase{{ID: phrase, Language: s.speech(s.agentRules(a.ID))}}})
	s.touch(a)
}

// told ends the leg of an agent who has heard its last words.
func (s *State) told(a *Agent) {
	a.Telling, a.Words = "", ""
	s.endLeg(a, HangupNormal)
}

// tellInCall plays a phrase to the agent in a call. The caller does not hear it.
func (s *State) tellInCall(a *Agent, c *Call, phrase string) {
	s.agentHears(a, c, Phrase{ID: phrase, Language: s.speech(s.agentRules(a.ID))})
}

func (s *State) agentHears(a *Agent, c *Call, phrase Phrase) {
	s.hushAgent(a)
	a.Hears = s.nextID(c, a.Leg, "p")
	s.do(Play{a.Leg, a.Hears, []Phrase{phrase}})
	s.touch(a)
	s.touch(c)
}

// hushAgent ends the playback that an agent hears in a call.
func (s *State) hushAgent(a *Agent) {
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
func (s *State) inEachLanguage(id string) []Phrase {
	phrases := make([]Phrase, len(s.rules.Languages))
	for i, l := range s.rules.Languages {
		phrases[i] = Phrase{ID: id, Language: l}
	}
	return phrases
}
