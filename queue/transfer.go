package queue

import (
	"strings"
	"time"
	"unicode"
)

// An agent transfers the caller: *3, the target, #. The target is a queue, an internal
// extension, or an outside number. Until it answers, the caller hears a phrase about
// the transfer and then the ringing, and the agent may wait or hang up. If it does
// not answer, the caller goes back to the agent, or to the head of the line.

// transfer passes the caller on to what the agent has keyed in.
func (a *Agent) transfer(s *State, c *Call, to string) { a.transferToNumber(s, c, to, "", false) }

// transferToNumber passes the caller on to a number. If the agent's phone already rings that
// number in another call, the other call is hung up first. ByKey: the phone is to be told that it was done.
func (a *Agent) transferToNumber(s *State, c *Call, to, rings string, byKey bool) {
	if q := s.queueMeant(to); q != nil {
		a.transferToQueue(s, c, q, byKey)
		return
	}
	t, why := s.reach(to, rings != "")
	if why != "" {
		a.transferRefused(s, c, WayBlind, to, why)
		return
	}
	if rings != "" {
		s.do(Hangup{rings, HangupNormal})
	}
	c.takeOutOfTalk(s, c.say("transfer"))
	c.ringTarget(s, t, EntryCallTransfer)
}

// takeOutOfTalk takes the caller out of the talk with the agent while somebody else is rung.
func (c *Call) takeOutOfTalk(s *State, intro ...Phrase) {
	c.endHold(s, HoldEndHandedOver, false)
	c.part(s)
	c.setState(s, CallTransferring)
	c.ringBack(s, intro...)
}

// transferByKey does what the transfer key of an agent's phone asks for in a talk.
func (a *Agent) transferByKey(s *State, c *Call, ev TransferPressed) {
	if c.Target.Leg == "" {
		if ev.Party != "" {
			c.takeParty(s, ev.Party, ev.To)
		} else {
			a.transferToNumber(s, c, ev.To, ev.Rings, true)
		}
		if c.State == CallTransferring {
			c.Target.Keyed = true
			return
		}
	}
	if a.Call == c.ID { // the agent has not left the call
		c.backUntil = s.now.Add(backWithin)
		s.do(TransferDone{ev.Channel, false})
	}
}

// takeWithin is how long Asterisk may take to move a party out of another call.
const takeWithin = 5 * time.Second

// takeParty passes the caller on to the party that the agent talks to in another call of the same phone.
func (c *Call) takeParty(s *State, party, number string) {
	c.takeOutOfTalk(s)
	c.bringIn(s, Target{Number: number, Way: WayAttended}, EntryCallTransfer, takeWithin)
	s.do(Take{c.Target.Leg, party, takeWithin + goneGuard})
}

// queueMeant is the queue that a target means: by its code, or by a number at which it is called. An extension goes first.
func (s *State) queueMeant(to string) *QueueRules {
	q := s.rules.queueByCode(to)
	if q == nil && !s.rules.Transfer.isExtension(to) {
		q = s.queueByDID[s.rules.Trunk.normalize(to)]
	}
	return q
}

// reach resolves a number, keyed in or sent by a phone, to a target, or tells why there is none.
// Rung: the extension is in use only because the agent's own phone rings it already.
func (s *State) reach(to string, rung bool) (t Target, why Refusal) {
	t = Target{Number: to, Way: WayBlind}
	switch r := &s.rules.Transfer; {
	case r.isExtension(to):
		why = (&t).claimPhone(s, rung)
	default:
		t.Number, t.Outside = s.rules.Trunk.normalize(to), true
		if why = RefusalUnknownExtension; t.Number != "" {
			why, _ = s.barred(t.Number)
		}
	}
	return t, why
}

// ringTarget rings the extension or number that is to become the third party of a call.
func (c *Call) ringTarget(s *State, t Target, kind EntryKind) {
	c.bringIn(s, t, kind, s.rules.Transfer.Ring)
	c.dialTarget(s)
}

// dialTarget rings the third party until they must have answered.
func (c *Call) dialTarget(s *State) {
	t, timeout := c.Target, c.TransferBy.Sub(s.now)+goneGuard
	if t.Outside {
		s.caller(t.Number).dialled(s.now)
		s.do(DialClient{Channel: t.Leg, Number: t.Number, For: c.channel(), Timeout: timeout})
		return
	}
	name, phone := "TRANSFER ", s.rules.Transfer.endpoint(t.Number)
	if t.Way == WayCalledIn {
		name, phone = "HELP "+c.Agent+" ", t.Number
	}
	if other := s.agents[t.Agent]; other != nil {
		phone = other.endpoint(s)
		other.Leg, other.Target = t.Leg, c.ID
		s.touch(other)
	}
	s.do(Dial{
		Channel: t.Leg, Endpoint: phone, For: c.channel(), OwnHold: true,
		CallerName: name + c.callerName(s), CallerNumber: c.Number, Timeout: timeout,
	})
}

