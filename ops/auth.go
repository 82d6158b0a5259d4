package ops

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
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
	if r := Role(slices.Index(roleNames, name)); r >= Viewer {
		return r, nil
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
	// id tells tokens apart in bounds: two may have the same name.
	id   string
	name string
	role Role
	// revoked ends when the token does; nil never ends.
	revoked context.Context
}

// gone is closed when the token of the one who asks is revoked.
func (w who) gone() <-chan struct{} {
	if w.revoked == nil {
		return nil
	}
	return w.revoked.Done()
}

// key is a token as the server remembers it.
type key struct {
	digest digest
	who
	revoke context.CancelFunc
}

// keyring finds tokens by their digests, so that neither the length nor the
// beginning of a secret can be learned from how long a refusal takes.
type keyring []key

// newKeyring makes the keys of tokens. Those that are in the old ring too, with the
// same name and role, are the same keys; revoke revokes the others of the old ring.
func newKeyring(tokens []Token, old keyring) (ring keyring, revoke func()) {
	ring = make(keyring, len(tokens))
	kept := map[digest]bool{}
	for i, t := range tokens {
		k := key{digest: sha256.Sum256([]byte(t.Secret)), who: who{name: t.Name, role: t.Role}}
		k.id = string(k.digest[:])
		if t.Name == "" {
			k.name = t.Role.String()
		}
		for _, was := range old {
			if was.digest == k.digest && was.name == k.name && was.role == k.role {
				k, kept[k.digest] = was, true
			}
		}
		if k.revoke == nil {
			k.revoked, k.revoke = context.WithCancel(context.Background())
		}
		ring[i] = k
	}
	return ring, func() {
		for _, was := range old {
			if !kept[was.digest] {
				was.revoke()
			}
		}
	}
}

// find looks at every token, however early one fits.
func (k keyring) find(token digest) (found who, ok bool) {
	for i := range k {
		if subtle.ConstantTimeCompare(token[:], k[i].digest[:]) == 1 {
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

// guard lets a request through to a route if its token has at least the role, or
// if the route is open on loopback and the request comes from there, and if all
// that it brings is known to the route.
func (s *Server) guard(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asker, ok := s.asker(w, r, route)
		if !ok {
			return
		}
		if wrong := wrongQuery(r, route.query, route.often); wrong != "" {
			problem(w, http.StatusUnprocessableEntity, wrong)
			return
		}
		if r.ContentLength != 0 && !route.body {
			problem(w, http.StatusBadRequest, "a request body is not allowed here")
			return
		}
		route.serve(w, r, asker)
	})
}

// asker is who sends a request; if they may not, it has answered the request itself.
func (s *Server) asker(w http.ResponseWriter, r *http.Request, route route) (asker who, ok bool) {
	if peer, there := peerOf(r); there {
		asker = who{id: peer.Name, name: peer.Name, role: peer.Role}
		return asker, s.hasRole(w, asker, route.role)
	}
	if route.role == anyone || route.openLocally && local(r) {
		return who{}, true
	}
	secret, sent := bearer(r)
	if !sent {
		s.metrics.unknown(missingToken)
		w.Header().Set("WWW-Authenticate", `Bearer realm="kezek"`)
		problem(w, http.StatusUnauthorized, `this needs the header "Authorization: Bearer TOKEN"`)
		return who{}, false
	}
	token, from, now := sha256.Sum256([]byte(secret)), s.origin(r), s.now()
	if pause := s.guessers.wait(from, token, now); pause > 0 {
		s.metrics.unknown(slowedToken)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(pause.Seconds()))))
		problem(w, http.StatusTooManyRequests, "too many wrong tokens came from this address: wait, then send the right one")
		return who{}, false
	}
	asker, known := s.keys.Load().find(token)
	if !known {
		s.metrics.unknown(wrongToken)
		s.guessers.wrong(from, token, now)
		w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="invalid_token"`)
		problem(w, http.StatusUnauthorized, "unknown token")
		return who{}, false
	}
	s.guessers.right(from, token, now)
	if !welcome(r, asker.id) {
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusTooManyRequests, fmt.Sprintf("the token %q has reached its limit of connections", asker.name))
		return who{}, false
	}
	w.Header().Del("Connection") // it may be used again
	return asker, s.hasRole(w, asker, route.role)
}

// hasRole reports whether the role of the one who asks is enough; if not, it has answered the request.
func (s *Server) hasRole(w http.ResponseWriter, asker who, need Role) bool {
	if asker.role >= need {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="insufficient_scope"`)
	problem(w, http.StatusForbidden, fmt.Sprintf("this needs the role %s; the token has %s", need, asker.role))
	return false
}
