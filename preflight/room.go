package preflight

import (
	"bufio"
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"kezek/ari"
)

// checkRoom looks whether Asterisk's HTTP server takes all the connections of a daemon. One that
// is attached has some of them already.
func checkRoom(ctx context.Context, o ari.Options, attached bool) []Finding {
	const raise = "sessionlimit = 1000 in http.conf, then: " + reloadHTTP
	switch r := ari.FindRoom(ctx, o); {
	case r.Events != nil && refused(r.Events):
		return []Finding{fault(raise, "Asterisk's HTTP server closes the event socket beside another connection: the daemon cannot attach, and no call is served")}
	case ari.Status(r.Events) == http.StatusNotFound:
		return []Finding{fault("asterisk -rx 'module load res_http_websocket.so'; asterisk -rx 'module load res_ari_events.so'",
			"ARI at %s has no events: the daemon cannot attach, and no call is served", o.URL)}
	case r.Events != nil:
		return []Finding{fault("let what is between pass a WebSocket on (the headers Upgrade and Connection) to "+o.URL+"/events, or set asterisk.url to Asterisk itself",
			"no events come from ARI at %s: %s: the daemon cannot attach, and no call is served", o.URL, plain(r.Events))}
	case r.Refused == nil:
		return nil
	case !refused(r.Refused):
		return []Finding{warning("try again", "whether Asterisk takes %d connections is not known: %s", r.Wanted, plain(r.Refused))}
	case attached && r.Requests > 0:
		return []Finding{warning(raise, "Asterisk's HTTP server takes %d more connections beside those that it has, and a busy daemon opens %d in all: what is asked beyond them fails, and somebody is in silence",
			r.Requests, r.Wanted)}
	default:
		return []Finding{fault(raise, "Asterisk's HTTP server takes %d connections beside the event socket, and a busy daemon opens %d: what is asked beyond them fails, and somebody is in silence",
			r.Requests, r.Wanted)}
	}
}

// longestIdle is how long the daemon keeps a connection that it does not use: Asterisk must not close it before.
const longestIdle = 10 * time.Second

// checkKeepAlive looks into http.conf: what the running Asterisk has is told by waiting alone.
func checkKeepAlive(ctx context.Context, c *ari.Client, console *consoleHere) []Finding {
	dir, err := c.Variable(ctx, "ASTETCDIR")
	if console == nil || err != nil || dir == "" {
		return nil
	}
	f, err := openIn(console.root, path.Join(dir, "http.conf"), unix.O_RDONLY)
	if err != nil {
		return nil // an Asterisk that has its settings elsewhere
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), ";")
		name, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(name) != "session_keep_alive" {
			continue
		}
		ms, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(value, ">")))
		if kept := time.Duration(ms) * time.Millisecond; err == nil && kept > 0 && kept <= longestIdle { // 0: each connection serves one request
			return []Finding{fault("take session_keep_alive out of http.conf (the default is 15000), then: "+reloadHTTP,
				"session_keep_alive of http.conf is %d ms: Asterisk closes connections that the daemon, which keeps them for %v, uses again: what is asked then fails, and somebody is in silence", ms, longestIdle)}
		}
	}
	return nil
}
