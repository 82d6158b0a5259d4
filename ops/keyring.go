package ops

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"time"
)

// How somebody has shown who they are.
const (
	byToken  = "token"
	bySocket = "socket"
	byProxy  = "proxy"
	byOIDC   = "oidc"
)

// who is the one who asks.
type who struct {
	// id tells tokens apart in bounds: two may have the same name.
	id   string
	name string
	// rights by queue, role the best of them.
	rights rights
	role   Role
	how    string
	// until is when it ends; zero is never.
	until time.Time
	// revoked ends when the token or the session does; nil never ends.
	revoked context.Context
	// session is the id of theirs; empty with a token.
	session string
}

// gone is closed when the token of the one who asks is revoked or has ended.
func (w who) gone() <-chan struct{} {
	if w.revoked == nil {
		return nil
	}
	return w.revoked.Done()
}

// ended says why what the one who asks has shown counts no longer.
func (w who) ended() error {
	what := "session"
	if w.how == byToken {
		what = "token"
	}
	if errors.Is(w.revoked.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the %s has expired", what)
	}
	return fmt.Errorf("the %s is no longer valid", what)
}

// same reports whether two are the same person with the same rights.
func (w who) same(other who) bool {
	return w.name == other.name && w.until.Equal(other.until) && maps.Equal(w.rights, other.rights)
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
// same name, rights and end, are the same keys; revoke revokes the others of the old ring.
func newKeyring(tokens []Token, old keyring) (ring keyring, revoke func()) {
	ring = make(keyring, len(tokens))
	kept := map[digest]bool{}
	for i, t := range tokens {
		k := key{digest: sha256.Sum256([]byte(t.Secret)), who: who{name: t.Name, rights: t.rights(), role: t.Role, how: byToken, until: t.Until}}
		k.id = string(k.digest[:])
		if t.Name == "" {
			k.name = t.Role.String()
		}
		for _, was := range old {
			if was.digest == k.digest && was.same(k.who) {
				k, kept[k.digest] = was, true
			}
		}
		if k.revoke == nil {
			k.revoked, k.revoke = lasting(t.Until)
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

// lasting is a context that ends at a time, or not by itself if that is zero.
func lasting(until time.Time) (context.Context, context.CancelFunc) {
	if until.IsZero() {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), until)
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
