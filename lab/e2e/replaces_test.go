package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// Somebody takes the place of a caller, of a client or of an agent: a receptionist transfers an outside caller into the queue
// (REFER with Replaces), or the far end of the trunk replaces one of its calls (INVITE with Replaces).
const (
	didReception  = "+996312900830"
	didTaken      = "+996312900831"
	didTalked     = "+996312900832"
	didPulled     = "+996312900833"
	didRefers     = "+996312900834"
	didOwnLine    = "+996312900835"
	didFirstLine  = "+996312900836"
	didSecondLine = "+996312900837"
	didUnharmed   = "+996312900838"
)

var replacesConfig = "queues:" +
	deskQueue("taken", didTaken, "") +
	deskQueue("talked", didTalked, "") +
	deskQueue("pulled", didPulled, "") +
	deskQueue("refers", didRefers, "") +
	deskQueue("own", didOwnLine, "") +
	deskQueue("first", didFirstLine, "") +
	deskQueue("second", didSecondLine, "") +
	deskQueue("unharmed", didUnharmed, "") + `
trunk: {dial: "PJSIP/{number}@carrier", caller_id: "+996312900800", allow: ["^\\+996[0-9]{9}$"]}
agents:
  "1001": {queues: [taken]}
  "1002": {queues: [talked]}
  "1003": {queues: [pulled]}
  "1004": {queues: [refers]}
  "1005": {queues: [first]}
  "1006": {queues: [second]}
  "1007": {queues: [unharmed]}
`

// reception is an exchange with a receptionist, 1017 or 1018, who is no agent.
const reception = `[office]
exten => _10XX,1,Dial(PJSIP/${EXTEN},20)
 same => n,Hangup(${HANGUPCAUSE})
exten => _+99631290083X,1,Goto(kezek-inbound,${EXTEN},1)
include => kezek-agents

[from-carrier]
exten => _+99631290083017,1,Dial(PJSIP/1017,20)
exten => _+99631290083018,1,Dial(PJSIP/1018,20)
exten => _+99631290083019,1,Dial(PJSIP/1019,20)
`

func TestReplaces(t *testing.T) {
	t.Parallel()
	s := prepare(t, replacesConfig)
	s.edit(t, "extensions.conf", "dialplan reload", "[from-carrier]\n", reception)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"waiting": replacesWaiting,
		"talking": replacesTalking,
		"trunk":   replacesOverTrunk,
		"refers":  refersOverTrunk,
		"second":  joinsSecondLine,
		"foreign": replacesForeign,
	})
	s.noTrouble(t)
}

// receives lets an outside caller reach the receptionist, who puts them on hold and calls a queue.
func (a *agent) receives(did string) (outside *caller, held, inQueue *phone.Call) {
	a.t.Helper()
	outside = a.s.dial(a.t, phone.CallerID{Number: number()}, didReception+a.id[2:])
	held = a.rings()
	must(a.t, held.Answer(within(a.t, patience)))
	must(a.t, outside.WaitAnswer(within(a.t, patience)))
	talk(a.t, held, outside, time.Time{})
	must(a.t, held.Hold(within(a.t, patience), phone.SendOnly))
	return outside, held, a.dials(did)
}

// joinCalls presses the transfer key: the REFER goes in the first call, or in the other one of the two.
func joinCalls(t testing.TB, held, inQueue *phone.Call, inOther bool) {
	t.Helper()
	if inOther {
		held, inQueue = inQueue, held
	}
	must(t, held.TransferTo(within(t, patience), inQueue))
	transferred(t, held, true)
}

// replacesWaiting: the receptionist waits in music and transfers. The outside caller has the place in line, with their number.
func replacesWaiting(t *testing.T, s *site) {
	r, a := s.phone(t, "1017"), s.agent(t, "1001")
	for _, inOther := range []bool{false, true} {
		a.code("*31")
		outside, held, inQueue := r.receives(didTaken)
		hears(t, s, inQueue, "ru/all-busy", time.Time{})
		joinCalls(t, held, inQueue, inOther)
		for _, line := range []*phone.Call{held, inQueue} {
			_, err := line.WaitEnd(within(t, patience))
			must(t, err)
		}
		a.code("*12")
		leg := a.answers(outside)
		s.holdsByCode(t, leg, outside)
		must(t, leg.Hangup(within(t, patience)))
		outside.ended()
		outside.outcome(queue.OutcomeCompletedByAgent)
		outside.heardLast("ru/closing")
		a.free()
	}
}

// replacesTalking: the same when the receptionist talks to the agent.
func replacesTalking(t *testing.T, s *site) {
	r, a := s.phone(t, "1018"), s.agent(t, "1002")
	for _, inOther := range []bool{false, true} {
		outside, held, inQueue := r.receives(didTalked)
		leg := a.rings()
		must(t, leg.Answer(within(t, patience)))
		converse(t, leg, inQueue, time.Time{})
		joinCalls(t, held, inQueue, inOther)
		talk(t, leg, outside, time.Now())
		for _, line := range []*phone.Call{held, inQueue} {
			_, err := line.WaitEnd(within(t, patience))
			must(t, err)
		}
		s.holdsByCode(t, leg, outside)
		must(t, leg.Hangup(within(t, patience)))
		outside.ended()
		outside.outcome(queue.OutcomeCompletedByAgent)
		outside.heardLast("ru/closing")
		a.free()
	}
}

