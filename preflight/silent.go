package preflight

import (
	"bufio"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"kezek/ari"
)

// Settings of Asterisk's that neither ARI nor the console tells, but for their effect on a call. The
// files say what Asterisk has, or what it will have after its next start.

// setting of a file: "name = value".
type fileSetting struct{ name, value string }

// settings are those of a file in Asterisk's folder; none if it is not to be seen.
func (c *consoleHere) settings(ctx context.Context, client *ari.Client, file string) (all []fileSetting) {
	dir, err := client.Variable(ctx, "ASTETCDIR")
	if c == nil || err != nil || dir == "" {
		return nil
	}
	f, err := openIn(c.root, path.Join(dir, file), unix.O_RDONLY)
	if err != nil {
		return nil // an Asterisk that has its settings elsewhere
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), ";")
		if name, value, is := strings.Cut(line, "="); is {
			all = append(all, fileSetting{strings.TrimSpace(name), strings.TrimSpace(strings.TrimPrefix(value, ">"))})
		}
	}
	return all
}

// longestIdle is how long the daemon keeps a connection that it does not use: Asterisk must not close it before.
const longestIdle = 10 * time.Second

// heard are the messages of Asterisk's out of which the daemon's events are made.
var heard = []string{
	"ast_channel_snapshot_type", "ast_channel_hangup_request_type", "ast_channel_dtmf_end_type", "ast_channel_hold_type", "ast_channel_unhold_type",
	"ast_channel_talking_start", "ast_endpoint_snapshot_type", "ast_endpoint_state_type", "stasis_app_playback_snapshot_type", "stasis_app_recording_snapshot_type",
}

// checkSilentSettings looks for those that keep the daemon's requests or events away.
func checkSilentSettings(ctx context.Context, client *ari.Client, console *consoleHere) (found []Finding) {
	for _, s := range console.settings(ctx, client, "http.conf") {
		ms, err := strconv.Atoi(s.value)
		if kept := time.Duration(ms) * time.Millisecond; s.name == "session_keep_alive" && err == nil && kept > 0 && kept <= longestIdle { // 0: each connection serves one request
			found = append(found, fault("remove session_keep_alive from http.conf (the default is 15000), then: "+reloadHTTP,
				"session_keep_alive of http.conf is %d ms: Asterisk closes connections that the daemon, which keeps them for %v, uses again: such requests fail, and callers are in silence", ms, longestIdle))
		}
	}
	for _, s := range console.settings(ctx, client, "stasis.conf") {
		if s.name == "decline" && slices.Contains(heard, s.value) {
			found = append(found, fault("remove that line from stasis.conf, and restart Asterisk: asterisk -rx 'core restart when convenient'",
				"stasis.conf declines %s, which the daemon needs: calls get stuck", s.value))
		}
	}
	return found
}
