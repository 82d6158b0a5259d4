package ops

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// Role says what a token's bearer may do. Each role may do all that the lower ones may.
type Role int

// The roles.
const (
	// anyone needs no token.
	anyone Role = iota
	// Viewer sees everything and changes nothing.
	Viewer
	// Supervisor gives orders about agents and calls.
	Supervisor
	// Admin does what touches the installation.
	Admin
)

var roleNames = []string{"anyone", "viewer", "supervisor", "admin"}

// String is the role's name in the tokens file.
func (r Role) String() string { return roleNames[r] }

// ParseRole reads a role's name.
func ParseRole(name string) (Role, error) {
	for r := Viewer; r <= Admin; r++ {
		if name == r.String() {
			return r, nil
		}
	}
	return 0, fmt.Errorf("role %q: want viewer, supervisor or admin", name)
}

// Token is a secret that gives its bearer a role.
type Token struct {
	Secret string
	Role   Role
	// Name tells in records who gave an order; empty is the role's name.
	Name string
}

// who is the one who asks.
type who struct {
	name string
	role Role
}

// keyring finds tokens by their digests, so that neither the length nor the
// beginning of a secret can be learned from how long a refusal takes.
type keyring []struct {
	digest [sha256.Size]byte
	who
}

func newKeyring(tokens []Token) keyring {
	ring := make(keyring, len(tokens))
	for i, t := range tokens {
		ring[i].digest = sha256.Sum256([]byte(t.Secret))
		ring[i].who = who{t.Name, t.Role}
		if t.Name == "" {
			ring[i].name = t.Role.String()
		}
	}
	return ring
}

// find looks at every token, however early one fits.
func (k keyring) find(secret string) (found who, ok bool) {
	digest := sha256.Sum256([]byte(secret))
	for i := range k {
		if subtle.ConstantTimeCompare(digest[:], k[i].digest[:]) == 1 {
			found, ok = k[i].who, true
		}
	}
	return found, ok
}

// bearer is the token of a request.
func bearer(r *http.Request) (secret string, ok bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return secret, ok && strings.EqualFold(scheme, "Bearer") && secret != ""
}

// local reports whether the request comes from this very machine. One that a
// proxy passes on does not, though the proxy may run here.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// guard lets a request through if its token has at least the role, or if it is
// open on loopback and comes from there.
func (s *Server) guard(need Role, openLocally bool, next func(http.ResponseWriter, *http.Request, who)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if need == anyone || openLocally && local(r) {
			next(w, r, who{})
			return
		}
		secret, sent := bearer(r)
		asker, known := s.keys.Load().find(secret)
		switch {
		case !sent:
			w.Header().Set("WWW-Authenticate", `Bearer realm="kezek"`)
			problem(w, http.StatusUnauthorized, `this needs the header "Authorization: Bearer TOKEN"`)
		case !known:
			w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="invalid_token"`)
			problem(w, http.StatusUnauthorized, "the token is not known here")
		case asker.role < need:
			w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="insufficient_scope"`)
			problem(w, http.StatusForbidden, fmt.Sprintf("this needs the role %s; the token has %s", need, asker.role))
		default:
			next(w, r, asker)
		}
	})
}
