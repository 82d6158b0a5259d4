package queuetest

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// pinSite has agents 1001 to 1040 with the PINs 1001 to 1040, and ten phones for all.
func pinSite(t *testing.T) *queue.Rules {
	t.Helper()
	text := "languages ru\nqueue sales did=100"
	for n := range 40 {
		text += fmt.Sprintf("\nagent %d ru sales pin=%d", 1001+n, 1001+n)
	}
	for n := range 20 {
		text += fmt.Sprintf("\nphone PJSIP/%d", 2001+n)
	}
	rules, err := Rules(text)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// logIn tells what the rules say to a PIN. An agent who gets in logs out again.
func logIn(t *testing.T, s *queue.State, at time.Time, phone, agent, pin string) queue.Refusal {
	t.Helper()
	fx := s.Step(at, queue.LogIn{Phone: "PJSIP/" + phone, Agent: agent, PIN: pin})
	if fx.Answer.Refused == "" {
		s.Step(at, queue.LogOut{Agent: agent})
		return ""
	}
	if len(fx.Journal) == 0 {
		return fx.Answer.Refused // one of many within a minute: see TestARedialingPhone
	}
	e := fx.Journal[len(fx.Journal)-1]
	if e.Kind != queue.EntryRefused || e.Phone != "PJSIP/"+phone || e.Agent != agent {
		t.Errorf("the record %+v does not tell that %s was guessed at %s", e, agent, phone)
	}
	return fx.Answer.Refused
}

// TestARedialingPhone: however often a phone dials what is refused, the journal has a few entries of it in a minute, and they tell how often.
// Those of other phones are not among them.
func TestARedialingPhone(t *testing.T) {
	s := queue.New(pinSite(t), nil)
	entries, told, others := 0, 0, 0
	count := func(fx queue.Effects) {
		for _, e := range fx.Journal {
			switch {
			case e.Kind == queue.EntryRefused && e.Phone == "PJSIP/2001" && e.Agent == "1001":
				entries++
				told += max(1, e.More().Times)
			case e.Kind == queue.EntryRefused && e.Phone == "PJSIP/2002" && e.More().Times == 0:
				others++
			}
		}
	}
	const dialled, minutes = 3000, 5
	for i := range dialled {
		at := start.Add(time.Duration(i) * 100 * time.Millisecond)
		if due := s.Next(); !due.IsZero() && !due.After(at) {
			count(s.Step(at, queue.Tick{}))
		}
		count(s.Step(at, queue.LogIn{Phone: "PJSIP/2001", Agent: "1001", PIN: "0000"}))
		if i%600 == 300 {
			count(s.Step(at, queue.LogIn{Phone: "PJSIP/2002", Agent: "1002", PIN: "0000"}))
		}
		if i == dialled/2 {
			s = s.Rebuilt()
		}
	}
	last := start.Add(minutes * time.Minute)
	due := s.Next()
	if due.IsZero() || due.After(last) {
		t.Fatalf("what was only counted is told at %v, want at %v", due, last)
	}
	count(s.Step(due, queue.Tick{}))
	if entries > 11*minutes || told != dialled {
		t.Errorf("%d entries tell of %d refusals, want %d at most that tell of %d", entries, told, 11*minutes, dialled)
	}
	if others != minutes {
		t.Errorf("%d entries of another phone, want %d", others, minutes)
	}
	if next := s.Next(); !next.IsZero() && !next.After(due) {
		t.Errorf("it is due again at %v", next)
	}
	// Phones that are invented take no memory, and what is counted of one that makes room is told.
	entries, told = 0, 0
	for range 100 {
		count(s.Step(last.Add(time.Hour), queue.LogIn{Phone: "PJSIP/2001", Agent: "1001", PIN: "0000"}))
	}
	for i := range 10000 {
		count(s.Step(last.Add(time.Hour), queue.LogIn{Phone: fmt.Sprint("PJSIP/x", i), Agent: "1001", PIN: "0000"}))
	}
	if told != 100 {
		t.Errorf("%d refusals of 100 are told when other phones need the room", told)
	}
}

// TestManyPhonesGuess: many more wrong PINs lock the log-in at all phones but the agent's own, for a while.
func TestManyPhonesGuess(t *testing.T) {
	s := queue.New(pinSite(t), nil)
	guess(t, s, 29)
	if got := logIn(t, queue.New(pinSite(t), s.Snapshot()), start, "2020", "1001", "1001"); got != "" {
		t.Errorf("after 29 wrong PINs: %q at another phone", got)
	}
	s = queue.New(pinSite(t), nil)
	guess(t, s, 30)
	if got := logIn(t, s, start, "2020", "1001", "1001"); got != queue.RefusalPINLocked {
		t.Errorf("after 30 wrong PINs: %q at another phone", got)
	}
	if got := logIn(t, s, start, "1001", "1001", "1001"); got != "" {
		t.Errorf("after 30 wrong PINs: %q at the own phone", got)
	}
	if got := logIn(t, s, start.Add(time.Minute), "2020", "1001", "1001"); got != "" {
		t.Errorf("a minute later: %q at another phone", got)
	}
	if got := logIn(t, s, start.Add(time.Minute), "2001", "1001", "1001"); got != "" {
		t.Errorf("a minute later: %q at a phone that guessed", got)
	}
}

// guess keys in wrong PINs of 1001, three a phone.
func guess(t *testing.T, s *queue.State, times int) {
	for i := range times {
		logIn(t, s, start, fmt.Sprint(2001+i/3), "1001", "1")
	}
}

// TestOnePhoneGuessesAll: a phone that tries one PIN with each agent is locked for all but its own.
func TestOnePhoneGuessesAll(t *testing.T) {
	s := queue.New(pinSite(t), nil)
	for n := range 30 {
		if got := logIn(t, s, start, "1040", fmt.Sprint(1001+n), "1234"); got != queue.RefusalWrongPIN {
			t.Fatalf("guess %d: %q", n, got)
		}
	}
	if got := logIn(t, s, start, "1040", "1031", "1031"); got != queue.RefusalPINLocked {
		t.Errorf("the next: %q", got)
	}
	for _, phone := range []string{"1031", "2001"} {
		if got := logIn(t, s, start, phone, "1031", "1031"); got != "" {
			t.Errorf("at phone %s: %q", phone, got)
		}
	}
	if got := logIn(t, s, start, "1040", "1040", "1040"); got != "" {
		t.Errorf("the phone's own agent: %q", got)
	}
	later := start.Add(time.Minute)
	if got := logIn(t, s, later, "1040", "1032", "1"); got != queue.RefusalWrongPIN {
		t.Errorf("a minute later: %q", got)
	}
	if got := logIn(t, s, later, "1040", "1033", "1"); got != queue.RefusalPINLocked {
		t.Errorf("once more a minute later: %q", got)
	}
	if got := logIn(t, s, start.Add(25*time.Hour), "1040", "1031", "1031"); got != "" {
		t.Errorf("a day later: %q", got)
	}
}

// TestLocksGrow: each lock is twice as long as the one before, up to four hours, and all are kept in the store.
func TestLocksGrow(t *testing.T) {
	rules := pinSite(t)
	s, now := queue.New(rules, nil), start
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 240, 240} {
		want *= time.Minute
		for range 3 {
			logIn(t, s, now, "2001", "1001", "1")
		}
		s = queue.New(rules, s.Snapshot()) // the daemon starts again
		if got := logIn(t, s, now.Add(want-time.Second), "2001", "1001", "1001"); got != queue.RefusalPINLocked {
			t.Fatalf("%q before %v are over", got, want)
		}
		now = now.Add(want)
		s.Step(now, queue.Tick{})
		if err := s.Agents()[0].Validate(now); err != nil {
			t.Fatal(err)
		}
	}
	if got := logIn(t, s, now, "2001", "1001", "1001"); got != "" {
		t.Errorf("after the last lock: %q", got)
	}
}

