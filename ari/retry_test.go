package ari

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// An Asterisk that closes each event socket right after the handshake is not
// attached to again and again: the pauses grow, and the trouble is said once. A
// connection that lasts is told, and makes a new beginning.
func TestSocketClosedAfterHandshake(t *testing.T) {
	t.Parallel()
	logs, seen := observer.New(zap.InfoLevel)
	s := scriptedServer(t, zap.New(logs))
	s.closing = true
	s.x.lasting = 50 * time.Millisecond
	begun := time.Now()
	s.run()
	for s.count("GET /events") < 6 { // after 100, 200, 400, 800 and 1,600 ms
		for range 2 {
			select {
			case <-s.told:
			case <-time.After(20 * time.Second):
				t.Fatal("no more tries")
			}
		}
	}
	if took := time.Since(begun); took < 3*time.Second {
		t.Errorf("attached %d times in %v", s.count("GET /events"), took)
	}
	if n := seen.Len(); n > 6 {
		t.Errorf("%d lines: %v", n, seen.All())
	}
	if n := seen.FilterMessage(shortLived).Len(); n != 1 {
		t.Errorf("said %d times", n)
	}

	s.mu.Lock()
	s.closing = false
	s.mu.Unlock()
	for range 1000 {
		if seen.FilterMessageSnippet("the connection is stable").Len() > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := seen.FilterMessageSnippet("the connection is stable").Len(); n != 1 || !s.x.Connected() {
		t.Errorf("said %d times that it lasts, connected: %v", n, s.x.Connected())
	}
	s.mu.Lock()
	socket := s.socket
	s.mu.Unlock()
	before, again := s.count("GET /events"), time.Now()
	socket.CloseNow()
	s.wait("GET /events", before+1)
	if took := time.Since(again); took > time.Second {
		t.Errorf("a connection that had lasted is missed for %v", took)
	}
}

// The pauses for each way in which attaching fails.
func TestPauses(t *testing.T) {
	cut, refusal, missing := errors.New("cut"), &Error{Status: http.StatusUnauthorized}, &Error{Status: http.StatusNotFound}
	const ms = time.Millisecond
	type try struct {
		err    error
		worked bool
		lasted bool
		want   time.Duration
	}
	for name, c := range map[string]struct {
		tries []try
		said  int
	}{
		"cannot be reached": {[]try{{cut, false, false, 100 * ms}, {cut, false, false, 200 * ms}, {cut, false, false, 400 * ms},
			{cut, false, false, 800 * ms}, {cut, false, false, 1600 * ms}, {cut, false, false, 2000 * ms}, {cut, false, false, 2000 * ms}}, 1},
		"refused":  {[]try{{refusal, false, false, refusedRetry}, {refusal, false, false, refusedRetry}}, 1},
		"starting": {[]try{{cut, false, false, 100 * ms}, {missing, false, false, 200 * ms}, {cut, true, true, 100 * ms}}, 3},
		"each connection lasts": {[]try{{cut, true, true, 100 * ms}, {cut, false, false, 200 * ms},
			{cut, true, true, 100 * ms}, {cut, true, true, 100 * ms}}, 3},
		"none lasts": {[]try{{cut, true, false, 100 * ms}, {cut, true, false, 200 * ms}, {cut, true, false, 400 * ms}, {cut, true, false, 800 * ms},
			{cut, true, false, 1600 * ms}, {cut, true, false, 3200 * ms}, {cut, true, false, 6400 * ms}, {cut, true, false, refusedRetry},
			{cut, true, false, refusedRetry}, {cut, true, true, 100 * ms}}, 3},
		"works and fails in turns": {[]try{{cut, true, false, 100 * ms}, {cut, false, false, 200 * ms}, {cut, true, false, 400 * ms},
			{cut, false, false, 800 * ms}, {cut, true, false, 1600 * ms}, {cut, false, false, 2000 * ms}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			logs, seen := observer.New(zap.WarnLevel)
			r := newRetry(zap.New(logs))
			for i, try := range c.tries {
				if try.lasted {
					r.lasts()
				}
				if got := r.pause(try.err, try.worked); got != try.want {
					t.Errorf("try %d: waits %v, want %v", i+1, got, try.want)
				}
			}
			if seen.Len() != c.said {
				t.Errorf("said %d times, want %d: %v", seen.Len(), c.said, seen.All())
			}
		})
	}
}
