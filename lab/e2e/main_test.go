package e2e

import (
	"sync"
	"testing"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
	"kezek/queue"
)

// The numbers of the queues in the main test's lab.
const (
	didLanguages = "+996312900801"
	didKyrgyz    = "+996312900802"
	didMenu      = "+996312900803"
	didSkills    = "+996312900804"
	didOverflow  = "+996312900805"
	didPatient   = "+996312900806"
	didRingAll   = "+996312900807"
	didLinear    = "+996312900808"
	didOrder     = "+996312900809"
	didAnnounce  = "+996312900810"
	didWhisper   = "+996312900811"
	didWrapUp    = "+996312900812"
	didFull      = "+996312900813"
	didEmpty     = "+996312900814"
	didClosed    = "+996312900815"
	didImpatient = "+996312900816"
	didFallback  = "+996312900817"
	didHeavy     = "+996312900818"
	didLight     = "+996312900819"
	didUrgent    = "+996312900820"
	didEndings   = "+996312900821"
)

// mainConfig has a queue for each test and gives it its agents: 1001 to 1005
// speak Russian, 1006 to 1010 Kyrgyz, the others both.
func mainConfig() string {
	shut := time.Now().Add(72 * time.Hour).Weekday().String()[:2] // not today, wherever the site is
	return `
menu: {wait: 1s}
pin: {tries: 3, lock: 8s}
statuses:
  coffee: {code: "31", title: {ru: "Кофе-брейк"}}
queues:
  languages: {did: ["` + didLanguages + `", "` + didKyrgyz + `"], did_language: {"` + didKyrgyz + `": ky}, default_language: ru, wrapup: 0s}
  menu:      {did: ["` + didMenu + `"], default_language: ru}
  skills:    {did: ["` + didSkills + `"], did_language: {"` + didSkills + `": ru}, default_language: ru, wrapup: 0s}
  overflow:  {did: ["` + didOverflow + `"], did_language: {"` + didOverflow + `": ky}, default_language: ru, wrapup: 0s}
  patient:   {did: ["` + didPatient + `"], did_language: {"` + didPatient + `": ky}, default_language: ru, wrapup: 0s, overflow_after: 6s}
  ringall:   {did: ["` + didRingAll + `"], did_language: {"` + didRingAll + `": ru}, default_language: ru, wrapup: 0s, strategy: ringall}
  linear:    {did: ["` + didLinear + `"], did_language: {"` + didLinear + `": ru}, default_language: ru, wrapup: 0s, strategy: linear, ring: {rest: 60s}}
  order:     {did: ["` + didOrder + `"], did_language: {"` + didOrder + `": ky}, default_language: ru, wrapup: 0s, ring: {timeout: 2s, rest: 3s}}
  announce:  {did: ["` + didAnnounce + `"], did_language: {"` + didAnnounce + `": ky}, default_language: ru, wrapup: 0s, announce: {every: 5s}}
  whisper:   {did: ["` + didWhisper + `"], did_language: {"` + didWhisper + `": ky}, default_language: ru, wrapup: 0s, whisper: true, auto_answer: true}
  wrapup:    {did: ["` + didWrapUp + `"], did_language: {"` + didWrapUp + `": ru}, default_language: ru, wrapup: 4s}
  full:      {did: ["` + didFull + `"], did_language: {"` + didFull + `": ru}, default_language: ru, max_waiting: 1}
  empty:     {did: ["` + didEmpty + `"], did_language: {"` + didEmpty + `": ky}, default_language: ru, join_empty: false}
  closed:    {did: ["` + didClosed + `"], default_language: ru, hours: "` + shut + ` 12:00-12:01"}
  impatient: {did: ["` + didImpatient + `"], did_language: {"` + didImpatient + `": ky}, default_language: ru, max_wait: 5s, overflow: false}
  fallback:  {did: ["` + didFallback + `"], did_language: {"` + didFallback + `": ru}, default_language: ru, join_empty: false, fallback: "e2e-voicemail,s,1"}
  heavy:     {did: ["` + didHeavy + `"], did_language: {"` + didHeavy + `": ru}, default_language: ru, wrapup: 0s, weight: 5}
  light:     {did: ["` + didLight + `"], did_language: {"` + didLight + `": ru}, default_language: ru, wrapup: 0s}
  urgent:    {did: ["` + didUrgent + `"], did_language: {"` + didUrgent + `": ru}, default_language: ru, wrapup: 0s, priority: 3}
  endings:   {did: ["` + didEndings + `"], did_language: {"` + didEndings + `": ru}, default_language: ru, wrapup: 0s}
agents:
  "1001": {queues: [languages]}
  "1006": {queues: [languages]}
  "1002": {queues: [skills]}
  "1011": {queues: [skills]}
  "1003": {queues: [overflow]}
  "1004": {queues: [patient]}
  "1007": {queues: [patient]}
  "1012": {queues: [ringall]}
  "1013": {queues: [ringall]}
  "1014": {queues: [ringall]}
  "1005": {queues: [linear]}
  "1015": {queues: [linear]}
  "1016": {queues: [linear]}
  "1010": {queues: [order]}
  "1008": {queues: [announce]}
  "1009": {queues: [whisper]}
  "1018": {queues: [wrapup]}
  "1019": {queues: [heavy, light, urgent]}
  "1020": {queues: [endings]}
`
}

