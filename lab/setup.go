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

// Needs say what a set-up is for, beyond a lab with Asterisk and Redis.
type Needs struct {
	Daemon bool // the daemon, compiled
	Tests  bool // what only tests need, and themselves, compiled
	Bench  bool // what only the measurements need
	Long   bool // what only the tests that take minutes need
}

// Setup installs what labs need and is not there yet: Debian packages, the root
// folder with Asterisk, and what is to be compiled. All that is slow on a fresh
// machine is a step of it. It tells log of each step that takes a while, and
// nothing if there is nothing to do. Several set-ups at a time wait for each
// other; one that is interrupted leaves nothing half done, and says so by an
// [InterruptedError].
func Setup(ctx context.Context, n Needs, log io.Writer) error {
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
	packages := missing(build, n)
	if os.Geteuid() != 0 && (build || len(packages) > 0) {
		return &NeedsRootError{rootCommands(packages, build, root)}
	}
	var steps []step
	if slices.Contains(packages, "postgresql") {
		steps = append(steps, noCluster())
	}
	if len(packages) > 0 {
		steps = append(steps, install(packages))
	}
	if build {
		steps = append(steps, buildRoot(root))
	}
	if n.Tests && !hasTools() {
		steps = append(steps, unpackTools(filepath.Join(cache, "bin")))
	}
	if axe := filepath.Join(cache, "axe", "axe.min.js"); n.Long && !there(axe) {
		steps = append(steps, fetchAxe(axe))
	}
	compiling, err := n.compiling()
	if err != nil {
		return err
	}
	if err := work(ctx, log, append(steps, compiling...)...); err != nil {
		return err
	}
	return linkRedis(filepath.Join(cache, "bin", "redis-server"))
}

// compiling are the steps that Go does. They need the packages: the race
// detector wants a C compiler.
func (n Needs) compiling() ([]step, error) {
	if n == (Needs{}) {
		return nil, nil
	}
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	var steps []step
	switch {
	case n.Tests:
		steps = append(steps, fetchModules(root, "-test", "./..."))
	case n.Daemon, n.Bench:
		steps = append(steps, fetchModules(root, "./cmd/kezek"))
	}
	if n.Daemon {
		steps = append(steps, compileDaemon(root))
	}
	if n.Tests {
		steps = append(steps, compileTests(root))
	}
	if n.Bench {
		steps = append(steps, compileRules(root))
	}
	return steps, nil
}

// missing lists the Debian packages that have to be installed.
func missing(build bool, n Needs) []string {
	var packages []string
	need := func(when bool, program string, names ...string) {
		if when && !installed(program) {
			packages = append(packages, names...)
		}
	}
	need(build || n.Long, "debootstrap", "debootstrap")
	need(!installed(redisInTools), "redis-server", "redis-tools")
	need(n.Tests || n.Bench, "sipp", "sip-tester")
	need(n.Tests, "gcc", "gcc", "libc6-dev") // for the race detector
	if _, err := postgresBin(); n.Tests && err != nil {
		packages = append(packages, "postgresql")
	}
	need(n.Long, "systemd-nspawn", "systemd-container")
	need(n.Long, "baresip", "baresip-core")
	need(n.Long, "linphonec", "linphone-cli")
	need(n.Long, "chromium-headless-shell", "chromium-headless-shell")
	need(n.Long, "npm", "npm")
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
	if slices.Contains(packages, "postgresql") {
		commands = append(commands, "mkdir -p "+filepath.Dir(noClusterFile), "echo '"+noClusterText+"' > "+noClusterFile)
	}
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

// install installs packages, with fresh lists if those at hand will not do. An
// interrupted apt-get ends between two packages and leaves what it has unpacked
// to be configured: that is done before the interrupt is reported.
func install(packages []string) step {
	args := slices.Concat(aptInstall, packages)
	return step{"installing " + strings.Join(packages, ", "), "", func(ctx context.Context, out io.Writer) error {
		defer func() {
			if ctx.Err() != nil {
				configure := asked(exec.CommandContext(context.WithoutCancel(ctx), "dpkg", "--configure", "-a"))
				configure.Stdout, configure.Stderr = out, out
				_ = configure.Run() // what it says is in out
			}
		}()
		if apt(ctx, io.Discard, append(args, "--simulate")...) == nil && apt(ctx, out, args...) == nil {
			return nil
		}
		// A failure may be that of some other source: the packages tell.
		lists := apt(ctx, out, "apt-get", "update")
		if err := apt(ctx, out, args...); err != nil {
			return errors.Join(lists, err)
		}
		return nil
	}}
}

// axeCore is the package of npm that looks at the page as WCAG does.
const axeCore = "axe-core@4.14.1"

// fetchAxe fetches its one file, under another name first, so that it is whole or not there.
func fetchAxe(to string) step {
	return step{"fetching " + axeCore, "3 MB", func(ctx context.Context, out io.Writer) error {
		dir, err := os.MkdirTemp("", "axe")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		npm := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-save", "--prefix", dir, axeCore)
		npm.Stdout, npm.Stderr = out, out
		if err := npm.Run(); err != nil {
			return fmt.Errorf("npm install %s: %w", axeCore, err)
		}
		source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to+".partial", source, 0o644); err != nil {
			return err
		}
		return os.Rename(to+".partial", to)
	}}
}

// apt runs apt-get. An interrupted dpkg would have to be repaired by hand, so it
// is asked, not killed.
func apt(ctx context.Context, out io.Writer, args ...string) error {
	cmd := asked(exec.CommandContext(ctx, args[0], slices.Concat([]string{"-o", "DPkg::Lock::Timeout=300"}, args[1:])...))
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = out, out
	return cmd.Run()
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
func buildRoot(root string) step {
	return step{"building the root folder with Asterisk", "some minutes, 600 MB", func(ctx context.Context, out io.Writer) (err error) {
		partial := root + ".partial"
		if err := os.RemoveAll(partial); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, os.RemoveAll(partial))
			}
		}()
		args := append(slices.Clone(debootstrap), partial)
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		// What it mounts and starts goes with it, however it ends.
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Cloneflags: syscall.CLONE_NEWPID}
		cmd.Stdout, cmd.Stderr = out, out
		if err := runTied(cmd); err != nil {
			return err
		}
		if err := bare(partial); err != nil {
			return err
		}
		if err := os.RemoveAll(root); err != nil {
			return err
		}
		return os.Rename(partial, root)
	}}
}

// bare makes what debootstrap has left into a root folder for labs.
func bare(root string) error {
	for _, dir := range []string{"var/cache/apt/archives", "var/lib/apt/lists"} {
		if err := os.RemoveAll(filepath.Join(root, dir)); err != nil {
			return err
		}
	}
	for _, file := range []string{"etc/resolv.conf", "etc/hosts"} { // a lab mounts its own over them
		if err := os.RemoveAll(filepath.Join(root, file)); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o644); err != nil {
			return err
		}
	}
	_, err := complete(root, "/usr/sbin/asterisk")
	return err
}

// there reports whether a file is there.
func there(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
