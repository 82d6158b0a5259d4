package ops

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kezek/queue"
)

func TestWhoMayDoWhat(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true})
	const here, proxied, elsewhere = "127.0.0.1:5000", "proxied", "192.0.2.1:5000"
	for _, tt := range []struct {
		name, from, method, path, header string
		want                             int
	}{
		{"lists need a token", elsewhere, "GET", "/api/v1/agents", "", 401},
		{"also on this machine", here, "GET", "/api/v1/agents", "", 401},
		{"a viewer sees", elsewhere, "GET", "/api/v1/agents", "Bearer seeing", 200},
		{"the scheme is not case-sensitive", elsewhere, "GET", "/api/v1/agents", "bearer seeing", 200},
		{"an unknown token", elsewhere, "GET", "/api/v1/agents", "Bearer guessing", 401},
		{"a token cut short", elsewhere, "GET", "/api/v1/agents", "Bearer seein", 401},
		{"an empty token", elsewhere, "GET", "/api/v1/agents", "Bearer ", 401},
		{"another scheme", elsewhere, "GET", "/api/v1/agents", "Basic seeing", 401},
		{"a viewer steers nobody", elsewhere, "PUT", "/api/v1/agents/1001/status", "Bearer seeing", 403},
		{"a supervisor does", elsewhere, "PUT", "/api/v1/agents/1001/status", "Bearer steering", 200},
		{"an admin too", elsewhere, "PUT", "/api/v1/agents/1001/status", "Bearer ruling", 200},
		{"events need a token", elsewhere, "GET", "/api/v1/events", "", 401},

		{"metrics here", here, "GET", "/metrics", "", 200},
		{"metrics here over IPv6", "[::1]:5000", "GET", "/metrics", "", 200},
		{"metrics elsewhere", elsewhere, "GET", "/metrics", "", 401},
		{"metrics through a proxy on this machine", proxied, "GET", "/metrics", "", 401},
		{"metrics elsewhere with a token", elsewhere, "GET", "/metrics", "Bearer seeing", 200},
		{"health here", here, "GET", "/healthz", "", 200},
		{"health elsewhere", elsewhere, "GET", "/healthz", "", 401},
		{"readiness here", here, "GET", "/readyz", "", 200},
		{"readiness elsewhere", elsewhere, "GET", "/readyz", "", 401},

		{"the page", elsewhere, "GET", "/", "", 200},
		{"its script", elsewhere, "GET", "/web/live.js", "", 200},
		{"the description", elsewhere, "GET", "/api/v1/openapi.yaml", "", 200},
		{"nothing there", elsewhere, "GET", "/admin", "", 404},
		{"nothing there either", elsewhere, "GET", "/../etc/passwd", "", 404},
		{"a wrong method", elsewhere, "POST", "/api/v1/agents", "Bearer ruling", 405},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader
			if tt.method == http.MethodPut {
				body = strings.NewReader(`{"status":"waiting"}`)
			}
			r := httptest.NewRequest(tt.method, "/", body)
			r.URL.Path = tt.path
			r.Host = "127.0.0.1:8086"
			r.RemoteAddr = tt.from
			if tt.from == proxied {
				r.RemoteAddr = here
				r.Header.Set("X-Forwarded-For", "192.0.2.1")
			}
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code == http.StatusTemporaryRedirect || w.Code == http.StatusMovedPermanently {
				w.Code = http.StatusNotFound // the path was cleaned; nothing was served
			}
			if w.Code != tt.want {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.want)
			}
			if w.Code >= 400 && w.Code != 404 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("an error as %q", w.Header().Get("Content-Type"))
			}
			if (w.Code == 401 || w.Code == 403) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate %q with %d", w.Header().Get("WWW-Authenticate"), w.Code)
			}
			if (w.Code == 405) != (w.Header().Get("Allow") != "") {
				t.Errorf("Allow %q with %d", w.Header().Get("Allow"), w.Code)
			}
		})
	}
}

func TestTokensAreReplacedAtOnce(t *testing.T) {
	s := newSite(t)
	s.SetTokens([]Token{{Secret: "fresh", Role: Viewer}})
	if w := s.do("GET", "/api/v1/agents", "seeing", ""); w.Code != 401 {
		t.Errorf("the old token: %d", w.Code)
	}
	if w := s.do("GET", "/api/v1/agents", "fresh", ""); w.Code != 200 {
		t.Errorf("the new token: %d", w.Code)
	}
	s.SetTokens(nil)
	if w := s.do("GET", "/api/v1/agents", "", ""); w.Code != 401 {
		t.Errorf("without any tokens: %d", w.Code)
	}
}

func TestRoles(t *testing.T) {
	for _, r := range []Role{Wall, Viewer, Supervisor, Admin} {
		if got, err := ParseRole(r.String()); got != r || err != nil {
			t.Errorf("%s: %s, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "anyone", "root"} {
		if _, err := ParseRole(name); err == nil {
			t.Errorf("role %q is taken", name)
		}
	}
}

func TestBrowsersAreToldToTrustNothingElse(t *testing.T) {
	h := newSite(t).do("GET", "/", "", "").Header()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
	} {
		if !strings.HasPrefix(h.Get(name), want) {
			t.Errorf("%s: %q, want %q", name, h.Get(name), want)
		}
	}
}
