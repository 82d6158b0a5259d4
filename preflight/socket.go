package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// checkSocket looks whether the daemon can have its socket for the commands of this machine. Calls do not need it.
func checkSocket(path string, who identity, unit map[string]string) []Finding {
	if path == "" {
		return nil
	}
	dir := filepath.Dir(path)
	say := func(fix, problem string, args ...any) []Finding {
		return []Finding{warning(fix, "ops.socket: "+problem+": the commands of this machine need a token", args...)}
	}
	if by := hiddenBy(unit, path); by != "" {
		return say("leave ops.socket out, for /run/kezek/SITE.sock", "%s is a place that kezek.service reserves for the daemon (%s)", path, by)
	}
	made := slices.ContainsFunc(strings.Fields(unit["RuntimeDirectory"]), func(name string) bool { return dir == "/run/"+name })
	if !made && unit["ProtectSystem"] == "strict" && !writable(unit, dir) {
		return say("leave ops.socket out, for /run/kezek/SITE.sock; or: systemctl edit kezek, ReadWritePaths="+dir,
			"kezek.service does not let the daemon write in %s (ProtectSystem=strict)", dir)
	}
	var failed error
	if err := who.as(func() { failed = socketFault(path, dir) }); err != nil {
		return nil // that it cannot be tried is told of the config
	}
	switch {
	case failed == nil, made && errors.Is(failed, fs.ErrNotExist): // systemd makes it at the start
		return nil
	case errors.Is(failed, fs.ErrNotExist) && strings.HasPrefix(dir, "/run/"): // which is empty after a boot
		return say("let systemd create it: systemctl edit kezek, RuntimeDirectory="+strings.TrimPrefix(dir, "/run/")+"; or, without systemd, at each boot: "+who.folder(dir),
			"the folder %s does not exist", dir)
	case errors.Is(failed, fs.ErrNotExist):
		return say(who.folder(dir), "the folder %s does not exist", dir)
	case errors.Is(failed, fs.ErrPermission):
		return say("set ops.socket to a file in a folder of the daemon: "+who.folder("/run/kezek")+"; or let "+who.name+" write into "+dir,
			"user %s, which runs the daemon, may not create a file in %s", who.name, dir)
	default:
		return say("move it away, or set ops.socket to another file", "%v", failed)
	}
}

// socketFault says why this thread's user cannot make a socket in a folder, or replace an old one.
func socketFault(path, dir string) error {
	switch info, err := os.Stat(dir); {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	}
	// Not access(2), which asks for the real user: a thread that has taken on another has only an effective one.
	if err := unix.Faccessat2(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	return nil
}
