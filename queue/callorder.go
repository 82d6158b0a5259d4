package queue

import "time"

// What supervisors order about a call on the line: that it ends, that a caller who waits goes to another queue, that their own phone
// is rung so that they hear the talk. Each order is an entry of the journal with who gave it, and so is each that is refused.

// ordered notes an order about the call, or that it is refused.
func (c *Call) ordered(s *State, by, to string, order Details, why Refusal) {
	s.fx.Answer.Refused = why
	switch {
	case c == nil || why == RefusalReasonMissing: // nothing happened
	case why != "":
		c.note(s, Entry{Kind: EntryRefused, By: by, To: to, Details: &Details{Refusal: why}})
	default:
		c.note(s, Entry{Kind: EntryCallOrder, By: by, To: to, Agent: c.Agent, Details: &order})
	}
}

// happen ends a call: the caller hears the closing phrase and the agent's line ends. The same order again, while last words are heard,
// ends it at once.
func (ev EndCall) happen(s *State) {
	c := s.calls[ev.Call]
	var why Refusal
	switch {
	case c == nil:
		why = RefusalUnknownCall
	case ev.Reason == "":
		why = RefusalReasonMissing
	case c.State == CallTransferring:
		why = RefusalThirdParty
	}
	c.ordered(s, ev.By, "", Details{Order: CallOrderEnd, Reason: ev.Reason}, why)
	if why == "" {
		c.endByOrder(s)
	}
}

// endByOrder ends a call from whatever state.
func (c *Call) endByOrder(s *State) {
	outcome := OutcomeEnded
	switch c.State {
	case CallEnding:
		s.do(Hangup{c.channel(), HangupNormal})
		c.EndBy = s.now.Add(goneGuard)
		s.touch(c)
		return
	case CallTransferred:
		c.dropTarget(s, TransferEndTakenBack)
		s.do(Disconnect{c.Bridge, c.channel(), ""})
		c.Bridge, outcome = "", OutcomeTransferred
	case CallTalking, CallHeld:
		a := s.agents[c.Agent]
		c.endHold(s, HoldEndAgentLeft, false)
		c.talkEnded(s, a, TalkEndAgent, "")
		a.endLeg(s, HangupNormal)
		outcome = OutcomeCompletedByAgent
	case CallParked:
		c.endHold(s, HoldEndAgentLeft, false)
		outcome = OutcomeCompletedByAgent
	default:
		c.withdrawAll(s)
	}
	c.end(s, outcome, c.say("closing"))
}

// happen moves a caller in line to another queue. They keep the true place, by which they go among those who wait there, and their language.
func (ev MoveCall) happen(s *State) {
	c, q := s.calls[ev.Call], s.rules.Queues[ev.Queue]
	var why Refusal
	switch {
	case c == nil:
		why = RefusalUnknownCall
	case q == nil:
		why = RefusalUnknownQueue
	case ev.Reason == "":
		why = RefusalReasonMissing
	case !c.inLine() || c.answeredOffer() != nil:
		why = RefusalNotInLine
	case c.Queue == q.Name:
		why = RefusalSameQueue
	case !q.open(s.now, s.rules.Location) || !q.JoinEmpty && s.staff(q.Name, "") == 0:
		why = RefusalQueueClosed
	case q.MaxWaiting > 0 && s.index.waits.of(q.Name).Len() >= q.MaxWaiting:
		why = RefusalQueueFull
	}
	c.ordered(s, ev.By, ev.Queue, Details{Order: CallOrderMove, Reason: ev.Reason}, why)
	if why == "" {
		c.moveTo(s, q)
	}
}

// moveTo ends the visit to the line in which a caller waits, and begins one to another.
func (c *Call) moveTo(s *State, q *QueueRules) {
	c.withdrawAll(s)
	c.ifNobodyRings(s)
	c.stopKeying(s)
	c.Dialled, c.DialBy = "", time.Time{}
	c.letGoOfKeeper(s)
	c.endVisit(s, VisitEndMoved)
	c.noteLeft(s)
	c.Priority += q.Priority - s.queueRules(c.Queue).Priority
	c.Queue, c.Overflowed, c.ToldOther = q.Name, false, false
	c.GiveUpAt, c.OverflowAt, c.AnnounceAt, c.OfferNext = time.Time{}, time.Time{}, time.Time{}, false
	c.beginVisit(s.now)
	c.boundWait(s, s.now)
	c.stopAudio(s)
	c.setState(s, CallWaiting)
	c.placed(s, CauseTransferred)
	c.note(s, Entry{Kind: EntryCallEntered, Name: c.Name})
	s.settle()
	if c.Playing == "" {
		c.play(s, c.say("transfer"))
	}
}

// listenRing is how long the phone of a supervisor is rung who wants to listen.
const listenRing = 25 * time.Second

// happen rings the phone of a supervisor, who then hears the talk of a call, as by the code for it.
func (ev ListenTo) happen(s *State) {
	c, supervisor := s.calls[ev.Call], supervisorFor(s, ev.Phone)
	var why Refusal
	switch {
	case c == nil:
		why = RefusalUnknownCall
	case supervisor == nil:
		why = RefusalUnknownPhone
	case !s.rules.Agents[supervisor.ID].Supervisor:
		why = RefusalNotSupervisor
	case supervisor.isAtWork() && !supervisor.isRungByCaller(s):
		why = RefusalInCall
	case !c.hasAgent():
		why = RefusalNoTalk
	case supervisor.InUse || !s.phones[supervisor.endpoint(s)].Reachable:
		why = RefusalExtensionBusy
	}
	c.ordered(s, ev.By, ev.Phone, Details{Order: CallOrderListen, Mode: ev.Mode}, why)
	if why == "" {
		supervisor.ringListener(s, c, ev.Mode)
	}
}

// supervisorFor is who listens at a phone, by its name or by an agent's id: who is logged in there, else whose own it is.
func supervisorFor(s *State, phone string) *Agent {
	if a := s.agents[phone]; a != nil && s.rules.Agents[phone] != nil {
		return a
	}
	if a := s.agentAt(phone); a != nil && s.rules.Agents[a.ID] != nil {
		return a
	}
	if r := s.rules.AgentByEndpoint(phone); r != nil {
		return s.agents[r.ID]
	}
	return nil
}

// ringListener rings the phone of a supervisor; they listen from the answer on.
func (supervisor *Agent) ringListener(s *State, c *Call, mode MonitorMode) {
	supervisor.losesOffer(s)
	supervisor.endMonitor(s)
	supervisor.Monitor = Monitor{Channel: c.nextID(c.ID, "l"), Mode: mode, Agent: c.Agent, Call: c.ID, Since: s.now, By: s.now.Add(listenRing), Rung: true}
	s.touch(supervisor)
	s.touch(c)
	s.do(Dial{
		Channel: supervisor.Monitor.Channel, Endpoint: supervisor.endpoint(s),
		CallerName: "LISTEN " + c.Agent + " " + c.Queue, CallerNumber: c.Number, Timeout: listenRing + goneGuard,
	})
}