// claimPhone finds the agent that an extension reaches: its owner, at whatever phone they
// are logged in, otherwise the agent logged in at that phone. An agent at work is not rung.
func (t *Target) claimPhone(s *State, rung bool) Refusal {
	phone := s.rules.Transfer.endpoint(t.Number)
	a := s.agentAt(phone)
	if r := s.rules.AgentByEndpoint(phone); r != nil && (a == nil || s.agents[r.ID].isLoggedIn()) {
		a = s.agents[r.ID]
	}
	if a == nil {
		return ""
	}
	if a.Leg != "" || a.InUse && !rung || a.Owes != "" || a.Status != StatusReady && a.isLoggedIn() {
		return RefusalExtensionBusy
	}
	t.Agent = a.ID
	return ""
}

// transferRefused leaves caller and agent together and tells the agent that the transfer
// is refused. The number is recorded as the agent or the phone sent it.
func (a *Agent) transferRefused(s *State, c *Call, way Way, to string, why Refusal) {
	to = tried(to)
	c.note(s, Entry{Kind: EntryRefused, Agent: a.ID, To: to, Details: &Details{Refusal: why}})
	if c.Target.Leg == "" { // otherwise the last entry belongs to the third party
		c.Transfers = appendLogged(c.Transfers, Transfer{At: s.now, Way: way, To: to, Agent: a.ID, End: TransferEnd(why)})
		s.touch(c)
	}
	c.backUntil = s.now.Add(backWithin)
	a.tellInCall(s, c, "transfer-not-done")
}

// tried is a number from outside in a form that is safe to record: printable, one line, at most 40 characters.
func tried(to string) string {
	const most = 40
	to = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(to, "?"))
	if letters := []rune(to); len(letters) > most {
		to = string(letters[:most-1]) + "…"
	}
	return to
}

// transferToQueue puts the caller at the head of another line. The place in line and the language are kept.
func (a *Agent) transferToQueue(s *State, c *Call, q *QueueRules, byKey bool) {
	if !q.open(s.now, s.rules.Location) || !q.JoinEmpty && s.staff(q.Name, "") == 0 {
		a.transferRefused(s, c, WayToQueue, q.Name, RefusalQueueClosed)
		return
	}
	if byKey {
		s.do(TransferDone{a.Leg, true})
	}
	c.endHold(s, HoldEndHandedOver, false)
	c.note(s, Entry{Kind: EntryCallTransfer, Agent: a.ID, To: q.Name})
	c.Transfers = appendLogged(c.Transfers, Transfer{At: s.now, Way: WayToQueue, To: q.Name, Agent: a.ID, End: TransferEndHandedOver})
	c.talkEnded(s, a, TalkEndBlind, q.Name)
	a.endLeg(s, HangupNormal)
	c.Priority += q.Priority - s.queueRules(c.Queue).Priority
	c.Queue, c.Overflowed, c.ToldOther = q.Name, false, false
	c.requeue(s, CauseTransferred, "transfer")
}

// ringBack plays the ringing tone to the caller, after the intro.
func (c *Call) ringBack(s *State, intro ...Phrase) {
	c.play(s, append(intro, Phrase{ID: Ringback})...)
}

// backWithin is how long after a transfer that failed the end of the agent's line is that of the phone that asked for it, or
// of an agent who takes the transfer for done: the caller is not to be left then.
const backWithin = 5 * time.Second

// ringsAgain rings a third party who could not be taken out of the other call of an agent who has left: the agent's phone has
// hung up that call as well, as soon as its transfer was taken.
func (c *Call) ringsAgain(s *State, number string) bool {
	if c.Leg != "" {
		return false
	}
	t, why := s.reach(number, true)
	if why == "" {
		c.ringTarget(s, t, EntryCallTransfer)
	}
	return why == ""
}

// transferFailed gives the caller back to the agent, or to the line if the agent has left.
func (c *Call) transferFailed(s *State, why Cause) {
	c.backUntil = s.now.Add(backWithin)
	if c.Leg == "" {
		c.requeue(s, why, "transfer-failed")
		return
	}
	s.agents[c.Agent].tellInCall(s, c, "transfer-not-done")
	if s.agents[c.Agent].Holds {
		c.hold(s, HeldByKey, c.say("transfer-failed"))
		return
	}
	c.goOn(s, holdWords, "transfer-failed")
}

// handOver leaves the caller to the third party. The code that calls it ends the agent's part afterwards.
func (c *Call) handOver(s *State) {
	c.endHold(s, HoldEndHandedOver, false)
	if !c.Target.In {
		c.setState(s, CallTransferring)
		c.ringBack(s)
		return
	}
	c.stopAudio(s)
	if c.Apart {
		c.rejoin(s)
	}
	c.setState(s, CallTransferred)
	c.recordTarget(s, EntryCallTransferred, TransferEndHandedOver, "")
}
