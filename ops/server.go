package ops

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Limits of one connection.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 10 * time.Second
	idleTimeout  = time.Minute
	maxHeader    = 16 << 10
	maxBody      = 4 << 10
	// askTimeout is how long a request waits for the engine.
	askTimeout = 3 * time.Second
	// goodbye is how long requests in work may take when the daemon stops.
	goodbye = 2 * time.Second
)

// Options of a server. All are needed but Recordings and Log.
type Options struct {
	Engine  Engine
	History History
	Health  func() Health
	Metrics *Metrics
	Feed    *Feed
	Tokens  []Token
	Version string
	// Recordings is Asterisk's folder of recordings.
	Recordings string
	Log        *zap.Logger
}

// Server answers over HTTP.
type Server struct {
	engine  Engine
	history History
	health  func() Health
	feed    *Feed
	keys    atomic.Pointer[keyring]
	version string
	// recordings is Asterisk's folder of them.
	recordings string
	log        *zap.Logger
	now        func() time.Time
	handler    http.Handler

	stop     sync.Once
	stopping chan struct{}
}

// New makes a server; it does not listen yet.
func New(o Options) *Server {
	s := &Server{
		engine: o.Engine, history: o.History, health: o.Health, feed: o.Feed, version: o.Version, recordings: o.Recordings, log: o.Log,
		now: time.Now, stopping: make(chan struct{}),
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	s.SetTokens(o.Tokens)
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range s.routes(o.Metrics) {
		mux.Handle(r.method+" "+r.path, s.guard(r.role, r.openLocally, r.serve))
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			problem(w, http.StatusMethodNotAllowed, "this place knows "+strings.Join(allowed, ", "))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "nothing is here; /api/v1/openapi.yaml tells what is where")
	})
	s.handler = secured(mux)
	return s
}

// SetTokens replaces the tokens, for requests from now on.
func (s *Server) SetTokens(tokens []Token) {
	keys := newKeyring(tokens)
	s.keys.Store(&keys)
}

// Handler is the server's handler, for tests and for other listeners.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener, which it closes, until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.handler, ErrorLog: stdLog(s.log), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	stopped := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		defer close(stopped)
		s.stop.Do(func() { close(s.stopping) }) // ends the event streams
		bounded, cancel := context.WithTimeout(context.Background(), goodbye)
		defer cancel()
		if server.Shutdown(bounded) != nil {
			_ = server.Close()
		}
	})()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped // Serve returns before the requests in work are done
	return nil
}

// route is one thing that the server does.
type route struct {
	method, path string
	role         Role
	openLocally  bool
	serve        func(http.ResponseWriter, *http.Request, who)
}

func (s *Server) routes(m *Metrics) []route {
	plain := func(h http.Handler) func(http.ResponseWriter, *http.Request, who) {
		return func(w http.ResponseWriter, r *http.Request, _ who) { h.ServeHTTP(w, r) }
	}
	return []route{
		{http.MethodGet, "/healthz", Viewer, true, s.healthz},
		{http.MethodGet, "/readyz", Viewer, true, s.readyz},
		{http.MethodGet, "/metrics", Viewer, true, plain(m.handler(s))},

		{http.MethodGet, "/api/v1/agents", Viewer, false, list(s, copyAgents)},
		{http.MethodGet, "/api/v1/agents/{id}", Viewer, false, one(s, copyAgents, func(a Agent) string { return a.ID })},
		{http.MethodPut, "/api/v1/agents/{id}/status", Supervisor, false, s.setStatus},
		{http.MethodGet, "/api/v1/calls", Viewer, false, list(s, copyCalls)},
		{http.MethodGet, "/api/v1/calls/{id}", Viewer, false, one(s, copyCalls, func(c Call) string { return c.ID })},
		{http.MethodGet, "/api/v1/callbacks", Viewer, false, s.listCallbacks},
		{http.MethodPost, "/api/v1/callbacks", Supervisor, false, s.bookCallback},
		{http.MethodGet, "/api/v1/callbacks/{id}", Viewer, false, s.oneCallback},
		{http.MethodDelete, "/api/v1/callbacks/{id}", Supervisor, false, s.cancelCallback},
		{http.MethodGet, "/api/v1/timesheets", Viewer, false, s.listTimesheets},
		{http.MethodGet, "/api/v1/numbers", Viewer, false, list(s, copyNumbers)},
		{http.MethodDelete, "/api/v1/numbers/{id}", Supervisor, false, s.clearNumber},
		{http.MethodPut, "/api/v1/notice", Supervisor, false, s.setNotice},
		{http.MethodDelete, "/api/v1/notice", Supervisor, false, s.endNotice},
		{http.MethodGet, "/api/v1/queues", Viewer, false, list(s, copyQueues)},
		{http.MethodGet, "/api/v1/queues/{id}", Viewer, false, one(s, copyQueues, func(q Queue) string { return q.Name })},
		{http.MethodGet, "/api/v1/statuses", Viewer, false, list(s, copyStatuses)},
		{http.MethodGet, recordingsPath + "{day}/{queue}/{id}", Supervisor, false, s.recording},
		{http.MethodGet, "/api/v1/events", Viewer, false, s.events},
		{http.MethodGet, "/api/v1/openapi.yaml", anyone, false, asset("openapi.yaml", "application/yaml")},

		{http.MethodGet, "/{$}", anyone, false, asset("board/index.html", "text/html; charset=utf-8")},
		{http.MethodGet, "/board.js", anyone, false, asset("board/board.js", "text/javascript; charset=utf-8")},
		{http.MethodGet, "/board.css", anyone, false, asset("board/board.css", "text/css; charset=utf-8")},
	}
}

// secured bounds what a request may bring and tells browsers to trust nothing
// that does not come from here.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// stdLog is a log for packages that know only the standard one.
func stdLog(l *zap.Logger) *log.Logger {
	std, _ := zap.NewStdLogAt(l, zap.WarnLevel) // fails on unknown levels only
	return std
}
