package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"time"

	"go.uber.org/zap"

	"kezek/ops"
)

const (
	// socketMode lets the daemon's user and group give orders; root may anyway.
	socketMode = 0o660
	// socketAgain is how soon a socket that could not be made is tried again.
	socketAgain = 5 * time.Second
)

// serveSocket answers the commands of this machine on a unix socket until ctx ends; l and err are what became of
// the first try to listen. Without a socket the commands reach the daemon over HTTP, so what is wrong is told, once,
// and tried again.
func (d *daemon) serveSocket(ctx context.Context, path string, l *net.UnixListener, err error) {
	told := ""
	for {
		if err == nil {
			told = ""
			err = d.ops.ServeSocket(ctx, l, peer)
		}
		if err != nil && err.Error() != told {
			told = err.Error()
			d.log.Warn("ops.socket: the commands of this machine need a token for now", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(socketAgain):
		}
		l, err = listenSocket(path)
	}
}

// listenSocket listens where no other daemon does. What a crashed one has left is removed.
func listenSocket(path string) (*net.UnixListener, error) {
	if other, err := net.DialTimeout("unix", path, time.Second); err == nil {
		other.Close()
		return nil, fmt.Errorf("another daemon answers at %s", path)
	}
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%s is there, and is no socket", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// peer is who a user of this machine is in records. Root and the daemon's own user may do all; others
// can open the socket because they are in its group, which can read the daemon's secrets as well.
func peer(uid uint32) ops.Peer {
	id := strconv.FormatUint(uint64(uid), 10)
	p := ops.Peer{Name: "uid" + id, Role: ops.Supervisor}
	if u, err := user.LookupId(id); err == nil && u.Username != "" {
		p.Name = printable(u.Username)
	}
	if host, err := os.Hostname(); err == nil {
		p.Name += "@" + printable(host)
	}
	if uid == 0 || int(uid) == os.Geteuid() {
		p.Role = ops.Admin
	}
	return p
}
