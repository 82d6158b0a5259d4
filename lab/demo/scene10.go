package demo

import (
	"context"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// pickUpCall: Nurlan's call rings at 1001, who is not at the desk. 1006, who is not logged in, picks it up and hears that it is not
// theirs. 1002, who is having a coffee, picks it up and has Nurlan, and goes back to the coffee.
func pickUpCall(d *day) {
	nurlan, a, colleague, stranger := d.nurlan, d.a1001, d.a1002, d.a1006
	for _, code := range []struct{ keys, says string }{{"*101002", "ru/logged-in"}, {"*31", "ru/status-set-coffee"}} {
		l := colleague.dials(code.keys)
		l.hears(code.says)
		l.isHungUp()
	}
	told := d.follow(nurlan)
	nurlan.dials()
	a.isRungFor(nurlan)
	refused := stranger.dials("**1001")
	refused.hears("ky/pickup-refused")
	a.isHungUp()
	refused.isHungUp()
	a.isRungFor(nurlan)
	colleague.picksUpFrom(a, nurlan)
	nurlan.hearEachOther(colleague, time.Now().Add(time.Second))
	nurlan.hangsUp()
	colleague.isHungUp()

	byNurlan, byRefused, events := nurlan.report(), refused.report(), told()
	var after ops.Agent
	d.awaitTrue("1002 is at the coffee again", func(context.Context) (bool, error) {
		after = d.agentRow(colleague)
		return after.Status == "coffee", nil
	})
	talk := byNurlan.total("tone of 1002")
	d.promise(talk > 500*time.Millisecond && happened(events, queue.EntryCallPickedUp) == 1, "A colleague picks up what rings at another phone, and goes back to the break afterwards",
		"ear of Nurlan, kezek agents", "talk of %s, then %s", ms(talk), after.Status)
	d.promise(heard(byRefused, "ky/pickup-refused") && happened(events, queue.EntryCallMissed) == 0,
		"Who may not have it hears so, and it rings again; nobody has missed a call", "ear of 1006, /api/v1/events", "%s", words("ky/pickup-refused"))
}

// picksUpFrom picks up what rings at another phone; caller and agent hear each other at once.
func (a *Agent) picksUpFrom(other *Agent, c *Caller) {
	dialled := time.Now()
	a.line = a.dials("**" + other.number)
	a.call.Send(phone.Tone(a.phone.Tone()))
	other.isHungUp()
	a.served++
	c.agent, a.customer = a, c
	c.hearEachOther(a, dialled)
	c.tell("%s and %s hear each other", c.name, a.number)
}
