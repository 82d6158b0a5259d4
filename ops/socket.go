package ops

import (
	"cmp"
	"context"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Peer is a program on this machine that has connected to the unix socket.
type Peer struct {
	// Name stands in records of the orders that it gives: "root@pbx1".
	Name string
	Role Role
}

// ServeSocket answers on a unix socket, which it closes, until ctx ends. A user that may open
// the socket needs no token: who makes a peer of their user id.
func (s *Server) ServeSocket(ctx context.Context, l *net.UnixListener, who func(uid uint32) Peer) error {
	return s.serve(ctx, newCrowd(l, s.bounds, nil), func(ctx context.Context, conn net.Conn) context.Context {
		v, _ := conn.(*visitor)
		uid, err := userOf(v.Conn)
		if err != nil {
			s.log.Warn("the user of a connection to the socket is not known: " + err.Error())
			return ctx // a stranger
		}
		peer := who(uid)
		if !v.welcome(peer.Name) {
			_ = conn.Close()
		}
		return withPeer(ctx, peer)
	})
}

// userOf is the user who has opened a connection of a unix socket.
func userOf(conn net.Conn) (uid uint32, err error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return 0, syscall.ENOTSUP
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) { cred, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = cmp.Or(err, asked); err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
