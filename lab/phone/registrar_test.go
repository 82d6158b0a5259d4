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

	mu       sync.Mutex
	contacts map[string]time.Duration // by contact
	count    int                      // of registrations that were taken
	more     chan struct{}            // one for each of them
	away     bool                     // refuses all
	refused  chan struct{}            // one for each that was refused
}

func newRegistrar(t *testing.T, password string) *registrar {
	t.Helper()
	r := &registrar{password: password, contacts: make(map[string]time.Duration), more: make(chan struct{}, 100), refused: make(chan struct{}, 100)}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	r.addr = conn.LocalAddr().String()
	ua, err := sipgo.NewUA()
	must(t, err)
	server, err := sipgo.NewServer(ua)
	must(t, err)
	server.OnRegister(r.register)
	go func() { _ = server.ServeUDP(conn) }()
	t.Cleanup(func() {
		conn.Close()
		ua.Close()
	})
	return r
}

func (r *registrar) register(req *sip.Request, tx sip.ServerTransaction) {
	r.mu.Lock()
	away := r.away
	r.mu.Unlock()
	if away {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 503, "Service Unavailable", nil))
		r.refused <- struct{}{}
		return
	}
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

func (r *registrar) setAway(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = away
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
