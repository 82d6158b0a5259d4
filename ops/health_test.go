package ops

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadiness(t *testing.T) {
	well := Health{Owner: true, Loaded: true, Exchange: true, Redis: true, Saved: true}
	for _, tt := range []struct {
		name   string
		change func(*Health)
		faults []string
	}{
		{"all is well", func(*Health) {}, []string{}},
		{"Asterisk is not there", func(h *Health) { h.Exchange = false }, []string{"Asterisk is not connected"}},
		{"Redis goes away", func(h *Health) { h.Redis, h.Saved = false, false },
			[]string{"Redis does not answer", "Redis does not have all of the state yet; calls go on from memory"}},
		{"Redis answers, and refuses", func(h *Health) { h.Redis, h.RedisRefusal, h.Saved = false, "MISCONF", false },
			[]string{"Redis answers, but refuses commands: MISCONF", "Redis does not have all of the state yet; calls go on from memory"}},
		{"Redis is back, not whole yet", func(h *Health) { h.Saved = false },
			[]string{"Redis does not have all of the state yet; calls go on from memory"}},
		{"Redis is not there at the start", func(h *Health) { *h = Health{} },
			[]string{"Redis does not answer", "the saved state is not loaded yet"}},
		{"another daemon runs the site", func(h *Health) { *h = Health{Redis: true} },
			[]string{"another daemon owns the site; this one stands by", "the saved state is not loaded yet"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.health = well
			tt.change(&s.health)
			w := s.do("GET", "/readyz", "seeing", "")
			got := decoded[Readiness](t, w.Body)
			if diff := cmp.Diff(tt.faults, got.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			ready := len(tt.faults) == 0
			if got.Ready != ready || (w.Code == http.StatusOK) != ready {
				t.Errorf("%d, ready %v, want %v", w.Code, got.Ready, ready)
			}
		})
	}
}

// What was lost or could not be read is said, while calls are served.
func TestWarnings(t *testing.T) {
	s := newSite(t)
	metric := func(line string) {
		t.Helper()
		if body := s.do("GET", "/metrics", "seeing", "").Body.String(); !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	metric("kezek_state_lost 0")
	metric("kezek_spool_broken_files 0")
	metric("kezek_state_aside_total 0")
	s.health.Aside, s.health.Panics, s.health.Forgotten, s.health.HistoryAway, s.health.Clock = 3, 2, 4, true, "the clock of this machine is behind: it says 1970"
	s.health.Lost, s.health.BrokenSpool = "redis is empty", []string{"/var/lib/kezek/a.broken-1", "/var/lib/kezek/a.broken-2"}
	w := s.do("GET", "/readyz", "seeing", "")
	got := decoded[Readiness](t, w.Body)
	want := []string{"the state was lost: redis is empty", "the clock of this machine is behind: it says 1970", "a spool could not be read; it may contain promises: /var/lib/kezek/a.broken-1",
		"a spool could not be read; it may contain promises: /var/lib/kezek/a.broken-2",
		"3 invalid entries in Redis were moved aside; kezek:{site}:broken says why",
		"the history is not being written: events wait in Redis; the log says why",
		"4 events were lost while Redis was away: reports lack them",
		"2 steps of the rules failed; the log says which"}
	metric("kezek_state_aside_total 3")
	metric("kezek_step_panics_total 2")
	metric("kezek_events_forgotten_total 4")
	if diff := cmp.Diff(want, got.Warnings); diff != "" || !got.Ready || w.Code != http.StatusOK {
		t.Errorf("%d, ready %v: %s", w.Code, got.Ready, diff)
	}
	if said := s.health.String(); !strings.HasPrefix(said, "ready, but the state was lost: redis is empty; the clock of this machine is behind: it says 1970; a spool") {
		t.Error(said)
	}
	s.health.Exchange = false
	if said := s.health.String(); !strings.HasPrefix(said, "not ready: Asterisk is not connected; the state was lost") {
		t.Error(said)
	}
	metric("kezek_state_lost 1")
	metric("kezek_spool_broken_files 2")
}

func TestAlive(t *testing.T) {
	s := newSite(t)
	healthz := func() int {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, "GET", "/healthz", nil)
		r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8086"
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if got := healthz(); got != http.StatusOK {
		t.Errorf("the loop turns: %d", got)
	}
	s.stuck.Lock()
	if got := healthz(); got != http.StatusServiceUnavailable {
		t.Errorf("the loop is stuck: %d", got)
	}
	// A daemon that stands by has no loop yet, and is as alive as can be.
	s.health.Loaded = false
	if got := healthz(); got != http.StatusOK {
		t.Errorf("standing by: %d", got)
	}
}
