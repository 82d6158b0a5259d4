package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// offerTo rings agents for a waiting caller.
func (c *Call) offerTo(s *State, agents []*Agent) {
	q := s.queueRules(c.Queue)
	c.setState(s, CallOffered)
	c.RingBy = s.now.Add(q.Ring.Timeout)
	tell := !c.ToldOther
	for _, a := range agents {
		r := s.agentRules(a.ID)
		leg := c.nextID(s, c.ID, "a")
		c.Offers = append(c.Offers, Offer{Agent: a.ID, Leg: leg, Since: s.now})
		a.Call, a.Leg = c.ID, leg
		a.setStatus(s, StatusRinging)
		tell = tell && !r.Speaks(c.Language)
		s.do(Dial{
			Channel: leg, Endpoint: a.phone(s), For: c.ID,
			CallerName: c.callerName(s, q), CallerNumber: c.Number,
			AutoAnswer: q.AutoAnswer, Timeout: q.Ring.Timeout + goneGuard,
		})
		e := c.entry(EntryCallOffered)
		e.Agent, e.Wait = a.ID, s.now.Sub(c.Entered)
		s.note(e)
	}
	if q.Strategy == StrategyRRMemory {
		s.line(q.Name).LastAgent = agents[0].ID
	}
	first := c.noticeFor(s)
	if tell {
		c.ToldOther = true
		first = append(first, c.say("other-language"))
	}
	if len(first) > 0 {
		c.tellFirst(s, first...)
	}
}

// callerName is what the agent's phone shows before the answer: language, queue, wait, number.
func (c *Call) callerName(s *State, q *QueueRules) string {
	wait := s.now.Sub(c.Entered).Round(time.Second)
	name := fmt.Sprintf("%s %s %d:%02d", strings.ToUpper(string(c.Language)), q.Name, int(wait.Minutes()), int(wait.Seconds())%60)
	if c.Head {
		name += " *"
	}
	return name + s.flagOf(c.Number)
}

// ringOver ends the offers that nobody took in time. An agent who has answered is connected.
func (c *Call) ringOver(s *State) {
	if o := c.answeredOffer(); o != nil {
		o.Whisper, c.RingBy = "", s.now.Add(playGuard) // the whisper's end was never told
		c.connectIfReady(s)
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		s.agents[o.Agent].endLeg(s, HangupNormal)
		c.miss(s, o, CauseNoAnswer)
	}
}

// miss records an offer that an agent did not take. The caller keeps the place in line and goes to the next agent at once.
func (c *Call) miss(s *State, o Offer, why Cause) {
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
	a.release(s)
	if c.Keeper == a.ID {
		c.letGoOfKeeper(s)
	}
	if len(c.Offers) == 0 {
		if c.Playing != "" && c.Playing == c.Telling {
			c.ToldOther, c.Notified = false, false // no agent is connected yet: the caller is told again next time
		}
		c.Telling = ""
		c.setState(s, CallWaiting)
	}
}

// offerAnswered connects the first agent who picks up; all others stop ringing.
func (c *Call) offerAnswered(s *State, a *Agent) {
	if c.answeredOffer() != nil {
		return
	}
	for _, o := range slices.Clone(c.Offers) {
		if o.Leg != a.Leg {
			c.withdraw(s, o, HangupAnsweredElsewhere)
		}
	}
	o := c.offerOf(a.Leg)
	o.Answered = true
	c.RingBy = s.now.Add(playGuard)
	s.touch(c)
	if q := s.queueRules(c.Queue); q.Whisper {
		r := s.agentRules(a.ID)
		o.Whisper = c.nextID(s, a.Leg, "p")
		words := []Phrase{{ID: "whisper-" + string(c.Language), Language: r.Speech}}
		s.do(Play{a.Leg, o.Whisper, s.flagWords(words, c.Number, r.Speech)})
	}
	c.connectIfReady(s)
}

// whisperEnded: the agent has heard the whisper and may be connected.
func (c *Call) whisperEnded(s *State, playback string) {
	if o := c.answeredOffer(); o != nil && o.Whisper == playback && playback != "" {
		o.Whisper = ""
		s.touch(c)
		c.connectIfReady(s)
	}
}

// connectIfReady connects an agent who picked up, unless the agent still hears the
// whisper or the caller still hears what must come first. Any other announcement is
// cut short: none delays a connection. It reports whether the two are connected now,
// or the caller has begun to hear what must come first.
func (c *Call) connectIfReady(s *State) bool {
	o := c.answeredOffer()
	if o == nil || o.Whisper != "" || c.Playing != "" && c.Playing == c.Telling {
		return false
	}
	if notice := c.noticeFor(s); len(notice) > 0 { // it was cut short
		c.tellFirst(s, notice...)
		return true
	}
	c.connect(s, *o)
	return true
}
