package preflight

import (
	"context"
	"net/http"

	"kezek/ari"
)

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
