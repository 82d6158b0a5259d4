package queue

import (
	"math"
	"slices"
	"time"
)

// join puts a caller into line, after the words of an intro that an answer may
// cut short, or sends him away with the reason.
func (s *State) join(c *Call, intro ...Phrase) {
	q := s.queueRules(c.Queue)
	intro = s.withNotice(c, intro)
	switch {
	case q.MaxWaiting > 0 && s.waitingIn(q.Name) >= q.MaxWaiting:
		s.unserved(c, Full, intro...)
		return
	case !q.JoinEmpty && s.staff(q.Name, "") == 0:
		s.unserved(c, Empty, intro...)
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
	s.enter(c, Waiting)
	s.refresh()
	c.JoinedAt = s.Position(c)
	s.note(c.entry(CallEntered))
	s.settle()
	if c.State == Waiting {
		intro = append(intro, c.say("all-busy"))
		intro = append(intro, s.standing(c)...)
		if s.offersCallback(c) {
			intro = append(intro, c.say("callback-offer"))
		}
	}
	if c.Playing != "" && c.Playing == c.Telling {
		if c.Notified && len(intro) > 0 {
			s.tellFirst(c, append(intro, c.toldFirst()...)...) // whole, for he waits for it anyway
		}
		return // he is just being told about the other language
	}
	s.playOrMusic(c, intro)
}

// joiningPlace is the caller's true place: behind all others, or where the dialplan wants him.
func (s *State) joiningPlace(c *Call) time.Time {
	if c.JoinedAt > 0 {
		if behind, ok := s.match.CallerAt(lineOf(c.Queue, c.Language), c.JoinedAt); ok {
			c.Priority = max(c.Priority, behind.Priority)
			return time.Unix(0, behind.Since-1).UTC()
		}
	}
	return s.now
}

// enter brings a call into a state; everything that depends on the old one ends.
func (s *State) enter(c *Call, state CallState) {
	s.moving(c, CallMoves.declared(c.State, state), c.State, state)
	c.State, c.Since = state, s.now
	if state != Waiting && state != Offered {
		c.AnnounceAt, c.OverflowAt, c.GiveUpAt = time.Time{}, time.Time{}, time.Time{}
	}
	if state != Offered {
		c.RingBy = time.Time{}
	}
	if state != Waiting && state != Offered {
		c.Keying, c.KeyBy = "", time.Time{}
		c.Keeper, c.KeepUntil = "", time.Time{}
	}
	if state != Talking {
		s.wordHeard(c)
	}
	if state != InMenu {
		c.MenuBy = time.Time{}
	}
	s.touch(c)
}

// waitingIn counts the callers in line in all languages of a queue.
func (s *State) waitingIn(queue string) int {
	n := 0
	for _, l := range s.rules.Languages {
		n += s.Waiting(queue, l)
	}
	return n
}

// Waiting counts the callers in line in one language of a queue.
func (s *State) Waiting(queue string, l Language) int {
	return s.match.Callers(lineOf(queue, l))
}

// Position is the caller's place among those of his queue and language, from
// 1; 0 when he is not in line.
func (s *State) Position(c *Call) int { return s.match.Position(refOf(c)) }

// ExpectedWait is an estimate from the recent time an agent needs for a call
// and the agents who are logged in; 0 when there is nothing to go by.
func (s *State) ExpectedWait(c *Call) time.Duration {
	l := s.lines[c.Queue]
	agents := s.staff(c.Queue, c.Language)
	if l == nil || l.Handle == 0 || agents == 0 {
		return 0
	}
	return l.Handle * time.Duration(s.Position(c)) / time.Duration(agents)
}

// standing is what a caller in line is told about his place.
func (s *State) standing(c *Call) []Phrase {
	var phrases []Phrase
	a := s.queueRules(c.Queue).Announce
	if position := s.Position(c); a.Position && position > 0 {
		phrases = append(phrases, Phrase{ID: "position", Language: c.Language, N: position})
	}
	if wait := s.ExpectedWait(c); a.Wait && wait > 0 {
		minutes := 0 // less than one
		if wait >= time.Minute {
			minutes = int(math.Ceil(wait.Minutes()))
		}
		phrases = append(phrases, Phrase{ID: "wait", Language: c.Language, N: minutes})
	}
	return phrases
}

// play lets the caller hear phrases instead of what he hears now.
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

// music plays until something else is to be heard.
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
	// Phones that ring in a language he does not want any more stop ringing.
	for _, o := range slices.Clone(c.Offers) {
		if r := s.agentRules(o.Agent); r == nil || !r.Speaks(c.Language) {
			s.withdraw(c, o, HangupNormal)
		}
	}
	if len(c.Offers) == 0 {
		s.enter(c, Waiting)
	}
	s.settle()
	if c.Playing != "" && c.Playing == c.Telling {
		return
	}
	phrases := []Phrase{c.say("language-set")}
	if c.State == Waiting {
		phrases = append(append(phrases, c.say("all-busy")), s.standing(c)...)
	}
	s.play(c, phrases...)
}

