package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/lab/softphone"
	"kezek/queue"
)

// Debian's softphones as agents. Each has a queue of its own, with an agent at a phone of the lab who comes second, and a
// phone that is no agent's.
const (
	didBaresip  = "+996312900871"
	didLinphone = "+996312900872"
)

var softphones = map[softphone.Program]struct{ did, agent, second, other string }{
	softphone.Baresip:  {didBaresip, "1011", "1012", "1006"},
	softphone.Linphone: {didLinphone, "1013", "1014", "1007"},
}

var softphonesConfig = "queues:" +
	deskQueue("baresip", didBaresip, softphoneRules) +
	deskQueue("linphone", didLinphone, softphoneRules) + `
agents:
  "1011": {queues: [baresip], speech: ru}
  "1012": {queues: [baresip], speech: ru}
  "1013": {queues: [linphone], speech: ru}
  "1014": {queues: [linphone], speech: ru}
transfer: {extensions: ["^100[67]$"], ring: 5s}
`

const softphoneRules = `
    strategy: linear
    ring: {timeout: 10s, rest: 1s, broken: 1s}
    callback: {instant: 50ms}`

// TestLongSoftphones: baresip and linphone at an agent's desk.
func TestLongSoftphones(t *testing.T) {
	if os.Getenv("KEZEK_LONG") == "" {
		t.Skip("needs Debian's softphones: make test-long")
	}
	t.Parallel()
	s := prepare(t, softphonesConfig)
	s.edit(t, "extensions.conf", "dialplan reload", `#include "kezek-extensions.conf"`, office)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so", "context = kezek-agents", "context = office\nrtp_timeout = 5")
	s.mustStart(t)
	t.Run("all", func(t *testing.T) {
		for program := range softphones {
			t.Run(string(program), func(t *testing.T) {
				t.Parallel()
				for _, has := range []struct {
					name string
					test func(*softAgent)
				}{
					{"talks", (*softAgent).talks},
					{"hold key", (*softAgent).holdKey},
					{"hold code", (*softAgent).holdCode},
					{"keys", (*softAgent).keys},
					{"blind transfer", (*softAgent).blindTransfer},
					{"attended transfer", (*softAgent).attendedTransfer},
					{"transfer fails", (*softAgent).transferFails},
					{"declines", (*softAgent).declines},
					{"second line", (*softAgent).secondLine},
					{"dies", (*softAgent).dies},
				} {
					t.Run(has.name, func(t *testing.T) { has.test(s.softAgent(t, program)) })
				}
			})
		}
	})
	s.nothingLeft(t)
	s.noTrouble(t)
}

// talks: caller and agent hear each other, and the agent hangs up.
func (a *softAgent) talks() {
	c := a.call()
	r := a.answers(c)
	time.Sleep(aTalk)
	must(a.t, r.Hangup(a.within()))
	c.ended()
	c.outcome(queue.OutcomeCompletedByAgent)
	c.heardLast("ru/closing")
	a.free()
}

// holdKey: the program's own hold.
func (a *softAgent) holdKey() {
	c := a.call()
	r := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	pressed := time.Now()
	must(a.t, r.Hold(a.within()))
	a.holds(c, queue.HeldByKey, pressed)
	time.Sleep(time.Until(pressed.Add(aHold)))
	pressed = time.Now()
	must(a.t, r.Resume(a.within()))
	a.returns(c, pressed)
	time.Sleep(aTalk)
	wantStory(a.t, a.s, c.Call, begun, "tone of "+a.id, "ru/hold", "music", "ru/return", "tone of "+a.id)
	c.hangUp(queue.OutcomeCompletedByCaller)
	c.returned(1)
	a.over(r)
}

// holdCode: *1 and *1 again; then *1, and back by the program's key, which holds and resumes.
func (a *softAgent) holdCode() {
	c := a.call()
	r := a.answers(c)
	begun := time.Now()
	time.Sleep(aTalk)
	must(a.t, r.Keys(a.within(), "*1"))
	a.holds(c, queue.HeldByCode, begun)
	time.Sleep(aHold)
	must(a.t, r.Keys(a.within(), "*1"))
	a.returns(c, begun)
	time.Sleep(aTalk)
	wantStory(a.t, a.s, c.Call, begun, "tone of "+a.id, "ru/hold", "music", "ru/return", "tone of "+a.id)

	begun = time.Now()
	must(a.t, r.Keys(a.within(), "*1"))
	a.holds(c, queue.HeldByCode, begun)
	must(a.t, r.Hold(a.within()))
	time.Sleep(aTalk)
	must(a.t, r.Resume(a.within()))
	a.returns(c, begun)
	c.hangUp(queue.OutcomeCompletedByCaller)
	c.returned(2)
	a.over(r)
}

// returned checks how many holds the record has, from all of which the agent came back.
func (c *caller) returned(holds int) {
	c.t.Helper()
	record := c.told(queue.EntryCallEnded)["holds"]
	if strings.Count(record, `"returned"`) != holds || strings.Count(record, `"end"`) != holds {
		c.t.Errorf("the record has the holds %s", record)
	}
}

