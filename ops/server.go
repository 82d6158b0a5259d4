package ops

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
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

// Options of a server. All are needed but Reports, Recordings, Hosts, Proxies and Log.
type Options struct {
	Engine  Engine
	History History
	// Journal is where events are read that a consumer has missed.
	Journal Journal
	// Data finds and erases what is kept of a number.
	Data PersonalData
	// Reports answer from the history; nil: none is kept.
	Reports Reports
	Health  func() Health
	Metrics *Metrics
	Feed    *Feed
	Tokens  []Token
	// Rules are those in force, Company is whose site it is.
	Rules   func() *queue.Rules
	Company string
	// SignOn is how people sign on without a token, OIDC at which provider; without an issuer at none.
	SignOn SignOn
	OIDC   OIDC
	// Hosts are names, beside localhost, by which programs on this machine may reach the server.
	Hosts []string
	// Proxies are the reverse proxies in front: X-Forwarded-For is believed from them alone.
	Proxies []netip.Prefix
	// Location is where the site's clock is.
	Location func() *time.Location
	Version  string
	// Recordings is Asterisk's folder of recordings.
	Recordings string
	Log        *zap.Logger
}

// Server answers over HTTP.
type Server struct {
	engine  Engine
	history History
	journal Journal
	data    PersonalData
	reports Reports
	health  func() Health
	feed    *Feed
	metrics *Metrics
	keys    atomic.Pointer[keyring]
	// changing orders the changes of keys.
	changing sync.Mutex
	guessers *guessers
	hosts    []string
	proxies  proxies
	// misled: it was said that X-Forwarded-For is not believed.
	misled sync.Once
	// bounds of connections, and how long one without a token may take for its request.
	bounds  bounds
	reading time.Duration
	rules   func() *queue.Rules
	company atomic.Pointer[string]
	// signOn is how people sign on without a token, oidc at which provider; nil: at none.
	signOn   atomic.Pointer[SignOn]
	sessions sessions
	oidc     *oidcClient
	// entering orders the beginnings of sessions by a proxy.
	entering sync.Mutex
	location func() *time.Location
	version  string
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
		engine: o.Engine, history: o.History, journal: o.Journal, data: o.Data, reports: o.Reports, health: o.Health, feed: o.Feed, rules: o.Rules, location: o.Location, version: o.Version, recordings: o.Recordings, log: o.Log,
		metrics: o.Metrics, hosts: o.Hosts, proxies: o.Proxies, bounds: boundsFor(descriptors()), reading: readTimeout,
		now: time.Now, stopping: make(chan struct{}),
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	s.guessers = newGuessers(s.log)
	s.SetTokens(o.Tokens)
	s.SetCompany(o.Company)
	s.SetSignOn(o.SignOn)
	if o.OIDC.Issuer != "" {
		s.oidc = newOIDCClient(o.OIDC)
	}
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range s.routes(o.Metrics) {
		mux.Handle(r.method+" "+r.path, s.guard(r))
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			problem(w, http.StatusMethodNotAllowed, "method not allowed; allowed: "+strings.Join(allowed, ", "))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "not found; see /api/v1/openapi.yaml")
	})
	s.handler = s.secured(mux)
	return s
}

// SetTokens replaces the tokens: for requests from now on, and the event streams and
// downloads of those that are not among them any more are cut.
func (s *Server) SetTokens(tokens []Token) {
	s.changing.Lock()
	defer s.changing.Unlock()
	var old keyring
	if keys := s.keys.Load(); keys != nil {
		old = *keys
	}
	keys, revoke := newKeyring(tokens, old)
	s.keys.Store(&keys)
	revoke()
}

// SetCompany sets whose site it is, for requests from now on.
func (s *Server) SetCompany(name string) { s.company.Store(&name) }

// Handler is the server's handler, for tests and for other listeners.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener, which it closes, until ctx ends. It bounds the connections.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, newCrowd(l, s.bounds, s.proxies), withVisitor)
}

