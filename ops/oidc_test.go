package ops

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"
)

// office is a provider of OpenID Connect.
func office(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return m
}

// userAgent is a browser that keeps cookies, and follows redirects as far as its user lets it.
type userAgent struct {
	*http.Client
	at string
}

// browse starts a real server whose people sign on at a provider.
func browse(t *testing.T, s *site, m *mockoidc.MockOIDC) (*userAgent, func() *userAgent) {
	t.Helper()
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.SetSignOn(SignOn{Lasts: time.Hour, Groups: map[string]Grant{"/sales": {Role: Supervisor, Queues: []string{"sales"}}, "/admins": {Role: Admin}}})
	s.oidc = newOIDCClient(OIDC{
		Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, Redirect: server.URL + "/auth/callback",
		Scopes: []string{"profile", "email", "groups"}, NameClaim: "preferred_username", GroupsClaim: "groups",
	})
	fresh := func() *userAgent {
		jar, _ := cookiejar.New(nil)
		return &userAgent{&http.Client{Jar: jar}, server.URL}
	}
	return fresh(), fresh
}

func (b *userAgent) do(t *testing.T, method, path, body string, headers ...string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequest(method, b.at+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var all strings.Builder
	if _, err := io.Copy(&all, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, all.String()
}

// Somebody signs on at the provider, gives an order under their name, and signs off.
func TestSignOnByOIDC(t *testing.T) {
	s, m := shared(t), office(t)
	b, fresh := browse(t, s, m)
	m.QueueUser(&mockoidc.MockUser{Subject: "7f3a", PreferredUsername: "dina", Groups: []string{"/sales", "/others"}})
	if status, body := b.do(t, "GET", "/auth/login", ""); status != http.StatusOK || !strings.Contains(body, "<html") {
		t.Fatalf("signed on, the page: %d %s", status, body)
	}
	_, body := b.do(t, "GET", "/api/v1/me", "")
	me := decoded[Me](t, strings.NewReader(body))
	if me.Name != "dina" || me.Role != "supervisor" || me.How != "oidc" || me.Queues == nil || len(*me.Queues) != 1 {
		t.Errorf("%+v", me)
	}
	const status, order = "/api/v1/agents/1001/status", `{"status":"coffee","reason":"asked"}`
	if code, body := b.do(t, "PUT", status, order); code != http.StatusForbidden || !strings.Contains(body, "X-Kezek") {
		t.Errorf("an order by a foreign page: %d %s", code, body)
	}
	l := s.feed.Listen(10)
	if code, body := b.do(t, "PUT", status, order, "X-Kezek: 1"); code != http.StatusOK {
		t.Errorf("an order: %d %s", code, body)
	}
	if line := <-l.Lines; line.Entry.Agent != "1001" || line.Entry.By != "dina" {
		t.Errorf("the record of the order: %+v", line.Entry)
	}
	at, _ := url.Parse(b.at)
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == flowCookie {
			t.Errorf("the cookie of the sign-on is left: %v", c)
		}
	}

	m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "root", Groups: []string{"/admins"}})
	s.at = s.at.Add(time.Second)
	admin := fresh()
	admin.do(t, "GET", "/auth/login", "")
	_, body = admin.do(t, "GET", "/api/v1/sessions", "")
	all := decoded[items[Session]](t, strings.NewReader(body)).Items
	if len(all) != 2 || all[0].Name != "root" || all[1].Name != "dina" || all[1].How != "oidc" {
		t.Fatalf("sessions: %s", body)
	}
	if code, body := admin.do(t, "DELETE", "/api/v1/sessions/"+all[1].ID, "", "X-Kezek: 1"); code != http.StatusNoContent {
		t.Errorf("%d %s", code, body)
	}
	if code, body := b.do(t, "GET", "/api/v1/me", ""); code != http.StatusUnauthorized || !strings.Contains(body, "sign on again") {
		t.Errorf("signed off: %d %s", code, body)
	}
	if code, _ := admin.do(t, "DELETE", "/api/v1/sessions/"+all[0].ID, "", "X-Kezek: 1"); code != http.StatusNoContent {
		t.Errorf("signing off oneself: %d", code)
	}
	if left := admin.Jar.Cookies(at); len(left) != 0 {
		t.Errorf("cookies after signing off: %v", left)
	}
}