// TestMainJob: a caller in Russian or Kyrgyz reaches the right agent.
func TestMainJob(t *testing.T) {
	t.Parallel()
	s := prepare(t, mainConfig())
	s.edit(t, "extensions.conf", "dialplan reload", "[from-carrier]\n",
		"[e2e-voicemail]\nexten => s,1,Playback(kezek/ru/please-wait)\n same => n,Hangup()\n[from-carrier]\n")
	s.mustStart(t)
	s.sideBySide(t, map[string]func(*testing.T, *site){
		"language by menu":          languageByMenu,
		"menu without a choice":     menuWithoutChoice,
		"fewest skills first":       fewestSkillsFirst,
		"other language at once":    otherLanguageAtOnce,
		"other language after wait": otherLanguageAfterWait,
		"ringall":                   ringAll,
		"declined and busy":         declinedAndBusy,
		"place kept":                placeKept,
		"position and wait":         positionAndWait,
		"whisper":                   whisper,
		"wrap-up":                   wrapUp,
		"full":                      full,
		"nobody logged in":          nobodyLoggedIn,
		"closed":                    closed,
		"timed out":                 timedOut,
		"fallback":                  fallback,
		"weight and priority":       weightAndPriority,
		"endings":                   endings,
		"codes":                     codes,
	})
	s.noTrouble(t)
}

