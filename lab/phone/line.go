package phone

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

func init() {
	// A caller's name of 1,000 characters makes an INVITE longer than the
	// library's guard for Ethernet. Loopback carries any datagram.
	sip.UDPMTUSize = 65535
	// The library logs what tests do on purpose: lines that close in a call.
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
}

// requestTimeout bounds a SIP request that is not an INVITE.
const requestTimeout = 5 * time.Second

// line is one socket with SIP on it. A phone that vanishes loses its line and
// gets a new one when it returns; calls stay with the line they began on.
type line struct {
	conn   *net.UDPConn
	addr   netip.AddrPort
	ua     *sipgo.UserAgent
	client *sipgo.Client
	closed chan struct{}
	allow  string // the methods that it serves
}

// openLine binds addr and serves requests with the handlers.
func openLine(addr netip.AddrPort, handlers map[sip.RequestMethod]func(*line, *sip.Request, sip.ServerTransaction)) (*line, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("SIP socket: %w", err)
	}
	_ = conn.SetReadBuffer(1 << 20) // bursts of a load; the kernel may grant less
	l := &line{conn: conn, addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), closed: make(chan struct{})}
	l.ua, err = sipgo.NewUA(sipgo.WithUserAgent("kezek-lab"))
	if err != nil {
		conn.Close()
		return nil, err
	}
	server, err := sipgo.NewServer(l.ua)
	if err != nil {
		conn.Close()
		return nil, err
	}
	var methods []string
	for method, h := range handlers {
		methods = append(methods, string(method))
		server.OnRequest(method, func(r *sip.Request, tx sip.ServerTransaction) {
			select {
			case <-l.closed: // what was read before is not answered after
			default:
				h(l, r, tx)
			}
		})
	}
	slices.Sort(methods)
	l.allow = strings.Join(methods, ", ")
	l.client, err = sipgo.NewClient(l.ua, sipgo.WithClientConnectionAddr(l.addr.String()))
	if err != nil {
		conn.Close()
		return nil, err
	}
	// Requests can leave by this socket once the server has put it in its
	// pool, which it does before it first reads.
	reading := &readSignal{PacketConn: conn, ready: make(chan struct{})}
	go func() { _ = server.ServeUDP(reading) }()
	<-reading.ready
	return l, nil
}

// close ends the line without a word to the far ends.
func (l *line) close() {
	close(l.closed)
	l.conn.Close()
	l.ua.Close()
}

// prepare completes a request for this line: hop, body length, socket.
func (l *line) prepare(c *sipgo.Client, r *sip.Request) error {
	if r.Via() == nil {
		if err := sipgo.ClientRequestAddVia(c, r); err != nil {
			return err
		}
	}
	if r.ContentLength() == nil {
		r.SetBody(r.Body())
	}
	r.Laddr = sip.Addr{IP: l.addr.Addr().AsSlice(), Port: int(l.addr.Port())}
	return nil
}

// send sends a request other than INVITE and waits for its final response.
// One digest challenge is answered; a second try covers a nonce gone stale.
func (l *line) send(ctx context.Context, r *sip.Request, auth sipgo.DigestAuth) (*sip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	res, err := l.client.Do(ctx, r, l.prepare)
	for range 2 {
		if err != nil || res == nil || !challenged(res) || auth.Password == "" {
			break
		}
		r = r.Clone() // the transaction may still be sending the first one
		res, err = l.client.DoDigestAuth(ctx, r, res, auth)
	}
	if err == nil && res == nil { // the transaction was ended, as when the line closes
		err = sip.ErrTransactionTerminated
	}
	if err != nil {
		return nil, fmt.Errorf("%s to %s: %w", r.Method, r.Recipient.Addr(), err)
	}
	return res, nil
}

func challenged(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}

// abilities tells the far end what the phone can do.
func (l *line) abilities(m sip.Message) {
	m.AppendHeader(sip.NewHeader("Allow", l.allow))
	m.AppendHeader(sip.NewHeader("Supported", "replaces"))
}

// contact is where the far end reaches user on this line.
func (l *line) contact(user string) *sip.ContactHeader {
	return &sip.ContactHeader{Address: l.uri(user)}
}

func (l *line) uri(user string) sip.Uri {
	return sip.Uri{Scheme: "sip", User: escapeUser(user), Host: l.addr.Addr().String(), Port: int(l.addr.Port())}
}

// escapeUser makes any text fit for the user part of a SIP URI.
func escapeUser(user string) string {
	const plain = "-_.!~*'()&=+$,;?/"
	var b strings.Builder
	for _, c := range []byte(user) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// readSignal tells when a socket is first read.
type readSignal struct {
	net.PacketConn
	once  sync.Once
	ready chan struct{}
}

func (s *readSignal) ReadFrom(p []byte) (int, net.Addr, error) {
	s.once.Do(func() { close(s.ready) })
	return s.PacketConn.ReadFrom(p)
}