// keys: a callback is booked in the talk, and the caller passed on by code.
func (a *softAgent) keys() {
	c, other := a.call(), a.other()
	r := a.answers(c)
	time.Sleep(aTalk)
	must(a.t, r.Keys(a.within(), "*22"))
	if e := c.told(queue.EntryCallbackBooked); e["class"] != "manager" {
		a.t.Errorf("booked: %v", e)
	}
	must(a.t, r.Keys(a.within(), "*3"+other.id+"#"))
	taken := other.rings()
	must(a.t, taken.Answer(a.within()))
	talk(a.t, taken, c, time.Now())
	a.over(r)
	c.hangUp(queue.OutcomeTransferred)
	c.transfers(c.told(queue.EntryCallEnded), "blind "+other.id+" transferred")
}

// blindTransfer by the program's own key.
func (a *softAgent) blindTransfer() {
	c, other := a.call(), a.other()
	r := a.answers(c)
	time.Sleep(aTalk)
	must(a.t, r.Transfer(a.within(), other.id))
	taken := other.rings()
	must(a.t, taken.Answer(a.within()))
	talk(a.t, taken, c, time.Now())
	a.over(r)
	time.Sleep(aTalk)
	must(a.t, taken.Hangup(a.within()))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "blind "+other.id+" transferred")
	c.heardLast("ru/closing")
}

// attendedTransfer: the agent holds the caller, asks somebody on a second line, and joins the two.
func (a *softAgent) attendedTransfer() {
	c, other := a.call(), a.other()
	r := a.answers(c)
	time.Sleep(aTalk)
	pressed := time.Now()
	must(a.t, r.Hold(a.within()))
	a.holds(c, queue.HeldByKey, pressed)
	asking, answered := a.asks(other)
	must(a.t, r.Join(a.within(), asking))
	talk(a.t, answered, c, time.Now())
	a.over(asking)
	a.over(r)
	time.Sleep(aTalk)
	must(a.t, answered.Hangup(a.within()))
	c.ended()
	c.transfers(c.outcome(queue.OutcomeTransferred), "attended "+other.id+" transferred")
	c.heardLast("ru/closing")
}

// asks calls somebody on a line of their own, who answers.
func (a *softAgent) asks(other *agent) (asking *softphone.Line, answered *phone.Call) {
	a.t.Helper()
	asking = a.dials(other.id)
	answered = other.rings()
	must(a.t, answered.Answer(a.within()))
	must(a.t, asking.WaitAnswer(a.within()))
	must(a.t, a.WaitTone(a.within(), answered.Tone()))
	return asking, answered
}

// transferFails: somebody declines, or the number is not allowed. Linphone keeps its caller; baresip hangs up when it is
// told so, and is rung again for the caller, who is at the head of the line.
func (a *softAgent) transferFails() {
	c, other := a.call(), a.other()
	other.Behave(phone.Refuse(603))
	r := a.answers(c)
	for _, to := range []string{other.id, "5555"} {
		time.Sleep(aTalk)
		begun := time.Now()
		must(a.t, r.Transfer(a.within(), to))
		if a.Program == softphone.Baresip {
			must(a.t, r.WaitEnd(a.within()))
			r = a.answers(c)
			continue
		}
		if to == other.id {
			begun = hears(a.t, a.s, c.Call, "ru/transfer-failed", begun)
		}
		a.converses(c, begun.Add(time.Second))
	}
	time.Sleep(aTalk)
	c.hangUp(queue.OutcomeCompletedByCaller)
	if e := c.told(queue.EntryCallEnded); strings.Contains(e["transfers"], `"transferred"`) {
		a.t.Errorf("the record has the third parties %s", e["transfers"])
	}
	a.over(r)
}

// declines: the next agent has the call, and the refusal is this agent's.
func (a *softAgent) declines() {
	second := a.s.agent(a.t, softphones[a.Program].second)
	c := a.call()
	r := a.rings(c)
	must(a.t, r.Decline(a.within()))
	want := queue.CauseDeclined // linphone answers 603
	if a.Program == softphone.Baresip {
		want = queue.CauseBusy // 486
	}
	if e := c.told(queue.EntryCallMissed); e["agent"] != a.id || e["cause"] != string(want) {
		a.t.Errorf("the miss: %v, want %s", e, want)
	}
	second.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	second.code("*11")
	second.status(queue.StatusOffline)
	a.free()
}

// secondLine: who calls on their own gets no call, also when that call began beside a talk that is over.
func (a *softAgent) secondLine() {
	other := a.other()
	waits := func(line *softphone.Line) {
		a.t.Helper()
		rung := a.Incoming()
		c := a.call()
		c.hears("ru/all-busy")
		if n := a.Incoming() - rung; n != 0 {
			a.t.Errorf("on the phone, and rung %d times", n)
		}
		must(a.t, line.Hangup(a.within()))
		r := a.answers(c)
		time.Sleep(aTalk)
		c.hangUp(queue.OutcomeCompletedByCaller)
		a.over(r)
	}
	asking, _ := a.asks(other)
	waits(asking)

	c := a.call()
	r := a.answers(c)
	time.Sleep(aTalk)
	pressed := time.Now()
	must(a.t, r.Hold(a.within()))
	a.holds(c, queue.HeldByKey, pressed)
	asking, _ = a.asks(other)
	c.hangUp(queue.OutcomeCompletedByCaller)
	must(a.t, r.WaitEnd(a.within()))
	waits(asking)
}

// dies: the program crashes in a talk and is started again. Its caller comes back to the head of the line.
func (a *softAgent) dies() {
	c := a.call()
	a.answers(c)
	time.Sleep(aTalk)
	a.Kill()
	a.start(a.Program)
	c.told(queue.EntryCallRequeued)
	r := a.answers(c)
	time.Sleep(aTalk)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.over(r)
}
