package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/lab/softphone"
	"kezek/ops"
	"kezek/queue"
)

// softAgent is an agent with a softphone.
type softAgent struct {
	*softphone.Phone
	t     *testing.T
	s     *site
	id    string
	agent *agent // what Kezek knows of them; their phone is the softphone
}

// softAgent starts a softphone, at which the agent logs in.
func (s *site) softAgent(t *testing.T, program softphone.Program) *softAgent {
	t.Helper()
	a := &softAgent{t: t, s: s, id: softphones[program].agent}
	a.agent = &agent{t: t, s: s, id: a.id}
	a.start(program)
	a.code("*10" + a.id)
	a.free()
	return a
}

// start runs the softphone, which registers.
func (a *softAgent) start(program softphone.Program) {
	a.t.Helper()
	dir, err := os.MkdirTemp("", "softphone") // baresip cuts long paths
	must(a.t, err)
	p, err := softphone.Start(a.within(), program, softphone.Config{
		Extension: a.id, Password: "lab-" + a.id, Exchange: a.s.SIPAddr, Host: a.s.Host, Dir: dir,
	})
	must(a.t, err)
	a.t.Cleanup(func() {
		if a.t.Failed() {
			a.t.Logf("%s heard %s; its log is %s", a.id, a.s.ear.Listen(p.Heard()), p.Log())
		}
		p.Kill()
		if !a.t.Failed() {
			os.RemoveAll(dir)
		}
	})
	a.Phone = p
	a.agent.await("registered", func(a ops.Agent) bool { return a.Reachable })
}

func (a *softAgent) within() context.Context { return within(a.t, patience) }

// code dials a code and listens until the exchange hangs up.
func (a *softAgent) code(code string) {
	a.t.Helper()
	must(a.t, a.dials(code).WaitEnd(a.within()))
}

func (a *softAgent) dials(number string) *softphone.Line {
	a.t.Helper()
	l, err := a.Dial(a.within(), number)
	must(a.t, err)
	return l
}

// free waits until they can get a call.
func (a *softAgent) free() {
	a.t.Helper()
	a.agent.free()
}

// call is a caller to their queue.
func (a *softAgent) call() *caller {
	a.t.Helper()
	return a.s.call(a.t, softphones[a.Program].did)
}

// other is the phone of somebody who is no agent.
func (a *softAgent) other() *agent {
	a.t.Helper()
	return a.s.phone(a.t, softphones[a.Program].other)
}

// rings waits for c's call at the softphone, which shows who it is.
func (a *softAgent) rings(c *caller) *softphone.Line {
	a.t.Helper()
	l, err := a.Expect(a.within())
	must(a.t, err)
	if from := l.From(); !strings.Contains(from, c.number) || !strings.Contains(from, "RU "+string(a.Program)+" ") {
		a.t.Errorf("%s shows %q, want the call of %s", a.Program, from, c.number)
	}
	return l
}

// answers takes the next call, which is c's.
func (a *softAgent) answers(c *caller) *softphone.Line {
	a.t.Helper()
	l := a.rings(c)
	began := time.Now()
	must(a.t, l.Answer(a.within()))
	a.converses(c, began)
	return l
}

// converses checks that caller and agent hear each other.
func (a *softAgent) converses(c *caller, since time.Time) {
	a.t.Helper()
	_, err := c.WaitTone(a.within(), phone.ToneOf(a.id), since)
	must(a.t, err)
	must(a.t, a.WaitTone(a.within(), c.Tone()))
}

// holds waits until the caller hears that they are on hold, and checks by what.
func (a *softAgent) holds(c *caller, by queue.HeldBy, since time.Time) {
	a.t.Helper()
	hears(a.t, a.s, c.Call, "ru/hold", since)
	if h := c.hold(); h == nil || h.By != by {
		a.t.Errorf("on hold by %s, shown as %+v", by, h)
	}
}

// returns waits until the caller hears that the hold is over, and the two talk again.
func (a *softAgent) returns(c *caller, since time.Time) {
	a.t.Helper()
	a.converses(c, hears(a.t, a.s, c.Call, "ru/return", since))
}

// over checks that the line is over, and that the agent can get the next call.
func (a *softAgent) over(l *softphone.Line) {
	a.t.Helper()
	must(a.t, l.WaitEnd(a.within()))
	a.free()
}
