package preflight

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"kezek/history"
)

// checkHistory looks whether what happens can be kept, with the daemon's rights.
func (s *Site) checkHistory(ctx context.Context) []Finding {
	const lost = "reports would lack what happens from now on, once Redis does not keep it any more"
	h := s.Config.History
	if h.URL == "" {
		return []Finding{fine("none is kept: history.url is empty, and there are no reports")}
	}
	db, err := history.New(h.URL, string(h.Password))
	if err != nil {
		return []Finding{fault("correct history.url", "%v", err)}
	}
	defer db.Close()
	file, embedded := strings.CutPrefix(h.URL, "sqlite:")
	if !embedded {
		if err := db.Probe(ctx); err != nil {
			return []Finding{fault("start it, or correct history.url and history.password_file; its user must be able to create tables (GRANT CREATE ON SCHEMA public)",
				"PostgreSQL cannot be used: %s: %s", plain(err), lost)}
		}
		return []Finding{fine("PostgreSQL can keep what happens")}
	}
	who, err := s.daemonUser()
	if err != nil {
		return nil // told among the config
	}
	var failed error
	if err := who.as(func() { failed = db.Probe(ctx) }); err != nil {
		return []Finding{warning("run it as root: sudo kezek check", "whether user %s may write %s is not known: %v", who.name, file, err)}
	}
	dir := filepath.Dir(file)
	switch {
	case failed == nil:
	case errors.Is(failed, fs.ErrPermission) || errors.Is(failed, fs.ErrNotExist):
		return []Finding{fault(strings.ReplaceAll(spoolFix(who, file), "set spool to a file", "set history.url to a file"), "user %s, which runs the daemon: %v: %s", who.name, failed, lost)}
	default:
		return []Finding{fault("make room: df -h "+dir+"; or set history.url to a file on another disk", "%v: %s", failed, lost)}
	}
	if u := unit(units); u != nil && u["ProtectSystem"] == "strict" && !writable(u, dir) {
		return []Finding{fault("set history.url to a file in /var/lib/kezek; or: systemctl edit kezek, ReadWritePaths="+dir,
			"kezek.service does not let the daemon write in %s (ProtectSystem=strict): %s", dir, lost)}
	}
	return []Finding{fine("%s can keep what happens", file)}
}
