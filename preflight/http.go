package preflight

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kezek/ari"
)

const (
	reloadARI  = "asterisk -rx 'module reload res_ari.so'"
	reloadHTTP = "asterisk -rx 'module reload http'"
)

// unanswered says what to do about an ARI that gives no answer, or not the one that was asked for.
func unanswered(ctx context.Context, o ari.Options, err error) Finding {
	switch status := ari.Status(err); {
	case status == http.StatusUnauthorized:
		return fault("compare with the user's section in ari.conf, then: "+reloadARI, "ARI at %s refuses user %q with this password", o.URL, o.Username)
	case status == http.StatusForbidden && strings.Contains(err.Error(), "Access denied by ACL"): // as ARI itself says it
		return fault("permit this machine's address in permit, deny or acl of section ["+o.Username+"] of ari.conf, then: "+reloadARI,
			"ARI at %s accepts user %q only from other addresses", o.URL, o.Username)
	case status == http.StatusForbidden:
		return fault("check the sections with type = restriction in http.conf, and permit this machine's address for /ari there, then: "+reloadHTTP+
			"; or let the web server before Asterisk pass it on", "ARI at %s is closed to this machine (403 Forbidden, whatever the password)", o.URL)
	case status == http.StatusNotFound:
		return fault("set enabled = yes in ari.conf, and check that the URL ends in /ari after the prefix of http.conf", "ARI at %s: %v", o.URL, err)
	case status == http.StatusServiceUnavailable:
		return fault("wait until it has: asterisk -rx 'core waitfullybooted'", "ARI at %s: Asterisk has not fully started: %v", o.URL, err)
	case status != 0:
		return fault("check that asterisk.url leads to Asterisk itself, and see its log", "ARI at %s: %v", o.URL, err)
	}
	says := func(fix string) Finding { return fault(fix, "ARI at %s: %s", o.URL, plain(err)) }
	if _, fix := certificate(err, "asterisk", o.CAs != nil); fix != "" {
		return says(fix)
	}
	if fix := fixOf(err, []known{
		{"no such host", "correct the host's name in asterisk.url"},
		{": answer: ", "correct asterisk.url: what answers there is not Asterisk"},
		{"first record does not look like a TLS handshake", "write http:// in asterisk.url: this port has no TLS"},
		{"deadline exceeded", "check that the firewall lets this machine reach Asterisk, and that Asterisk is not stuck: asterisk -rx 'core show uptime'"},
		{"timeout", "check that the firewall lets this machine reach Asterisk, and that Asterisk is not stuck: asterisk -rx 'core show uptime'"},
		{"timed out", "check that the firewall lets this machine reach Asterisk, and that Asterisk is not stuck: asterisk -rx 'core show uptime'"},
	}); fix != "" {
		return says(fix)
	}
	switch u, bad := url.Parse(o.URL); {
	case refused(err) && bad == nil && u.Scheme == "http" && speaksTLS(ctx, u.Host):
		return says("write https:// in asterisk.url: this port has TLS")
	case refused(err):
		return says("raise sessionlimit in http.conf: all sessions may be taken; then: " + reloadHTTP + "; or correct the port in asterisk.url, if another program has it")
	}
	return says("start Asterisk; in http.conf set enabled = yes, bindaddr and bindport as in the URL")
}

// refused reports whether a connection was accepted and then closed without a word.
func refused(err error) bool {
	words := []string{"EOF", "closed connection", "closed idle connection", "connection reset", "broken pipe"}
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(err.Error(), w) })
}

// speaksTLS reports whether there is TLS at an address, with whatever certificate.
func speaksTLS(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	d := tls.Dialer{NetDialer: new(net.Dialer), Config: &tls.Config{InsecureSkipVerify: true}} // nothing is sent there
	conn, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// checkRoom looks whether Asterisk's HTTP server takes all the connections of a daemon. One that
// is attached has some of them already.
func checkRoom(ctx context.Context, o ari.Options, attached bool) []Finding {
	const raise = "sessionlimit = 1000 in http.conf, then: " + reloadHTTP
	switch r := ari.FindRoom(ctx, o); {
	case r.Events != nil && refused(r.Events):
		return []Finding{fault(raise, "Asterisk's HTTP server closes the event socket when there is another connection: the daemon cannot attach, and no call is served")}
	case ari.Status(r.Events) == http.StatusNotFound:
		return []Finding{fault("asterisk -rx 'module load res_http_websocket.so'; asterisk -rx 'module load res_ari_events.so'",
			"ARI at %s has no events: the daemon cannot attach, and no call is served", o.URL)}
	case r.Events != nil:
		return []Finding{fault("let the proxy between pass WebSockets on (the headers Upgrade and Connection) to "+o.URL+"/events, or set asterisk.url to Asterisk itself",
			"no events come from ARI at %s: %s: the daemon cannot attach, and no call is served", o.URL, plain(r.Events))}
	case r.Refused == nil:
		return nil
	case !refused(r.Refused):
		return []Finding{warning("try again", "whether Asterisk accepts %d connections is not known: %s", r.Wanted, plain(r.Refused))}
	case attached && r.Requests > 0:
		return []Finding{warning(raise, "Asterisk's HTTP server accepts %d more connections, and a busy daemon opens %d in all: requests beyond that fail, and callers are in silence",
			r.Requests, r.Wanted)}
	default:
		return []Finding{fault(raise, "Asterisk's HTTP server accepts %d connections besides the event socket, and a busy daemon opens %d: requests beyond that fail, and callers are in silence",
			r.Requests, r.Wanted)}
	}
}
