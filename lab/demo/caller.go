package demo

import (
	"context"
	"fmt"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// A Caller calls from their own number, again and again. Their voice is a tone.
type Caller struct {
	*line    // their present or last call
	name     string
	number   string
	language string
	tone     int
	agent    *Agent // on the line with them
}

func (d *day) newCaller(i int, name, language string) *Caller {
	c := &Caller{
		line: &line{day: d}, name: name, language: language,
		number: fmt.Sprintf("+9967001234%02d", i+1),
		tone:   2200 + 100*i, // above those of the agents
	}
	d.ears.NameTone(c.tone, name)
	return c
}

// dials calls the queue sales.
func (c *Caller) dials() { c.dialsAt(lab.DID) }

func (c *Caller) dialsAt(did string) {
	c.tell("%s (%s) calls", c.name, c.number)
	c.line = c.pickUp(c.name, "calls", func(ctx context.Context) (*phone.Call, error) {
		return c.carrier.Call(ctx, phone.CallerID{Number: c.number}, did, phone.WithSound(phone.Tone(c.tone)))
	})
}

// dialsIn calls the queue for the first time and chooses their language at once.
// When they hear that all are busy they are in line.
func (c *Caller) dialsIn() {
	c.dials()
	c.await("the first word for "+c.name, func(ctx context.Context) error {
		_, err := c.call.WaitSound(ctx, time.Time{})
		return err
	})
	c.presses(map[string]string{"ky": "1", "ru": "2"}[c.language])
	c.hears(c.language + "/all-busy")
}

// talksTo waits until they and an agent who has answered hear each other, and
// returns how long after the answer they did.
func (c *Caller) talksTo(a *Agent) time.Duration {
	answered := a.call.At(phone.AnswerSent)
	took := c.hearEachOther(a, answered).Sub(answered)
	c.agent, a.customer = a, c
	c.tell("%s and %s hear each other, %s after the answer", c.name, a.number, ms(took))
	return took
}

// hearEachOther returns when both were heard at the other end, since a time.
func (c *Caller) hearEachOther(a *Agent, since time.Time) time.Time {
	there := c.hearsTone(a.phone.Tone(), a.number, since)
	here := a.hearsTone(c.tone, c.name, since)
	if here.After(there) {
		return here
	}
	return there
}

// goesOnTalking talks for some time, to the end of which both are heard.
func (c *Caller) goesOnTalking(d time.Duration) {
	c.hearEachOther(c.agent, c.agent.call.At(phone.AnswerSent).Add(d))
}

// hangsUp ends their call.
func (c *Caller) hangsUp() {
	if a := c.agent; a != nil {
		c.tell("%s hangs up", c.name)
		c.putsDown()
		a.isFree(c.call.At(phone.ByeSent))
		c.ended(c, queue.OutcomeCompletedByCaller)
		return
	}
	c.tell("%s gives up", c.name)
	c.putsDown()
	c.ended(c, queue.OutcomeAbandoned)
}
