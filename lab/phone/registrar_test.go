package phone_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// registrar is as much of an exchange as a phone needs to register: it
// challenges, checks the digest, and keeps who is where.
type registrar struct {
	addr     string
	password string
	conn     net.PacketConn
	ua       *sipgo.UserAgent

	mu       sync.Mutex
	contacts map[string]time.Duration // by contact
	count    int                      // of registrations that were taken
	more     chan struct{}            // one for each of them
}

func newRegistrar(t *testing.T, addr, password string) *registrar {
	t.Helper()
	r := &registrar{password: password, contacts: make(map[string]time.Duration), more: make(chan struct{}, 100)}
	conn, err := net.ListenPacket("udp4", addr)
	must(t, err)
	r.conn, r.addr = conn, conn.LocalAddr().String()
	r.ua, err = sipgo.NewUA()
	must(t, err)
	server, err := sipgo.NewServer(r.ua)
	must(t, err)
	server.OnRegister(r.register)
	go func() { _ = server.ServeUDP(conn) }()
	t.Cleanup(r.close)
	return r
}

func (r *registrar) close() {
	r.conn.Close()
	r.ua.Close()
}

func (r *registrar) register(req *sip.Request, tx sip.ServerTransaction) {
	challenge := digest.Challenge{Realm: "lab", Nonce: "n0nce", Algorithm: "MD5", QOP: []string{"auth"}}
	given, err := digest.ParseCredentials(value(req, "Authorization"))
	if err == nil {
		var want *digest.Credentials
		want, err = digest.Digest(&challenge, digest.Options{
			Method: "REGISTER", URI: given.URI, Username: given.Username, Password: r.password,
			Count: given.Nc, Cnonce: given.Cnonce,
		})
		if err == nil && want.Response == given.Response {
			r.take(req)
			_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
			return
		}
	}
	res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
	res.AppendHeader(sip.NewHeader("WWW-Authenticate", challenge.String()))
	_ = tx.Respond(res)
}

func (r *registrar) take(req *sip.Request) {
	seconds, err := time.ParseDuration(value(req, "Expires") + "s")
	if err != nil {
		return
	}
	contact := req.Contact().Address.String()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count++; seconds == 0 {
		delete(r.contacts, contact)
	} else {
		r.contacts[contact] = seconds
	}
	r.more <- struct{}{}
}

func (r *registrar) registered() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for contact := range r.contacts {
		all = append(all, contact)
	}
	return all
}

func value(req *sip.Request, name string) string {
	if h := req.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}