// What does not hold is refused.
func TestSignOnByOIDCIsRefused(t *testing.T) {
	s, m := shared(t), office(t)
	_, fresh := browse(t, s, m)
	refused := func(b *userAgent, path, words string) {
		t.Helper()
		if status, body := b.do(t, "GET", path, ""); status != http.StatusForbidden || !strings.Contains(body, words) {
			t.Errorf("%s: %d %s, want %q", path, status, body, words)
		}
	}
	m.QueueUser(&mockoidc.MockUser{Subject: "2", PreferredUsername: "stranger", Groups: []string{"/others"}})
	refused(fresh(), "/auth/login", "no group that has a role")
	refused(fresh(), "/auth/callback?code=x&state=y", "did not begin in this browser")

	// where is the address to which the provider would send a browser back.
	where := func(b *userAgent) string {
		var back string
		b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.Path, "/auth/callback") {
				back = r.URL.RequestURI()
				return http.ErrUseLastResponse
			}
			return nil
		}
		b.do(t, "GET", "/auth/login", "")
		return back
	}
	victim, thief := fresh(), fresh()
	m.QueueUser(&mockoidc.MockUser{Subject: "3", PreferredUsername: "thief", Groups: []string{"/admins"}})
	stolen := where(thief)
	refused(victim, stolen, "did not begin in this browser") // else the victim would act as the thief
	where(victim)
	refused(victim, stolen, "did not begin in this browser")

	late := fresh()
	back := where(late)
	s.at = s.at.Add(signOnWithin)
	refused(late, back, "took too long")

	cancelled := fresh()
	back = where(cancelled)
	state := back[strings.Index(back, "state=")+len("state="):]
	state, _, _ = strings.Cut(state, "&")
	refused(cancelled, "/auth/callback?error=access_denied&error_description=no&state="+state, "access_denied")

	forged := fresh()
	back = where(forged)
	state = back[strings.Index(back, "state=")+len("state="):]
	state, _, _ = strings.Cut(state, "&")
	refused(forged, "/auth/callback?code=guessed&state="+state, "does not hold")

	for what, change := range map[string]func(*flow){
		"the nonce":         func(f *flow) { f.Nonce = "other" },
		"the PKCE verifier": func(f *flow) { f.Verifier = strings.Repeat("x", 43) },
		"nothing":           func(*flow) {},
	} {
		b := fresh()
		query, _ := url.Parse(where(b))
		r := httptest.NewRequest("GET", "/auth/callback", http.NoBody)
		at, _ := url.Parse(b.at)
		for _, c := range b.Jar.Cookies(at) {
			r.AddCookie(c)
		}
		f, ok := s.oidc.flowOf(r, s.at)
		if !ok {
			t.Fatal("the browser has not kept its sign-on")
		}
		change(&f)
		if _, err := s.oidc.person(t.Context(), f, query.Query().Get("code")); (err == nil) != (what == "nothing") {
			t.Errorf("with another value of %s: %v", what, err)
		}
	}

	s.oidc = nil
	if status, body := fresh().do(t, "GET", "/auth/login", ""); status != http.StatusNotImplemented {
		t.Errorf("without a provider: %d %s", status, body)
	}
}

// A cookie is for this browser alone, and over https for this host alone.
func TestCookies(t *testing.T) {
	for _, secure := range []bool{true, false} {
		c := cookie(sessionCookie, "x", secure, time.Hour, http.SameSiteStrictMode)
		text := c.String()
		if !strings.Contains(text, "HttpOnly") || !strings.Contains(text, "SameSite=Strict") || !strings.Contains(text, "Max-Age=3600") || strings.Contains(text, "Secure") != secure || strings.HasPrefix(text, "__Host-") != secure {
			t.Error(text)
		}
	}
}
