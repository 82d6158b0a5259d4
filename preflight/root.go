package preflight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"kezek/ari"
	"kezek/queue"
)

// What the running Asterisk may do with its files, if it runs on this machine.

// asteriskHere finds the Asterisk of a URL among the processes of this machine, and its root folder.
func asteriskHere(ctx context.Context, ariURL string) (l listener, root *os.File, found bool) {
	u, err := url.Parse(ariURL)
	if err != nil {
		return l, nil, false
	}
	addr, err := hostAddr(u.Hostname())
	port, err2 := strconv.ParseUint(portOf(u), 10, 16)
	if err != nil || err2 != nil || !ours(addr) {
		return l, nil, false
	}
	if l, found = listens(netip.AddrPortFrom(addr, uint16(port))); !found || l.program != "asterisk" {
		return l, nil, false // something before it, such as a web server
	}
	root, err = os.Open(fmt.Sprintf("/proc/%d/root", l.pid))
	return l, root, err == nil
}

// portOf is the port of a URL.
func portOf(u *url.URL) string {
	return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// openIn opens a file as a program with that root folder sees it; nil is the root of this one.
func openIn(root *os.File, name string, flags int) (*os.File, error) {
	if root == nil {
		return os.OpenFile(name, flags, 0)
	}
	fd, err := unix.Openat2(int(root.Fd()), name, &unix.OpenHow{Flags: uint64(flags) | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// checkFiles looks at music, phrases and recordings with the rights of Asterisk.
func (s *Site) checkFiles(ctx context.Context, c *ari.Client, console *consoleHere, modules map[string]bool) (found []Finding) {
	if console == nil {
		return nil
	}
	l, root := console.listener, console.root
	found = s.checkMusic(ctx, console, modules)
	if sounds := soundsFolder(ctx, c); sounds != "" {
		found = append(found, checkPlayable(l, root, sounds, s.Config.Rules.Languages)...)
	}
	if spool, err := c.Variable(ctx, "ASTSPOOLDIR"); err == nil && spool != "" && records(s.Config.Rules) {
		found = append(found, checkRecordable(l, root, path.Join(spool, "recording"))...)
	}
	return found
}

// checkPlayable looks whether Asterisk may read every phrase.
func checkPlayable(l listener, root *os.File, sounds string, languages []queue.Language) (found []Finding) {
	var refused, missing error
	files := 0
	err := l.as(func() {
		for _, language := range languages {
			dir := path.Join(sounds, string(language))
			d, err := openIn(root, dir, unix.O_RDONLY|unix.O_DIRECTORY)
			if err != nil {
				missing = errors.Join(missing, err)
				continue
			}
			names, err := d.Readdirnames(-1)
			d.Close()
			missing = errors.Join(missing, err)
			slices.Sort(names)
			for _, name := range names {
				f, err := openIn(root, path.Join(dir, name), unix.O_RDONLY)
				if err == nil {
					f.Close()
					continue
				}
				files++
				refused = cmp.Or(refused, err)
			}
		}
	})
	fix := "chmod -R a+rX " + sounds
	switch {
	case err != nil:
		return []Finding{warning("run it as root: sudo kezek check", "whether Asterisk may read the phrases is not known: %v", err)}
	case errors.Is(missing, fs.ErrNotExist):
		fix = "kezek prompts install"
		if dir, err := openIn(root, sounds, unix.O_PATH|unix.O_DIRECTORY); err != nil {
			fix = "prompts: {dir: " + sounds + "} in the config, then: " + fix
		} else {
			dir.Close()
		}
		return []Finding{fault(fix, "Asterisk does not find the phrases: %v: they are not heard", missing)}
	case missing != nil:
		if dir := l.closed(root, sounds); dir != "" && dir != sounds {
			fix = "chmod a+x " + dir
		}
		return []Finding{fault(fix, "Asterisk runs as %s and may not read the phrases: %v: they are not heard", l.name, missing)}
	case refused != nil:
		return []Finding{fault(fix, "Asterisk runs as %s and may not read %s: %v: they are not heard", l.name, several(files, "phrase"), refused)}
	}
	return nil
}

// closed is the first folder on the way to a path, which begins at a root folder as for [openIn], into which an identity may not
// go; "" if there is none.
func (id identity) closed(root *os.File, name string) (dir string) {
	var way []string
	for d := path.Clean(name); d != "/" && d != "."; d = path.Dir(d) {
		way = append(way, d)
	}
	_ = id.as(func() { // that it cannot be tried is told before
		for _, d := range slices.Backward(way) {
			f, err := openIn(root, d+"/.", unix.O_PATH)
			if errors.Is(err, fs.ErrPermission) {
				dir = d
				return
			}
			f.Close() // of no file it is no harm
		}
	})
	return dir
}

// checkRecordable looks whether Asterisk can record.
func checkRecordable(l listener, root *os.File, dir string) []Finding {
	var failed error
	err := l.as(func() {
		d, err := openIn(root, dir, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			failed = err
			return
		}
		defer d.Close()
		// The kernel asks for the real user here unless it is told otherwise, and this thread has only an effective one.
		if err := unix.Faccessat2(int(d.Fd()), ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
			failed = &fs.PathError{Op: "write into", Path: dir, Err: err}
		}
	})
	fix := l.folder(dir)
	if !errors.Is(failed, fs.ErrNotExist) {
		fix = fmt.Sprintf("chown %s %s && chmod u+rwx %s", l.name, dir, dir) // its group may be there for other programs
		if closed := l.closed(root, dir); closed != "" && closed != dir {
			fix = "chmod a+x " + closed
		}
	}
	switch {
	case err != nil:
		return []Finding{warning("run it as root: sudo kezek check", "whether Asterisk can record is not known: %v", err)}
	case failed != nil:
		return []Finding{fault(fix, "Asterisk runs as %s and cannot record: %v: nothing is recorded", l.name, failed)}
	}
	return nil
}
