package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// caller is somebody from outside.
type caller struct {
	*phone.Call
	t      testing.TB
	s      *site
	number string
	mark   int // of the journal, when they dialled
}

// call is a new caller who dials a number and is answered.
func (s *site) call(t testing.TB, did string) *caller {
	t.Helper()
	return s.callFrom(t, number(), did)
}

func (s *site) callFrom(t testing.TB, number, did string) *caller {
	t.Helper()
	c := s.dial(t, phone.CallerID{Number: number}, did)
	must(t, c.WaitAnswer(within(t, patience)))
	return c
}

// dial is a caller whose INVITE has left.
func (s *site) dial(t testing.TB, id phone.CallerID, did string, options ...phone.Option) *caller {
	t.Helper()
	mark := s.journal.mark()
	c, err := s.carrier.Call(within(t, patience), id, did, options...)
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s heard %s\n%v", id.Number, s.ear.Listen(c.Recording().PCM), c.Log())
		}
		_ = c.Hangup(within(t, 5*time.Second))
	})
	return &caller{Call: c, t: t, s: s, number: id.Number, mark: mark}
}

// told waits for a line of the journal about this call.
func (c *caller) told(kind queue.EntryKind) entry {
	c.t.Helper()
	return c.s.journal.await(c.t, c.mark, string(kind)+" of "+c.number, func(e entry) bool {
		return e["number"] == c.number && e.kind() == kind
	})
}

// hears waits until a prompt begins, now or later, and returns when.
func (c *caller) hears(prompt string) time.Time {
	c.t.Helper()
	return hears(c.t, c.s, c.Call, prompt, time.Time{})
}

func hears(t testing.TB, s *site, c *phone.Call, prompt string, since time.Time) time.Time {
	t.Helper()
	_, at, err := c.WaitPrompt(within(t, patience), s.ear, prompt, since)
	must(t, err)
	return at
}

// press presses keys.
func (c *caller) press(keys string) {
	c.t.Helper()
	must(c.t, c.Keys(within(c.t, patience), keys))
}

// asksCallback presses 1 in line, hears what that is for, and presses it again.
func (c *caller) asksCallback() {
	c.t.Helper()
	c.press("1")
	c.accepts("ru/callback-offer")
}

// accepts presses 1 as soon as the offer of a callback has named the key.
func (c *caller) accepts(offer string) {
	c.t.Helper()
	time.Sleep(time.Until(c.hears(offer).Add(1500 * time.Millisecond)))
	c.press("1")
}

// hangUp ends the call and waits for its record.
func (c *caller) hangUp(want queue.Outcome) {
	c.t.Helper()
	must(c.t, c.Hangup(within(c.t, patience)))
	c.outcome(want)
}

// outcome waits for the record and compares the outcome.
func (c *caller) outcome(want queue.Outcome) entry {
	c.t.Helper()
	e := c.told(queue.EntryCallEnded)
	if got := queue.Outcome(e["outcome"]); got != want {
		c.t.Errorf("%s: outcome %s, want %s", c.number, got, want)
	}
	return e
}

// nobodyMissed checks that no agent is charged with not having taken the caller.
func (c *caller) nobodyMissed() {
	c.t.Helper()
	for _, e := range c.s.journal.since(c.mark) {
		if e["number"] == c.number && e.kind() == queue.EntryCallMissed {
			c.t.Errorf("somebody is charged: %v", e)
		}
	}
}

// ended waits until the exchange has hung up.
func (c *caller) ended() phone.End {
	c.t.Helper()
	end, err := c.WaitEnd(within(c.t, patience))
	must(c.t, err)
	if end.By != phone.Far {
		c.t.Errorf("%s: %v, want the exchange to end it", c.number, end)
	}
	return end
}

// heard is all that they have heard so far.
func (c *caller) heard() ear.Timeline { return c.s.ear.Listen(c.Recording().PCM) }

// heardPrompts checks all the prompts that they have heard so far, in order.
func (c *caller) heardPrompts(want ...string) {
	c.t.Helper()
	wantPrompts(c.t, c.s, c.number, c.Call, want...)
}

// heardFirst checks the first prompts that they have heard.
func (c *caller) heardFirst(want ...string) {
	c.t.Helper()
	all := c.heard()
	got := prompts(all, want)
	if !slices.Equal(got[:min(len(got), len(want))], want) && !stoodStill(c.t, c.Recording().Start) {
		c.t.Errorf("%s first heard %v, want %v; all: %s", c.number, got, want, all)
	}
}