func (s *Server) serve(ctx context.Context, l net.Listener, met func(context.Context, net.Conn) context.Context) error {
	server := &http.Server{
		Handler: s.handler, ErrorLog: stdLog(s.log), MaxHeaderBytes: maxHeader, ConnContext: met, ConnState: changed,
		ReadHeaderTimeout: s.reading, ReadTimeout: s.reading, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
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
	serve        func(http.ResponseWriter, *http.Request, who)
	openLocally  bool
	// query is what may be asked behind the path once, often what may stand there more than once.
	query, often []string
	// body: something may be sent along.
	body bool
	// asset: a file of the page, which openapi.yaml does not describe.
	asset bool
	// scoped: it sorts by queue what it shows and does. Else it takes the role in all of them.
	scoped bool
}

func (s *Server) routes(m *Metrics) []route {
	plain := func(h http.Handler) func(http.ResponseWriter, *http.Request, who) {
		return func(w http.ResponseWriter, r *http.Request, _ who) { h.ServeHTTP(w, r) }
	}
	get := func(path string, role Role, serve func(http.ResponseWriter, *http.Request, who), query ...string) route {
		return route{method: http.MethodGet, path: path, role: role, serve: serve, query: query}
	}
	local := func(path string, serve func(http.ResponseWriter, *http.Request, who)) route {
		return route{method: http.MethodGet, path: path, role: Viewer, serve: serve, openLocally: true}
	}
	order := func(method, path string, serve func(http.ResponseWriter, *http.Request, who), query ...string) route {
		return route{method: method, path: path, role: Supervisor, serve: serve, query: query, body: true}
	}
	return append([]route{
		local("/healthz", s.healthz).byQueue(),
		local("/readyz", s.readyz).byQueue(), // it says nothing of any
		local("/metrics", plain(m.handler(s))),

		get("/api/v1/me", Wall, s.showMe).byQueue(),
		get("/api/v1/agents", Wall, list(s, copyAgents)).byQueue(),
		get("/api/v1/agents/{id}", Wall, one(s, copyAgents, func(a Agent) string { return a.ID })).byQueue(),
		order(http.MethodPut, "/api/v1/agents/{id}/status", s.setStatus).byQueue(),
		order(http.MethodPut, "/api/v1/agents/{id}/penalty", s.setPenalty).byQueue(),
		get("/api/v1/calls", Wall, list(s, copyCalls)).byQueue(),
		get("/api/v1/calls/{id}", Wall, one(s, copyCalls, func(c Call) string { return c.ID })).byQueue(),
		order(http.MethodDelete, "/api/v1/calls/{id}", s.endCall, "reason").byQueue(),
		order(http.MethodPut, "/api/v1/calls/{id}/queue", s.moveCall).byQueue(),
		order(http.MethodPost, "/api/v1/calls/{id}/listeners", s.listenTo).byQueue(),
		get("/api/v1/calls/{id}/why", Viewer, s.whyCall, "words").byQueue(),
		get("/api/v1/callbacks", Wall, s.listCallbacks, "state", "limit").byQueue(),
		order(http.MethodPost, "/api/v1/callbacks", s.bookCallback).byQueue(),
		get("/api/v1/callbacks/{id}", Wall, s.oneCallback).byQueue(),
		order(http.MethodPut, "/api/v1/callbacks/{id}", s.moveCallback).byQueue(),
		order(http.MethodDelete, "/api/v1/callbacks/{id}", s.cancelCallback, "reason").byQueue(),
		get("/api/v1/timesheets", Viewer, s.listTimesheets, "day", "agent").byQueue(),
		order(http.MethodPut, "/api/v1/timesheets/{id}/{day}", s.correctTimesheet).byQueue(),
		order(http.MethodDelete, "/api/v1/timesheets/{id}/{day}", s.restoreTimesheet, "reason").byQueue(),
		get("/api/v1/numbers", Viewer, list(s, copyNumbers)).byQueue(),
		order(http.MethodDelete, "/api/v1/numbers/{id}", s.clearNumber, "reason").byQueue(),
		get("/api/v1/numbers/{id}", Supervisor, s.showNumber),
		{method: http.MethodPost, path: "/api/v1/erasures", role: Admin, serve: s.eraseNumber, body: true},
		get("/api/v1/alarms", Viewer, s.listAlarms, "since").byQueue(),
		order(http.MethodPut, "/api/v1/alarms/{id}", s.acknowledgeAlarm).byQueue(),
		order(http.MethodPut, "/api/v1/notice", s.setNotice).byQueue(),
		{method: http.MethodDelete, path: "/api/v1/notice", role: Supervisor, serve: s.endNotice, often: []string{"queue"}, scoped: true},
		get("/api/v1/queues", Wall, list(s, s.copyQueues)).byQueue(),
		get("/api/v1/queues/{id}", Wall, one(s, s.copyQueues, func(q Queue) string { return q.Name })).byQueue(),
		get("/api/v1/statuses", Wall, list(s, copyStatuses)).byQueue(),
		get(recordingsPath+"{day}/{queue}/{id}", Supervisor, s.recording).byQueue(),
		get("/api/v1/history", Viewer, s.listReports).byQueue(),
		get("/api/v1/history/{id}", Supervisor, s.report, ReportParameters...).byQueue(),
		get("/api/v1/history/calls/{id}", Supervisor, s.storyOfCall, "format", "words").byQueue(),
		get("/api/v1/events", Wall, s.events, "after").byQueue(),
		get("/api/v1/sessions", Wall, s.listSessions).byQueue(),
		{method: http.MethodDelete, path: "/api/v1/sessions/{id}", role: Wall, serve: s.endSession, scoped: true},
		get("/auth/login", anyone, s.login),
		get("/auth/callback", anyone, s.signedOn, "code", "state", "session_state", "iss", "scope", "error", "error_description", "error_uri"),
		get("/api/v1/openapi.yaml", anyone, asset(assets, "openapi.yaml")),
	}, webRoutes()...)
}

// byQueue says that a route sorts by queue what it shows and does.
func (r route) byQueue() route {
	r.scoped = true
	return r
}

// secured bounds what a request may bring, refuses those that were sent to another
// host, and tells browsers to trust nothing that does not come from here. Without a
// token a connection serves one request: see [Server.asker].
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src blob:; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if _, known := peerOf(r); !known {
			h.Set("Connection", "close")
			if wrong := s.foreign(r); wrong != "" {
				problem(w, http.StatusMisdirectedRequest, wrong)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// stdLog is a log for packages that know only the standard one.
func stdLog(l *zap.Logger) *log.Logger {
	std, _ := zap.NewStdLogAt(l, zap.WarnLevel) // fails on unknown levels only
	return std
}
