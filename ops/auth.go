package ops

import (
	"crypto/sha256"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

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
		route.serve(answerFor(w, asker), r, asker)
	})
}

// asker is who sends a request; if they may not, it has answered the request itself.
func (s *Server) asker(w http.ResponseWriter, r *http.Request, route route) (asker who, ok bool) {
	if peer, there := peerOf(r); there {
		asker = who{id: peer.Name, name: peer.Name, rights: newRights(Grant{Role: peer.Role}), role: peer.Role, how: bySocket}
		return asker, s.hasRole(w, asker, route)
	}
	if route.role == anyone || route.openLocally && local(r) {
		return who{}, true
	}
	secret, sent := bearer(r)
	if sent {
		asker, ok = s.bearerOf(w, r, secret)
	} else if asker, sent, ok = s.byOtherMeans(w, r); !sent {
		s.metrics.unknown(missingToken)
		w.Header().Set("WWW-Authenticate", `Bearer realm="kezek"`)
		problem(w, http.StatusUnauthorized, `this needs the header "Authorization: Bearer TOKEN"`)
	}
	if !ok {
		return who{}, false
	}
	if !welcome(r, asker.id) {
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusTooManyRequests, fmt.Sprintf("%s %q has reached its limit of connections", asker.kind(), asker.name))
		return who{}, false
	}
	w.Header().Del("Connection") // it may be used again
	return asker, s.hasRole(w, asker, route)
}

// bearerOf is whose token it is; if nobody's, or that of somebody no longer let in, it has answered the request itself.
func (s *Server) bearerOf(w http.ResponseWriter, r *http.Request, secret string) (asker who, ok bool) {
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
	if !asker.until.IsZero() && !now.Before(asker.until) { // it is no guess
		s.metrics.unknown(expiredToken)
		w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="invalid_token", error_description="expired"`)
		problem(w, http.StatusUnauthorized, fmt.Sprintf("the token %q was valid until %s: ask for another", asker.name, asker.until.In(s.location()).Format(time.RFC3339)))
		return who{}, false
	}
	s.guessers.right(from, token, now)
	return asker, true
}

// hasRole reports whether the role of the one who asks is enough for a route; if not, it has answered the request itself. What
// a route does not sort by queue takes the role in all of them.
func (s *Server) hasRole(w http.ResponseWriter, asker who, route route) bool {
	if asker.role < route.role {
		forbidden(w, fmt.Sprintf("this needs the role %s; %s has %s", route.role, asker.called(), asker.role))
		return false
	}
	if !route.scoped && asker.rights.in(everywhere) < route.role {
		forbidden(w, fmt.Sprintf("this concerns all queues; %s has the role %s only in %s", asker.called(), asker.role, strings.Join(asker.rights.queues(route.role), ", ")))
		return false
	}
	return true
}

// kind is what the one who asks has shown.
func (w who) kind() string {
	if w.how == byToken {
		return "the token"
	}
	return "the session of"
}

// called is how the one who asks is called in a refusal.
func (w who) called() string {
	if w.how == byToken {
		return "the token"
	}
	return strconv.Quote(w.name)
}

// forbidden refuses what somebody may not.
func forbidden(w http.ResponseWriter, detail string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="insufficient_scope"`)
	problem(w, http.StatusForbidden, detail)
}
