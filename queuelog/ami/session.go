package ami

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

const (
	// writeTimeout is how long a client may take to read, goodbye how long when the session is over.
	writeTimeout, goodbye = 10 * time.Second, time.Second
	// askTimeout is how long a client waits for the rules.
	askTimeout = 3 * time.Second
	// mostPackets and mostBytes bound what waits to be sent to a client.
	mostPackets = 1024
	mostBytes   = 4 << 20
	// banner is that of Asterisk 22.
	banner = "Asterisk Call Manager/11.0.0\r\n"
)

// session is a connection.
type session struct {
	server *Server
	conn   net.Conn
	in     *bufio.Reader
	// out waits to be sent, pending bytes of it.
	out     chan packet
	pending atomic.Int64
	once    sync.Once
	// ending: what waits is sent until closeBy, and nothing more.
	ending  chan struct{}
	closeBy time.Time
	// user is set once, when it logs in.
	user     atomic.Pointer[User]
	events   atomic.Int64
	secret   string // of its challenge
	punished atomic.Bool
	// next is when it may use the rules' time again.
	next time.Time
}

func newSession(s *Server, conn net.Conn) *session {
	return &session{
		server: s, conn: conn, in: reader(conn), out: make(chan packet, mostPackets), ending: make(chan struct{}),
	}
}

// end ends the session, from anywhere.
func (c *session) end() {
	c.once.Do(func() {
		c.closeBy = time.Now().Add(goodbye)
		close(c.ending)
		_ = c.conn.SetReadDeadline(time.Unix(1, 0))
		_ = c.conn.SetWriteDeadline(c.closeBy)
	})
}

// send sends an answer, and waits while the client has not read what came before.
func (c *session) send(p packet) {
	limit := time.NewTimer(writeTimeout)
	defer limit.Stop()
	c.pending.Add(int64(len(p)))
	select {
	case c.out <- p:
	case <-c.ending:
	case <-limit.C:
		c.slow()
	}
}

// push sends an event. It does not wait: who is too slow for the events is cut off, and finds by QueueStatus what it missed.
func (c *session) push(p packet) {
	if c.pending.Add(int64(len(p))) > mostBytes {
		c.slow()
		return
	}
	select {
	case c.out <- p:
	case <-c.ending:
	default:
		c.slow()
	}
}

func (c *session) slow() {
	select {
	case <-c.ending: // told
	default:
		c.server.metrics.Cut()
		name := ""
		if u := c.user.Load(); u != nil {
			name = u.Name
		}
		c.server.log.Warn("ami: a client reads too slowly and is disconnected", zap.String("user", name))
	}
	c.end()
}

// write sends what there is, until the session ends, and closes the connection.
func (c *session) write() {
	defer c.conn.Close()
	defer c.end()
	send := func(p packet) bool {
		_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		select {
		case <-c.ending:
			_ = c.conn.SetWriteDeadline(c.closeBy)
		default:
		}
		_, err := c.conn.Write(p)
		c.pending.Add(int64(-len(p)))
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			c.slow()
		}
		return err == nil
	}
	for {
		select {
		case p := <-c.out:
			if !send(p) {
				return
			}
		case <-c.ending:
			for {
				select {
				case p := <-c.out:
					if !send(p) {
						return
					}
				default:
					return
				}
			}
		}
	}
}

// serve reads what the client asks until it leaves.
func (c *session) serve(ctx context.Context) {
	_ = c.conn.SetReadDeadline(time.Now().Add(logInWithin))
	c.send(packet(banner))
	for {
		m, err := read(c.in)
		switch {
		case errors.Is(err, errLine):
			c.send(failure(m, "Failed to parse message: line too long"))
			continue
		case errors.Is(err, errLines):
			c.send(failure(m, "Too many lines in message or allocation failure"))
			continue
		case err != nil:
			return
		}
		if !c.act(ctx, m) {
			return
		}
	}
}

// view is the state now.
func (c *session) view(ctx context.Context) (*view, error) {
	if err := c.turn(ctx); err != nil {
		return nil, err
	}
	v, took, err := c.server.view(ctx)
	c.next = time.Now().Add(pause(took))
	return v, err
}

// turn waits until the client may use the rules' time again: one that asks in a row has to.
func (c *session) turn(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ending:
		return context.Canceled
	case <-time.After(time.Until(c.next)):
		c.next = time.Now().Add(pace)
		return nil
	}
}
