package preflight

import (
	"net"
	"strings"
	"testing"
	"time"

	"kezek/ari"
)

// What Asterisk's HTTP server keeps from the daemon is an error, each with its own fix.
func TestDoorsOfAsterisk(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	e.phones("1001")
	const limit = "sessionlimit = 1000"
	const plenty = "module reload http"
	check := func(what string, want ...string) {
		t.Helper()
		s := e.site()
		s.ARI.Endpoints = []string{"PJSIP/1001"}
		found := s.Run(e.Context(), []string{AreaAsterisk})
		var all string
		for _, f := range found {
			all += string(f.Severity) + " " + f.Problem + ". " + f.Fix + "\n"
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: did not find %q in\n%s", what, w, all)
			}
		}
		if serious(found) != (len(want) > 0) {
			t.Errorf("%s: %s", what, all)
		}
	}
	check("as it was")
	for _, c := range []struct{ sessions, want string }{
		{"1", "error Asterisk's HTTP server closes the event socket when there is another connection: the daemon cannot attach, and no call is served. sessionlimit = 1000 in http.conf"},
		{"20", "connections besides the event socket, and a busy daemon opens 32: requests beyond that fail"},
	} {
		e.change("http.conf", limit, "sessionlimit = "+c.sessions, plenty)
		check("sessionlimit "+c.sessions, c.want)
		e.change("http.conf", "sessionlimit = "+c.sessions, limit, plenty)
	}
	e.change("http.conf", limit, "sessionlimit = 1", plenty)
	other, err := net.Dial("tcp", e.Host+":8088")
	must(t, err)
	_, err = other.Write([]byte("GET /httpstatus HTTP/1.1\r\n\r\n"))
	must(t, err)
	_, err = other.Read(make([]byte, 1)) // the session is open
	must(t, err)
	check("all sessions taken", "error ARI at "+e.ARIURL+": GET /asterisk/info: the connection was closed without an answer. raise sessionlimit in http.conf")
	other.Close()
	e.change("http.conf", "sessionlimit = 1", limit, plenty)

	// What the daemon's client sees when Asterisk closes connections sooner than it does itself.
	e.change("http.conf", limit, limit+"\nsession_keep_alive = 500", plenty)
	c := ari.NewClient(e.site().ARI)
	defer c.Close()
	_, err = c.Info(e.Context())
	must(t, err)
	time.Sleep(1200 * time.Millisecond)
	if _, err = c.Info(e.Context()); err == nil {
		t.Error("a connection that was closed is no matter to the client: the check cries wolf")
	}
	check("session_keep_alive", "error session_keep_alive of http.conf is 500 ms")
	e.change("http.conf", "session_keep_alive = 500", "session_keep_alive = 0 ; one request for each", plenty)
	check("no session_keep_alive")
	e.change("http.conf", "session_keep_alive = 0 ; one request for each", "", plenty)

	// A user's addresses, a path's addresses, and a password are three things.
	e.change("ari.conf", "type = user", "type = user\ndeny = 0.0.0.0/0\npermit = 10.0.0.1", "module reload res_ari.so")
	check("deny of ari.conf", `accepts user "kezek" only from other addresses. permit this machine's address in permit, deny or acl of section [kezek] of ari.conf`)
	e.change("ari.conf", "deny = 0.0.0.0/0\npermit = 10.0.0.1", "", "module reload res_ari.so")
	e.add("http.conf", "[/ari]\ntype = restriction\ndeny = 0.0.0.0/0\npermit = 10.0.0.1", plenty)
	check("restriction of http.conf", "is closed to this machine (403 Forbidden, whatever the password). check the sections with type = restriction in http.conf")
	e.change("http.conf", "[/ari]\ntype = restriction\ndeny = 0.0.0.0/0\npermit = 10.0.0.1", "", plenty)

	e.cli("module unload res_ari_events.so")
	check("no events", "module res_ari_events is not running")
	e.cli("module load res_ari_events.so")
	check("all given back")
}
