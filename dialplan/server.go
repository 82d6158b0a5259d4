package dialplan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"kezek/queue"
)

// DefaultMaxConns is [ServerOptions.MaxConns] when that is 0: more than come in
// the moment in which Asterisk says what it wants.
const DefaultMaxConns = 256

// Loopback is [ServerOptions.Allow] when that is empty.
var Loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Desk answers what agents ask. The engine fits it.
type Desk interface {
	// Ask hands the event to the rules. The error says that they did not get it,
	// or that it is not known what became of it.
	Ask(ctx context.Context, ev queue.Event) (queue.Answer, error)
}

// ServerOptions say how the server listens and where it asks.
type ServerOptions struct {
	// Network is "tcp", "tcp4" or "tcp6"; empty is "tcp". Listen is the address, host:port.
	Network, Listen string
	// Allow are the addresses that may connect: Asterisk's. The server believes
	// what they say about phones.
	Allow []netip.Prefix
	Desk  Desk
	// Rules are the ones in force.
	Rules func() *queue.Rules
	// Sound names the file of a phrase, without its extension.
	Sound func(queue.Phrase) string
	// MaxConns bounds the connections that have not said yet which phone they are
	// about; a further one takes the place of the oldest. Phones of the rules have
	// places of their own, a few each; all other phones share an eighth of it.
	MaxConns int
	Log      *zap.Logger
}

// Server is the FastAGI server behind agents' codes.
type Server struct {
	o        ServerOptions
	log      *zap.Logger
	listener net.Listener
	guests   *guests
}

// NewServer opens the server's port. [Server.Serve] must follow, which closes it, or [Server.Close].
func NewServer(o ServerOptions) (*Server, error) {
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.Network == "" {
		o.Network = "tcp"
	}
	if len(o.Allow) == 0 {
		o.Allow = Loopback
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	listener, err := net.Listen(o.Network, o.Listen)
	if err != nil {
		return nil, fmt.Errorf("agi.listen: %w", err)
	}
	// Any peer that can connect can make us log: a few lines of a kind each second are enough.
	few := zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(c, time.Second, 5, 0)
	})
	return &Server{
		o:        o,
		log:      o.Log.WithOptions(few),
		listener: listener,
		guests:   newGuests(o.MaxConns),
	}, nil
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close closes the port of a server that does not serve.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers connections until ctx ends; it then cuts those in progress
// (their agents hear that the service is away) and returns nil when all are done.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	defer s.listener.Close()
	context.AfterFunc(ctx, func() { s.listener.Close() })

	var tries pauses
	for {
		conn, err := s.listener.Accept()
		if err == nil {
			tries.worked()
		}
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("agi: %w", err)
		case err != nil: // out of file descriptors, or the peer was gone at once
			pause, say := tries.failed(time.Now())
			if say {
				s.log.Warn("agi: accept", zap.Error(err))
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		case !s.allowed(conn.RemoteAddr()):
			s.log.Warn("agi: address not allowed", zap.Stringer("peer", conn.RemoteAddr()))
			conn.Close()
			continue
		}
		g, pushed := s.guests.enter(ctx, conn)
		if g == nil {
			conn.Close()
			continue
		}
		if pushed != nil {
			s.log.Warn("agi: too many connections, a silent one was closed", zap.Int("max", s.o.MaxConns))
			pushed.conn.Close()
		}
		running.Go(func() {
			defer s.guests.leave(g)
			s.serve(ctx, g)
		})
	}
}

// serve handles one connection and closes it, which ends the run in Asterisk.
func (s *Server) serve(ctx context.Context, g *guest) {
	defer g.conn.Close()
	stop := context.AfterFunc(ctx, func() { g.conn.Close() })
	defer stop()
	// What comes over a connection ends that connection at most.
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("agi: run ended by a panic", zap.Any("panic", p), zap.Stack("stack"))
		}
	}()
	if err := s.handle(ctx, g); err != nil && ctx.Err() == nil {
		s.log.Info("agi: run ended early", zap.Error(err))
	}
}

func (s *Server) allowed(peer net.Addr) bool {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(s.o.Allow, func(p netip.Prefix) bool { return p.Contains(ip) })
}
