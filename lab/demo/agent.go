package demo

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

// An Agent has a phone on their desk. Their voice is a tone.
type Agent struct {
	*line    // the call that rings or that they have
	number   string
	phone    *phone.Phone
	customer *Caller   // on the line with them
	free     time.Time // since when they have waited for a call; zero once it came
	served   int
}

func (d *day) newAgent(ctx context.Context, number string) (*Agent, error) {
	p, err := phone.New(phone.Config{Extension: number, Password: "lab-" + number, Exchange: d.lab.SIPAddr})
	if err != nil {
		return nil, err
	}
	d.ears.NameTone(p.Tone(), number)
	return &Agent{line: &line{day: d}, number: number, phone: p}, p.Register(ctx)
}

// dials dials a code and returns the line on which it is answered.
func (a *Agent) dials(code string) *line {
	a.tell("%s dials %s", a.number, code)
	l := a.pickUp(a.number, "dials "+code, func(ctx context.Context) (*phone.Call, error) {
		return a.phone.Call(ctx, code, phone.WithSound(phone.Silence()))
	})
	l.await(code+" is answered to "+a.number, l.call.WaitAnswer)
	return l
}

// isRungFor waits for the next call at their phone, which must be this caller's.
func (a *Agent) isRungFor(c *Caller) {
	a.line = a.pickUp(a.number, "is rung for "+c.name, a.phone.Expect)
	if who := a.call.Caller(); who.Number != c.number {
		a.stop(fmt.Errorf("the phone of %s rings for %v, not for %s", a.number, who, c.name))
	}
	a.tell("%s rings and shows %q", a.number, a.call.Caller().Name)
}

// isRungAtOnceFor is the same for an agent who has just become free while
// callers wait.
func (a *Agent) isRungAtOnceFor(c *Caller) {
	a.isRungFor(c)
	took := a.call.At(phone.InviteReceived).Sub(a.free)
	a.assignedAfter(took)
	a.tell("%s was free for %s", a.number, ms(took))
}

// shows tells whether their phone tells the language, queue and wait of the call.
func (a *Agent) shows(language string) bool {
	want := regexp.MustCompile(`^` + strings.ToUpper(language) + ` sales 0:[0-5][0-9]$`)
	return want.MatchString(a.call.Caller().Name)
}

// answers the call that rings; they and the caller hear each other at once.
func (a *Agent) answers(c *Caller) {
	a.picksUp()
	a.connectedAfter(c.talksTo(a))
}

// picksUp answers the call that rings.
func (a *Agent) picksUp() {
	a.tell("%s answers", a.number)
	a.await(a.number+" answers", a.call.Answer)
	a.served++
}

// declines the call that rings.
func (a *Agent) declines() {
	a.tell("%s declines", a.number)
	if err := a.call.Decline(603); err != nil {
		a.stop(err)
	}
}

// hangsUp ends their conversation.
func (a *Agent) hangsUp() {
	c := a.customer
	a.tell("%s hangs up", a.number)
	a.putsDown()
	a.isFree(a.call.At(phone.ByeSent))
	a.ended(c, queue.OutcomeCompletedByAgent)
}

// isFree ends the conversation for both.
func (a *Agent) isFree(since time.Time) {
	a.customer.agent, a.customer, a.free = nil, nil, since
}
