package ops

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A page of a foreign site can make a browser on this machine ask the daemon, and read the
// answer if it has that site's name point to 127.0.0.1 (DNS rebinding). What gives it away
// is the name in Host. Where a token is needed the page has none.

// local reports whether the request comes from this very machine. One that a
// proxy passes on does not, though the proxy may run here.
func local(r *http.Request) bool {
	return peerAddr(r).IsLoopback() && !forwarded(r)
}

func forwarded(r *http.Request) bool {
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
}

// peerAddr is the address at the other end of the connection; invalid on a unix socket.
func peerAddr(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return at.Addr().Unmap().WithZone("")
}

// origin is the address that a request comes from. A proxy on this machine is believed what
// it says last, which is its own word whether it replaces X-Forwarded-For or adds to it.
func origin(r *http.Request) netip.Addr {
	peer := peerAddr(r)
	if lines := r.Header.Values("X-Forwarded-For"); peer.IsLoopback() && len(lines) > 0 {
		hops := strings.Split(lines[len(lines)-1], ",")
		if last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
			return last.Unmap().WithZone("")
		}
	}
	return peer
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
