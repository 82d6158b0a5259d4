package preflight

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// identity is what the kernel asks for when a file is opened.
type identity struct {
	name   string
	uid    int
	gid    int
	groups []int
}

// self is who runs this program.
func self() identity {
	id := identity{uid: os.Geteuid(), gid: os.Getegid()}
	id.groups, _ = os.Getgroups()
	id.name = userName(id.uid)
	return id
}

// userName is the name of a user, or the number if it has none here.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// groupName is the name of a group, "" if it has none here.
func groupName(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return g.Name
	}
	return ""
}

// groupOf names a group in a command: by its number if it has no name.
func groupOf(gid int) string { return cmp.Or(groupName(gid), strconv.Itoa(gid)) }

// identityOf is that of a user of this machine.
func identityOf(name string) (identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return identity{}, err
	}
	id := identity{name: name}
	id.uid, err = strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	groups, err3 := u.GroupIds()
	id.gid = gid
	for _, g := range groups {
		if n, err := strconv.Atoi(g); err == nil {
			id.groups = append(id.groups, n)
		}
	}
	return id, errors.Join(err, err2, err3)
}

// errNotRoot: only root can try what somebody else may do.
var errNotRoot = errors.New("only root can try it")

// as does something with the rights of an identity: a thread takes it on, and ends with it. Do
// must not start goroutines of which the rights matter.
func (id identity) as(do func()) error {
	me := os.Geteuid()
	if id.uid == me && me != 0 {
		do()
		return nil
	}
	if me != 0 {
		return errNotRoot
	}
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := id.takeOn()
		if err == nil {
			do()
		}
		failed <- err
	}()
	return <-failed
}

// takeOn changes the identity of this thread alone, which syscall.Setuid and its like do not.
// The kernel takes root's capabilities away with it.
func (id identity) takeOn() error {
	keep := ^uintptr(0)
	groups := make([]uint32, 0, len(id.groups))
	for _, g := range id.groups {
		groups = append(groups, uint32(g))
	}
	for _, step := range []struct {
		name string
		do   func() syscall.Errno
	}{
		{"setgroups", func() syscall.Errno { return setgroups(groups) }},
		{"setresgid", func() syscall.Errno {
			_, _, e := syscall.RawSyscall(syscall.SYS_SETRESGID, keep, uintptr(id.gid), keep)
			return e
		}},
		{"setresuid", func() syscall.Errno {
			_, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(id.uid), keep)
			return e
		}},
	} {
		if errno := step.do(); errno != 0 {
			return fmt.Errorf("%s for user %s: %w", step.name, id.name, errno)
		}
	}
	return nil
}

// units are where the service's unit and its drop-ins may be, the first first.
var units = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// lists are the settings of a unit that may be given several times; an empty one begins anew.
var lists = []string{"Environment", "EnvironmentFile", "ReadWritePaths", "RuntimeDirectory", "StateDirectory"}

// unit is what the service's unit says, by setting, the last value of each but for lists; nil if there is none.
func unit(dirs []string) map[string]string {
	var files []string
	for _, dir := range dirs {
		if file := filepath.Join(dir, "kezek.service"); files == nil && exists(file) {
			files = []string{file}
		}
	}
	if files == nil {
		return nil
	}
	for _, dir := range slices.Backward(dirs) {
		more, _ := filepath.Glob(filepath.Join(dir, "kezek.service.d", "*.conf")) // fails on a bad pattern only
		files = append(files, more...)
	}
	is := map[string]string{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if name, value, ok := strings.Cut(strings.TrimSpace(lines.Text()), "="); ok && !strings.HasPrefix(name, "#") {
				if slices.Contains(lists, name) && value != "" && is[name] != "" {
					value = is[name] + " " + value
				}
				is[name] = value
			}
		}
		f.Close()
	}
	return is
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
