package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const (
	didDeclined = "+996312900831"
	didRungOut  = "+996312900832"
	didUnplug   = "+996312900833"
	didHungUp   = "+996312900834"
	didAttempts = "+996312900835"
	didComesIn  = "+996312900836"
	didForged   = "+996312900837"
	didBooks    = "+996312900838"
	didShut     = "+996312900839"
	didInstant  = "+996312900847"
	didWrong    = "+996312900848"
	didGivesUp  = "+996312900849"
)

func callbackPathsConfig() string {
	shut := time.Now().Add(72 * time.Hour).Weekday().String()[:2] // not today, wherever the site is
	return `
trunk: {dial: "PJSIP/{number}@carrier", caller_id: "+996312900800", allow: ["^\\+996[57][0-9]{8}$"]}
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}}
queues:
  declined:   {did: ["` + didDeclined + `"], default_language: ru, wrapup: 0s, callback: {give_back: 1s, instant: 50ms}}
  rungout:    {did: ["` + didRungOut + `"], default_language: ru, wrapup: 0s, ring: {timeout: 3s}, callback: {give_back: 1s, instant: 50ms}}
  unplug:     {did: ["` + didUnplug + `"], default_language: ru, wrapup: 0s, strategy: linear, ring: {timeout: 60s}, callback: {instant: 50ms}}
  hungup:     {did: ["` + didHungUp + `"], default_language: ru, wrapup: 0s, callback: {give_back: 1s, instant: 50ms}}
  attempts:   {did: ["` + didAttempts + `"], default_language: ru, wrapup: 0s, callback: {retry_after: 10s, ring: 5s, instant: 50ms}}
  comesin:    {did: ["` + didComesIn + `"], did_language: {"` + didComesIn + `": ru}, default_language: ru, wrapup: 0s, strategy: linear, callback: {instant: 50ms}}
  forged:     {did: ["` + didForged + `"], did_language: {"` + didForged + `": ru}, default_language: ru, wrapup: 0s, announce: {position: false, wait: false}, callback: {instant: 50ms}}
  instant:    {did: ["` + didInstant + `"], default_language: ru, wrapup: 0s, callback: {retry_after: 10s}}
  wrong:      {did: ["` + didWrong + `"], default_language: ru, wrapup: 0s, callback: {attempts: 1, late_attempts: 0}}
  givesup:    {did: ["` + didGivesUp + `"], did_language: {"` + didGivesUp + `": ru}, default_language: ru, wrapup: 0s, announce: {every: 5s, position: false}, callback: {offer_over: 0s, abandoned: 5s, instant: 50ms}}
  books:      {did: ["` + didBooks + `"], did_language: {"` + didBooks + `": ru}, default_language: ru, wrapup: 0s, callback: {complaint_queue: complaints}}
  complaints: {did: [], default_language: ru, wrapup: 0s}
  shut:       {did: ["` + didShut + `"], did_language: {"` + didShut + `": ru}, default_language: ru, hours: "` + shut + ` 08:00-20:00"}
agents:
  "1001": {queues: [declined]}
  "1019": {queues: [givesup], speech: ru}
  "1002": {queues: [rungout]}
  "1003": {queues: [unplug]}
  "1004": {queues: [unplug]}
  "1005": {queues: [hungup]}
  "1011": {queues: [attempts], speech: ru}
  "1012": {queues: [comesin], speech: ru}
  "1013": {queues: [instant], speech: ru}
  "1014": {queues: [wrong], speech: ru}
  "1015": {queues: [forged], speech: ru}
  "1016": {queues: [books, complaints], speech: ru}
`
}

