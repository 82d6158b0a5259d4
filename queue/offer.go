package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// offerTo rings agents for a waiting caller.
func (s *State) offerTo(c *Call, agents []*Agent) {
	q := s.queueRules(c.Queue)
	s.enter(c, CallOffered)
	c.RingBy = s.now.Add(q.Ring.Timeout)
	tell := !c.ToldOther
	for _, a := range agents {
		r := s.agentRules(a.ID)
		leg := s.nextID(c, c.ID, "a")
		c.Offers = append(c.Offers, Offer{Agent: a.ID, Leg: leg, Since: s.now})
		a.Call, a.Leg = c.ID, leg
		s.become(a, StatusRinging)
		tell = tell && !r.Speaks(c.Language)
		s.do(Dial{
			Channel: leg, Endpoint: s.phoneOf(a), For: c.ID,
			CallerName: s.callerName(c, q), CallerNumber: c.Number,
			AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
		})
		e := c.entry(EntryCallOffered)
		e.Agent, e.Wait = a.ID, s.now.Sub(c.Entered)
		s.note(e)
	}
	if q.Strategy == StrategyRRMemory {
		s.line(q.Name).LastAgent = agents[0].ID
	}
	first := s.noticeFor(c)
	if tell {
		c.ToldOther = true
		first = append(first, c.say("other-language"))
	}
	if len(first) > 0 {
		s.tellFirst(c, first...)
	}
}

// callerName is what the agent's phone shows before the answer: language, queue, wait, number.
func (s *State) callerName(c *Call, q *QueueRules) string {
	wait := s.now.Sub(c.Entered).Round(time.Second)
	name := fmt.Sprintf("%s %s %d:%02d", strings.ToUpper(string(c.Language)), q.Name, int(wait.Minutes()), int(wait.Seconds())%60)
	if c.Head {
		name += " *"
	}
	return name + s.flagOf(c.Number)
}

// ringOver ends the offers that nobody took in time. An agent who has answered is connected.
func (s *State) ringOver(c *Call) {
	if o := c.answeredOffer(); o != nil {
		o.Whisper, c.RingBy = "", s.now.Add(playGuard) // the whisper's end was never told
		s.connectIfReady(c)
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		s.endLeg(s.agents[o.Agent], HangupNormal)
		s.miss(c, o, CauseNoAnswer)
	}
}

// miss records an offer that an agent did not take. The caller keeps the place in line and goes to the next agent at once.
func (s *State) miss(c *Call, o Offer, why Cause) {
	q := s.queueRules(c.Queue)
	c.drop(o.Leg)
	s.touch(c)
	e := c.entry(EntryCallMissed)
	e.Agent, e.Cause, e.Ring = o.Agent, why, s.now.Sub(o.Since)
	s.note(e)
	a := s.agents[o.Agent]
	switch why {
	case CauseDeclined, CauseBusy, CauseNoAnswer, CauseNormal:
		c.Misses++
		a.MissedInRow++
	}
	a.RestUntil = s.now.Add(q.Ring.Rest)
	if q.Ring.PauseAfter > 0 && a.MissedInRow >= q.Ring.PauseAfter && a.After == "" {
		a.After = StatusMissed
	}
	s.release(a)
	if c.Keeper == a.ID {
		s.letGoOfKeeper(c)
	}
	if len(c.Offers) == 0 {
		if c.Playing != "" && c.Playing == c.Telling {
			c.ToldOther, c.Notified = false, false // no agent is connected yet: the caller is told again next time
		}
		c.Telling = ""
		s.enter(c, CallWaiting)
	}
}

// offerAnswered connects the first agent who picks up; all others stop ringing.
func (s *State) offerAnswered(c *Call, a *Agent) {
	if c.answeredOffer() != nil {
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		if o.Leg != a.Leg {
			s.withdraw(c, o, HangupAnsweredElsewhere)
		}
	}
	o := c.offerOf(a.Leg)
	o.Answered = true
	c.RingBy = s.now.Add(playGuard)
	s.touch(c)
	if q := s.queueRules(c.Queue); q.Whisper {
		r := s.agentRules(a.ID)
		o.Whisper = s.nextID(c, a.Leg, "p")
		words := []Phrase{{ID: "whisper-" + string(c.Language), Language: r.Speech}}
		s.do(Play{a.Leg, o.Whisper, s.flagWords(words, c.Number, r.Speech)})
	}
	s.connectIfReady(c)
}

// whisperEnded: the agent has heard the whisper and may be connected.
func (s *State) whisperEnded(c *Call, playback string) {
	if o := c.answeredOffer(); o != nil && o.Whisper == playback && playback != "" {
		o.Whisper = ""
		s.touch(c)
		s.connectIfReady(c)
	}
}

// connectIfReady connects an agent who picked up, unless the agent still hears the
// whisper or the caller still hears what must come first. Any other announcement is
// cut short: none delays a connection. It reports whether the two are connected now,
// or the caller has begun to hear what must come first.
func (s *State) connectIfReady(c *Call) bool {
	o := c.answeredOffer()
	if o == nil || o.Whisper != "" || c.Playing != "" && c.Playing == c.Telling {
		return false
	}
	if notice := s.noticeFor(c); len(notice) > 0 { // it was cut short
		s.tellFirst(c, notice...)
		return true
	}
	s.connect(c, *o)
	return true
}
