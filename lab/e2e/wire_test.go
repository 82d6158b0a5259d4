package e2e

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// wire is a network between the daemon and ARI that can be cut.
type wire struct {
	listener net.Listener

	mu     sync.Mutex
	target string // host:port
	down   bool
	conns  []net.Conn
}

func newWire(t testing.TB) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{listener: l}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.carry(near) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.cut()
		running.Wait()
	})
	return w
}

// url is ARI's through the wire.
func (w *wire) url() string { return "http://" + w.listener.Addr().String() + "/ari" }

// to sets where the wire leads.
func (w *wire) to(ariURL string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = strings.TrimSuffix(strings.TrimPrefix(ariURL, "http://"), "/ari")
}

// cut breaks all connections and lets no new ones through until join.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *wire) join() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

func (w *wire) carry(near net.Conn) {
	defer near.Close()
	w.mu.Lock()
	down, target := w.down, w.target
	w.mu.Unlock()
	if down {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	w.mu.Lock()
	if down = w.down; !down {
		w.conns = append(w.conns, near, far)
	}
	w.mu.Unlock()
	if down {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(near, far) // either end may close
		near.Close()
	}()
	_, _ = io.Copy(far, near)
	far.Close()
	<-back
}