// TestCallbackPaths: whatever agents and clients do, a callback ends in one of the allowed ways.
func TestCallbackPaths(t *testing.T) {
	t.Parallel()
	s := openCallbacks(t, callbackPathsConfig())
	t.Run("all", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T, *callbackSite){
			"declined":                     callbackDeclined,
			"rings out":                    callbackRingsOut,
			"phone unplugged":              callbackUnplugged,
			"agent hangs up":               callbackHungUp,
			"client busy and away":         callbackAttempts,
			"a machine answers at once":    machineAnswers,
			"wrong number":                 wrongNumber,
			"offered, and given up":        callerGivesUp,
			"client has called in":         clientCallsIn,
			"forged and withheld numbers":  forgedNumbers,
			"booked by an agent in a call": bookedByAgent,
			"booked outside opening hours": bookedWhenClosed,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, s)
			})
		}
	})
	s.check(t)
}

// callbackDeclined: it comes back after both ways to decline; till it is done
// the agent gets no break and cannot leave.
func callbackDeclined(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1001"), s.client(t, answers)
	c.isPromised("declined")
	must(t, a.ringsBack(c).Decline(603))
	c.violated("callback_declined", 1)
	a.say("*11", "ru/status-refused-callback-due")
	a.say("*31", "ru/status-refused-callback-due")
	a.say("*13", "ru/status-waiting", "ru/status-refused-callback-due", "ru/since-under", "ru/waiting-calls-under")
	for _, kind := range []string{"callback_logout", "callback_break"} {
		s.journal.await(t, c.mark, kind, func(e entry) bool {
			return e.kind() == queue.EntryViolation && e["agent"] == "1001" && e["detail"] == kind && e["callback"] != ""
		})
	}
	must(t, a.ringsBack(c).Decline(486))
	c.violated("callback_declined", 2)
	c.isServed(a.ringsBack(c))
	a.say("*31", "ru/status-set-coffee")
}

func callbackRingsOut(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1002"), s.client(t, answers)
	c.isPromised("rungout")
	endedByExchange(t, a.ringsBack(c))
	c.violated("callback_not_answered", 1)
	c.isServed(a.ringsBack(c))
}

// callbackUnplugged: the phone loses its network as it rings, and it is the
// next agent's at once, not when it would have rung out.
func callbackUnplugged(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1003"), s.client(t, answers)
	next := s.agent(t, "1004")
	c.isPromised("unplug")
	a.ringsBack(c)
	a.Vanish()
	c.isServed(next.ringsBack(c))
	c.violated("callback_unplugged", 1)
	a.await("is free again", func(a ops.Agent) bool { return len(a.Owes) == 0 })
}

// callbackHungUp: the agent hangs up as they hear what it is, and as the client's
// phone rings, which then rings no more.
func callbackHungUp(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1005"), s.client(t, phone.Ring, answers)
	c.isPromised("hungup")
	ring := a.ringsBack(c)
	must(t, ring.Answer(within(t, patience)))
	hears(t, s.site, ring, "ru/callback-class-information", time.Time{}) // within the first second it would be the phone that has failed
	must(t, ring.Hangup(within(t, patience)))
	c.violated("callback_hung_up", 1)

	ring = a.ringsBack(c)
	must(t, ring.Answer(within(t, patience)))
	call := c.isCalled()
	must(t, ring.Hangup(within(t, patience)))
	endedByExchange(t, call)
	c.violated("callback_hung_up", 2)
	if n := c.tells(queue.EntryCallbackAttempt, ""); n != 0 {
		t.Errorf("%d failed attempts are held against the client", n)
	}
	c.isServed(a.ringsBack(c))
}