// languageByMenu: the caller chooses, is understood, and is not asked again
// unless they change their mind.
func languageByMenu(t *testing.T, s *site) {
	ru, ky := s.agent(t, "1001"), s.agent(t, "1006")

	first := s.call(t, didLanguages)
	first.hears("ky/welcome")
	first.press("2") // into the first words
	r := ru.answers(first)
	shows(t, r, "ru", "languages")
	first.hangUp(queue.OutcomeCompletedByCaller)
	_, err := r.WaitEnd(within(t, patience))
	must(t, err)
	first.heardPrompts("ky/welcome")
	ru.free()

	// A number of its own needs no menu.
	c := s.call(t, didKyrgyz)
	r = ky.rings()
	c.hears("ky/welcome")
	ky.take(r, c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	ky.free()

	again := s.callFrom(t, first.number, didLanguages)
	r = ru.rings()
	again.hears("ru/welcome")
	ru.take(r, again)
	if got := again.heard().Prompts(); len(got) != 1 {
		t.Errorf("one whose language is known hears %v", got)
	}

	// Another Russian has to wait, and changes to Kyrgyz.
	other := s.call(t, didLanguages)
	other.hears("ky/welcome")
	other.press("2")
	other.hears("ru/all-busy")
	other.press("*")
	r = ky.rings()
	shows(t, r, "ky", "languages")
	other.hears("ky/language-set")
	ky.take(r, other)
	other.hangUp(queue.OutcomeCompletedByCaller)
	ky.free()
	back := s.callFrom(t, other.number, didLanguages)
	r = ky.rings()
	back.hears("ky/welcome")
	ky.take(r, back)
}

// menuWithoutChoice: a key that means nothing brings the menu again, and
// without a choice it is the queue's own language.
func menuWithoutChoice(t *testing.T, s *site) {
	c := s.call(t, didMenu)
	c.hears("ky/welcome")
	c.press("7")
	if e := c.told(queue.EntryCallEntered); e["language"] != "ru" {
		t.Errorf("in line as %s, want ru", e["language"])
	}
	c.hears("ru/all-busy")
	c.press("5#") // nothing in line either
	hears(t, s, c.Call, "ru/position-1", time.Now())
	c.hangUp(queue.OutcomeAbandoned)
	c.heardFirst("ky/welcome", "ky/wrong-key", "ru/wrong-key", "ky/menu-1", "ru/menu-2", "ru/all-busy", "ru/position-1")
}

// fewestSkillsFirst: who speaks both languages stays free for the scarce one.
func fewestSkillsFirst(t *testing.T, s *site) {
	one, both := s.agent(t, "1002"), s.agent(t, "1011")
	a := s.call(t, didSkills)
	ra := one.answers(a)
	b := s.call(t, didSkills)
	rb := both.answers(b)
	must(t, rb.Hangup(within(t, patience)))
	both.free()
	must(t, ra.Hangup(within(t, patience)))
	one.free()
	// This agent had the last call, and yet gets this one: the other is spared.
	c := s.call(t, didSkills)
	one.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// otherLanguageAtOnce: nobody logged in speaks Kyrgyz. The caller is told, to
// the last word, before the Russian who has answered is connected.
func otherLanguageAtOnce(t *testing.T, s *site) {
	ru := s.agent(t, "1003")
	c := s.call(t, didOverflow)
	r := ru.rings()
	shows(t, r, "ky", "overflow")
	heardWhole(t, s, c.Call, "ky/other-language", ru.take(r, c))
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// otherLanguageAfterWait: a Kyrgyz agent is logged in but busy.
func otherLanguageAfterWait(t *testing.T, s *site) {
	const after = 6 * time.Second
	ru, ky := s.agent(t, "1004"), s.agent(t, "1007")
	first := s.call(t, didPatient)
	ky.answers(first)
	c := s.call(t, didPatient)
	entered := c.told(queue.EntryCallEntered).at(t)
	r := ru.rings()
	if waited := r.At(phone.InviteReceived).Sub(entered); waited < after || waited > after+2*time.Second {
		t.Errorf("offered to the other language after %v, want %v", waited, after)
	}
	heardWhole(t, s, c.Call, "ky/other-language", ru.take(r, c))
	c.hangUp(queue.OutcomeCompletedByCaller)
}

// ringAll: the first who answers has the call, and no other phone shows a
// missed one; not even if another answers in the same instant.
func ringAll(t *testing.T, s *site) {
	agents := []*agent{s.agent(t, "1012"), s.agent(t, "1013"), s.agent(t, "1014")}
	for round := range 6 {
		for _, a := range agents {
			a.free()
		}
		c := s.call(t, didRingAll)
		rings := map[string]*phone.Call{}
		for _, a := range agents {
			rings[a.id] = a.rings()
		}
		var answering sync.WaitGroup
		for _, a := range agents[:min(round+1, 2)] { // in the first round one alone
			answering.Go(func() { _ = rings[a.id].Answer(within(t, patience)) }) // the later one may find it over
		}
		answering.Wait()
		winner := c.told(queue.EntryCallAnswered)["agent"]
		for _, a := range agents {
			r := rings[a.id]
			if a.id == winner {
				talk(t, r, c, r.At(phone.AnswerSent))
				continue
			}
			end, err := r.WaitEnd(within(t, patience))
			must(t, err)
			if unanswered := r.At(phone.AnswerSent).IsZero(); end.By != phone.Far || unanswered && !end.Elsewhere() {
				t.Errorf("round %d: phone %s: %v, want answered elsewhere", round, a.id, end)
			}
			if tones := s.ear.Listen(r.Recording().PCM).Of(ear.Tone); len(tones) > 0 {
				t.Errorf("round %d: %s talks, and %s hears %v", round, winner, a.id, tones)
			}
		}
		c.hangUp(queue.OutcomeCompletedByCaller)
	}
}

// declinedAndBusy: the caller goes on to the next agent, and hears no gap.
func declinedAndBusy(t *testing.T, s *site) {
	declines, busy, answers := s.agent(t, "1005"), s.agent(t, "1015"), s.agent(t, "1016")
	declines.Behave(phone.RefuseAfter(300*time.Millisecond, 603))
	busy.Behave(phone.Refuse(486))
	c := s.call(t, didLinear)
	first, second, third := declines.rings(), busy.rings(), answers.rings()
	if e := c.told(queue.EntryCallMissed); e["agent"] != "1005" || e["cause"] != string(queue.CauseDeclined) {
		t.Errorf("first miss: %v", e)
	}
	for _, gap := range []time.Duration{
		second.At(phone.InviteReceived).Sub(first.At(phone.RefusalSent)), third.At(phone.InviteReceived).Sub(second.At(phone.RefusalSent)),
	} {
		if gap > time.Second {
			t.Errorf("the next phone rings only after %v", gap)
		}
	}
	answers.take(third, c)
	if silence := c.heard().Total(ear.Silence); silence > time.Second+watch().longest(c.At(phone.AnswerReceived)) {
		t.Errorf("silence for %v: %s", silence, c.heard())
	}
	c.hangUp(queue.OutcomeCompletedByCaller)
	if n := len(declines.Incoming()) + len(busy.Incoming()); n != 2 {
		t.Errorf("phones that did not take the call rang %d times", n)
	}
}

// placeKept: nobody goes past a caller whose agent does not answer.
func placeKept(t *testing.T, s *site) {
	const timeout = 2 * time.Second
	a := s.agent(t, "1010")
	first := s.call(t, didOrder)
	missed := a.rings()
	end, err := missed.WaitEnd(within(t, patience))
	must(t, err)
	if rang := end.At.Sub(missed.At(phone.InviteReceived)); end.By != phone.Far || rang < timeout-100*time.Millisecond || rang > timeout+2*time.Second {
		t.Errorf("rang for %v, %v; want %v", rang, end, timeout)
	}
	second := s.call(t, didOrder)
	second.told(queue.EntryCallEntered)
	r := a.answers(first)
	shows(t, r, "ky", "order")
	must(t, r.Hangup(within(t, patience)))
	a.answers(second)
	second.hangUp(queue.OutcomeCompletedByCaller)
}

// positionAndWait are told in the caller's language, again and again, and an
// agent who answers cuts them short.
func positionAndWait(t *testing.T, s *site) {
	ky := s.agent(t, "1008")
	first := s.call(t, didAnnounce)
	r := ky.answers(first)
	must(t, r.Hangup(within(t, patience)))
	first.ended() // now it is known how long a call takes
	ky.free()

	talking := s.call(t, didAnnounce)
	r = ky.answers(talking)
	one := s.call(t, didAnnounce)
	one.told(queue.EntryCallEntered)
	two := s.call(t, didAnnounce)
	one.hears("ky/wait-under")
	must(t, r.Hangup(within(t, patience)))
	r = ky.rings() // and rings, until the next announcement begins
	began := hears(t, s, one.Call, "ky/position-1", time.Now())
	must(t, r.Answer(within(t, patience)))
	connected, err := one.WaitTone(within(t, patience), r.Tone(), r.At(phone.AnswerSent))
	must(t, err)
	if lasted := connected.Sub(began); lasted > 5*time.Second { // position and wait take 5.2 s
		t.Errorf("the answer did not cut the announcement short, it lasted %v: %s", lasted, one.heard())
	}
	if took := connected.Sub(r.At(phone.AnswerSent)); took > 2*time.Second {
		t.Errorf("connected after %v", took)
	}
	one.heardFirst("ky/welcome", "ky/all-busy", "ky/position-1", "ky/wait-under", "ky/position-1")
	one.hangUp(queue.OutcomeCompletedByCaller)
	two.heardFirst("ky/welcome", "ky/all-busy", "ky/position-2", "ky/wait-under")
	two.hangUp(queue.OutcomeAbandoned)
}

// whisper: the phone answers by itself, and the agent hears what comes before
// they hear the caller; the caller hears nothing of that.
func whisper(t *testing.T, s *site) {
	ky := s.agent(t, "1009")
	ky.Behave(phone.AnswerIfAsked)
	c := s.call(t, didWhisper)
	r := ky.rings()
	if !r.AsksAutoAnswer() {
		t.Error("the phone is not asked to answer by itself")
	}
	_, err := r.Wait(within(t, patience), phone.AckReceived)
	must(t, err)
	heardWhole(t, s, r, "ky/whisper-ky", talk(t, r, c, r.At(phone.AnswerSent)))
	c.hangUp(queue.OutcomeCompletedByCaller)
	c.heardPrompts("ky/welcome")
}

// wrapUp: after a call an agent has their time, or ends it by the code.
func wrapUp(t *testing.T, s *site) {
	const limit = 4 * time.Second
	a := s.agent(t, "1018")
	first := s.call(t, didWrapUp)
	r := a.answers(first)
	second := s.call(t, didWrapUp)
	second.told(queue.EntryCallEntered)
	must(t, r.Hangup(within(t, patience)))
	next := a.rings()
	if took := next.At(phone.InviteReceived).Sub(r.At(phone.ByeSent)); took < limit || took > limit+2*time.Second {
		t.Errorf("the next call comes after %v, want %v", took, limit)
	}
	a.take(next, second)
	third := s.call(t, didWrapUp)
	third.told(queue.EntryCallEntered)
	second.hangUp(queue.OutcomeCompletedByCaller)
	a.status(queue.StatusWrapUp)
	a.code("*12")
	a.answers(third)
	if took := third.told(queue.EntryCallOffered).at(t).Sub(second.told(queue.EntryCallEnded).at(t)); took >= limit {
		t.Errorf("the wrap-up was not ended by *12: %v", took)
	}
	third.hangUp(queue.OutcomeCompletedByCaller)
}

func full(t *testing.T, s *site) {
	waits := s.call(t, didFull)
	waits.told(queue.EntryCallEntered)
	c := s.call(t, didFull)
	c.ended()
	c.outcome(queue.OutcomeFull)
	c.heardPrompts("ru/welcome", "ru/queue-full")
	waits.hangUp(queue.OutcomeAbandoned)
}

func nobodyLoggedIn(t *testing.T, s *site) {
	c := s.call(t, didEmpty)
	c.ended()
	c.outcome(queue.OutcomeEmpty)
	c.heardPrompts("ky/welcome", "ky/nobody-here")
}

// closed: nobody knows the caller's language yet, so it is said in both.
func closed(t *testing.T, s *site) {
	c := s.call(t, didClosed)
	c.ended()
	c.outcome(queue.OutcomeClosed)
	c.heardPrompts("ky/closed", "ru/closed")
}

func timedOut(t *testing.T, s *site) {
	c := s.call(t, didImpatient)
	c.ended()
	if waited, err := time.ParseDuration(c.outcome(queue.OutcomeTimedOut)["wait"]); err != nil || waited < 5*time.Second || waited > 7*time.Second {
		t.Errorf("waited %v, want 5 s", waited)
	}
	c.heardLast("ky/no-answer")
}

// fallback: who cannot be served goes to a place in the dialplan.
func fallback(t *testing.T, s *site) {
	c := s.call(t, didFallback)
	c.ended()
	c.outcome(queue.OutcomeEmpty)
	c.heardPrompts("ru/welcome", "ru/nobody-here", "ru/please-wait")
}

// weightAndPriority: of several lines the heavier goes first, then the higher
// priority, then who came first.
func weightAndPriority(t *testing.T, s *site) {
	a := s.agent(t, "1019")
	talking := s.call(t, didLight)
	r := a.answers(talking)
	var waiting []*caller
	for _, did := range []string{didLight, didUrgent, didHeavy} {
		c := s.call(t, did)
		c.told(queue.EntryCallEntered)
		waiting = append(waiting, c)
	}
	for _, i := range []int{2, 1, 0} {
		must(t, r.Hangup(within(t, patience)))
		r = a.answers(waiting[i])
	}
	waiting[0].hangUp(queue.OutcomeCompletedByCaller)
}

// endings: keys without a meaning change nothing. If the agent hangs up first
// the caller hears the closing phrase to its end.
func endings(t *testing.T, s *site) {
	a := s.agent(t, "1020")
	c := s.call(t, didEndings)
	r := a.answers(c)
	must(t, r.Keys(within(t, patience), "7#"))
	c.press("4*")
	talk(t, r, c, time.Now())
	must(t, r.Hangup(within(t, patience)))
	c.ended()
	c.outcome(queue.OutcomeCompletedByAgent)
	c.heardLast("ru/closing")
	a.free()

	c = s.call(t, didEndings)
	r = a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	if end, err := r.WaitEnd(within(t, patience)); err != nil || end.By != phone.Far {
		t.Errorf("the agent's phone: %v %v", end, err)
	}
	a.free()
}

// codes: an agent's shift by the keys of their phone.
func codes(t *testing.T, s *site) {
	a := s.phone(t, "1017")
	a.say("*12", "ky/not-logged-in")

	c := a.dials("*10")
	hears(t, s, c, "ky/enter-pin", time.Time{})
	for range 2 {
		since := time.Now()
		must(t, c.Keys(within(t, patience), "9999#"))
		hears(t, s, c, "ky/wrong-pin", since)
	}
	must(t, c.Keys(within(t, patience), "9999#"))
	a.heardSay(c, "ky/enter-pin", "ky/wrong-pin", "ky/too-many-tries")
	locked := time.Now()
	a.say("*101017", "ky/too-many-tries")
	a.status(queue.StatusOffline)

	time.Sleep(time.Until(locked.Add(8 * time.Second))) // the lock's own time
	c = a.dials("*10")
	hears(t, s, c, "ky/enter-pin", time.Time{})
	must(t, c.Keys(within(t, patience), "1017#"))
	a.heardSay(c, "ky/enter-pin", "ky/logged-in")
	a.status(queue.StatusReady)
	a.say("*101017", "ky/already-logged-in")

	a.say("*31", "ky/status-set-coffee")
	a.status("coffee")
	a.say("*12", "ky/status-waiting")
	a.free()
	a.say("*13", "ky/status-waiting", "ky/since-under", "ky/waiting-calls-under")
	a.say("*11", "ky/logged-out")
	a.status(queue.StatusOffline)
	a.say("*13", "ky/not-logged-in")
}