// endAgain is a channel that was told to end and is still there: it is told again, and the exchange is asked.
func (s *State) endAgain(c *Call) {
	c.EndBy = s.now.Add(goneGuard)
	s.do(Hangup{c.ID, HangupNormal}, Resync{})
}

// playingOver is a playback whose end was never told.
func (s *State) playingOver(c *Call) {
	playing := c.Playing
	s.do(StopPlay{c.ID, playing})
	callerParty{of(c)}.playEnded(s, playing)
}

// overflow lets agents of other languages take the call.
func (s *State) overflow(c *Call) {
	c.Overflowed = true
	s.note(c.entry(CallOverflow))
}

// waitOver sends a caller away who has waited for as long as may be.
func (s *State) waitOver(c *Call) {
	if c.State == Waiting {
		s.unserved(c, TimedOut)
	} else {
		c.GiveUpAt = s.now.Add(time.Second) // a phone is ringing for the caller
	}
}

// announce tells a caller in line the place there.
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

// unservedPhrase is what a caller hears who cannot be served.
var unservedPhrase = map[Outcome]string{Full: "queue-full", Empty: "nobody-here", TimedOut: "no-answer"}

// unserved sends a caller away with the reason, to the queue's fallback if it has one.
func (s *State) unserved(c *Call, why Outcome, intro ...Phrase) {
	c.Exit = s.queueRules(c.Queue).Fallback
	s.end(c, why, append(intro, c.say(unservedPhrase[why]))...)
}

// end lets the caller hear his last phrase; the channel ends after it.
func (s *State) end(c *Call, why Outcome, phrases ...Phrase) {
	s.enter(c, Ending)
	c.Outcome = why
	s.play(c, phrases...)
}

// leave ends the channel after the last phrase, or gives it back to the dialplan.
func (s *State) leave(c *Call) {
	if c.Exit != "" {
		s.do(Leave{c.ID, c.Exit})
		s.finish(c)
		return
	}
	s.do(Hangup{c.ID, HangupNormal})
	c.EndBy = s.now.Add(goneGuard)
	s.touch(c)
}

// finish writes the call's one record and forgets it.
func (s *State) finish(c *Call) {
	s.note(c.record(s.now))
	if c.Outcome == Abandoned {
		s.abandonedCallback(c)
		l := s.line(c.Queue)
		l.Abandoned++
		if s.now.Sub(c.Entered) <= s.queueRules(c.Queue).ServiceLevel.Within {
			l.AbandonedInTime++
		}
	}
	delete(s.calls, c.ID)
	s.touch(c)
	s.callbackCallOver(c)
}

// entry is a journal line about the call.
func (c *Call) entry(kind EntryKind) Entry {
	return Entry{Kind: kind, Call: c.ID, Queue: c.Queue, Language: c.Language, Number: c.Number, JoinedAt: c.JoinedAt}
}

// record is the call's last journal line.
func (c *Call) record(now time.Time) Entry {
	e := c.entry(CallEnded)
	e.Outcome, e.Agent, e.Result, e.Rating = c.Outcome, c.Agent, c.Result, c.Rating
	e.Hold, e.Holds = c.HoldFigures.Total, slices.Clone(c.HoldLog)
	e.Monitored, e.Recorded = slices.Clone(c.Monitored), slices.Clone(c.Recorded)
	e.Transfers = slices.Clone(c.Transfers)
	if !c.Answered.IsZero() {
		e.Wait, e.Talk = c.Answered.Sub(c.Entered), c.TalkEnd.Sub(c.Answered)
	} else if !c.Entered.IsZero() {
		e.Wait = now.Sub(c.Entered)
		if c.State == Ending {
			e.Wait = c.Since.Sub(c.Entered)
		}
	}
	return e
}
