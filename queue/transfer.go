package queue

import (
	"strings"
	"time"
)

// An agent passes his caller on: *3, where to, #. It leads to a queue, to an
// extension of the house, or to an outside number. Until the far end answers
// the caller hears that he is put through and how it rings, and the agent may
// wait for it or hang up. If it does not answer the caller is not lost: he goes
// back to the agent, or to the head of the line.

// TransferRules say where a caller may be passed on to, beside the queues and
// the numbers of the trunk.
type TransferRules struct {
	// Extension reports whether an extension may be called; nil allows none.
	Extension func(extension string) bool
	// Dial is the endpoint of an extension, with {extension} in it.
	Dial string
	// Ring is how long the far end rings.
	Ring time.Duration
}

// Refusals of transfers.
const (
	// UnknownExtension is no queue's code, no extension and no number.
	UnknownExtension Refusal = "unknown_extension"
	// ExtensionBusy is an agent's phone who is not free.
	ExtensionBusy Refusal = "extension_busy"
	// QueueClosed does not take callers now.
	QueueClosed Refusal = "queue_closed"
)

// Target is where a caller is passed on to.
type Target struct {
	// Number is the extension, or an outside number in E.164.
	Number  string `json:"number"`
	Outside bool   `json:"outside,omitempty"`
	Leg     string `json:"leg"`
	// Agent is whose phone it is, if an agent's.
	Agent string `json:"agent,omitempty"`
}

// transferCode begins the code, which ends with #.
const transferCode = "*3"

// longestTransfer is as many keys as the code and the longest number have.
const longestTransfer = len(transferCode) + 16

// isPassedOn reports whether the caller is on his way to somebody who is no agent of ours, or talks to him.
func (c *Call) isPassedOn() bool { return c.State == Transferring || c.State == Transferred }

// transfer passes the caller on to whatever has been keyed.
func (s *State) transfer(a *Agent, c *Call, to string) {
	if c.State != Talking {
		return
	}
	if q := s.rules.queueByCode(to); q != nil {
		s.transferToQueue(a, c, q)
		return
	}
	var why Refusal
	t := Target{Number: to}
	switch r := &s.rules.Transfer; {
	case to == "" || strings.Trim(to, "0123456789") != "":
		why = UnknownExtension
	case r.Extension != nil && r.Extension(to):
		why = s.claimPhone(&t)
	default:
		t.Number, t.Outside = s.normalize(to), true
		if why = UnknownExtension; t.Number != "" {
			why, _ = s.barred(t.Number)
		}
	}
	if why != "" {
		s.transferRefused(a, c, to, why)
		return
	}
	s.part(c)
	s.enter(c, Transferring)
	c.TransferBy = s.now.Add(s.rules.Transfer.Ring)
	t.Leg = s.nextID(c, c.ID, "t")
	c.Target = t
	e := c.entry(CallTransfer)
	e.Agent, e.Detail = a.ID, t.Number
	s.note(e)
	s.ringBack(c, c.say("transfer"))
	if t.Outside {
		s.dialled(t.Number)
		s.do(DialClient{Channel: t.Leg, Number: t.Number, Timeout: s.rules.Transfer.Ring + goneGuard})
		return
	}
	if other := s.agents[t.Agent]; other != nil {
		other.Leg, other.Target = t.Leg, c.ID
		s.touch(other)
	}
	s.do(Dial{
		Channel: t.Leg, Endpoint: s.rules.Transfer.endpoint(t.Number), OwnHold: true,
		CallerName: "TRANSFER " + s.callerName(c, s.queueRules(c.Queue)), CallerNumber: c.Number,
		Timeout: s.rules.Transfer.Ring + goneGuard,
	})
}

func (r *TransferRules) endpoint(extension string) string {
	return strings.ReplaceAll(r.Dial, "{extension}", extension)
}

// normalize brings a number that was keyed in into one form; "" when it is none.
func (s *State) normalize(number string) string {
	if s.rules.Trunk.Normalize == nil {
		return ""
	}
	return s.rules.Trunk.Normalize(number)
}

// claimPhone finds out whose phone an extension is. That of an agent at work does not ring.
func (s *State) claimPhone(t *Target) Refusal {
	phone := s.rules.Transfer.endpoint(t.Number)
	a := s.desks[phone]
	if r := s.rules.AgentByEndpoint(phone); a == nil && r != nil && s.agents[r.ID].Endpoint == "" {
		a = s.agents[r.ID] // nobody has logged in there
	}
	if a == nil {
		return ""
	}
	if a.Leg != "" || a.InUse || a.Owes != "" || a.Status != Ready && a.Status != Offline {
		return ExtensionBusy
	}
	t.Agent = a.ID
	return ""
}

// transferRefused leaves the two together; the agent hears that it is not to be.
func (s *State) transferRefused(a *Agent, c *Call, to string, why Refusal) {
	e := c.entry(Refused)
	e.Agent, e.Detail = a.ID, string(why)
	s.note(e)
	s.tellInCall(a, c, "transfer-not-done")
}