// heardLast checks that a prompt was the last one that they heard, and that it
// was not cut by the end of the call.
func (c *caller) heardLast(want string) {
	c.t.Helper()
	end, err := c.WaitEnd(within(c.t, patience))
	must(c.t, err)
	all := c.heard()
	if got := prompts(all, []string{want}); (len(got) == 0 || got[len(got)-1] != want) && !stoodStill(c.t, c.Recording().Start) {
		c.t.Errorf("%s heard %s, want %s as the last", c.number, all, want)
	}
	heardWhole(c.t, c.s, c.Call, want, end.At)
}

// heardWhole checks that a prompt was heard and had the time to be heard to
// its end before until. Packets that a busy machine lost do not matter.
func heardWhole(t testing.TB, s *site, c *phone.Call, prompt string, until time.Time) {
	t.Helper()
	only, err := s.ear.Only(prompt)
	must(t, err)
	rec := c.Recording()
	h, ok := only.Listen(rec.PCM).Find(prompt)
	switch {
	case !ok && stoodStill(t, rec.Start):
		return
	case !ok:
		t.Errorf("%v: no %s in %s", c, prompt, s.ear.Listen(rec.PCM))
		return
	}
	began := c.Came(rec.Time(h.From)).Add(-h.Offset)
	if missing := began.Add(only.Longest()).Sub(until); missing > 200*time.Millisecond+watch().longest(rec.Start) {
		t.Errorf("%v: the last %v of %s are cut: %s", c, missing, prompt, s.ear.Listen(rec.PCM))
	}
}

// heardAllTheTime checks that the caller has heard the agent without a break since then.
func (c *caller) heardAllTheTime(a *agent, since time.Time) {
	c.t.Helper()
	if stoodStill(c.t, since) {
		return
	}
	all := c.s.ear.Listen(c.Recording().Since(since).PCM)
	n := 0
	for _, h := range all.Of(ear.Tone) {
		if h.Name == "tone of "+a.id {
			n++
		}
	}
	if n != 1 {
		c.t.Errorf("%s did not hear %s all the time: %s", c.number, a.id, all)
	}
}

// wantPrompts checks all the prompts that were heard in a call, unless the
// machine stood still in it: what it swallowed then was heard by nobody.
func wantPrompts(t testing.TB, s *site, who string, c *phone.Call, want ...string) {
	t.Helper()
	rec := c.Recording()
	all := s.ear.Listen(rec.PCM)
	if got := prompts(all, want); !slices.Equal(got, want) && !stoodStill(t, rec.Start) {
		t.Errorf("%s heard %v, want %v; all: %s", who, got, want, all)
	}
}

// prompts are the prompts in what was heard. One that may be one of several is
// taken for one that is wanted.
func prompts(all ear.Timeline, wanted []string) []string {
	var names []string
	for _, h := range all.Of(ear.Prompt) {
		name := h.Name
		for _, or := range h.Or {
			if !slices.Contains(wanted, name) && slices.Contains(wanted, or) {
				name = or
			}
		}
		// What a busy machine left of one prompt may be like something in another.
		scrap := h.Offset > 0 && h.Part < 0.3 || h.To-h.From < 500*time.Millisecond
		if !scrap || slices.Contains(wanted, name) {
			names = append(names, name)
		}
	}
	return slices.Compact(names) // a lost packet makes two of one
}

// agent is an agent at their phone.
type agent struct {
	*phone.Phone
	t  testing.TB
	s  *site
	id string
}

// phone is an agent's phone, registered; they are not logged in.
func (s *site) phone(t testing.TB, id string, options ...func(*phone.Config)) *agent {
	t.Helper()
	c := phone.Config{Extension: id, Password: "lab-" + id, Exchange: s.SIPAddr, Listen: s.Host + ":0", Expires: 10 * time.Second}
	for _, o := range options {
		o(&c)
	}
	p, err := phone.New(c)
	must(t, err)
	t.Cleanup(p.Close)
	a := &agent{Phone: p, t: t, s: s, id: id}
	must(t, p.Register(within(t, patience)))
	a.await("registered", func(a ops.Agent) bool { return a.Reachable })
	return a
}

// agent is an agent who has just logged in from their phone and can be called.
func (s *site) agent(t testing.TB, id string, options ...func(*phone.Config)) *agent {
	t.Helper()
	a := s.phone(t, id, options...)
	a.code("*10" + id)
	a.free()
	return a
}

