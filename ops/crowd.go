package ops

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
)

// bounds of the connections that are open at one time.
type bounds struct {
	// strangers are those that have shown no token yet, of all and of one address;
	// this machine's own address, where a proxy may be, has no bound but that of all.
	strangers, perAddress int
	// known are those that have, of all and of one token.
	known, perToken int
}

// What there may be where descriptors are plenty.
var plenty = bounds{strangers: 64, perAddress: 16, known: 448, perToken: 64}

// httpShare of the descriptors of the process is the most that HTTP's connections
// take: the rest is for Asterisk, Redis, FastAGI and files. One that downloads takes two.
const httpShare = 4

// boundsFor are the bounds of a process that may open so many descriptors.
func boundsFor(descriptors uint64) bounds {
	b, all := plenty, plenty.strangers+plenty.known
	if share := int(min(descriptors/httpShare, uint64(all))); share < all {
		b.strangers = max(4, share/4)
		b.known = max(4, share-b.strangers)
		b.perAddress, b.perToken = max(2, b.strangers/4), max(2, b.known/2)
	}
	return b
}

// descriptors is how many the process may open. Go has raised it at the start as far as it may.
func descriptors() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return limit.Cur
}

// crowd is a listener that bounds the connections that it has accepted. One that comes when
// there are too many strangers takes the place of another: of the one that came first from the
// address that has most. So whoever opens thousands shuts out only themselves.
type crowd struct {
	net.Listener
	bounds bounds

	mu        sync.Mutex
	strangers []*visitor // in the order in which they came
	known     map[*visitor]struct{}
	perToken  map[string]int
}

// visitor is a connection of a crowd.
type visitor struct {
	net.Conn
	crowd *crowd
	addr  netip.Addr
	name  string // of the token; "" of a stranger. crowd.mu guards it
}

func newCrowd(l net.Listener, b bounds) *crowd {
	return &crowd{Listener: l, bounds: b, known: map[*visitor]struct{}{}, perToken: map[string]int{}}
}

// Accept implements [net.Listener]. net/http pauses when it fails for lack of descriptors.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visitor{Conn: conn, crowd: c}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		v.addr = family(tcp.AddrPort().Addr().Unmap().WithZone(""))
	}
	if out := c.enter(v); out != nil {
		_ = out.Close()
	}
	return v, nil
}

// enter adds a stranger, and returns the one that has to go for it, if any.
func (c *crowd) enter(v *visitor) *visitor {
	c.mu.Lock()
	defer c.mu.Unlock()
	crowded := v.addr
	count := map[netip.Addr]int{}
	for _, s := range c.strangers {
		count[s.addr]++
	}
	switch {
	case len(c.strangers) >= c.bounds.strangers:
		count[v.addr]++ // of two that have as many, the newcomer's own is crowded
		for _, s := range c.strangers {
			if count[s.addr] > count[crowded] {
				crowded = s.addr
			}
		}
	case v.addr.IsLoopback() || !v.addr.IsValid() || count[v.addr] < c.bounds.perAddress:
		c.strangers = append(c.strangers, v)
		return nil
	}
	for i, s := range c.strangers {
		if s.addr == crowded {
			c.strangers = append(append(c.strangers[:i:i], c.strangers[i+1:]...), v)
			return s
		}
	}
	return nil // not reached: the crowded address has some
}

// Close implements [net.Conn].
func (v *visitor) Close() error {
	v.crowd.mu.Lock()
	v.crowd.leave(v)
	v.crowd.mu.Unlock()
	return v.Conn.Close()
}

// leave takes a connection off the lists, where it may not be any more.
func (c *crowd) leave(v *visitor) {
	if _, known := c.known[v]; known {
		delete(c.known, v)
		if c.perToken[v.name]--; c.perToken[v.name] == 0 {
			delete(c.perToken, v.name)
		}
		return
	}
	for i, s := range c.strangers {
		if s == v {
			c.strangers = append(c.strangers[:i], c.strangers[i+1:]...)
			return
		}
	}
}

// welcome makes a connection one of a token's, and reports false if that has too many.
func (v *visitor) welcome(name string) bool {
	c := v.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.known[v]
	switch {
	case known && v.name == name:
		return true
	case c.perToken[name] >= c.bounds.perToken || !known && len(c.known) >= c.bounds.known:
		return false
	}
	c.leave(v)
	v.name = name
	c.known[v] = struct{}{}
	c.perToken[name]++
	return true
}

type visitorKey struct{}

// withVisitor lets the requests of a connection find it.
func withVisitor(ctx context.Context, conn net.Conn) context.Context {
	if v, ok := conn.(*visitor); ok {
		return context.WithValue(ctx, visitorKey{}, v)
	}
	return ctx
}

// welcome reports whether the connection of a request may stay open for a token.
func welcome(r *http.Request, name string) bool {
	v, ok := r.Context().Value(visitorKey{}).(*visitor)
	return !ok || v.welcome(name)
}