// transferToQueue puts the caller at the head of another line, with his place and language.
func (s *State) transferToQueue(a *Agent, c *Call, q *QueueRules) {
	if !q.open(s.now, s.rules.Location) || !q.JoinEmpty && s.index.staff[lineKey{q.Name, ""}] == 0 {
		s.transferRefused(a, c, q.Code, QueueClosed)
		return
	}
	e := c.entry(CallTransfer)
	e.Agent, e.Detail = a.ID, q.Name
	s.note(e)
	s.talkEnded(c, a)
	s.endLeg(a, HangupNormal)
	c.Priority += q.Priority - s.queueRules(c.Queue).Priority
	c.Queue, c.Overflowed, c.ToldOther = q.Name, false, false
	s.requeue(c, PassedOn, "transfer")
}

// ringBack lets the caller hear how it rings, after a phrase.
func (s *State) ringBack(c *Call, intro ...Phrase) {
	s.play(c, append(intro, Phrase{ID: Ringback})...)
}

// targetAnswered brings the caller and the far end together; the agent has done his part.
func (s *State) targetAnswered(c *Call) {
	if c.State != Transferring {
		return
	}
	s.quiet(c)
	if a := s.agents[c.Agent]; c.Leg != "" {
		s.talkEnded(c, a)
		s.endLeg(a, HangupNormal)
	}
	s.enter(c, Transferred)
	s.bridge(c, c.Target.Leg)
	e := c.entry(CallTransferred)
	e.Agent, e.Detail = c.Agent, c.Target.Number
	s.note(e)
}

// targetGone is the far end's channel that ended: it was not reached, or the talk is over.
func (s *State) targetGone(c *Call, why Cause) {
	s.letGo(c)
	if c.State == Transferring {
		s.transferFailed(c, why)
		return
	}
	s.do(Disconnect{c.Bridge, c.ID, ""})
	c.Bridge = ""
	switch why {
	case Normal, Declined, Busy, NoAnswer, Cancelled:
		s.end(c, EndedTransferred, c.say("closing"))
	default:
		s.requeue(c, why, "agent-lost") // the far end broke off
	}
}

// transferFailed gives the caller back to his agent, or to the line if the agent has left.
func (s *State) transferFailed(c *Call, why Cause) {
	e := c.entry(CallTransferFailed)
	e.Agent, e.Cause = c.Agent, why
	s.note(e)
	if c.Leg == "" {
		s.requeue(c, why, "transfer-failed")
		return
	}
	s.tellInCall(s.agents[c.Agent], c, "transfer-not-done")
	s.goOn(c, holdWords, "transfer-failed")
	s.holdIfHolding(c)
}

// transferOver ends an attempt that took too long, or that the agent takes back.
func (s *State) transferOver(c *Call, why Cause) {
	s.do(Hangup{c.Target.Leg, HangupNormal})
	s.targetGone(c, why)
}

// letGo forgets the far end. An agent whose phone it was is free once its channel is gone.
func (s *State) letGo(c *Call) {
	if a := s.agents[c.Target.Agent]; a != nil && a.Target == c.ID {
		a.Target = ""
		if a.Leg == c.Target.Leg {
			a.LegBy = s.now.Add(goneGuard)
		}
		s.touch(a)
	}
	c.Target = Target{}
	s.touch(c)
}

// checkTarget finds out what became of the far end of a transfer.
func (t truth) checkTarget(c *Call) {
	if c.Target.Leg == "" {
		return
	}
	far, found := t.channels[c.Target.Leg]
	switch {
	case !found && t.mustExist(c.Since):
		t.heal(c.ID, "the far end of a transfer is gone")
		t.targetGone(c, map[bool]Cause{true: Failed, false: Normal}[c.State == Transferring])
	case found && far.Up:
		t.targetAnswered(c)
	}
}

// checkTransfer: who is passed on has a far end, a deadline until it answers, and hears something.
func (s *State) checkTransfer(c *Call, bad func(string, ...any)) {
	if c.isPassedOn() != (c.Target.Leg != "") || (c.State == Transferring) == c.TransferBy.IsZero() {
		bad("invariant 1: call %s is %s with target %+v, until %v", c.ID, c.State, c.Target, c.TransferBy)
		return
	}
	if c.State == Transferring && (c.Playing == "" && !c.Music || c.Leg != "" && !c.Apart) {
		bad("call %s is passed on in silence, or hears his agent (%v)", c.ID, c.Apart)
	}
	if c.State == Transferred && (c.Bridge == "" || c.Playing != "" || c.Music || c.Leg != "") {
		bad("call %s talks to %s in bridge %q under %q, with leg %q", c.ID, c.Target.Number, c.Bridge, c.Playing, c.Leg)
	}
	if c.Target.Leg == "" {
		return
	}
	if s.index.targets[c.Target.Leg] != c.ID {
		bad("index: leg %s is not known as the far end of %s", c.Target.Leg, c.ID)
	}
	if a := s.agents[c.Target.Agent]; a != nil && (a.Target != c.ID || a.Leg != c.Target.Leg) {
		bad("invariant 2: agent %s is the far end of %s and does not know", a.ID, c.ID)
	}
}

// queueByCode finds the queue that agents pass callers on to by its code, nil if there is none.
func (r *Rules) queueByCode(code string) *QueueRules {
	for _, q := range r.Queues {
		if code != "" && q.Code == code {
			return q
		}
	}
	return nil
}