// code dials a code, and hangs up once the first word of the answer is heard.
func (a *agent) code(code string) {
	a.t.Helper()
	c := a.dials(code)
	_, err := c.WaitSound(within(a.t, patience), time.Time{})
	must(a.t, err)
	must(a.t, c.Hangup(within(a.t, patience)))
}

// dials dials a code and is answered.
func (a *agent) dials(code string) *phone.Call {
	a.t.Helper()
	c, err := a.Call(within(a.t, patience), code)
	must(a.t, err)
	must(a.t, c.WaitAnswer(within(a.t, patience)))
	return c
}

// say dials a code and checks what is said until the exchange hangs up.
func (a *agent) say(code string, want ...string) {
	a.t.Helper()
	a.heardSay(a.dials(code), want...)
}

func (a *agent) heardSay(c *phone.Call, want ...string) {
	a.t.Helper()
	_, err := c.WaitEnd(within(a.t, patience))
	must(a.t, err)
	wantPrompts(a.t, a.s, a.id, c, want...)
}

// await waits until the API shows the agent as wanted.
func (a *agent) await(what string, want func(ops.Agent) bool) {
	a.t.Helper()
	eventually(a.t, a.id+" "+what, func() error {
		got, err := ask[ops.Agent](a.t, a.s, "/api/v1/agents/"+a.id)
		if err == nil && !want(got) {
			err = fmt.Errorf("is %+v", got)
		}
		return err
	})
}

// free waits until the agent can get a call: Redis tells all that it takes.
func (a *agent) free() {
	a.t.Helper()
	eventually(a.t, a.id+" is free", func() error {
		is, err := a.s.redis.HGetAll(within(a.t, patience), "kezek:{bishkek}:agent:"+a.id).Result()
		if err == nil && (is["status"] != string(queue.StatusReady) || is["reachable"] != "true" || is["in_use"] != "" || is["leg"] != "" || is["rest_until"] != "") {
			err = fmt.Errorf("is %v", is)
		}
		return err
	})
}

// status waits for a status.
func (a *agent) status(want queue.Status) {
	a.t.Helper()
	a.await("is "+string(want), func(a ops.Agent) bool { return a.Status == want })
}

// rings waits for the next call at the phone.
func (a *agent) rings() *phone.Call {
	a.t.Helper()
	c, err := a.Expect(within(a.t, patience))
	must(a.t, err)
	a.t.Cleanup(func() {
		if a.t.Failed() {
			a.t.Logf("at phone %s: heard %s\n%v", a.id, a.s.ear.Listen(c.Recording().PCM), c.Log())
		}
	})
	return c
}

// answers lets the agent take the next call and checks that it is c's.
func (a *agent) answers(c *caller) *phone.Call {
	a.t.Helper()
	r := a.rings()
	a.take(r, c)
	return r
}

// take answers a ringing call, checks that caller and agent hear each other,
// and tells when they began to.
func (a *agent) take(r *phone.Call, c *caller) time.Time {
	a.t.Helper()
	if got := r.Caller().Number; got != c.number {
		a.t.Errorf("phone %s shows %v, want the call of %s", a.id, r.Caller(), c.number)
	}
	must(a.t, r.Answer(within(a.t, patience)))
	return talk(a.t, r, c, r.At(phone.AnswerSent))
}

// talk checks that caller and agent hear each other after since, and tells
// when the first of them began to.
func talk(t testing.TB, r *phone.Call, c *caller, since time.Time) time.Time {
	t.Helper()
	return converse(t, r, c.Call, since)
}

// converse is talk with anybody. What they say is not converted on its way.
func converse(t testing.TB, agent, other *phone.Call, since time.Time) time.Time {
	t.Helper()
	there, err := other.WaitTone(within(t, patience), agent.Tone(), since)
	must(t, err)
	here, err := agent.WaitTone(within(t, patience), other.Tone(), since)
	must(t, err)
	if agent.Codec() != other.Codec() {
		t.Errorf("%v speaks %v, %v speaks %v", agent, agent.Codec(), other, other.Codec())
	}
	if here.Before(there) {
		return here
	}
	return there
}

// shows checks what the phone shows about a caller: `KY sales 0:03`.
func shows(t testing.TB, r *phone.Call, language, queue string) {
	t.Helper()
	form := regexp.MustCompile("^" + strings.ToUpper(language) + " " + queue + " [0-9]+:[0-9]{2}( \\*)?$")
	if got := r.Caller().Name; !form.MatchString(got) {
		t.Errorf("the phone shows %q, want %s", got, form)
	}
}
