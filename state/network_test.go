package state

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// fault is what becomes of the next request that saves.
type fault int

const (
	none       fault = iota
	unsent           // the connection breaks before it
	unanswered       // it is done, but the connection breaks before the answer
	late             // the store gives it up, and it arrives later
)

// network lies between a store and its server.
type network struct {
	mu    sync.Mutex
	fates []fault // of the next saves; none after them
	held  []parcel
}

// parcel is a request that was held back.
type parcel struct {
	conn net.Conn
	sent []byte
}

// fail says what becomes of the next saves.
func (n *network) fail(fates ...fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fates = fates
}

// take takes the fate of the next save.
func (n *network) take() fault {
	if len(n.fates) == 0 {
		return none
	}
	f := n.fates[0]
	n.fates = n.fates[1:]
	return f
}

// deliver lets what was held back arrive, and waits until it was answered.
func (n *network) deliver(t testing.TB) {
	n.mu.Lock()
	held := n.held
	n.held = nil
	n.mu.Unlock()
	for _, h := range held {
		h.conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := h.conn.Write(h.sent); err != nil {
			t.Fatal(err)
		}
		if _, err := h.conn.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		h.conn.Close()
	}
}

// through returns a store of the server behind the network.
func (n *network) through(s *server, change ...func(*Options)) *Store {
	s.t.Helper()
	ro := s.options()
	addr := ro.Addr
	ro.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c, net: n}, nil
	}
	opts := Options{Site: "lab", Instance: "one"}
	for _, c := range change {
		c(&opts)
	}
	st, err := open(opts, ro)
	if err != nil {
		s.t.Fatal(err)
	}
	st.probe = time.Millisecond
	s.t.Cleanup(func() { st.Close() })
	acquire(s.t, st)
	return st
}

type conn struct {
	net.Conn
	net  *network
	fate fault
	held bool
}

func (c *conn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(saveScript.Hash())) {
		c.net.mu.Lock()
		c.fate = c.net.take()
		if c.fate == late {
			c.held = true
			c.net.held = append(c.net.held, parcel{conn: c.Conn, sent: bytes.Clone(b)})
		}
		c.net.mu.Unlock()
	}
	switch c.fate {
	case unsent:
		c.Conn.Close()
		return 0, io.ErrClosedPipe
	case late:
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	switch c.fate {
	case unanswered:
		c.Conn.Read(b)
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	case late:
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Read(b)
}

func (c *conn) Close() error {
	if c.held {
		return nil // deliver closes it
	}
	return c.Conn.Close()
}
