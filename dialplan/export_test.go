package dialplan

import (
	"context"
	"net"
)

// ServeConn serves a connection that did not come by the server's port, and
// tells whether nothing of it is left behind.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) bool {
	free := s.guests.free
	g, _ := s.guests.enter(ctx, conn)
	s.serve(ctx, g)
	s.guests.leave(g)
	return s.guests.free == free && s.guests.strangers.Len() == 0 && len(s.guests.phones) == 0
}

// Close closes the port of a server that does not serve.
func (s *Server) Close() error { return s.listener.Close() }
