package ops

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// SignOn is how people sign on elsewhere, and what their groups may do here.
type SignOn struct {
	// Groups are their rights by the group that the provider or the proxy names.
	Groups map[string]Grant
	// Lasts is for how long a session is good.
	Lasts time.Duration
	// Proxy is by the headers of a trusted proxy; nil: they are ignored.
	Proxy *ProxyHeaders
}

// ProxyHeaders are the names of the headers by which a trusted proxy says who asks. Only User must be there.
type ProxyHeaders struct {
	User, Groups, Email string
}

// rights are those of somebody in some groups.
func (o *SignOn) rights(groups []string) rights {
	var grants []Grant
	for _, group := range groups {
		if g, ok := o.Groups[group]; ok {
			grants = append(grants, g)
		}
	}
	return newRights(grants...)
}

// SetSignOn replaces how people sign on, for requests from now on: also those of sessions that are open.
func (s *Server) SetSignOn(o SignOn) {
	if o.Lasts <= 0 {
		o.Lasts = 12 * time.Hour
	}
	s.signOn.Store(&o)
}

// byOtherMeans is who asks without a token: whom a trusted proxy names, or whose cookie it is. Shown is false if the request has
// neither; if ok is false, it has answered the request itself.
func (s *Server) byOtherMeans(w http.ResponseWriter, r *http.Request) (asker who, shown, ok bool) {
	var one *session
	if p, named := s.named(r); named {
		if p.subject == "" {
			problem(w, http.StatusUnauthorized, "the proxy names no user, or more than one: see ops.sign_on.proxy")
			return who{}, true, false
		}
		if one = s.proxied(r, p); one.barred {
			forbidden(w, fmt.Sprintf("%q was signed off by an admin, until %s", one.name, one.until.In(s.location()).Format(time.RFC3339)))
			return who{}, true, false
		}
	} else if secret := cookieOf(r); secret != "" {
		given := sha256.Sum256([]byte(secret))
		one = s.sessions.find(s.now(), func(one *session) bool {
			return one.how == byOIDC && subtle.ConstantTimeCompare(one.secret[:], given[:]) == 1
		})
		if one == nil {
			s.metrics.unknown(expiredToken)
			s.forgetCookie(w, r)
			w.Header().Set("WWW-Authenticate", `Bearer realm="kezek", error="invalid_token"`)
			problem(w, http.StatusUnauthorized, "the session has ended: sign on again")
			return who{}, true, false
		}
	} else {
		return who{}, false, false
	}
	asker = s.asWho(one)
	switch {
	case asker.role == anyone:
		forbidden(w, fmt.Sprintf("%q is in no group that has a role here (%s): see ops.sign_on.groups", one.name, strings.Join(one.groups, ", ")))
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("X-Kezek") != "1": // a foreign page cannot send it
		forbidden(w, `an order needs the header "X-Kezek: 1" unless it comes with a token`)
	default:
		return asker, true, true
	}
	return who{}, true, false
}

// named is whom a proxy says who asks, if it is one that is trusted. Without a subject it does not say so clearly: then a header that
// the client has sent may stand beside the proxy's own.
func (s *Server) named(r *http.Request) (p person, named bool) {
	headers := s.signOn.Load().Proxy
	if headers == nil || !s.proxies.contain(peerAddr(r)) {
		return person{}, false
	}
	users := r.Header.Values(headers.User)
	if len(users) == 0 {
		return person{}, false
	}
	p = person{how: byProxy}
	if len(users) > 1 || !isName(users[0]) {
		return p, true
	}
	p.subject, p.name = users[0], users[0]
	if emails := r.Header.Values(headers.Email); headers.Email != "" && len(emails) == 1 && isName(emails[0]) {
		p.name = emails[0]
	}
	if headers.Groups != "" {
		for _, line := range r.Header.Values(headers.Groups) {
			for group := range strings.SplitSeq(line, ",") {
				if group = strings.TrimSpace(group); group != "" && len(p.groups) < mostGroups {
					p.groups = append(p.groups, group)
				}
			}
		}
	}
	return p, true
}

// mostGroups of a person count.
const mostGroups = 100

// isName reports whether somebody can be called so in records.
func isName(name string) bool { return name != "" && len(name) <= 128 && oneLine(name) }

// proxied is the session of somebody whom a proxy names. Their groups are those that it names now.
func (s *Server) proxied(r *http.Request, p person) *session {
	fits := func(one *session) bool { return one.how == byProxy && one.subject == p.subject }
	s.entering.Lock()
	defer s.entering.Unlock()
	one := s.sessions.find(s.now(), fits)
	if one != nil && (one.barred || one.name == p.name && slices.Equal(one.groups, p.groups)) {
		return one
	}
	if one != nil { // what is open was opened with other rights
		s.sessions.end(one.id, false)
	}
	opened, _ := s.sessions.open(p, s.origin(r), s.now(), s.signOn.Load().Lasts)
	s.log.Info("signed on", zap.String("name", p.name), zap.String("how", p.how), zap.Strings("groups", p.groups), zap.Stringer("from", opened.from))
	return opened
}
