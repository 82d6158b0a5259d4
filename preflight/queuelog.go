package preflight

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"

	"kezek/config"
	"kezek/queuelog"
)

// checkQueueLog looks whether queue_log can be written, with the daemon's rights.
func (s *Site) checkQueueLog(ctx context.Context) []Finding {
	switch q := s.Config.QueueLog; q.To {
	case config.QueueLogManager:
		return []Finding{checkManager(ctx, q.Manager)}
	case config.QueueLogFile, config.QueueLogAsterisk:
		return s.checkQueueLogFile(q.Path, q.To == config.QueueLogFile)
	}
	return []Finding{fine("none is written (queue_log.to)")}
}

func checkManager(ctx context.Context, m config.ManagerUser) Finding {
	w := queuelog.Manager{Address: m.Address, Username: m.Username, Secret: string(m.Password)}
	err := w.Probe(ctx)
	if _, network := errors.AsType[*net.OpError](err); network {
		return fault("in manager.conf set enabled = yes and bindaddr, then: asterisk -rx 'manager reload'; or correct queue_log.manager.address",
			"the manager interface of Asterisk cannot be reached: %v: queue_log is not written", err)
	} else if err != nil {
		return fault("give manager.conf a section ["+m.Username+"] with secret, write = agent, read = agent and permit = 127.0.0.1/32, then: asterisk -rx 'manager reload'; or correct queue_log.manager.password_file",
			"%v: queue_log is not written", err)
	}
	return fine("Asterisk takes rows by its manager interface")
}

func (s *Site) checkQueueLogFile(path string, own bool) []Finding {
	const lost = "queue_log is not written, and programs that read it see nothing"
	who, err := s.daemonUser()
	if err != nil {
		return nil // told among the config
	}
	dir := filepath.Dir(path)
	var failed error
	if err := who.as(func() { failed = queuelog.ProbeFile(path, own) }); err != nil {
		return []Finding{warning("run it as root: sudo kezek check", "whether user %s may write %s is not known: %v", who.name, path, err)}
	}
	switch {
	case failed == nil:
	case !own && errors.Is(failed, fs.ErrNotExist):
		return []Finding{fault("let Asterisk make it: queue_log = yes and queue_log_to_file = yes in logger.conf, asterisk -rx 'logger reload'; or set queue_log.to: file",
			"%v: %s", failed, lost)}
	case !own && errors.Is(failed, fs.ErrPermission):
		return []Finding{fault("set queue_log.to: manager, which needs no rights to the file; or let "+who.name+" write it, also after a rotation: setfacl -m u:"+who.name+":rwx -d -m u:"+who.name+":rw "+dir,
			"user %s, which runs the daemon: %v: %s", who.name, failed, lost)}
	case errors.Is(failed, fs.ErrNotExist) || errors.Is(failed, fs.ErrPermission):
		return []Finding{fault(who.folder(dir)+"; or set queue_log.path to a file that "+who.name+" may write",
			"user %s, which runs the daemon: %v: %s", who.name, failed, lost)}
	default:
		return []Finding{fault("correct queue_log.path", "%v: %s", failed, lost)}
	}
	if u := unit(units); u != nil && u["ProtectSystem"] == "strict" && !writable(u, dir) {
		return []Finding{fault("systemctl edit kezek, ReadWritePaths="+dir,
			"kezek.service does not let the daemon write in %s (ProtectSystem=strict): %s", dir, lost)}
	}
	return []Finding{fine("%s can be written", path)}
}