// callbackAttempts: the plan is kept, and the agent is free meanwhile.
func callbackAttempts(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1011"), s.client(t, phone.Refuse(486), phone.Ring, answers)
	c.isPromised("attempts")
	causes := []queue.Cause{queue.CauseBusy, queue.CauseNoAnswer}
	var failed time.Time
	for i, cause := range causes {
		ring := a.ringsBack(c)
		must(t, ring.Answer(within(t, patience)))
		call := c.isCalled()
		endedBy, err := call.WaitEnd(within(t, patience))
		must(t, err)
		if i > 0 && call.At(phone.InviteReceived).Sub(failed) < 10*time.Second {
			t.Errorf("attempt %d came %v after the last one ended", i+1, call.At(phone.InviteReceived).Sub(failed))
		}
		failed = endedBy.At
		endedByExchange(t, ring)
		a.free()
		cb := c.callback()
		if cb == nil || cb.Attempts != i+1 || cb.Tries[i].Cause != cause || cb.Tries[i].Agent != "1011" {
			t.Fatalf("after attempt %d, which should fail as %s: %+v", i+1, cause, cb)
		}
	}
	c.isServed(a.ringsBack(c))
	if n := c.tells(queue.EntryCallbackAttempt, ""); n != len(causes) {
		t.Errorf("%d failed attempts in the journal, want %d", n, len(causes))
	}
}

// machineAnswers: no hand is as quick, neither from the call on nor from where a slow trunk lets it ring. It hears
// nothing, the agent is told and free, and the client is called again by the plan.
func machineAnswers(t *testing.T, s *callbackSite) {
	slow := func(c *phone.Call) {
		time.Sleep(1500 * time.Millisecond) // twice the limit for an answer at once
		_ = c.Ring()
		phone.Answer(c)
	}
	a, c := s.agent(t, "1013"), s.client(t, phone.Answer, slow, phone.AnswerAfter(2*time.Second))
	c.isPromised("instant")
	for range 2 {
		ring := a.ringsBack(c)
		must(t, ring.Answer(within(t, patience)))
		machine := c.isCalled()
		endedByExchange(t, machine)
		if heard := s.ear.Listen(machine.Recording().PCM).Prompts(); len(heard) > 0 {
			t.Errorf("the machine heard %v", heard)
		}
		c.isNotReached(queue.CauseNoAnswer)
		hears(t, s.site, ring, "ru/client-no-answer", time.Time{})
		endedByExchange(t, ring)
		a.free()
	}
	c.isServed(a.ringsBack(c))
}

// wrongNumber: the network says that there is no such number. After the last attempt it is over as unreached.
func wrongNumber(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1014"), s.client(t, phone.Refuse(404))
	c.isPromised("wrong")
	ring := a.ringsBack(c)
	must(t, ring.Answer(within(t, patience)))
	c.isNotReached(queue.CauseNoNumber)
	hears(t, s.site, ring, "ru/client-unreached", time.Time{})
	endedByExchange(t, ring)
	c.isOver(queue.CallbackUnreached)
	a.free()
	if n := c.called(); n != 1 {
		t.Errorf("called %d times", n)
	}
	id := c.told(queue.EntryCallbackBooked)["callback"]
	if out, errs, code := s.kezek(t, "callbacks", id); code != 0 || !strings.Contains(out, " unreached\n") || !strings.Contains(out, "agent 1014  no_number") {
		t.Errorf("kezek callbacks %s: %d %s%s", id, code, out, errs)
	}
}

// callerGivesUp: a caller is offered a callback, and again, presses nothing and hangs up, and is called back all the same.
func callerGivesUp(t *testing.T, s *callbackSite) {
	a, c := s.agent(t, "1019"), s.client(t, answers)
	first := s.call(t, didGivesUp)
	a.answers(first)
	first.hangUp(queue.OutcomeCompletedByCaller) // from now on it is known how long a call takes
	a.free()
	second := s.call(t, didGivesUp)
	leg := a.answers(second)
	in := s.callFrom(t, c.number, didGivesUp)
	offered := in.hears("ru/callback-offer")
	hears(t, s.site, in.Call, "ru/callback-offer", offered.Add(12*time.Second)) // the first one is over
	in.hangUp(queue.OutcomeAbandoned)
	c.told(queue.EntryCallbackBooked)
	if cb := c.callback(); cb == nil || cb.Origin != "abandoned" {
		t.Errorf("for who gave up: %+v", cb)
	}
	must(t, leg.Hangup(within(t, patience)))
	c.isServed(a.ringsBack(c))
}

