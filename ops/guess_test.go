package ops

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// asks sends a request from an address and returns the answer.
func (s *site) asks(from, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/api/v1/agents", nil)
	r.RemoteAddr = from + ":5000"
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func observed(s *site) *observer.ObservedLogs {
	core, logs := observer.New(zap.WarnLevel)
	s.guessers.log = zap.New(core)
	return logs
}

// Guessing of tokens is slowed down, counted and logged with the address; others are not slowed.
func TestGuessesAreSlowedDown(t *testing.T) {
	s := newSite(t)
	logs := observed(s)
	const guesser, other = "203.0.113.5", "192.0.2.1"
	if w := s.asks(guesser, "seeing"); w.Code != 200 { // somebody honest behind the same address
		t.Fatalf("%d", w.Code)
	}
	// An hour of guesses, ten a second.
	looked, slowed := 0, 0
	for range 36000 {
		switch w := s.asks(guesser, fmt.Sprint("guess", looked, slowed)); w.Code {
		case http.StatusUnauthorized:
			looked++
		case http.StatusTooManyRequests:
			slowed++
			if w.Header().Get("Retry-After") == "" || w.Header().Get("Retry-After") == "0" {
				t.Fatalf("Retry-After %q", w.Header().Get("Retry-After"))
			}
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		s.at = s.at.Add(100 * time.Millisecond)
	}
	if looked > 70 || looked < 60 {
		t.Errorf("%d guesses of an hour are looked at, want one a minute", looked)
	}
	// While it lasts a right token tells the guesser nothing, unless it was right there before.
	if w := s.asks(guesser, "wrong"); w.Code == 200 {
		t.Fatal("a wrong token")
	}
	if w := s.asks(guesser, "steering"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a right token that was never seen from there: %d", w.Code)
	}
	if w := s.asks(guesser, "seeing"); w.Code != 200 {
		t.Errorf("a token that was right there before: %d", w.Code)
	}
	if w := s.asks(other, "steering"); w.Code != 200 {
		t.Errorf("from another address: %d", w.Code)
	}
	if n := logs.Len(); n < looked || n > looked+2 {
		t.Errorf("%d lines for %d wrong tokens", n, looked)
	}
	if line := logs.All()[0]; line.Message != "wrong token" || line.ContextMap()["from"] != guesser {
		t.Errorf("line %+v", line)
	}
	metrics := s.do("GET", "/metrics", "seeing", "").Body.String()
	for _, want := range []string{
		fmt.Sprintf(`kezek_auth_failures_total{why="wrong"} %d`, logs.Len()), `kezek_auth_failures_total{why="slowed"} 3`, `kezek_auth_failures_total{why="missing"} 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %q", want)
		}
	}
	// After a quiet while it begins anew.
	s.at = s.at.Add(longestPause + forgetGuesses)
	for i := range freeGuesses {
		if w := s.asks(guesser, fmt.Sprint("typo", i)); w.Code != http.StatusUnauthorized {
			t.Errorf("after a quiet while: %d", w.Code)
		}
	}
}

// A few typing mistakes cost nothing, also on the board, which asks for several lists at once and again every two seconds.
func TestTypingMistakes(t *testing.T) {
	s := newSite(t)
	logs := observed(s)
	for mistake := range freeGuesses - 1 {
		for range 50 {
			s.asks("192.0.2.1", fmt.Sprint("seeign", mistake))
		}
	}
	if w := s.asks("192.0.2.1", "seeing"); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	if n := logs.Len(); n != freeGuesses-1 {
		t.Errorf("%d lines for %d mistakes", n, freeGuesses-1)
	}
}

// Mistakes are forgotten after a while without others, also where right tokens come from the same address all the time.
func TestMistakesAreForgotten(t *testing.T) {
	s := newSite(t)
	for hour := range 10 {
		for i := range freeGuesses { // that none of them has to wait says that those before are forgotten
			if w := s.asks("192.0.2.1", fmt.Sprint("typo", hour, i)); w.Code != http.StatusUnauthorized {
				t.Fatalf("mistake %d, an hour after the last ones: %d", i, w.Code)
			}
		}
		for range 60 {
			s.at = s.at.Add(time.Minute)
			if w := s.asks("192.0.2.1", "seeing"); w.Code != 200 {
				t.Fatalf("the right token: %d", w.Code)
			}
		}
	}
}

// All addresses of one customer's IPv6 network are one, and no number of addresses fills memory or the log.
func TestGuessersAreBounded(t *testing.T) {
	s := newSite(t)
	logs := observed(s)
	for i := range 20 {
		s.asks(fmt.Sprintf("[2001:db8:0:1::%x]", i), fmt.Sprint("guess", i))
	}
	if n := len(s.guessers.byAddr); n != 1 {
		t.Errorf("a network of IPv6 is %d addresses", n)
	}
	now := s.at
	s.guessers.right(netip.MustParseAddr("192.0.2.1"), digest{1}, now)
	for i := range 3 * mostGuessers {
		s.guessers.wrong(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), digest{9}, now)
	}
	if n := len(s.guessers.byAddr); n > mostGuessers {
		t.Errorf("%d addresses are remembered", n)
	}
	if s.guessers.byAddr[netip.MustParseAddr("192.0.2.1")] == nil {
		t.Error("guessers displace an address with a right token")
	}
	if n := logs.Len(); n > 2*mostLines {
		t.Errorf("%d lines within a second", n)
	}
	s.guessers.wrong(netip.MustParseAddr("198.51.100.1"), digest{}, now.Add(2*time.Second))
	if last := logs.All()[logs.Len()-1].ContextMap(); last["untold"] == nil {
		t.Errorf("it does not say how many lines are left out: %v", last)
	}
}