// TestGuessesAreBounded: however many phones guess, no more of them are remembered than may be, and it still locks.
func TestGuessesAreBounded(t *testing.T) {
	rules := pinSite(t)
	s := queue.New(rules, nil)
	for n := range 1000 {
		logIn(t, s, start, fmt.Sprint("invented-", n), "1001", "1")
	}
	a := s.Agents()[0]
	if len(a.Guesses) > 16 || a.LockedUntil.IsZero() {
		t.Errorf("%d phones remembered, locked until %v", len(a.Guesses), a.LockedUntil)
	}
	if err := a.Validate(start); err != nil {
		t.Error(err)
	}
}

// TestNewPINUnlocks: a new PIN in the config clears the wrong ones.
func TestNewPINUnlocks(t *testing.T) {
	s := queue.New(pinSite(t), nil)
	for range 3 {
		logIn(t, s, start, "1001", "1001", "1")
	}
	changed := pinSite(t)
	changed.Agents["1001"].PIN = "7777"
	s.Step(start, queue.RulesChanged{Rules: pinSite(t)})
	if got := logIn(t, s, start, "1001", "1001", "1001"); got != queue.RefusalPINLocked {
		t.Errorf("after a reload with the same PIN: %q", got)
	}
	s.Step(start, queue.RulesChanged{Rules: changed})
	if got := logIn(t, s, start, "1001", "1001", "7777"); got != "" {
		t.Errorf("with the new PIN: %q", got)
	}
}
