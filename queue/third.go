package queue

import (
	"slices"
	"time"
)

// A call may have a third party: somebody to whom the caller is passed on, whom
// his agent consults, or a supervisor who was called in. There is one at most.
// Once he has answered he is in the call's bridge; who hears whom follows from
// the state of the call.

// Way is how a third party comes into a call.
type Way string

// The ways.
const (
	// Blind is passed the caller without a word (*3), and ToLine is a queue that is.
	Blind  Way = "blind"
	ToLine Way = "queue"
	// Consulted is asked by the agent first (*4).
	Consulted Way = "consult"
	// Attended was asked first by the agent in another call of his phone, which then joined the two.
	Attended Way = "attended"
	// CalledIn is a supervisor (*8).
	CalledIn Way = "supervisor"
)

// Target is the third party of a call.
type Target struct {
	// Number is the extension, an outside number in E.164, or a supervisor's phone.
	Number  string `json:"number"`
	Outside bool   `json:"outside,omitempty"`
	Way     Way    `json:"way"`
	Leg     string `json:"leg"`
	// Agent is whose phone it is, if an agent's.
	Agent string `json:"agent,omitempty"`
	// In: he has answered. Since is when he was rung, or came in.
	In    bool      `json:"in,omitempty"`
	Since time.Time `json:"since"`
	// Keyed: the agent's phone asked for it by its own key, and is told what became of it.
	Keyed bool `json:"keyed,omitempty"`
	// Phone counts the supervisors' phones that were rung.
	Phone int `json:"phone,omitempty"`
}

// thirdParty is the channel of a third party, be it the phone of an agent.
type thirdParty struct{ partyOf[*Call] }

func (p thirdParty) answered(s *State, _ time.Duration) { s.targetAnswered(p.e) }

func (p thirdParty) gone(s *State, why Cause) {
	leg, a := p.e.Target.Leg, s.agents[p.e.Target.Agent]
	s.targetGone(p.e, why)
	if a != nil && a.Leg == leg {
		agentParty{of(a)}.gone(s, why)
	}
}

func (p thirdParty) hold(s *State, on bool) {
	if a := s.agents[p.e.Target.Agent]; a != nil {
		a.Holds = on
		s.touch(a)
	}
}

func (p thirdParty) pushedOut(s *State) {
	if p.e.Bridge != "" && p.e.Target.In {
		s.putBack(p.e, p.e.Target.Leg)
	}
}

// Transfer is a third party in the record of a call.
type Transfer struct {
	At    time.Time   `json:"at"`
	Way   Way         `json:"way"`
	To    string      `json:"to"`
	Agent string      `json:"agent"`
	End   TransferEnd `json:"end"`
}

// TransferEnd is what became of a third party: one of these, the [Cause] why it was not reached, or
// the [Refusal] of one that may not be called.
type TransferEnd string

// The ends of those who were reached, and of attempts that somebody broke off.
const (
	HandedOver TransferEnd = "transferred"
	LeftTalk   TransferEnd = "left"        // he hung up, the agent and the caller went on
	TakenBack  TransferEnd = "cancelled"   // by the agent, or by a rule
	CallerLeft TransferEnd = "caller_left" // the caller hung up
)

// maxTransfers bounds the third parties that a call's record lists, the last ones.
const maxTransfers = 50

func (c *Call) log(t Transfer) {
	c.Transfers = append(c.Transfers, t)
	if len(c.Transfers) > maxTransfers {
		c.Transfers = slices.Delete(c.Transfers, 0, 1)
	}
}

// isPassedOn reports whether the caller is on his way to somebody who is no agent of ours, or talks to him.
func (c *Call) isPassedOn() bool { return c.State == Transferring || c.State == Transferred }

// hasHeir reports whether a third party keeps the caller, or is to have him, when the agent leaves.
func (c *Call) hasHeir() bool {
	return c.hasAgent() && (c.Target.In || c.HeldBy == HeldByConsult)
}

// isThird reports whether an agent is a third party in the call of another one.
func (s *State) isThird(a *Agent) bool {
	c := s.calls[a.Target]
	return c != nil && c.Target.In
}

// isBusy reports whether an agent has a call or an offer, be it as a third party.
func (s *State) isBusy(a *Agent) bool { return a.Call != "" || a.Callback != "" || s.isThird(a) }