// replacesOverTrunk: the carrier's SBC, or a customer's PBX, replaces its call by another one (INVITE with Replaces).
func replacesOverTrunk(t *testing.T, s *site) {
	a := s.agent(t, "1003")
	pulls := func(c *caller) *caller {
		t.Helper()
		other := s.dial(t, phone.CallerID{Number: number()}, didPulled, phone.WithHeader("Replaces", c.Replaces()))
		must(t, other.WaitAnswer(within(t, patience)))
		_, err := c.WaitEnd(within(t, patience))
		must(t, err)
		return other
	}
	a.code("*31")
	first := s.call(t, didPulled)
	first.hears("ru/all-busy")
	second := pulls(first)
	a.code("*12")
	leg := a.answers(second)
	third := pulls(second)
	talk(t, leg, third, time.Now())
	begun := time.Now()
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	hears(t, s, third.Call, "ru/hold", begun)
	fourth := pulls(third) // on hold
	begun = time.Now()
	must(t, leg.Resume(within(t, patience)))
	talk(t, leg, fourth, hears(t, s, fourth.Call, "ru/return", begun))
	must(t, leg.Hangup(within(t, patience)))
	fourth.ended()
	fourth.outcome(queue.OutcomeCompletedByAgent)
	fourth.heardLast("ru/closing")
	a.free()
}

// refersOverTrunk: the far end of the trunk sends nobody elsewhere, and is told so; the talk goes on. The agent's phone may, to
// a number as it is written anywhere, and to a line of the site's own.
func refersOverTrunk(t *testing.T, s *site) {
	a, c := s.agent(t, "1004"), s.call(t, didRefers)
	leg := a.answers(c)
	refused := func(far *phone.Call) {
		t.Helper()
		must(t, far.Transfer(within(t, patience), "1005"))
		transferred(t, far, false)
	}
	refused(c.Call)
	other := s.call(t, didOwnLine) // of the same trunk, and Kezek's as well
	must(t, c.TransferTo(within(t, patience), other.Call))
	transferred(t, c.Call, false)
	talk(t, leg, c, time.Now())
	other.hangUp(queue.OutcomeAbandoned)

	must(t, leg.Transfer(within(t, patience), "+996700999911"))
	client, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	must(t, client.Answer(within(t, patience)))
	transferred(t, leg, true)
	converse(t, client, c.Call, time.Now())
	refused(client)
	converse(t, client, c.Call, time.Now())
	c.hangUp(queue.OutcomeTransferred)
	a.free()

	c = s.call(t, didRefers)
	leg = a.answers(c)
	must(t, leg.Transfer(within(t, patience), didOwnLine))
	transferred(t, leg, true)
	c.hears("ru/transfer")
	a.free()
	must(t, c.Hangup(within(t, patience)))
	c.transfers(c.outcome(queue.OutcomeAbandoned), "queue own transferred")
}

// joinsSecondLine: the same by an agent, who holds the caller of their queue and calls another queue on the second line.
func joinsSecondLine(t *testing.T, s *site) {
	a, b := s.agent(t, "1005"), s.agent(t, "1006")
	for _, talks := range []bool{false, true} {
		for _, inOther := range []bool{false, true} {
			if !talks {
				b.code("*31")
			}
			c := s.call(t, didFirstLine)
			held := a.answers(c)
			must(t, held.Hold(within(t, patience), phone.SendOnly))
			inQueue := a.dials(didSecondLine)
			var leg *phone.Call
			if talks {
				leg = b.rings()
				must(t, leg.Answer(within(t, patience)))
				converse(t, leg, inQueue, time.Time{})
			} else {
				hears(t, s, inQueue, "ru/all-busy", time.Time{})
			}
			joinCalls(t, held, inQueue, inOther)
			for _, line := range []*phone.Call{held, inQueue} {
				_, err := line.WaitEnd(within(t, patience))
				must(t, err)
			}
			c.transfers(c.outcome(queue.OutcomeTransferred), "queue second transferred")
			if talks {
				talk(t, leg, c, time.Now())
			} else {
				b.code("*12")
				leg = b.answers(c)
			}
			a.free()
			s.holdsByCode(t, leg, c)
			must(t, leg.Hangup(within(t, patience)))
			c.ended()
			c.heardLast("ru/closing")
			b.free()
		}
	}
}

// replacesForeign: an INVITE with Replaces of a call that there is not, or with a tag that is wrong, is refused. One of a call that
// Kezek does not handle is Asterisk's own affair. No caller of Kezek's notices.
func replacesForeign(t *testing.T, s *site) {
	a, c := s.agent(t, "1007"), s.call(t, didUnharmed)
	leg := a.answers(c)
	refused := func(replaces string) {
		t.Helper()
		other := s.dial(t, phone.CallerID{Number: number()}, didUnharmed, phone.WithHeader("Replaces", replaces))
		end, err := other.WaitEnd(within(t, patience))
		must(t, err)
		if end.Code != 481 {
			t.Errorf("Replaces %q: %+v, want 481", replaces, end)
		}
	}
	refused("unknown@127.0.0.9;to-tag=1;from-tag=2")
	id, tags, _ := strings.Cut(c.Replaces(), ";")
	refused(id + ";to-tag=1;from-tag=2")
	refused("other;" + tags)
	talk(t, leg, c, time.Now())

	r := s.phone(t, "1019")
	outside := s.dial(t, phone.CallerID{Number: number()}, didReception+"19")
	theirs := r.rings()
	must(t, theirs.Answer(within(t, patience)))
	must(t, outside.WaitAnswer(within(t, patience)))
	talk(t, theirs, outside, time.Time{}) // before that Asterisk may send nothing to who comes in between
	other := s.dial(t, phone.CallerID{Number: number()}, didUnharmed, phone.WithHeader("Replaces", outside.Replaces()))
	must(t, other.WaitAnswer(within(t, patience)))
	talk(t, theirs, other, time.Now())
	must(t, theirs.Hangup(within(t, patience)))
	talk(t, leg, c, time.Now())
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()
}
