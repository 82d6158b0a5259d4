package ops

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Sessions of people who sign on elsewhere: at an OIDC provider, which gives the browser a cookie of ours, or at a trusted
// proxy, which names them with each request. They are kept in memory: a restart ends them.

const (
	// mostSessions bounds them, mostOfOnePerson those of one: the one not used for longest makes room.
	mostSessions    = 1000
	mostOfOnePerson = 10
	// sessionCookie is the name of our cookie.
	sessionCookie = "kezek-session"
)

// person is somebody as an identity provider or a proxy names them.
type person struct {
	// subject tells them apart from others of the same provider, name stands in records.
	subject, name string
	groups        []string
	how           string
}

// session is one time that somebody has signed on.
type session struct {
	person
	id     string
	secret digest
	from   netip.Addr
	// began, last used, and until when it is good.
	began, last, until time.Time
	revoked            context.Context
	revoke             context.CancelFunc
	// barred: it was ended by an admin, and who comes by a proxy does not get another before its end.
	barred bool
}

// sessions are those that are open.
type sessions struct {
	mu  sync.Mutex
	all []*session
}

// open begins a session of somebody; secret is what their browser has to show.
func (s *sessions) open(p person, from netip.Addr, now time.Time, lasts time.Duration) (opened *session, secret string) {
	secret = rand.Text() + rand.Text()
	opened = &session{person: p, id: strings.ToLower(rand.Text()[:12]), secret: sha256.Sum256([]byte(secret)), from: from, began: now, last: now, until: now.Add(lasts)}
	opened.revoked, opened.revoke = context.WithTimeout(context.Background(), lasts)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	s.makeRoom(mostOfOnePerson, func(other *session) bool { return other.how == p.how && other.subject == p.subject })
	s.makeRoom(mostSessions, func(*session) bool { return true })
	s.all = append(s.all, opened)
	return opened, secret
}

// forget takes away those that have ended.
func (s *sessions) forget(now time.Time) {
	s.all = slices.DeleteFunc(s.all, func(one *session) bool {
		over := !now.Before(one.until)
		if over {
			one.revoke()
		}
		return over
	})
}

// makeRoom ends of those that count the ones not used for longest, until one more is at most so many.
func (s *sessions) makeRoom(most int, counts func(*session) bool) {
	for {
		var oldest *session
		n := 0
		for _, one := range s.all {
			if !counts(one) || one.barred {
				continue
			}
			if n++; oldest == nil || one.last.Before(oldest.last) {
				oldest = one
			}
		}
		if n < most {
			return
		}
		s.drop(oldest)
	}
}

func (s *sessions) drop(out *session) {
	out.revoke()
	s.all = slices.DeleteFunc(s.all, func(one *session) bool { return one == out })
}

// find is a copy of the session that fits, used now; nil if none does.
func (s *sessions) find(now time.Time, fits func(*session) bool) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	i := slices.IndexFunc(s.all, fits)
	if i < 0 {
		return nil
	}
	s.all[i].last = now
	found := *s.all[i]
	return &found
}

// list are copies of those that are open, the one used last in front.
func (s *sessions) list(now time.Time) []session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	all := each(slices.DeleteFunc(slices.Clone(s.all), func(one *session) bool { return one.barred }), func(one *session) session { return *one })
	slices.SortStableFunc(all, func(a, b session) int { return cmp.Or(b.last.Compare(a.last), strings.Compare(a.id, b.id)) })
	return all
}

// end ends one. Bar: whoever comes by a proxy is refused until it would have ended.
func (s *sessions) end(id string, bar bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(one *session) bool { return one.id == id })
	if i < 0 {
		return
	}
	if bar {
		s.all[i].barred = true
		s.all[i].revoke()
		return
	}
	s.drop(s.all[i])
}

// Session is one as the API shows it.
type Session struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// How they signed on: proxy or oidc.
	How string `json:"how"`
	// Role is the best that they have by their groups, Queues those in which they have one; null is all.
	Role   string    `json:"role"`
	Queues *[]string `json:"queues"`
	Groups []string  `json:"groups"`
	// From is the address that they came from.
	From    string    `json:"from"`
	Began   time.Time `json:"began"`
	Last    time.Time `json:"last"`
	Expires time.Time `json:"expires"`
	// Current: it is that of the one who asks.
	Current bool `json:"current"`
}

func (s *Server) newSession(one session, asker who) Session {
	rights := s.signOn.Load().rights(one.groups)
	shown := Session{
		ID: one.id, Name: one.name, How: one.how, Role: rights.best().String(), Groups: append([]string{}, one.groups...),
		From: one.from.String(), Began: one.began, Last: one.last, Expires: one.until, Current: one.id == asker.session,
	}
	if queues := rights.queues(Wall); queues != nil {
		shown.Queues = &queues
	}
	return shown
}

// theirs are the sessions that somebody may see and end: an admin all, others their own.
func (s *Server) theirs(asker who) []session {
	all := s.sessions.list(s.now())
	if asker.rights.in(everywhere) >= Admin {
		return all
	}
	return slices.DeleteFunc(all, func(one session) bool { return asker.session == "" || asker.id != one.person.key() })
}

func (s *Server) listSessions(w http.ResponseWriter, _ *http.Request, asker who) {
	sendJSON(w, http.StatusOK, items[Session]{each(s.theirs(asker), func(one session) Session { return s.newSession(one, asker) })})
}

// endSession signs somebody off. Who comes by a proxy would be back with the next request: if an admin ends it, they are refused
// until it would have ended; they themselves sign off at the proxy.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request, asker who) {
	id := r.PathValue("id")
	all := s.theirs(asker)
	i := slices.IndexFunc(all, func(one session) bool { return one.id == id })
	switch {
	case i < 0:
		problem(w, http.StatusNotFound, fmt.Sprintf("there is no session %q of yours", id))
		return
	case all[i].how == byProxy && all[i].id == asker.session:
		problem(w, http.StatusConflict, "you are signed on at the proxy: sign off there")
		return
	}
	s.sessions.end(id, all[i].how == byProxy)
	s.log.Info("signed off", zap.String("name", all[i].name), zap.String("how", all[i].how), zap.String("by", asker.name))
	if id == asker.session {
		s.forgetCookie(w, r)
	}
	w.WriteHeader(http.StatusNoContent)
}

// key tells a person apart from all others, also in bounds.
func (p person) key() string { return p.how + ":" + p.subject }

// asWho is the person of a session, with the rights that their groups have now.
func (s *Server) asWho(one *session) who {
	rights := s.signOn.Load().rights(one.groups)
	return who{
		id: one.person.key(), name: one.name, rights: rights, role: rights.best(), how: one.how, until: one.until, revoked: one.revoked, session: one.id,
	}
}

// cookieOf is the secret that a browser shows.
func cookieOf(r *http.Request) string {
	for _, name := range []string{"__Host-" + sessionCookie, sessionCookie} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// cookie is one that only we and no script can read. On https no other program of the host can set it either.
func cookie(name, value string, secure bool, lasts time.Duration, site http.SameSite) *http.Cookie {
	if secure {
		name = "__Host-" + name
	}
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: site, MaxAge: int(lasts.Seconds())}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

func (s *Server) forgetCookie(w http.ResponseWriter, r *http.Request) {
	for _, secure := range []bool{true, false} {
		c := cookie(sessionCookie, "", secure, 0, http.SameSiteStrictMode)
		if _, err := r.Cookie(c.Name); err == nil {
			http.SetCookie(w, c)
		}
	}
}