// comesIn begins to ring a third party, who must answer in time.
func (s *State) comesIn(c *Call, t Target, kind EntryKind, within time.Duration) {
	t.Leg, t.Since = s.nextID(c, c.ID, "t"), s.now
	c.Target, c.TransferBy = t, s.now.Add(within)
	c.log(Transfer{At: s.now, Way: t.Way, To: t.Number, Agent: c.Agent})
	s.touch(c)
	e := c.entry(kind)
	e.Agent, e.To = c.Agent, t.Number
	s.note(e)
}

// targetAnswered brings the third party into the talk, or the caller to him if the agent has passed him on.
func (s *State) targetAnswered(c *Call) {
	t, a := &c.Target, s.agents[c.Agent]
	if t.In {
		return
	}
	t.In, t.Since, c.TransferBy = true, s.now, time.Time{}
	s.touch(c)
	s.talksAsThird(s.agents[t.Agent])
	if c.State != Transferring {
		s.hushAgent(a)
		if c.Bridge != "" {
			s.do(Join{c.Bridge, t.Leg})
		}
		e := c.entry(CallJoined)
		e.Agent, e.To = c.Agent, t.Number
		s.note(e)
		return
	}
	s.quiet(c)
	s.keyDone(c, true)
	if c.Leg != "" {
		s.talkEnded(c, a)
		s.endLeg(a, HangupNormal)
	}
	s.enter(c, Transferred)
	s.bridge(c, t.Leg)
	s.handedOver(c)
}

// talksAsThird shows that an agent talks in the call of another one. The status that he had chosen follows.
func (s *State) talksAsThird(a *Agent) {
	if a == nil || a.Status == Offline || !s.isThird(a) {
		return
	}
	if a.Status != Ready {
		a.After = a.Status
	}
	s.become(a, OnCall)
}

// handOver leaves the caller to the third party. The agent's part is to be ended after it.
func (s *State) handOver(c *Call) {
	if c.State == Held {
		s.endHold(c, HoldHandedOver, false)
	}
	if !c.Target.In {
		s.enter(c, Transferring)
		s.ringBack(c)
		return
	}
	s.quiet(c)
	if c.Apart {
		s.rejoin(c)
	}
	s.enter(c, Transferred)
	s.handedOver(c)
}

func (s *State) handedOver(c *Call) {
	c.Transfers[len(c.Transfers)-1].End = HandedOver
	e := c.entry(CallTransferred)
	e.Agent, e.To = c.Agent, c.Target.Number
	s.note(e)
}

// targetGone is the third party's channel that ended: he was not reached, or has hung up.
func (s *State) targetGone(c *Call, why Cause) {
	t := c.Target
	if c.State == Transferred {
		s.letGo(c)
		s.do(Disconnect{c.Bridge, c.ID, ""})
		c.Bridge = ""
		if why.isHangup() {
			s.end(c, EndedTransferred, c.say("closing"))
		} else {
			s.requeue(c, why, "agent-lost") // the far end broke off
		}
		return
	}
	if t.In {
		s.targetLeft(c, LeftTalk)
	} else {
		s.notReached(c, TransferEnd(why), why)
	}
	a := s.agents[c.Agent]
	switch {
	case c.State == Transferring:
		s.transferFailed(c, why)
	case t.In && c.HeldBy == HeldByConsult:
		s.consultOver(a, c, "hold-returned")
	case t.In: // they talk on without him, or the caller stays on hold
	case t.Way == CalledIn:
		s.ringSupervisorFor(c, t.Phone)
	default:
		s.consultOver(a, c, "transfer-not-done")
	}
}

// notReached writes down why a third party did not come in, and forgets him.
func (s *State) notReached(c *Call, how TransferEnd, why Cause) {
	s.keyDone(c, false)
	c.Transfers[len(c.Transfers)-1].End = how
	e := c.entry(CallTransferFailed)
	e.Agent, e.Cause, e.To = c.Agent, why, c.Target.Number
	s.note(e)
	s.letGo(c)
}

// targetLeft writes down that a third party has left the talk, and forgets him.
func (s *State) targetLeft(c *Call, how TransferEnd) {
	c.Transfers[len(c.Transfers)-1].End = how
	e := c.entry(CallLeft)
	e.Agent, e.To = c.Agent, c.Target.Number
	s.note(e)
	s.letGo(c)
}

