package dialplan

import (
	"context"
	"net"
)

// ServeConn serves a connection that did not come by the server's port, and
// tells whether nothing of it is left behind.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) bool {
	g, _ := s.guests.enter(ctx, conn)
	s.serve(ctx, g)
	s.guests.leave(g)
	return s.guests.empty()
}

// empty reports whether nobody is there.
func (a *guests) empty() bool {
	return len(a.phones) == 0 && a.strangers.guests.Len() == 0 && a.visitors.guests.Len() == 0
}
