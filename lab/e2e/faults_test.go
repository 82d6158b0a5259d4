package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"kezek/lab/phone"
	"kezek/ops"
	"kezek/queue"
)

const (
	didHangUp  = "+996312900801"
	didChoice  = "+996312900802"
	didMoment  = "+996312900803"
	didVanish  = "+996312900804"
	didGone    = "+996312900805"
	didDead    = "+996312900806"
	didIDs     = "+996312900807"
	didSilence = "+996312900808"
)

const faultsConfig = `
menu: {wait: 1s}
queues:
  hangup:  {did: ["` + didHangUp + `"], did_language: {"` + didHangUp + `": ru}, default_language: ru, wrapup: 0s}
  choice:  {did: ["` + didChoice + `"], default_language: ru}
  moment:  {did: ["` + didMoment + `"], did_language: {"` + didMoment + `": ru}, default_language: ru, wrapup: 0s}
  vanish:  {did: ["` + didVanish + `"], did_language: {"` + didVanish + `": ru}, default_language: ru, wrapup: 0s}
  gone:    {did: ["` + didGone + `"], did_language: {"` + didGone + `": ru}, default_language: ru, wrapup: 0s, strategy: linear}
  dead:    {did: ["` + didDead + `"], did_language: {"` + didDead + `": ru}, default_language: ru, wrapup: 0s, strategy: linear, ring: {timeout: 2s, rest: 60s}}
  ids:     {did: ["` + didIDs + `"], did_language: {"` + didIDs + `": ru}, default_language: ru, wrapup: 0s}
  silence: {did: ["` + didSilence + `"], did_language: {"` + didSilence + `": ru}, default_language: ru, wrapup: 0s}
agents:
  "1001": {queues: [hangup]}
  "1002": {queues: [moment]}
  "1003": {queues: [vanish]}
  "1004": {queues: [vanish]}
  "1011": {queues: [gone]}
  "1012": {queues: [gone]}
  "1013": {queues: [dead]}
  "1014": {queues: [dead]}
  "1015": {queues: [ids]}
  "1016": {queues: [silence]}
`

// TestFaultsOfCallersAndPhones: whoever hangs up or breaks, whenever, nobody
// else is left hanging.
func TestFaultsOfCallersAndPhones(t *testing.T) {
	t.Parallel()
	s := prepare(t, faultsConfig)
	s.edit(t, "pjsip.conf", "module reload res_pjsip.so",
		"[1003](phone)\n", "[1003](phone)\nrtp_timeout = 2\n",
		"[carrier](phone)\n", "[carrier](phone)\nrtp_timeout = 3\n")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"caller hangs up in each stage":        callerHangsUp,
		"caller hangs up as the agent answers": callerHangsUpAtAnswer,
		"phone vanishes in a call":             phoneVanishes,
		"endpoint without contact":             endpointWithoutContact,
		"phone dead, but not known to be":      phoneDead,
		"caller ids":                           callerIDs,
		"caller's network breaks":              callerSilent,
	})
	s.noTrouble(t)
}

func callerHangsUp(t *testing.T, s *site) {
	for range 5 { // before they are even answered, or just then
		c := s.dial(t, phone.CallerID{Number: number()}, didChoice)
		must(t, c.Hangup(within(t, patience)))
	}
	c := s.call(t, didChoice)
	c.hears("ky/welcome")
	c.hangUp(queue.OutcomeAbandonedInMenu)

	a := s.agent(t, "1001")
	c = s.call(t, didHangUp)
	r := a.rings()
	_, err := r.Wait(within(t, patience), phone.RingingSent)
	must(t, err)
	c.hangUp(queue.OutcomeAbandoned)
	end, err := r.WaitEnd(within(t, patience))
	must(t, err)
	if end.By != phone.Far || end.Elsewhere() {
		t.Errorf("the agent's phone: %v", end)
	}
	a.free()

	c = s.call(t, didHangUp)
	r = a.answers(c)
	must(t, r.Hangup(within(t, patience)))
	c.hears("ru/closing")
	c.hangUp(queue.OutcomeCompletedByAgent)
	a.free()
}

// callerHangsUpAtAnswer: a little before, a little after, and in the same instant.
func callerHangsUpAtAnswer(t *testing.T, s *site) {
	a := s.agent(t, "1002")
	outcomes := map[queue.Outcome]int{}
	for round := range 20 {
		c := s.call(t, didMoment)
		r := a.rings()
		_, err := r.Wait(within(t, patience), phone.RingingSent)
		must(t, err)
		jitter := rand.N(8 * time.Millisecond)
		var both sync.WaitGroup
		first, second := func() { _ = r.Answer(within(t, patience)) }, func() { _ = c.Hangup(within(t, patience)) }
		if round%2 == 1 {
			first, second = second, first
		}
		both.Go(first)
		both.Go(func() { time.Sleep(jitter); second() })
		both.Wait()
		if end, err := r.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
			t.Fatalf("round %d: the agent's phone: %v, %v", round, end, err)
		}
		outcomes[queue.Outcome(c.told(queue.EntryCallEnded)["outcome"])]++
		a.free()
	}
	if n := outcomes[queue.OutcomeAbandoned] + outcomes[queue.OutcomeCompletedByCaller]; n != 20 {
		t.Errorf("outcomes %v", outcomes)
	}
	t.Logf("outcomes: %v", outcomes)
}

