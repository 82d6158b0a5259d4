package queue

// What an agent does when a talk cannot go on: the caller is rude or cannot be
// heard, or the agent is suddenly unwell. Each is one code in a call.

// warn plays the warning to a rude caller, who is out of the talk until its end.
// After that the same code ends the talk (S3). During the warning the code does
// nothing.
func (a *Agent) warn(s *State, c *Call) {
	switch {
	case c.State != CallTalking || c.Playing != "" && c.Playing == c.Warning:
	case c.Warned:
		a.endTalk(s, c, OutcomeRude, "tone-end")
	default:
		c.part(s)
		c.play(s, c.say("tone-warn"))
		c.Warning, c.PlayBy = c.Playing, s.now.Add(lastWords)
		s.flag(c.Number, a.ID)
		c.note(s, Entry{Kind: EntryCallWarned, Agent: a.ID})
	}
}

// unheard tells the caller once that they cannot be heard, and ends the call (S0).
func (a *Agent) unheard(s *State, c *Call) {
	if c.State == CallTalking {
		a.endTalk(s, c, OutcomeNotHeard, "not-heard")
	}
}

// unwell puts the caller of an agent who cannot go on back at the head of the line,
// also from a hold. The agent gets nothing more until they ask for it, and the
// supervisors are told (S0).
func (a *Agent) unwell(s *State, c *Call) {
	c.note(s, Entry{Kind: EntryAgentUnwell, Agent: a.ID})
	switch {
	case c.hasHeir():
		c.handOver(s)
	case c.State == CallHeld:
		c.endHold(s, HoldEndRequeued, false)
	}
	if a.After != StatusOffline {
		a.NextStatus = NextStatus{After: StatusUnwell}
	}
	c.leaveAgent(s, a, TalkEndRequeued, "supervisor-called")
	if !c.isPassedOn() { // otherwise a third party has the caller, or is rung
		c.requeue(s, CauseUnwell, "unwell")
	}
}

// silentTooLong tells the caller that they are not heard; the agent hears it as well.
// If nothing is heard after that either, the call ends as by the code for it.
func (c *Call) silentTooLong(s *State) {
	switch {
	case c.Apart || c.Holds || c.Target.In:
		s.do(DetectTalk{c.channel(), false}) // caller and agent are not alone in the talk, or one side is on hold
	case c.Unheard:
		s.agents[c.Agent].endTalk(s, c, OutcomeNotHeard, "closing")
	default:
		c.Unheard, c.SilentBy = true, s.now.Add(unheardAnswer)
		s.do(Announce{c.Bridge, c.channel(), c.nextID(c.ID, "p"), []Phrase{c.say("not-heard")}})
		s.touch(c)
		c.note(s, Entry{Kind: EntryCallUnheard, Agent: c.Agent})
	}
}
