package ops

import (
	"context"
	"net/http"
	"time"

	"kezek/queue"
)

// Readiness is the body of /readyz.
type Readiness struct {
	Ready bool `json:"ready"`
	// Faults say what is missing, in words.
	Faults []string `json:"faults"`
	// Warnings say what somebody must look at though calls are served.
	Warnings []string `json:"warnings"`
	Owner    bool     `json:"owner"`
	Loaded   bool     `json:"loaded"`
	Exchange bool     `json:"exchange"`
	Redis    bool     `json:"redis"`
	// RedisRefusal is the word with which Redis, which answers, refuses what it is asked.
	RedisRefusal string    `json:"redis_refusal,omitempty"`
	Saved        bool      `json:"saved"`
	Version      string    `json:"version"`
	Since        time.Time `json:"since"`
	// Timezone is the site's.
	Timezone string `json:"timezone"`
}

// Alive reports whether the engine's loop turns. A daemon that stands by has none yet.
func (s *Server) Alive(ctx context.Context) error {
	if !s.health().Loaded {
		return nil
	}
	return s.engine.View(ctx, func(*queue.State) {})
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request, _ who) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	if err := s.Alive(ctx); err != nil {
		problem(w, http.StatusServiceUnavailable, "the engine's loop is stuck: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the client may be gone
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request, _ who) {
	h := s.health()
	faults := h.faults()
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusServiceUnavailable
	}
	warnings := h.warnings()
	if w := s.metrics.recordings.warning(); w != "" {
		warnings = append(warnings, w)
	}
	sendJSON(w, status, Readiness{
		Ready: len(faults) == 0, Faults: faults, Warnings: warnings, Owner: h.Owner, Loaded: h.Loaded,
		Exchange: h.Exchange, Redis: h.Redis, RedisRefusal: h.RedisRefusal, Saved: h.Saved, Version: s.version, Since: h.Since, Timezone: s.location().String(),
	})
}
