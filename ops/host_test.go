package ops

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
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
	for _, path := range []string{"/", "/web/live.js", "/api/v1/openapi.yaml", "/none"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host, r.RemoteAddr = "evil.example", "127.0.0.1:5000"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// The address that is slowed down and logged is the client's, also behind trusted proxies, and not one that
// the client or another program of this machine invents.
func TestOrigin(t *testing.T) {
	s := newSite(t)
	logs := observed(s)
	s.log = s.guessers.log
	s.proxies = proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/24")}
	for _, tt := range []struct {
		from string
		said []string
		want string
	}{
		{"192.0.2.1:5000", nil, "192.0.2.1"},
		{"192.0.2.1:5000", []string{"203.0.113.5"}, "192.0.2.1"}, // not from a proxy
		{"127.0.0.1:5000", []string{"203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1, 203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1", "203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"", "203.0.113.5"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1, 203.0.113.5, 10.0.0.7"}, "203.0.113.5"}, // two proxies
		{"127.0.0.1:5000", []string{"10.0.0.7"}, "10.0.0.7"},
		{"127.0.0.1:5000", []string{"203.0.113.5:4711"}, "203.0.113.5"},
		{"127.0.0.1:5000", []string{"198.51.100.1, unknown"}, "127.0.0.1"},
		{"127.0.0.1:5000", []string{"198.51.100.1,"}, "127.0.0.1"},
		{"[::1]:5000", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[::1]:5000", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"[::ffff:192.0.2.1]:5000", nil, "192.0.2.1"},
		{"@", nil, "invalid IP"},
	} {
		if got := originOf(s, tt.from, tt.said...); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.from, tt.said, got, tt.want)
		}
	}
	// Nobody is believed where no proxy was named, and that is said, once.
	logs.TakeAll()
	s.proxies, s.misled = nil, sync.Once{}
	for range 10 {
		if got := originOf(s, "127.0.0.1:5000", "203.0.113.5"); got != "127.0.0.1" {
			t.Errorf("a program of this machine is believed that it is %s", got)
		}
	}
	if n := logs.FilterMessageSnippet("ops.trusted_proxies").Len(); n != 1 || logs.Len() != 1 {
		t.Errorf("%d lines, %d of them about ops.trusted_proxies", logs.Len(), n)
	}
}

func originOf(s *site, from string, said ...string) string {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = from
	for _, line := range said {
		r.Header.Add("X-Forwarded-For", line)
	}
	return s.origin(r).String()
}

// What a proxy has passed on is not from this machine, whatever headers it has and whatever the client adds.
func TestForwardedIsNotLocal(t *testing.T) {
	s := newSite(t)
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"} {
		for _, values := range [][]string{{"x"}, {""}, {"", "203.0.113.5"}} {
			r := httptest.NewRequest("GET", "/metrics", nil)
			r.Host, r.RemoteAddr = "127.0.0.1:8086", "127.0.0.1:5000"
			for _, v := range values {
				r.Header.Add(header, v)
			}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s: %q: %d", header, values, w.Code)
			}
		}
	}
}

// Behind a real reverse proxy the one who guesses is slowed down and logged by their own address, others are
// not, and nothing is open without a token. A program of this machine that claims to be a proxy is slowed down itself.
func TestBehindAReverseProxy(t *testing.T) {
	s := newSite(t)
	logs := observed(s)
	s.proxies = proxies{netip.MustParsePrefix("127.0.0.2/32")}
	daemon := serve(t, s)
	at, err := url.Parse(daemon)
	if err != nil {
		t.Fatal(err)
	}
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Transport: &http.Transport{DialContext: from.DialContext},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"] // adds to what the client says
			r.SetXForwarded()
			r.SetURL(at)
		},
	})
	t.Cleanup(front.Close)
	get := func(base, client, path, token, claims string) int {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}
		r, _ := http.NewRequest("GET", base+path, nil)
		r.Host = "kezek.example"
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if claims != "" {
			r.Header.Set("X-Forwarded-For", claims)
		}
		response, err := (&http.Client{Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for i := range freeGuesses {
		if got := get(front.URL, "127.0.0.5", "/api/v1/agents", fmt.Sprint("guess", i), "198.51.100.1"); got != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, got)
		}
	}
	if got := get(front.URL, "127.0.0.5", "/api/v1/agents", "steering", "198.51.100.2"); got != http.StatusTooManyRequests {
		t.Errorf("after the guesses: %d", got)
	}
	if got := get(front.URL, "127.0.0.6", "/api/v1/agents", "steering", ""); got != http.StatusOK {
		t.Errorf("another client of the proxy: %d", got)
	}
	if got := get(front.URL, "127.0.0.6", "/metrics", "", ""); got != http.StatusUnauthorized {
		t.Errorf("the metrics through the proxy without a token: %d", got)
	}
	get(daemon, "127.0.0.7", "/api/v1/agents", "a guess", "203.0.113.99")
	var seen []any
	for _, line := range logs.FilterMessage("wrong token").All() {
		seen = append(seen, line.ContextMap()["from"])
	}
	if want := "[127.0.0.5 127.0.0.5 127.0.0.5 127.0.0.7]"; fmt.Sprint(seen) != want {
		t.Errorf("wrong tokens are logged as from %v, want %s", seen, want)
	}
}