// phoneVanishes: the agent's phone loses its network in a call. The caller is
// told, and goes before those who came in the meantime.
func phoneVanishes(t *testing.T, s *site) {
	lost := s.agent(t, "1003")
	c := s.call(t, didVanish)
	lost.answers(c)
	waits := s.call(t, didVanish)
	waits.told(queue.EntryCallEntered)
	lost.Vanish()
	c.told(queue.EntryCallRequeued)
	c.hears("ru/agent-lost")
	other := s.phone(t, "1004")
	other.code("*101004")
	r := other.answers(c)
	if name := r.Caller().Name; !strings.HasSuffix(name, " *") {
		t.Errorf("the phone shows %q, and not that the caller was served before", name)
	}
	must(t, r.Hangup(within(t, patience)))
	other.answers(waits)
	waits.hangUp(queue.OutcomeCompletedByCaller)
	lost.await("is unreachable", func(a ops.Agent) bool { return !a.Reachable && a.Call == nil })
}

// endpointWithoutContact: an agent whose phone is gone gets no call, until it is back.
func endpointWithoutContact(t *testing.T, s *site) {
	gone, other := s.agent(t, "1011"), s.agent(t, "1012")
	must(t, gone.Unregister(within(t, patience)))
	gone.await("is unreachable", func(a ops.Agent) bool { return !a.Reachable })
	c := s.call(t, didGone)
	r := other.answers(c)
	must(t, gone.Register(within(t, patience)))
	gone.free()
	next := s.call(t, didGone)
	gone.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
	must(t, r.Hangup(within(t, patience)))
	c.ended()
}

// phoneDead: the phone has lost its power a moment ago, and nobody knows yet.
func phoneDead(t *testing.T, s *site) {
	dead, other := s.agent(t, "1013"), s.agent(t, "1014")
	dead.Vanish()
	c := s.call(t, didDead)
	other.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	dead.await("is unreachable", func(a ops.Agent) bool { return !a.Reachable })
}

// callerSilent: nothing comes from the caller any more, not even silence.
func callerSilent(t *testing.T, s *site) {
	a := s.agent(t, "1016")
	c := s.call(t, didSilence)
	r := a.answers(c)
	c.Send(phone.Sound{})
	if end, err := r.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the agent's phone: %v, %v", end, err)
	}
	c.outcome(queue.OutcomeCompletedByCaller)
	a.free()
}

// callerIDs: whatever the network says about a caller, they are served, and what
// is shown about them is harmless.
func callerIDs(t *testing.T, s *site) {
	a := s.agent(t, "1015")
	long := strings.Repeat("Длинное имя ", 84)
	for what, id := range map[string]phone.CallerID{
		"quotes":          {Number: "+996700999001", Name: `Robert "); DROP TABLE calls;--`},
		"line breaks":     {Number: "+996700999002", Name: "one\r\ntwo\nINFO\tcall ended"},
		"1,000 letters":   {Number: "+996700999003", Name: long},
		"1,000 digits":    {Number: strings.Repeat("1", 1000)},
		"none at all":     {},
		"withheld":        {Number: "+996700999004", Withheld: true},
		"letters":         {Number: "<script>alert(1)</script>", Name: "<b>bold</b>"},
		"control letters": {Number: "+996700999005", Name: "\x1b[31mred\x07"},
		"Cyrillic":        {Number: "+996700999006", Name: "Айгүл Асанова"},
		"star and comma":  {Number: "*11,5", Name: "${SHELL(id)},x"},
	} {
		mark := s.journal.mark()
		c := s.dial(t, id, didIDs)
		must(t, c.WaitAnswer(within(t, patience)))
		r := a.rings()
		e := s.journal.await(t, mark, "offer of "+what, func(e entry) bool { return e.kind() == queue.EntryCallOffered && e["queue"] == "ids" })
		call := e["call"]
		shown, err := ask[ops.Call](t, s, "/api/v1/calls/"+call)
		must(t, err)
		checkShown(t, what, shown.Number)
		checkShown(t, what, shown.Name)
		checkShown(t, what, r.Caller().Name)
		checkShown(t, what, r.Caller().Number)
		shows(t, r, "ru", "ids")
		switch what {
		case "none at all", "withheld", "1,000 digits", "letters":
			if shown.Number != "" {
				t.Errorf("%s: the number is shown as %q", what, shown.Number)
			}
		case "Cyrillic":
			if shown.Name != id.Name || shown.Number != id.Number {
				t.Errorf("%s: shown as %q %q", what, shown.Number, shown.Name)
			}
		}
		saved, err := s.redis.HGetAll(within(t, patience), "kezek:{bishkek}:call:"+call).Result()
		must(t, err)
		if saved["number"] != shown.Number || saved["name"] != shown.Name {
			t.Errorf("%s: Redis has %v, the API %+v", what, saved, shown)
		}
		table, _, code := s.kezek(t, "calls")
		if n := strings.Count(table, call); code != 0 || n != 1 || strings.ContainsFunc(strings.ReplaceAll(table, "\n", ""), unicode.IsControl) {
			t.Errorf("%s: the table of calls: %q", what, table)
		}
		if text, _, _ := s.kezek(t, "calls", "--json"); !json.Valid([]byte(text)) {
			t.Errorf("%s: no JSON: %s", what, text)
		}
		must(t, r.Answer(within(t, patience)))
		talk(t, r, c, r.At(phone.AnswerSent))
		must(t, c.Hangup(within(t, patience)))
		s.journal.await(t, mark, "end of "+what, func(e entry) bool { return e.kind() == queue.EntryCallEnded && e["call"] == call })
		s.awaitLog(t, `^[^\t]*\tINFO\tcall ended\t.*"`+call+`"`, 1)
		a.free()
	}
	for line := range strings.Lines(s.log(t)) {
		if strings.ContainsFunc(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", ""), unicode.IsControl) || len(line) > 1000 {
			t.Errorf("log: %q", line)
		}
	}
}

// checkShown: one line of at most 64 printable letters.
func checkShown(t *testing.T, what, text string) {
	t.Helper()
	if utf8.RuneCountInString(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		t.Errorf("%s: shown as %q", what, text)
	}
}
