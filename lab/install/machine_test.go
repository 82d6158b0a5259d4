package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kezek/lab"
)

// The root folder of a clean Debian with systemd. A change of the recipe wants another name.
const rootName = "debian-sid-systemd"

var debootstrap = []string{"debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus,procps", "sid"}

// machine is a booted Debian, with a network of its own that has nothing but loopback.
type machine struct {
	t    *testing.T
	root string
	pid  int // of its systemd
}

// cleanRoot returns a fresh copy of a clean Debian. The original is made once and kept in the user's cache.
func cleanRoot(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	must(t, err)
	original := filepath.Join(cache, "kezek", rootName)
	if _, err := os.Stat(original); err != nil {
		partial := original + ".partial"
		must(t, os.RemoveAll(partial))
		must(t, os.MkdirAll(filepath.Dir(partial), 0o755))
		slow(t, "building the root folder of a clean Debian", exec.Command(debootstrap[0], append(debootstrap[1:], partial)...))
		must(t, os.Rename(partial, original))
	}
	root := filepath.Join(t.TempDir(), "root")
	must(t, exec.Command("cp", "-a", original, root).Run())
	for file, text := range map[string]string{
		"etc/hosts":       "127.0.0.1 localhost walk\n",
		"etc/hostname":    "walk\n",
		"etc/resolv.conf": "",
		// Packages come through the test, which has a network; it answers for those who would be asked. A mirror may be a copy of some day.
		"etc/apt/apt.conf.d/99walk": `Acquire::http::Proxy "http://` + proxyAddr + `"; Acquire::Check-Valid-Until "false";
APT::Get::Assume-Yes "true"; APT::Install-Recommends "false"; APT::Keep-Downloaded-Packages "true"; Binary::apt::APT::Keep-Downloaded-Packages "true";
`,
	} {
		must(t, os.WriteFile(filepath.Join(root, file), []byte(text), 0o644))
	}
	return root
}

// boot starts the machine's systemd and returns when it has started what it has.
func boot(t *testing.T, root string) *machine {
	t.Helper()
	cache, err := os.UserCacheDir()
	must(t, err)
	packages := filepath.Join(cache, "kezek", "packages")
	must(t, os.MkdirAll(packages, 0o755))
	// systemd of today wants the unified hierarchy of control groups, and nspawn a /run in memory.
	const script = `mount -t tmpfs tmpfs /run && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"`
	cmd := exec.Command("unshare", "--mount", "sh", "-ec", script, "sh", "systemd-nspawn", "--directory="+root, "--boot", "--private-network",
		"--machine=walk", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off", "--bind="+packages+":/var/cache/apt/archives")
	cmd.Env = append(os.Environ(), "UNIFIED_CGROUP_HIERARCHY=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	must(t, cmd.Start())
	m := &machine{t: t, root: root}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		if m.pid > 0 {
			_ = syscall.Kill(m.pid, syscall.SIGKILL) // with it all that runs in it
		}
		_ = cmd.Process.Kill()
		<-ended
	})
	children := fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid)
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var state string
		if text, err := os.ReadFile(children); err == nil { // what prepares the machine comes before its systemd
			if _, err := fmt.Sscan(string(text), &m.pid); err == nil {
				state, _ = m.try("systemctl is-system-running", "")
			}
		}
		if strings.HasPrefix(state, "running") {
			break
		}
		select {
		case <-ended:
			t.Fatalf("the machine did not boot:\n%s", &log)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("the machine is not up after a minute: %q\n%s", state, &log)
		}
	}
	m.serveProxy()
	return m
}

// try runs commands as an admin would type them, under umask 077, in the folder with what was copied to the machine.
func (m *machine) try(commands, typed string) (string, error) {
	ctx, cancel := context.WithTimeout(m.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", "--target", fmt.Sprint(m.pid), "--all", "/usr/bin/env", "-i", "HOME=/root", "LC_ALL=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"sh", "-ec", "umask 077; cd /root/kezek 2>/dev/null || cd /root\n"+commands)
	cmd.Stdin = strings.NewReader(typed)
	said := &lab.Output{}
	cmd.Stdout, cmd.Stderr = said, said
	defer report("running "+firstLine(commands), said)()
	err := cmd.Run()
	return said.String(), err
}

// run is try for what must work.
func (m *machine) run(commands, typed string) string {
	m.t.Helper()
	began := time.Now()
	out, err := m.try(commands, typed)
	m.t.Logf("[%.1f s]\n%s%s", time.Since(began).Seconds(), commands, indent(out))
	if err != nil {
		m.t.Fatalf("%v", err)
	}
	return out
}

// eventually runs a command until it works.
func (m *machine) eventually(command string) string {
	m.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		out, err := m.try(command, "")
		if err == nil {
			return out
		}
		if time.Now().After(end) {
			journal, _ := m.try("journalctl --no-pager -n 40 -u kezek -u asterisk -u redis-server", "")
			m.t.Fatalf("%s: %v\n%s\n%s", command, err, out, journal)
		}
	}
}

func (m *machine) path(file string) string { return filepath.Join(m.root, file) }

func (m *machine) read(file string) string {
	m.t.Helper()
	data, err := os.ReadFile(m.path(file))
	must(m.t, err)
	return string(data)
}

// change rewrites a file and keeps its mode and owner.
func (m *machine) change(file string, change func(string) string) {
	m.t.Helper()
	before := m.read(file)
	after := change(before)
	if after == before {
		m.t.Fatalf("%s: nothing to change in\n%s", file, before)
	}
	must(m.t, os.WriteFile(m.path(file), []byte(after), 0o644))
}

// proxyAddr is where the machine gets its packages from.
const proxyAddr = "127.0.0.1:3142"

// serveProxy lets the machine reach Debian's mirrors over the test's network: its own has no way out.
func (m *machine) serveProxy() {
	listening := make(chan net.Listener)
	go func() {
		defer close(listening)
		runtime.LockOSThread() // and never unlocked: the thread has changed its network and ends with the goroutine
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", m.pid))
		if err != nil {
			m.t.Error(err)
			return
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			m.t.Error(err)
			return
		}
		l, err := net.Listen("tcp", proxyAddr)
		if err != nil {
			m.t.Error(err)
			return
		}
		listening <- l
	}()
	l, ok := <-listening
	if !ok {
		m.t.FailNow()
	}
	proxy := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}}} // the request names the mirror itself
	go func() { _ = proxy.Serve(l) }()
	m.t.Cleanup(func() { _ = proxy.Close() })
}

// enter makes a command of this test binary that runs one test in the machine's network.
func (m *machine) enter(test string) *exec.Cmd {
	self, err := os.Executable()
	must(m.t, err)
	return exec.CommandContext(m.t.Context(), "nsenter", "--target", fmt.Sprint(m.pid), "--net", self, "-test.v", "-test.run", "^"+test+"$")
}

// slow runs a command and tells every 10 s how far it is.
func slow(t *testing.T, what string, cmd *exec.Cmd) {
	t.Helper()
	said := &lab.Output{}
	cmd.Stdout, cmd.Stderr = said, said
	defer report(what, said)()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, said)
	}
}

// report prints every 10 s what a command said last, until it is called.
func report(what string, said *lab.Output) (done func()) {
	began, stop := time.Now(), make(chan struct{})
	go func() {
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				fmt.Fprintf(os.Stderr, "[%.0f s] %s: %s\n", time.Since(began).Seconds(), what, said.Last(1))
			}
		}
	}()
	return func() { close(stop) }
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func indent(s string) string {
	if s == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}

func copyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
