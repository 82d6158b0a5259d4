package queue

import "time"

// The times of a call: its visits to lines and its talks. What they are is in visit.go.

// followLine begins a visit when a call has come into a line, and ends it when the call has left it for its present state.
func (c *Call) followLine(s *State, before CallState) {
	was := before.inLine()
	switch {
	case was == c.inLine():
	case was && c.State == CallTalking:
		c.endVisit(s, VisitEndAnswered)
	case was:
		c.endVisit(s, VisitEnd(c.Outcome))
		if c.Outcome != OutcomeCallback { // otherwise they may be back in line, see leftWithCallback
			c.noteLeft(s)
		}
	case before == CallEnding && c.Answered.IsZero():
		v := c.visit() // they were about to leave unserved, and stay: it is the same visit
		v.Length, v.End, v.InTime, v.Left = 0, "", false, 0
	default:
		c.beginVisit(s.now)
	}
}

// beginVisit begins a visit to the line of the call's queue.
func (c *Call) beginVisit(at time.Time) {
	c.Entered, c.Answered, c.TalkEnd = at, time.Time{}, time.Time{}
	c.Visits = appendLogged(c.Visits, Visit{Queue: c.Queue, Language: c.Language, Start: at})
}

// placed takes note of the position at which the call has come into the line, and why it is back there.
func (c *Call) placed(s *State, back Cause) {
	s.refresh()
	c.JoinedAt = s.Position(c)
	v := c.visit()
	v.Position, v.Back = c.JoinedAt, back
}

// endVisit ends the visit, and counts it for the service level of its queue.
func (c *Call) endVisit(s *State, how VisitEnd) {
	v := c.visit()
	v.Language, v.Length, v.End = c.Language, max(0, s.now.Sub(c.Entered)), how
	l := s.line(c.Queue)
	v.InTime = v.Length <= s.queueRules(c.Queue).ServiceLevel.Within
	if how != VisitEndAnswered {
		v.Left = s.Position(c)
	}
	switch how {
	case VisitEndAnswered:
		v.Agent = c.Agent
		l.Answered++
		if v.InTime {
			l.AnsweredInTime++
		}
	case VisitEndAbandoned:
		l.Abandoned++
		if v.InTime {
			l.AbandonedInTime++
		}
	}
}

// noteLeft tells that the caller has left the line, and which phones rang for them.
func (c *Call) noteLeft(s *State) {
	v := c.visit()
	d := &Details{VisitEnd: v.End}
	for _, o := range c.OfferLog {
		if o.End == CauseCancelled && o.At.Add(o.Ring).Equal(v.Start.Add(v.Length)) {
			d.Offers = append(d.Offers, o)
		}
	}
	c.note(s, Entry{Kind: EntryVisitEnded, Position: v.Left, Wait: v.Length, Details: d})
}

// leftWithCallback tells of a caller who has left the line for a callback, unless they have left none.
func (c *Call) leftWithCallback(s *State) {
	if len(c.Visits) > 0 && c.visit().End == VisitEndCallback {
		c.noteLeft(s)
	}
}

// visitWait is the wait that led to the talk; 0 for a client whom we called.
func (c *Call) visitWait() time.Duration {
	if len(c.Visits) == 0 {
		return 0
	}
	return c.visit().Length
}

// visit is the last one of the call.
func (c *Call) visit() *Visit { return &c.Visits[len(c.Visits)-1] }

// talk is the talk of the call, as its agent remembers it.
func (c *Call) talk() Talk {
	t := Talk{Call: c.ID, Queue: c.Queue, Language: c.Language, Number: c.Number, Callback: c.Callback, Result: c.talked().Result, Called: c.talked().Callback != ""}
	if turn := c.turn(); turn > 1 {
		t.Turn = turn
	}
	return t
}

// closeTalk ends the talk at a time.
func (c *Call) closeTalk(at time.Time) {
	c.TalkEnd, c.Promised = at, ""
	c.talked().Length = max(0, at.Sub(c.Answered))
}

// setResult takes note of what an agent wrote down about their last talk in the call.
func (c *Call) setResult(s *State, agent, result string) {
	for i := len(c.Talks) - 1; i >= 0; i-- {
		if t := &c.Talks[i]; t.Agent == agent {
			t.Result = result
			break
		}
	}
	if c.Agent == agent { // otherwise another agent has the caller by now
		c.Result = result
	}
	s.touch(c)
}

// Waited is the wait of the last visit, until now if it goes on.
func (c *Call) Waited(now time.Time) time.Duration {
	switch {
	case len(c.Visits) == 0:
		return 0
	case c.inLine():
		return max(0, now.Sub(c.Entered))
	}
	return c.visit().Length
}

// adoptTimes makes the visits and talks of a call that was saved before there were lists of them, and of one that was mended.
func (c *Call) adoptTimes() {
	if len(c.Visits) > 0 || len(c.Talks) > 0 || c.Entered.IsZero() {
		return
	}
	entered, answered, end := c.Entered, c.Answered, c.TalkEnd
	v := Visit{Queue: c.Queue, Language: c.Language, Start: entered, Position: c.JoinedAt}
	if answered.IsZero() {
		if !c.inLine() {
			v.Length, v.End = max(0, c.Since.Sub(entered)), VisitEnd(c.Outcome)
		}
		c.Visits = []Visit{v}
		return
	}
	t := Talked{Agent: c.Agent, Queue: c.Queue, Language: c.Language, Start: answered, Result: c.Result}
	if !end.IsZero() {
		t.Length = max(0, end.Sub(answered))
	}
	if c.Arrived.Equal(answered) { // a client that we called
		t.Callback = callOf(c.ID)
		c.Entered = noTime
	} else {
		v.Length, v.End, v.Agent = max(0, answered.Sub(entered)), VisitEndAnswered, c.Agent
		c.Visits = []Visit{v}
	}
	c.Talks = []Talked{t}
	if c.inLine() {
		c.beginVisit(c.Since)
	}
}

// checkTimes: a visit goes on while the caller is in line, a talk while they are with an agent, and at no other time.
func (c *Call) checkTimes(bad report) {
	var v Visit
	if len(c.Visits) > 0 {
		v = *c.visit()
	}
	if waits := !v.Start.IsZero() && v.End == ""; waits != c.inLine() || !v.Start.Equal(c.Entered) {
		bad(c, "call %s is %s, entered at %v, with the visit %+v", c.ID, c.State, c.Entered, v)
	}
	t := c.talked()
	if talks := !c.Answered.IsZero() && c.TalkEnd.IsZero(); talks != c.hasAgent() || !c.Answered.IsZero() && (!c.Answered.Equal(t.Start) || c.Agent != t.Agent) {
		bad(c, "call %s is %s with %s, talked from %v to %v, with the talk %+v", c.ID, c.State, c.Agent, c.Answered, c.TalkEnd, *t)
	}
}