// targetOver ends an attempt that took too long, or that the agent takes back.
func (s *State) targetOver(c *Call, why Cause) {
	s.do(Hangup{c.Target.Leg, HangupNormal})
	s.targetGone(c, why)
}

// dropTarget ends the line of the third party, if there is one.
func (s *State) dropTarget(c *Call, how TransferEnd) {
	if c.Target.Leg == "" {
		return
	}
	s.do(Hangup{c.Target.Leg, HangupNormal})
	switch {
	case c.State == Transferred: // he is in the record as the one who had the caller
		s.letGo(c)
	case c.Target.In:
		s.targetLeft(c, how)
	default:
		s.notReached(c, how, Cancelled)
	}
}

// letGo forgets the third party. An agent whose phone it was is free once its channel is gone.
func (s *State) letGo(c *Call) {
	if a := s.agents[c.Target.Agent]; a != nil && a.Target == c.ID {
		a.Target = ""
		if a.Leg == c.Target.Leg {
			a.LegBy = s.now.Add(goneGuard)
		}
		if a.Status == OnCall {
			s.release(a)
		}
		s.touch(a)
	}
	c.Target, c.TransferBy = Target{}, time.Time{}
	s.touch(c)
}

// putBack brings a channel back into the talk from which another phone had pushed
// it out: nobody takes over a caller whom they were not given.
func (s *State) putBack(c *Call, channel string) {
	e := c.entry(Healed)
	e.Details = &Details{Reason: "another phone had taken a place in the talk"}
	s.note(e)
	s.do(Join{c.Bridge, channel})
}

func (p thirdParty) reconcile(t truth, far LiveChannel, found bool) {
	c := p.e
	switch {
	case !found && t.mustExist(c.Target.Since):
		t.heal(c.ID, "the third party is gone")
		t.targetGone(c, map[bool]Cause{true: Normal, false: Failed}[c.Target.In])
	case found && far.Up:
		t.targetAnswered(c)
	}
}

// checkIn puts the third party back into the bridge of a talk if he is not in it.
func (t truth) checkIn(c *Call) {
	b, live := t.bridges[c.Bridge]
	if live && c.Target.In && !c.Target.Since.Equal(t.now) && t.mustExist(c.Target.Since) && !slices.Contains(b.Channels, c.Target.Leg) {
		t.heal(c.ID, "the third party is not in the bridge")
		t.do(Join{c.Bridge, c.Target.Leg})
	}
}

// checkTransfer: a third party has a channel. A caller who is passed on hears something until the answer.
func (s *State) checkTransfer(c *Call, bad report) {
	t := c.Target
	if t.In && t.Leg == "" {
		bad(c, "call %s has the third party %+v", c.ID, t)
	}
	if c.isPassedOn() && (t.Leg == "" || t.In != (c.State == Transferred)) || t.Leg != "" && !c.isPassedOn() && !c.hasAgent() {
		bad(c, "invariant 1: call %s is %s with the third party %+v", c.ID, c.State, t)
	}
	if consults := c.HeldBy == HeldByConsult; consults && (t.Leg == "" || t.Way != Consulted) {
		bad(c, "call %s waits for a consultation of nobody (%+v)", c.ID, t)
	}
	if c.State == Transferring && (c.Playing == "" && !c.Music || (c.Leg != "") != c.Apart) {
		bad(c, "call %s is passed on in silence, or hears the agent (%v)", c.ID, c.Apart)
	}
	if c.State == Transferred && (c.Bridge == "" || c.Playing != "" || c.Music || c.Leg != "") {
		bad(c, "call %s talks to %s in bridge %q under %q, with leg %q", c.ID, t.Number, c.Bridge, c.Playing, c.Leg)
	}
	if t.Leg == "" {
		return
	}
	if c.State == Talking && !t.In && t.Way != CalledIn {
		bad(c, "invariant 1: call %s goes on while %s rings for the caller (%s)", c.ID, t.Number, t.Way)
	}
	if a := s.agents[t.Agent]; a != nil && (a.Target != c.ID || a.Leg != t.Leg) {
		bad(c, "invariant 2: agent %s is the far end of %s and does not know", a.ID, c.ID)
	}
}
