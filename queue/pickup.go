package queue

import "slices"

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
		o.Whisper = c.nextID(a.Leg, "p")
		words := []Phrase{{ID: "whisper-" + string(c.Language), Language: r.Speech}}
		s.do(Play{a.Leg, o.Whisper, s.flagWords(words, c.Number, r.Speech)})
	}
	c.connectIfReady(s)
}

// whisperEnded: the agent has heard the whisper and may be connected.
func (c *Call) whisperEnded(s *State, playback string) {
	if o := c.answeredOffer(); o != nil && o.Whisper == playback {
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
	if o == nil || o.Whisper != "" || c.isToldFirst() {
		return false
	}
	if notice := c.noticeFor(s); len(notice) > 0 { // it was cut short
		c.tellFirst(s, notice...)
		return true
	}
	c.connect(s, *o)
	return true
}

// connect brings caller and agent together.
func (c *Call) connect(s *State, o Offer) {
	a := s.agents[o.Agent]
	c.stopAudio(s)
	c.logOffer(s, o, "")
	c.Offers, c.Telling = nil, ""
	c.beginTalk(s, a, o.Leg)
	c.bridge(s, c.Leg)
	c.startRecording(s)
	c.awaitWord(s)

	a.countServed(s)
	a.setStatus(s, StatusOnCall)

	c.note(s, Entry{Kind: EntryCallAnswered, Agent: a.ID, Leg: c.Leg, Wait: c.visit().Length, Ring: s.now.Sub(o.Since)})
	c.holdIfHolding(s)
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
	c.logOffer(s, o, why)
	c.Tried = notTakenBy(c.Tried, o.Agent)
	c.note(s, Entry{Kind: EntryCallMissed, Agent: o.Agent, Leg: o.Leg, Cause: why, Ring: s.now.Sub(o.Since)})
	a := s.agents[o.Agent]
	if why.By() == EndedByPerson {
		c.Misses++
		a.MissedInRow++
	}
	if rest := s.now.Add(a.rest(q)); rest.After(a.RestUntil) { // a call that they picked up meanwhile does not shorten it
		a.RestUntil = rest
	}
	if q.Ring.PauseAfter > 0 && a.MissedInRow >= q.Ring.PauseAfter && a.After == "" {
		a.After = StatusMissed
	}
	a.release(s)
	if c.Keeper == a.ID {
		c.letGoOfKeeper(s)
	}
	if len(c.Offers) == 0 && c.Overdue {
		c.waitOver(s)
		return
	}
	c.ifNobodyRings(s)
}
