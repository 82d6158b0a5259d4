package ops

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"go.uber.org/zap"
)

// A page of a foreign site can make a browser on this machine ask the daemon, and read the
// answer if it has that site's name point to 127.0.0.1 (DNS rebinding). What gives it away
// is the name in Host. Where a token is needed the page has none.

// local reports whether the request comes from this very machine. One that a
// proxy passes on does not, though the proxy may run here.
func local(r *http.Request) bool {
	return peerAddr(r).IsLoopback() && !forwarded(r)
}

const forwardedFor = "X-Forwarded-For"

// forwarded reports whether a proxy has passed the request on. A header counts also where it is empty: the client
// may have sent an empty one, behind which the proxy puts its own.
func forwarded(r *http.Request) bool {
	for _, header := range []string{forwardedFor, "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if _, there := r.Header[header]; there {
			return true
		}
	}
	return false
}

// peerAddr is the address at the other end of the connection; invalid on a unix socket.
func peerAddr(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return at.Addr().Unmap().WithZone("")
}

// proxies are the addresses of the reverse proxies in front.
type proxies []netip.Prefix

func (p proxies) contain(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(net netip.Prefix) bool { return net.Contains(addr) })
}

// origin is the address that a request comes from: the peer, or behind a trusted proxy the last
// address of X-Forwarded-For that is no trusted proxy. What stands before it the client may have invented.
func (s *Server) origin(r *http.Request) netip.Addr {
	from := peerAddr(r)
	lines := r.Header.Values(forwardedFor)
	if len(lines) > 0 && !s.proxies.contain(from) {
		s.misled.Do(func() {
			s.log.Warn("X-Forwarded-For is not trusted: if a reverse proxy has sent it, add the address to ops.trusted_proxies", zap.Stringer("peer", from))
		})
	}
	for _, hop := range slices.Backward(strings.Split(strings.Join(lines, ","), ",")) {
		if !s.proxies.contain(from) {
			break
		}
		addr, err := hopAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = addr
	}
	return from
}

// hopAddr is an address of X-Forwarded-For. Some proxies add the port.
func hopAddr(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if at, perr := netip.ParseAddrPort(text); perr == nil {
		addr, err = at.Addr(), nil
	}
	return addr.Unmap().WithZone(""), err
}

// family is what one customer of a network has: an IPv4 address, or a /64 of IPv6.
func family(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}

// foreign says what is wrong with a Host that somebody on this machine would not use; "" if nothing.
// Programs without a browser's habits may leave it out.
func (s *Server) foreign(r *http.Request) string {
	if r.Host == "" || !local(r) {
		return ""
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if addr, err := netip.ParseAddr(host); host == "localhost" || err == nil && addr.Unmap().IsLoopback() || slices.Contains(s.hosts, host) {
		return ""
	}
	allowed := append([]string{"localhost", "127.0.0.1", "::1"}, s.hosts...)
	return fmt.Sprintf("the host %q is not this daemon's: want one of %s; ops.hosts of the config adds others", r.Host, strings.Join(allowed, ", "))
}

type peerKey struct{}

// withPeer makes all requests of a connection those of somebody on this machine.
func withPeer(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// peerOf is who asks on a unix socket.
func peerOf(r *http.Request) (Peer, bool) {
	p, ok := r.Context().Value(peerKey{}).(Peer)
	return p, ok
}
