package preflight

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kezek/state"
)

// checkSpool looks at the spool with the daemon's rights, if anybody may be called back at all.
func (s *Site) checkSpool(context.Context) []Finding {
	const lost = "no callback can be promised while Redis is away"
	c := s.Config
	switch {
	case c.Rules.Trunk.Allowed == nil:
		return []Finding{fine("not needed: trunk allows no number to be called back")}
	case c.Spool == "":
		return []Finding{warning("set spool to a file on a local disk", "there is none: %s", lost)}
	}
	who, err := s.daemonUser()
	if err != nil {
		return nil // told among the config
	}
	var failed error
	if err := who.as(func() { failed = state.FileSpool{Path: c.Spool}.Fault() }); err != nil {
		return []Finding{warning("run it as root: sudo kezek check", "whether user %s may write %s is not known: %v", who.name, c.Spool, err)}
	}
	dir := filepath.Dir(c.Spool)
	switch {
	case failed == nil:
	case strings.Contains(failed.Error(), "no space left") || strings.Contains(failed.Error(), "quota"):
		return []Finding{fault("make room: df -h "+dir+"; or set spool to a file on another disk", "%v: %s", failed, lost)}
	case strings.Contains(failed.Error(), "read-only"):
		return []Finding{fault("mount it for writing, or set spool to a file on another disk", "%v: %s", failed, lost)}
	case errors.Is(failed, fs.ErrPermission) || errors.Is(failed, fs.ErrNotExist):
		return []Finding{fault(spoolFix(who, c.Spool), "user %s, which runs the daemon: %v: %s", who.name, failed, lost)}
	default:
		return []Finding{fault("correct spool: a file of its own, in a folder of the daemon", "%v: %s", failed, lost)}
	}
	if u := unit(units); u != nil && u["ProtectSystem"] == "strict" && !writable(u, dir) {
		return []Finding{fault("set spool to a file in /var/lib/kezek; or: systemctl edit kezek, ReadWritePaths="+dir,
			"kezek.service does not let the daemon write in %s (ProtectSystem=strict): %s", dir, lost)}
	}
	var found []Finding
	for _, broken := range (state.FileSpool{Path: c.Spool}).Broken() {
		found = append(found, warning("check which callbacks are in it, book them (kezek callback add), and move it away",
			"%s is a spool that could not be read: it may contain promises", broken))
	}
	return append(found, fine("%s can keep promises while Redis is away", c.Spool))
}

// writable reports whether the unit lets the daemon write in a folder of a system that is closed to it.
func writable(unit map[string]string, dir string) bool {
	for setting, under := range map[string]string{"StateDirectory": "/var/lib/", "RuntimeDirectory": "/run/", "LogsDirectory": "/var/log/", "ReadWritePaths": ""} {
		for _, name := range strings.Fields(unit[setting]) {
			open := strings.TrimSuffix(under+strings.TrimLeft(name, "-+"), "/")
			if dir == open || strings.HasPrefix(dir, open+"/") {
				return true
			}
		}
	}
	return false
}

// spoolFix lets the daemon write its spool. A folder that may hold other things keeps its owner and mode.
func spoolFix(who identity, file string) string {
	const usual = "/var/lib/kezek"
	dir := filepath.Dir(file)
	switch _, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return who.folder(dir)
	case dir == usual:
		return who.folder(dir) + "; and if there is a file: chown " + who.name + " " + file
	}
	return fmt.Sprintf("set spool to a file in a folder of the daemon: %s; or let %s write into %s, and write %s if it is there", who.folder(usual), who.name, dir, file)
}
