package ops

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// bounds of the connections that are open at one time.
type bounds struct {
	// strangers are those that have shown no token yet, of all and of one address. This
	// machine and the trusted proxies, each of them an address of many, have no bound but that of all.
	strangers, perAddress int
	// known are those that have, of all and of one token. At a bound one that is idle makes room.
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
	// proxies are addresses from which many come.
	proxies proxies

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
	// shared: many come from addr.
	shared bool

	// crowd.mu guards what follows: the token's id, "" of a stranger, and since when no
	// request is in work.
	token     string
	idleSince time.Time
}

func newCrowd(l net.Listener, b bounds, p proxies) *crowd {
	return &crowd{Listener: l, bounds: b, proxies: p, known: map[*visitor]struct{}{}, perToken: map[string]int{}}
}

// Accept implements [net.Listener]. net/http pauses when it fails for lack of descriptors.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visitor{Conn: conn, crowd: c, shared: true} // on a unix socket nobody has an address
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		v.place(tcp.AddrPort().Addr().Unmap().WithZone(""))
	}
	if out := c.enter(v); out != nil {
		_ = out.Close()
	}
	return v, nil
}

// place takes down the address that a connection comes from.
func (v *visitor) place(addr netip.Addr) {
	v.addr, v.shared = family(addr), addr.IsLoopback() || v.crowd.proxies.contain(addr)
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
	case v.shared || count[v.addr] < c.bounds.perAddress:
		c.strangers = append(c.strangers, v)
		return nil
	}
	// None is from the crowded address if each has one, and so the newcomer's: then the oldest of all goes.
	i := max(0, slices.IndexFunc(c.strangers, func(s *visitor) bool { return s.addr == crowded }))
	out := c.strangers[i]
	c.strangers = append(slices.Delete(c.strangers, i, i+1), v)
	return out
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
		if c.perToken[v.token]--; c.perToken[v.token] == 0 {
			delete(c.perToken, v.token)
		}
		return
	}
	c.strangers = slices.DeleteFunc(c.strangers, func(s *visitor) bool { return s == v })
}

// welcome makes a connection one of a token's, and reports false if that has too many in use.
func (v *visitor) welcome(token string) bool {
	out, ok := v.join(token)
	if out != nil {
		_ = out.Close()
	}
	return ok
}

// join is [visitor.welcome] without closing the idle connection that makes room, if any.
func (v *visitor) join(token string) (out *visitor, ok bool) {
	c := v.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.known[v]
	switch {
	case known && v.token == token:
		return nil, true
	case c.perToken[token] >= c.bounds.perToken:
		out = c.idlest(token)
	case !known && len(c.known) >= c.bounds.known:
		out = c.idlest("")
	default:
		ok = true
	}
	if !ok && out == nil {
		return nil, false
	}
	if out != nil {
		c.leave(out)
	}
	c.leave(v)
	v.token = token
	c.known[v] = struct{}{}
	c.perToken[token]++
	return out, true
}

// idlest is the connection of a token, of any if it is "", that has been idle for longest; nil if
// all are in use. Of any it is one of the token that has most.
func (c *crowd) idlest(token string) (out *visitor) {
	for v := range c.known {
		if v.idleSince.IsZero() || token != "" && v.token != token {
			continue
		}
		if out == nil {
			out = v
			continue
		}
		if has, most := c.perToken[v.token], c.perToken[out.token]; has > most || has == most && v.idleSince.Before(out.idleSince) {
			out = v
		}
	}
	return out
}

// changed follows [http.Server.ConnState]: an idle connection is open and has no request.
func changed(conn net.Conn, to http.ConnState) {
	v, ok := conn.(*visitor)
	if !ok {
		return
	}
	v.crowd.mu.Lock()
	defer v.crowd.mu.Unlock()
	v.idleSince = time.Time{}
	if to == http.StateIdle {
		v.idleSince = time.Now()
	}
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
func welcome(r *http.Request, token string) bool {
	v, ok := r.Context().Value(visitorKey{}).(*visitor)
	return !ok || v.welcome(token)
}
