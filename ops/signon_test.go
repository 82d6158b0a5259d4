package ops

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const proxyAt = "192.0.2.9:5000"

// signedOnSite is a site behind a proxy that names people.
func signedOnSite(t *testing.T) *site {
	t.Helper()
	s := shared(t)
	s.proxies = proxies{netip.MustParsePrefix("192.0.2.9/32")}
	s.SetSignOn(SignOn{
		Lasts: time.Hour,
		Groups: map[string]Grant{
			"admins": {Role: Admin}, "sales-leads": {Role: Supervisor, Queues: []string{"sales"}}, "repair-board": {Role: Viewer, Queues: []string{"repair"}},
		},
		Proxy: &ProxyHeaders{User: "X-Forwarded-User", Groups: "X-Forwarded-Groups", Email: "X-Forwarded-Email"},
	})
	return s
}

// ask sends a request with headers, "Name: value" each.
func (s *site) ask(from, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = from, "127.0.0.1:8086"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// A trusted proxy names who asks, and their groups; nobody else does.
func TestSignOnByProxy(t *testing.T) {
	s := signedOnSite(t)
	user, email, groups := "X-Forwarded-User: 7f3a", "X-Forwarded-Email: dina@example.kg", "X-Forwarded-Groups: sales-leads, repair-board,others"
	me := decoded[Me](t, s.ask(proxyAt, "GET", "/api/v1/me", "", user, email, groups).Body)
	if me.Name != "dina@example.kg" || me.Role != "supervisor" || me.Roles["sales"] != "supervisor" || me.Roles["repair"] != "viewer" || me.How != "proxy" || me.Expires == nil {
		t.Errorf("%+v", me)
	}
	for _, tt := range []struct {
		what, from, method, path, body string
		headers                        []string
		want                           int
		words                          string
	}{
		{"not a proxy", "192.0.2.8:5000", "GET", "/api/v1/me", "", []string{user, groups}, 401, "Authorization"},
		{"this machine is no trusted proxy", "127.0.0.1:5000", "GET", "/api/v1/me", "", []string{user, groups}, 401, "Authorization"},
		{"X-Forwarded-For makes nobody a proxy", "192.0.2.8:5000", "GET", "/api/v1/me", "", []string{user, groups, "X-Forwarded-For: 192.0.2.9"}, 401, "Authorization"},
		{"no user", proxyAt, "GET", "/api/v1/me", "", []string{email, groups}, 401, "Authorization"},
		{"an empty user", proxyAt, "GET", "/api/v1/me", "", []string{"X-Forwarded-User: ", groups}, 401, "names no user"},
		{"two users: the client has sent one", proxyAt, "GET", "/api/v1/me", "", []string{user, "X-Forwarded-User: root", groups}, 401, "more than one"},
		{"no group with a role", proxyAt, "GET", "/api/v1/me", "", []string{"X-Forwarded-User: x", "X-Forwarded-Groups: others"}, 403, "others"},
		{"no groups", proxyAt, "GET", "/api/v1/me", "", []string{"X-Forwarded-User: x"}, 403, "no group"},
		{"a token goes first", proxyAt, "GET", "/api/v1/me", "", []string{user, groups, "Authorization: Bearer seeing"}, 200, `"how":"token"`},
		{"an order from a foreign page", proxyAt, "PUT", "/api/v1/agents/1001/status", `{"status":"coffee"}`, []string{user, groups}, 403, "X-Kezek"},
		{"an order", proxyAt, "PUT", "/api/v1/agents/1001/status", `{"status":"coffee"}`, []string{user, email, groups, "X-Kezek: 1"}, 200, `"ordered_by":"dina@example.kg"`},
		{"an order by a viewer of that queue", proxyAt, "PUT", "/api/v1/agents/1020/status", `{"status":"coffee"}`, []string{user, groups, "X-Kezek: 1"}, 403, "repair"},
		{"a viewer's queue", proxyAt, "GET", "/api/v1/calls/c2", "", []string{user, groups}, 200, `"number":"•••002"`},
		{"a supervisor's queue", proxyAt, "GET", "/api/v1/calls/c1", "", []string{user, groups}, 200, `"number":"+996555000001"`},
	} {
		w := s.ask(tt.from, tt.method, tt.path, tt.body, tt.headers...)
		if w.Code != tt.want || !strings.Contains(w.Body.String(), tt.words) {
			t.Errorf("%s: %d %s, want %d %q", tt.what, w.Code, w.Body, tt.want, tt.words)
		}
	}
	s.SetSignOn(SignOn{})
	if w := s.ask(proxyAt, "GET", "/api/v1/me", "", user, groups); w.Code != http.StatusUnauthorized {
		t.Errorf("switched off: %d %s", w.Code, w.Body)
	}
}

// An admin sees who is signed on and ends that; others see themselves.
func TestSessions(t *testing.T) {
	s := signedOnSite(t)
	dina := []string{"X-Forwarded-User: dina", "X-Forwarded-Groups: sales-leads", "X-Kezek: 1"}
	root := []string{"X-Forwarded-User: root", "X-Forwarded-Groups: admins", "X-Kezek: 1"}
	sessions := func(of []string) []Session {
		return decoded[items[Session]](t, s.ask(proxyAt, "GET", "/api/v1/sessions", "", of...).Body).Items
	}
	mine := sessions(dina)
	if len(mine) != 1 || mine[0].Name != "dina" || mine[0].Role != "supervisor" || !mine[0].Current || mine[0].From != "192.0.2.9" {
		t.Fatalf("%+v", mine)
	}
	if all := sessions(root); len(all) != 2 || all[0].Current == all[1].Current {
		t.Errorf("an admin sees %+v", all)
	}
	if w := s.do("GET", "/api/v1/sessions", "steering", ""); strings.Contains(w.Body.String(), "dina") {
		t.Errorf("a supervisor with a token sees %s", w.Body)
	}
	path := "/api/v1/sessions/" + mine[0].ID
	for _, tt := range []struct {
		headers []string
		want    int
	}{
		{[]string{"Authorization: Bearer steering"}, 404},
		{[]string{"X-Forwarded-User: other", "X-Forwarded-Groups: sales-leads", "X-Kezek: 1"}, 404},
		{dina, 409},
		{root, 204},
		{root, 404},
	} {
		if w := s.ask(proxyAt, "DELETE", path, "", tt.headers...); w.Code != tt.want {
			t.Errorf("%v: %d %s, want %d", tt.headers, w.Code, w.Body, tt.want)
		}
	}
	if w := s.ask(proxyAt, "GET", "/api/v1/me", "", dina...); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "signed off by an admin") {
		t.Errorf("signed off: %d %s", w.Code, w.Body)
	}
	s.at = s.at.Add(time.Hour)
	if w := s.ask(proxyAt, "GET", "/api/v1/me", "", dina...); w.Code != http.StatusOK {
		t.Errorf("after its end: %d %s", w.Code, w.Body)
	}
}

// Sessions are bounded: of one person and of all.
func TestSessionsAreBounded(t *testing.T) {
	var all sessions
	at := start
	open := func(name string) {
		at = at.Add(time.Second)
		all.open(person{subject: name, name: name, how: byOIDC}, netip.Addr{}, at, 24*time.Hour)
	}
	for range mostOfOnePerson + 5 {
		open("dina")
	}
	if n := len(all.list(at)); n != mostOfOnePerson {
		t.Errorf("%d of one person", n)
	}
	for i := range mostSessions {
		open(string(rune('a'+i%20)) + time.Duration(i).String())
	}
	open("late")
	list := all.list(at)
	if len(list) != mostSessions || list[0].name != "late" {
		t.Errorf("%d sessions, the last of %s", len(list), list[0].name)
	}
	if n := len(all.list(at.Add(25 * time.Hour))); n != 0 {
		t.Errorf("%d after their end", n)
	}
}
