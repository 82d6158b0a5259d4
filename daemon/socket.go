package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"go.uber.org/zap"

	"kezek/ops"
)

const (
	// socketMode lets the daemon's user and group give orders; root may anyway.
	socketMode = 0o660
	// socketAgain is how soon a socket that could not be made is tried again.
	socketAgain = 5 * time.Second
	// socketLook is how often the daemon looks whether its socket is still there.
	socketLook = time.Second
)

// errSocketGone: somebody has cleared up in /run, and whoever looks for the daemon finds nothing.
var errSocketGone = errors.New("the socket was removed, or something else is in its place; it is created again")

// serveSocket answers the commands of this machine on a unix socket until ctx ends; l and err are what became of
// the first try to listen. Without a socket the commands reach the daemon over HTTP, so what is wrong is told, once,
// and tried again.
func (d *Daemon) serveSocket(ctx context.Context, path string, l *net.UnixListener, err error) {
	told := ""
	for {
		if err == nil {
			told = ""
			err = d.serveSocketAt(ctx, path, l)
		}
		pause := socketAgain
		if errors.Is(err, errSocketGone) {
			pause = 0
		}
		if err != nil && err.Error() != told {
			told = err.Error()
			d.log.Warn("ops.socket: the commands of this machine need a token for now", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		l, err = listenSocket(path)
	}
}

// serveSocketAt answers until ctx ends, or until the socket is not at its path any more. It removes its own socket alone: by then
// another daemon may have one of that name.
func (d *Daemon) serveSocketAt(ctx context.Context, path string, l *net.UnixListener) error {
	l.SetUnlinkOnClose(false)
	made, err := os.Lstat(path)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	there := func() bool {
		now, err := os.Lstat(path)
		return err == nil && os.SameFile(now, made)
	}
	served, gone := make(chan struct{}), make(chan bool, 1)
	go func() {
		look := time.NewTicker(socketLook)
		defer look.Stop()
		for {
			select {
			case <-served:
				gone <- false
				return
			case <-look.C:
				if !there() {
					gone <- true
					l.Close()
					return
				}
			}
		}
	}()
	err = d.ops.ServeSocket(ctx, l, peer)
	close(served)
	switch {
	case <-gone && ctx.Err() == nil:
		return errSocketGone
	case there():
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// listenSocket listens where no other daemon does. What a crashed one has left is removed.
func listenSocket(path string) (*net.UnixListener, error) {
	other, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		other.Close()
		return nil, fmt.Errorf("another daemon answers at %s", path)
	case !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist): // one that is too busy to answer
		return nil, fmt.Errorf("%s is in use: %w", path, err)
	}
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%s exists and is not a socket", path)
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
		p.Name = oneLine(u.Username)
	}
	if host, err := os.Hostname(); err == nil {
		p.Name += "@" + oneLine(host)
	}
	if uid == 0 || int(uid) == os.Geteuid() {
		p.Role = ops.Admin
	}
	return p
}

// oneLine replaces what cannot be printed.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, text)
}