// isNotReached waits for a failed attempt and compares the cause.
func (c *client) isNotReached(want queue.Cause) {
	c.t.Helper()
	if e := c.told(queue.EntryCallbackAttempt); e["cause"] != string(want) {
		c.t.Errorf("%s was not reached: %v, want %s", c.number, e, want)
	}
}

// clientCallsIn: while their callback waits, while an agent is rung for it, and
// while their own phone rings. They are served at once, and nobody calls them.
func clientCallsIn(t *testing.T, s *callbackSite) {
	a := s.agent(t, "1012")
	callsIn := func(c *client) *caller {
		in := s.callFrom(t, c.number, didComesIn)
		c.told(queue.EntryCallbackCameIn)
		return in
	}
	served := func(c *client, in *caller) {
		a.answers(in)
		in.hangUp(queue.OutcomeCompletedByCaller)
		c.isOver(queue.CallbackReached)
		a.free()
	}

	first := s.call(t, didComesIn)
	leg := a.answers(first)
	waits, behind := s.client(t, answers), s.call(t, didComesIn)
	behind.hears("ru/all-busy")
	waits.isPromised("comesin")
	in := callsIn(waits)
	must(t, leg.Hangup(within(t, patience)))
	a.answers(behind) // still behind the client in line
	behind.hangUp(queue.OutcomeCompletedByCaller)
	served(waits, in)

	rung := s.client(t, answers)
	rung.isPromised("comesin")
	ring := a.ringsBack(rung)
	in = callsIn(rung)
	endedByExchange(t, ring)
	served(rung, in)

	called := s.client(t, phone.Ring)
	called.isPromised("comesin")
	ring = a.ringsBack(called)
	must(t, ring.Answer(within(t, patience)))
	call := called.isCalled()
	in = callsIn(called)
	endedByExchange(t, call)
	endedByExchange(t, ring)
	served(called, in)

	for c, want := range map[*client]int{waits: 0, rung: 0, called: 1} {
		if got := c.called(); got != want {
			t.Errorf("%s was called %d times, want %d", c.number, got, want)
		}
	}
	for _, e := range s.journal.since(0) {
		if e.kind() == queue.EntryViolation && e["agent"] == "1012" {
			t.Errorf("that is no violation: %v", e)
		}
	}
}

// forgedNumbers: who presents no number that may be called is asked for one,
// and only an allowed one is called.
func forgedNumbers(t *testing.T, s *callbackSite) {
	a := s.agent(t, "1015")
	first := s.call(t, didForged)
	leg := a.answers(first)
	asked := func(t *testing.T, id phone.CallerID) *caller {
		c := s.dial(t, id, didForged)
		must(t, c.WaitAnswer(within(t, patience)))
		c.hears("ru/all-busy")
		c.asksCallback()
		c.hears("ru/enter-number")
		return c
	}
	who := s.clientAt(t, "+996700123458", answers)
	t.Run("callers", func(t *testing.T) {
		for name, id := range map[string]phone.CallerID{
			"abroad":    {Number: "+79001234567"},
			"premium":   {Number: "+996900123456"},
			"a command": {Number: "+996700123456&PJSIP/1001"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := asked(t, id)
				must(t, c.Hangup(within(t, patience)))
			})
		}
		t.Run("keyed in wrong three times", func(t *testing.T) {
			t.Parallel()
			c := asked(t, phone.CallerID{Number: "+79001234568"})
			for range 3 {
				c.press("0012425551234#")
				hears(t, s.site, c.Call, "ru/number-refused", time.Now())
			}
			c.hears("ru/callback-refused")
			if !c.Live() {
				t.Error("the caller is sent away")
			}
			must(t, c.Hangup(within(t, patience)))
		})
		t.Run("keyed in", func(t *testing.T) {
			t.Parallel()
			c := asked(t, phone.CallerID{Number: "+996700123459", Withheld: true})
			c.press("0900123456#")
			c.hears("ru/number-refused")
			c.press("0700123458#")
			c.hears("ru/confirm-number")
			said := strings.Join(prompts(c.heard(), []string{"ru/your-number-is", "ru/confirm-number"}), " ")
			if !strings.Contains(said, "ru/your-number-is") {
				t.Errorf("it is not read back: %s", said)
			}
			c.press("1")
			who.told(queue.EntryCallbackBooked)
			c.ended()
			c.heardLast("ru/callback-confirmed")
		})
	})
	must(t, leg.Hangup(within(t, patience)))
	who.isServed(a.ringsBack(who))
	for _, call := range s.carrier.Incoming() {
		if n := call.Dialled(); len(n) != len("+996700000000") || !strings.HasPrefix(n, "+9967") {
			t.Errorf("the carrier was asked for %s", n)
		}
	}
}

