package e2e

import (
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// Many phones hang up as soon as the exchange has taken their REFER (202), before it tells what became of it.
const (
	didLeavesBlind    = "+996312900840"
	didLeavesAttended = "+996312900841"
	didLeavesRinging  = "+996312900842"
	didLeavesPlace    = "+996312900843"
	didLeavesQueue    = "+996312900844"
)

var leavesConfig = "queues:" +
	deskQueue("blind", didLeavesBlind, "") +
	deskQueue("attended", didLeavesAttended, "") +
	deskQueue("ringing", didLeavesRinging, "") +
	deskQueue("place", didLeavesPlace, "") +
	deskQueue("other", didLeavesQueue, "") + `
agents:
  "1001": {queues: [blind], speech: ru}
  "1002": {queues: [attended], speech: ru}
  "1003": {queues: [ringing], speech: ru}
  "1004": {queues: [place], speech: ru}
transfer: {extensions: ["^1(006|008|009)$"], ring: 5s}
`

func TestLeaves(t *testing.T) {
	t.Parallel()
	s := prepare(t, leavesConfig)
	s.edit(t, "extensions.conf", "dialplan reload", `#include "kezek-extensions.conf"`, strings.Replace(office, "include", "exten => _+99631290084X,1,Goto(kezek-inbound,${EXTEN},1)\ninclude", 1),
		"[from-carrier]\n", "[from-carrier]\nexten => _+99631290083017,1,Dial(PJSIP/1017,20)\n")
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"blind":    leavesBlind,
		"attended": leavesAttended,
		"ringing":  leavesRinging,
		"place":    leavesPlace,
	})
	s.noTrouble(t)
}

// refersAndLeaves presses the transfer key and hangs up on the 202.
func (a *agent) refersAndLeaves(leg *phone.Call, number string) {
	a.t.Helper()
	must(a.t, leg.Transfer(within(a.t, patience), number))
	must(a.t, leg.Hangup(within(a.t, patience)))
}

// leavesBlind: to an extension; to one that may not be called, so that the caller is first in line; to another queue.
func leavesBlind(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1001"), s.phone(t, "1006"), s.call(t, didLeavesBlind)
	a.refersAndLeaves(a.answers(c), far.id)
	ring := far.rings()
	must(t, ring.Answer(within(t, patience)))
	talk(t, ring, c, time.Now())
	must(t, ring.Hangup(within(t, patience)))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "blind 1006 transferred")

	c = s.call(t, didLeavesBlind)
	a.refersAndLeaves(a.answers(c), "alice")
	a.refersAndLeaves(a.answers(c), didLeavesQueue)
	c.hears("ru/transfer")
	must(t, c.Hangup(within(t, patience)))
	c.transfers(c.outcome(queue.OutcomeAbandoned), "blind alice unknown_extension", "queue other transferred")
	a.free()
}

// leavesAttended: the phone ends the first of its two calls, or both, or the other one before it asks; then the colleague may
// have to be rung anew.
func leavesAttended(t *testing.T, s *site) {
	a, far := s.agent(t, "1002"), s.phone(t, "1008")
	for _, ends := range []string{"first", "both", "other before"} {
		c := s.call(t, didLeavesAttended)
		leg := a.answers(c)
		asking, answered := a.consults(leg, far)
		if ends == "other before" {
			must(t, asking.Hangup(within(t, patience)))
			_, err := answered.WaitEnd(within(t, patience))
			must(t, err)
		}
		must(t, leg.TransferToAnyway(within(t, patience), asking))
		must(t, leg.Hangup(within(t, patience)))
		if ends != "first" {
			must(t, asking.Hangup(within(t, patience)))
			if _, err := answered.WaitEnd(within(t, 2*time.Second)); err == nil {
				t.Log("the colleague is rung anew")
				answered = far.rings()
				must(t, answered.Answer(within(t, patience)))
			}
		}
		talk(t, answered, c, time.Now())
		must(t, answered.Hangup(within(t, patience)))
		c.ended()
		c.outcome(queue.OutcomeTransferred)
	}
	a.free()
}

// leavesRinging: the colleague's phone rings still.
func leavesRinging(t *testing.T, s *site) {
	a, far, c := s.agent(t, "1003"), s.phone(t, "1009"), s.call(t, didLeavesRinging)
	leg := a.answers(c)
	far.Behave(phone.Ring)
	must(t, leg.Hold(within(t, patience), phone.SendOnly))
	asking, err := a.Call(within(t, patience), far.id)
	must(t, err)
	first := far.rings()
	_, err = asking.Wait(within(t, patience), phone.RingingReceived)
	must(t, err)
	must(t, leg.TransferTo(within(t, patience), asking))
	must(t, leg.Hangup(within(t, patience)))
	_, err = first.WaitEnd(within(t, patience))
	must(t, err)
	ring := far.rings()
	must(t, ring.Answer(within(t, patience)))
	talk(t, ring, c, time.Now())
	must(t, ring.Hangup(within(t, patience)))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "blind 1009 transferred")
	a.free()
}

// leavesPlace: a receptionist's phone, in line and in the talk with an agent. The REFER goes in the call of the outside caller, or in
// the one to the queue; then that call is ended, or both. Who ends both at once may lose the outside caller, who is in a
// call of Asterisk's own: then everybody is let go.
func leavesPlace(t *testing.T, s *site) {
	r, a := s.phone(t, "1017"), s.agent(t, "1004")
	for _, talks := range []bool{false, true} {
		for _, how := range []struct{ inQueue, both bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			if !talks {
				a.code("*31")
			}
			outside, held, inQueue := r.receives(didLeavesPlace)
			var leg *phone.Call
			if talks {
				leg = a.rings()
				must(t, leg.Answer(within(t, patience)))
				converse(t, leg, inQueue, time.Time{})
			} else {
				hears(t, s, inQueue, "ru/all-busy", time.Time{})
			}
			refers, other := held, inQueue
			if how.inQueue {
				refers, other = inQueue, held
			}
			must(t, refers.TransferTo(within(t, patience), other))
			must(t, refers.Hangup(within(t, patience)))
			if how.both {
				must(t, other.Hangup(within(t, patience)))
			}
			for _, line := range []*phone.Call{held, inQueue} {
				_, err := line.WaitEnd(within(t, patience))
				must(t, err)
			}
			if !talks {
				a.code("*12")
			}
			if how.both && outside.lost() {
				t.Logf("lost: %+v, talks: %v", how, talks)
				if talks {
					_, err := leg.WaitEnd(within(t, patience))
					must(t, err)
				}
				a.free()
				continue
			}
			if talks {
				talk(t, leg, outside, time.Now())
			} else {
				leg = a.answers(outside)
			}
			must(t, leg.Hangup(within(t, patience)))
			outside.ended()
			outside.outcome(queue.OutcomeCompletedByAgent)
			a.free()
		}
	}
}

// lost reports whether the exchange has hung up on the caller.
func (c *caller) lost() bool {
	_, err := c.WaitEnd(within(c.t, time.Second))
	return err == nil
}
