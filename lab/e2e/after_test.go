package e2e

import (
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

// What follows a talk.
const (
	didResult = "+996312900871"
	didRating = "+996312900872"
	didSame   = "+996312900873"
)

// afterQueue is a queue of one number in Russian.
func afterQueue(name, did, more string) string {
	return `
  ` + name + `: {did: ["` + did + `"], did_language: {"` + did + `": ru}, default_language: ru, ` + more + `}`
}

var afterConfig = "queues:" +
	afterQueue("result", didResult, "wrapup: 3s, wrapup_more: {step: 4s, most: 9s}") +
	afterQueue("rating", didRating, "wrapup: 0s, rating: {ask: true, wait: 2s}") +
	afterQueue("same", didSame, "wrapup: 3s, strategy: linear, same_agent: {wait: 8s}") + `
agents:
  "1001": {queues: [result]}
  "1002": {queues: [rating]}
  "1003": {queues: [same]}
  "1004": {queues: [same]}
statuses:
  lunch: {code: "32", title: {ru: "Обед"}}
results:
  contract: {code: "1", title: {ru: "Договор"}}
  custom: {code: "8", title: {ru: "Своё"}, queues: [result]}
`

func TestAfter(t *testing.T) {
	t.Parallel()
	s := open(t, afterConfig)
	for name, test := range map[string]func(*testing.T, *site){"result": results, "rating": rates, "same": sameAgain} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// results: one keyed in the call, another one dialled after it, with more time for notes.
func results(t *testing.T, s *site) {
	a := s.agent(t, "1001")
	a.say("*41", "ru/result-no-call")
	a.say("*14", "ru/wrapup-none")
	c := s.call(t, didResult)
	leg := a.answers(c)
	time.Sleep(aTalk)
	keyed := time.Now()
	must(t, leg.Keys(within(t, patience), "#9"))
	hears(t, s, leg, "ru/result-unknown", keyed)
	must(t, leg.Keys(within(t, patience), "#1"))
	at := hears(t, s, leg, "ru/result-set-contract", keyed)
	talk(t, leg, c, at.Add(2*time.Second))
	if e := c.told(queue.EntryCallResult); e["result"] != "contract" || e["agent"] != "1001" {
		t.Errorf("told %v", e)
	}
	must(t, c.Hangup(within(t, patience)))
	if e := c.outcome(queue.OutcomeCompletedByCaller); e["result"] != "contract" {
		t.Errorf("the record is %v", e)
	}
	ended := c.told(queue.EntryCallEnded).at(t)
	c.heardPrompts() // nothing of what the agent was told

	a.say("*14", "ru/wrapup-extended")
	a.say("*48", "ru/result-set")
	a.await("has the other result", func(g ops.Agent) bool {
		return g.Last != nil && g.Last.Result != nil && *g.Last.Result == "custom" && g.Last.Number == c.number
	})
	next := s.call(t, didResult)
	r := a.rings()
	if took := r.At(phone.InviteReceived).Sub(ended); took < 7*time.Second {
		t.Errorf("the next call comes after %v, want 7 s", took)
	}
	a.take(r, next)
	next.hangUp(queue.OutcomeCompletedByCaller)
	a.status(queue.StatusWrapUp)
	a.code("*12")
	a.free()
}

// rates: the closing phrase whole, then the question, one key into it, thanks. A silent caller is let go.
func rates(t *testing.T, s *site) {
	a, c := s.agent(t, "1002"), s.call(t, didRating)
	leg := a.answers(c)
	time.Sleep(aTalk)
	must(t, leg.Hangup(within(t, patience)))
	c.press("1") // into the closing phrase
	asked := c.hears("ru/rating")
	heardWhole(t, s, c.Call, "ru/closing", asked)
	c.press("94")
	c.ended()
	if e := c.outcome(queue.OutcomeCompletedByAgent); e["rating"] != "4" {
		t.Errorf("the record is %v", e)
	}
	c.heardLast("ru/rating-thanks")
	a.await("is rated", func(g ops.Agent) bool { return g.Ratings.Count == 1 && *g.Ratings.Mean == 4 })

	a.free()
	silent := s.call(t, didRating)
	leg = a.answers(silent)
	must(t, leg.Hangup(within(t, patience)))
	silent.ended()
	if e := silent.outcome(queue.OutcomeCompletedByAgent); e["rating"] != "" {
		t.Errorf("the record is %v", e)
	}
	silent.heardLast("ru/rating")

	a.free()
	first := s.call(t, didRating)
	a.answers(first)
	first.hangUp(queue.OutcomeCompletedByCaller)
}

// sameAgain: a caller who returns waits for the agent who had the caller, through that agent's
// wrap-up, though another one is free; not for one on a break.
func sameAgain(t *testing.T, s *site) {
	former := s.agent(t, "1004")
	c := s.call(t, didSame)
	former.answers(c)
	other := s.agent(t, "1003") // linear: would be the first
	c.hangUp(queue.OutcomeCompletedByCaller)
	former.status(queue.StatusWrapUp)

	again := s.callFrom(t, c.number, didSame)
	if e := again.told(queue.EntryCallKept); e["agent"] != "1004" {
		t.Errorf("told %v", e)
	}
	former.answers(again)
	again.hangUp(queue.OutcomeCompletedByCaller)
	if n := len(other.Incoming()); n > 0 {
		t.Errorf("the other phone rang %d times", n)
	}

	former.code("*12")
	former.free()
	former.code("*32")
	former.status("lunch")
	last := s.callFrom(t, c.number, didSame)
	other.answers(last)
	if e := last.told(queue.EntryCallOffered); e["agent"] != "1003" {
		t.Errorf("offered to %v", e)
	}
	last.hangUp(queue.OutcomeCompletedByCaller)
}