// bookedByAgent: the code of each class in a call, confirmed in the agent's ear.
func bookedByAgent(t *testing.T, s *callbackSite) {
	a := s.agent(t, "1016")
	for _, class := range queue.Classes {
		queueName := "books"
		if class.Name == queue.ClassComplaint {
			queueName = "complaints"
		}
		c := s.client(t, answers)
		in := s.callFrom(t, c.number, didBooks)
		ring := a.answers(in)
		must(t, ring.Keys(within(t, patience), class.Code))
		hears(t, s.site, ring, "ru/callback-booked", time.Time{})
		cb := c.callback()
		if cb == nil || cb.Class != class.Name || cb.Queue != queueName || cb.DueAt.Sub(cb.Created) != class.Due || cb.Booker == nil || *cb.Booker != a.id {
			t.Fatalf("%s books %+v", class.Code, cb)
		}
		if isKept := cb.Owner != nil && *cb.Owner == a.id; isKept != (cb.Queue == "books") {
			t.Errorf("%s: owner %v", class.Code, cb.Owner)
		}
		if said := in.heard(); slices.ContainsFunc(said.Prompts(), func(p string) bool { return strings.Contains(p, "callback") }) {
			t.Errorf("the caller hears it too: %s", said)
		}
		ring.Send(phone.Sound{}) // both listen
		in.Send(phone.Sound{})
		again := time.Now() // once more: now the agent shall
		must(t, ring.Keys(within(t, patience), class.Code))
		hears(t, s.site, in.Call, "ru/"+string(class.Name)+"-callback", again)
		hears(t, s.site, ring, "ru/"+string(class.Name)+"-callback", again)
		in.hangUp(queue.OutcomeCompletedByCaller)
		a.free() // it is not due yet
		if _, errs, code := s.kezek(t, "callback", "cancel", cb.ID); code != 2 || !strings.Contains(errs, "reason") {
			t.Errorf("cancelled without a reason: %d %s", code, errs)
		}
		if out, errs, code := s.kezek(t, "callback", "cancel", cb.ID, "--reason", "done in person"); code != 0 {
			t.Errorf("cancel: %d %s%s", code, out, errs)
		}
		c.isOver(queue.CallbackCancelled)
	}
}

// bookedWhenClosed: the time of the promise runs from the next opening.
func bookedWhenClosed(t *testing.T, s *callbackSite) {
	c := s.client(t, answers)
	in := s.callFrom(t, c.number, didShut)
	in.accepts("ru/callback-offer-closed")
	in.ended()
	in.outcome(queue.OutcomeCallback)
	in.heardLast("ru/callback-confirmed-closed")
	cb := c.callback()
	bishkek := time.FixedZone("Asia/Bishkek", 6*60*60)
	if cb == nil || cb.NextAt == nil || cb.DueAt.Sub(*cb.NextAt) != 30*time.Minute || cb.NextAt.In(bishkek).Format("15:04") != "08:00" {
		t.Errorf("promised outside opening hours: %+v", cb)
	}
}
