package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// debootstrap makes the root folder. Debian has Asterisk 22 in sid alone.
var debootstrap = []string{"debootstrap", "--variant=minbase",
	"--include=asterisk,asterisk-core-sounds-ru-wav,asterisk-moh-opsound-wav", "sid"}

var aptInstall = []string{"apt-get", "install", "--yes", "--no-install-recommends"}

// NeedsRootError says what a user without root's rights must have done before
// the set-up can go on.
type NeedsRootError struct{ Commands []string }

func (e *NeedsRootError) Error() string {
	return "the set-up needs root's rights; run it as root, or run this first:\n\n  sudo " +
		strings.Join(e.Commands, "\n  sudo ")
}

// Setup installs what labs need and is not there yet: Debian packages, and the
// root folder with Asterisk. With tests it also installs what only tests and
// benchmarks need. It reports each step to log, and nothing if there is
// nothing to do. Several set-ups at a time wait for each other; one that is cut
// short leaves nothing half done.
func Setup(ctx context.Context, tests bool, log io.Writer) error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(cache, "bin"), 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(ctx, filepath.Join(cache, "setup.lock"), func() {
		fmt.Fprintln(log, "set-up: waiting for another set-up to end")
	})
	if err != nil {
		return err
	}
	defer unlock()

	_, err = findInstallation(ctx)
	build := errors.Is(err, errNotInstalled)
	if err != nil && !build {
		return err
	}
	root := filepath.Join(cache, rootName)
	packages := missing(build, tests)
	if os.Geteuid() != 0 && (build || len(packages) > 0) {
		return &NeedsRootError{rootCommands(packages, build, root)}
	}
	if err := install(ctx, packages, log); err != nil {
		return err
	}
	if err := linkRedis(filepath.Join(cache, "bin", "redis-server")); err != nil {
		return err
	}
	if build {
		return buildRoot(ctx, root, log)
	}
	return nil
}

// missing lists the Debian packages that have to be installed.
func missing(build, tests bool) []string {
	var packages []string
	need := func(when bool, program string, names ...string) {
		if when && !installed(program) {
			packages = append(packages, names...)
		}
	}
	need(build, "debootstrap", "debootstrap")
	need(!installed(redisInTools), "redis-server", "redis-tools")
	need(tests, "sipp", "sip-tester")
	need(tests, "gcc", "gcc", "libc6-dev") // for the race detector
	return packages
}

func installed(program string) bool {
	for _, name := range []string{program, "/usr/sbin/" + program} { // not in every user's PATH
		if _, err := exec.LookPath(name); err == nil {
			return true
		}
	}
	return false
}

func rootCommands(packages []string, build bool, root string) []string {
	var commands []string
	if len(packages) > 0 {
		commands = append(commands, "apt-get update", strings.Join(slices.Concat(aptInstall, packages), " "))
	}
	if build {
		if _, err := os.Stat(root); err == nil { // cut short
			commands = append(commands, "rm -r "+root)
		}
		commands = append(commands,
			strings.Join(debootstrap, " ")+" "+root,
			"touch "+filepath.Join(root, "etc/resolv.conf"),
			"touch "+filepath.Join(root, "etc/hosts"))
	}
	return commands
}

// install installs packages, with fresh lists if those at hand will not do.
func install(ctx context.Context, packages []string, log io.Writer) error {
	if len(packages) == 0 {
		return nil
	}
	names := strings.Join(packages, ", ")
	apt := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, args[0], slices.Concat([]string{"-o", "DPkg::Lock::Timeout=300"}, args[1:])...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		// An interrupted dpkg would have to be repaired by hand, so it is asked,
		// not killed, and not by the terminal.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
		return cmd
	}
	args := slices.Concat(aptInstall, packages)
	known := apt(append(args, "--simulate")...).Run() == nil
	if known && run(apt(args...), (*exec.Cmd).Run, "installing "+names, log) == nil {
		return nil
	}
	// A failure may be that of some other source: the packages tell.
	lists := run(apt("apt-get", "update"), (*exec.Cmd).Run, "fetching Debian's package lists", log)
	if err := run(apt(args...), (*exec.Cmd).Run, "installing "+names, log); err != nil {
		return errors.Join(lists, err)
	}
	return nil
}

// redisInTools is the server's name in redis-tools: it is the program that
// checks dumps as well, and decides by the name it is called by.
const redisInTools = "/usr/bin/redis-check-rdb"

func linkRedis(link string) error {
	if _, err := exec.LookPath("redis-server"); err == nil {
		return nil
	}
	if target, err := os.Readlink(link); err == nil && target == redisInTools {
		return nil
	}
	if err := os.RemoveAll(link); err != nil {
		return err
	}
	return os.Symlink(redisInTools, link)
}

// buildRoot makes the root folder under another name first, so that it is
// whole or not there.
func buildRoot(ctx context.Context, root string, log io.Writer) (err error) {
	partial := root + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(partial)
		}
	}()
	args := append(slices.Clone(debootstrap), partial)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	// What it mounts and starts goes with it, however it ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Cloneflags: syscall.CLONE_NEWPID}
	if err := run(cmd, runTied, "building the root folder with Asterisk (some minutes, 600 MB)", log); err != nil {
		return err
	}
	for _, dir := range []string{"var/cache/apt/archives", "var/lib/apt/lists"} {
		if err := os.RemoveAll(filepath.Join(partial, dir)); err != nil {
			return err
		}
	}
	for _, file := range []string{"etc/resolv.conf", "etc/hosts"} { // a lab mounts its own over them
		if err := os.RemoveAll(filepath.Join(partial, file)); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(partial, file), nil, 0o644); err != nil {
			return err
		}
	}
	if _, err := complete(partial, "/usr/sbin/asterisk"); err != nil {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	return os.Rename(partial, root)
}
