package preflight

import (
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
	"unsafe"
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
	groups, _ := os.Getgroups()
	return identity{userName(os.Geteuid()), os.Geteuid(), os.Getegid(), groups}
}

// userName is the name of a user, or the number if it has none here.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// groupOf names a group in a command: by its number if it has no name here.
func groupOf(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return g.Name
	}
	return strconv.Itoa(gid)
}

// folder is the command that makes a folder for an identity alone.
func (id identity) folder(dir string) string {
	return fmt.Sprintf("install -d -o %s -g %s -m 750 %s", id.name, groupOf(id.gid), dir)
}

// identityOf is that of a user of this machine.
func identityOf(name string) (identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return identity{}, err
	}
	uid, err := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	groups, err3 := u.GroupIds()
	return identity{name, uid, gid, numbers(groups)}, errors.Join(err, err2, err3)
}

// numbers are those among some texts.
func numbers(texts []string) (all []int) {
	for _, text := range texts {
		if n, err := strconv.Atoi(text); err == nil {
			all = append(all, n)
		}
	}
	return all
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

// takeOn changes the identity of this thread alone, which syscall.Setuid and its like do not. The groups go
// first, the user last: the kernel takes root's capabilities away with it.
func (id identity) takeOn() error {
	const keep = ^uintptr(0)
	groups := make([]uint32, len(id.groups))
	for i, g := range id.groups {
		groups[i] = uint32(g)
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); errno != 0 {
		return fmt.Errorf("setgroups for user %s: %w", id.name, errno)
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESGID, keep, uintptr(id.gid), keep); errno != 0 {
		return fmt.Errorf("setresgid for user %s: %w", id.name, errno)
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(id.uid), keep); errno != 0 {
		return fmt.Errorf("setresuid for user %s: %w", id.name, errno)
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
		file := filepath.Join(dir, "kezek.service")
		if _, err := os.Stat(file); files == nil && err == nil {
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
		text, _ := os.ReadFile(file) // one that cannot be read says nothing
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
				if slices.Contains(lists, name) && value != "" && is[name] != "" {
					value = is[name] + " " + value
				}
				is[name] = value
			}
		}
	}
	return is
}
