package ops

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A page of another site that has its name lead to this machine gets nothing of what is open here.
func TestForeignHosts(t *testing.T) {
	s := newSite(t)
	s.hosts = []string{"192.0.2.7", "pbx.example"}
	for _, tt := range []struct {
		host, from, forwarded string
		want                  int
	}{
		{"localhost", "127.0.0.1:5000", "", 200},
		{"localhost:8086", "127.0.0.1:5000", "", 200},
		{"LocalHost.:8086", "127.0.0.1:5000", "", 200},
		{"127.0.0.1:8086", "127.0.0.1:5000", "", 200},
		{"127.0.3.1:8086", "127.0.0.1:5000", "", 200},
		{"[::1]:8086", "[::1]:5000", "", 200},
		{"[::1]", "[::1]:5000", "", 200},
		{"192.0.2.7:8086", "127.0.0.1:5000", "", 200},
		{"PBX.example", "127.0.0.1:5000", "", 200},
		{"", "127.0.0.1:5000", "", 200},
		{"evil.example", "127.0.0.1:5000", "", 421},
		{"evil.example:8086", "[::1]:5000", "", 421},
		{"evil.example:8086", "[::ffff:127.0.0.1]:5000", "", 421},
		{"127.0.0.1.evil.example", "127.0.0.1:5000", "", 421},
		{"localhost.evil.example", "127.0.0.1:5000", "", 421},
		{"192.0.2.8", "127.0.0.1:5000", "", 421},
		{"evil.example", "127.0.0.1:5000", "203.0.113.5", 401}, // passed on: it needs a token
		{"kezek.example", "192.0.2.1:5000", "", 401},           // another machine does too
	} {
		for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host, r.RemoteAddr = tt.host, tt.from
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%s as %q from %s %s: %d, want %d", path, tt.host, tt.from, tt.forwarded, w.Code, tt.want)
			}
			if w.Code == 421 && !strings.Contains(w.Body.String(), "want one of localhost, 127.0.0.1, ::1, 192.0.2.7, pbx.example; ops.hosts") {
				t.Errorf("it does not name those allowed: %s", w.Body)
			}
		}
	}
	// What needs no token at all is no different: the page, its parts, what is not there.
	for _, path := range []string{"/", "/board.js", "/api/v1/openapi.yaml", "/none"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host, r.RemoteAddr = "evil.example", "127.0.0.1:5000"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// The address that is slowed down and logged is the client's, also behind a proxy on this machine, and not one it invents.
func TestOrigin(t *testing.T) {
	for _, tt := range []struct {
		from string
		said []string
		want string
	}{
		{"192.0.2.1:5000", nil, "192.0.2.1"},
		{"192.0.2.1:5000", []string{"203.0.113.5"}, "192.0.2.1"}, // not from a proxy here
		{"127.0.0.1:5000", []string{"203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1, 203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1", "203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"unknown"}, "127.0.0.1"},
		{"[::1]:5000", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[::ffff:192.0.2.1]:5000", nil, "192.0.2.1"},
		{"@", nil, "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.from
		for _, line := range tt.said {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := origin(r).String(); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.from, tt.said, got, tt.want)
		}
	}
}
