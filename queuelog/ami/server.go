package ami

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// Bounds of connections: of those that have not logged in, of those that have, and of one user.
const (
	mostStrangers = 16
	mostClients   = 64
	mostOfOneUser = 16
)

// logInWithin is how long a connection may take to log in, as Asterisk's authtimeout.
const logInWithin = 30 * time.Second

// Options of a server. All are needed but System and Log.
type Options struct {
	Engine   Engine
	Settings Settings
	// Channel is what Asterisk calls a channel, by its id; "" if it is not known.
	Channel func(id string) string
	// System is Asterisk's system name, which its events carry; empty: none.
	System  string
	Metrics Metrics
	Log     *zap.Logger
}

// Server answers AMI. Make it with [New].
type Server struct {
	engine   Engine
	settings atomic.Pointer[Settings]
	channel  func(string) string
	system   string
	metrics  Metrics
	log      *zap.Logger
	born     time.Time
	guesses  guesses
	memory   *memory
	feed     feed
	// narrating: a client listens, and there is a view with which the next one is compared.
	narrating atomic.Bool

	mu        sync.Mutex
	strangers []*session // in the order in which they came
	clients   map[*session]struct{}
	closed    bool
	running   sync.WaitGroup
}

// New makes a server; it does not listen yet.
func New(o Options) *Server {
	s := &Server{
		engine: o.Engine, channel: o.Channel, system: o.System, metrics: o.Metrics, log: o.Log, born: time.Now(),
		memory: newMemory(), feed: newFeed(), clients: map[*session]struct{}{},
	}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	s.settings.Store(&o.Settings)
	return s
}

// Configure takes over changed settings. Who is not among the users any more, or has another password or other rights,
// is disconnected.
func (s *Server) Configure(to Settings) {
	s.settings.Store(&to)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if !slices.Contains(to.Users, *c.user.Load()) {
			c.end()
		}
	}
}

// Happened takes lines of the journal. It does not block.
func (s *Server) Happened(entries []queue.Entry) { s.feed.put(entries) }

// Serve answers on a listener, which it closes, until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.running.Go(func() { s.narrate(ctx) })
	defer context.AfterFunc(ctx, func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closed = true
		for _, c := range s.strangers {
			c.end()
		}
		for c := range s.clients {
			c.end()
		}
	})()
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.enter(ctx, conn)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			cancel()
			s.running.Wait()
			return nil
		default: // as for lack of descriptors
			s.log.Warn("ami: a connection was not accepted", zap.Error(err))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// enter begins a session. When too many have not logged in, the one that came first has to go; those who wait for the
// answer to a wrong password keep their places.
func (s *Server) enter(ctx context.Context, conn net.Conn) {
	c := newSession(s, conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return
	}
	if len(s.strangers) >= mostStrangers {
		i := slices.IndexFunc(s.strangers, func(c *session) bool { return !c.punished.Load() })
		if i < 0 {
			_ = conn.Close()
			return
		}
		s.strangers[i].end()
		s.strangers = slices.Delete(s.strangers, i, i+1)
	}
	s.strangers = append(s.strangers, c)
	s.running.Go(func() { c.write() })
	s.running.Go(func() {
		c.serve(ctx)
		s.leave(c)
	})
}

// leave takes a session off the lists.
func (s *Server) leave(c *session) {
	c.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strangers = slices.DeleteFunc(s.strangers, func(other *session) bool { return other == c })
	if _, there := s.clients[c]; there {
		delete(s.clients, c)
		s.metrics.Clients(len(s.clients))
	}
}

// welcome makes a session one of a user's, and reports false if there are too many.
func (s *Server) welcome(c *session, u User) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ofUser := 0
	for other := range s.clients {
		if other.user.Load().Name == u.Name {
			ofUser++
		}
	}
	if len(s.clients) >= mostClients || ofUser >= mostOfOneUser || s.closed {
		return false
	}
	s.strangers = slices.DeleteFunc(s.strangers, func(other *session) bool { return other == c })
	c.user.Store(&u)
	s.clients[c] = struct{}{}
	s.metrics.Clients(len(s.clients))
	return true
}

// view copies the state now. The rules wait meanwhile, so took says how long the next look should be away.
func (s *Server) view(ctx context.Context) (v *view, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var c *copied
	err = s.engine.View(ctx, func(state *queue.State) {
		begun := time.Now()
		c = look(state, begun)
		took = time.Since(begun)
	})
	if err != nil {
		return nil, 0, err
	}
	v = c.view()
	s.memory.complete(v)
	return v, took, nil
}

// share of their time is the most that looks of one client, or those for events, take from the rules: 1 in so many.
const share = 50

// pause is how long the next look must be away after one that took so long.
func pause(took time.Duration) time.Duration { return max(pace, share*took) }

// name is what Asterisk calls a channel, its id if that is not known.
func (s *Server) name(id string) string {
	return known(s.channel(id), id)
}
