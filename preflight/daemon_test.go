package preflight

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kezek/config"
)

// needRoot skips what only root can try.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can try what another user may do")
	}
}

// nobody is a user without rights.
const nobody = "nobody"

// The config and all that it names must be readable for the daemon, whoever runs the check.
func TestDaemonReadsItsConfig(t *testing.T) {
	needRoot(t)
	dir := openDir(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		must(t, os.Chmod(path, 0o644))
		return path
	}
	tokens := write("tokens.yaml", "tokens: [{token: 0123456789abcdef, role: viewer}]\n")
	password := write("ari.password", "secret\n")
	path := write("kezek.yaml", "site: lab\ncompany: c\ntimezone: UTC\nlanguages: [ru]\nqueues: {q: {did: [\"+996312900800\"]}}\n"+
		"asterisk: {password_file: ari.password}\nops: {socket: \""+dir+"/k.sock\", tokens_file: tokens.yaml, listen: \"127.0.0.1:"+freePort(t)+"\"}\nagi: {listen: \"127.0.0.1:"+freePort(t)+"\"}\n")
	c, err := config.Load(path)
	must(t, err)
	check := func() string {
		var b strings.Builder
		for _, f := range (&Site{Path: path, Config: c, User: nobody}).checkDaemon() {
			fmt.Fprintf(&b, "%s %s. Fix: %s\n", f.Severity, f.Problem, f.Fix)
		}
		return b.String()
	}
	if got := check(); !strings.Contains(got, "warning ops.socket: user nobody, which runs the daemon, may not create a file in "+dir) {
		t.Errorf("a folder that is not the daemon's: %q", got)
	}
	c.Ops.Socket = ""
	if got := check(); got != "" {
		t.Fatalf("all is open: %s", got)
	}
	group := groupOf(mustIdentity(t, nobody).gid)
	for _, file := range []string{path, tokens, password} {
		must(t, os.Chmod(file, 0o600))
		got := check()
		if !strings.Contains(got, "error user nobody, which runs the daemon: ") || !strings.Contains(got, file+": permission denied") ||
			!strings.Contains(got, "Fix: chgrp "+group+" "+file+" && chmod g+r "+file) {
			t.Errorf("%s is closed: %q", file, got)
		}
		must(t, os.Chmod(file, 0o644))
	}
	must(t, os.Chmod(dir, 0o700))
	if got := check(); !strings.Contains(got, "Fix: chgrp "+group+" "+dir+" && chmod g+rx "+dir) {
		t.Errorf("the folder is closed: %q", got)
	}
	// A group that others have the folder by keeps it: /etc/ssl/private is ssl-cert's.
	const others = 54321
	must(t, os.Chown(dir, 0, others))
	if got := check(); !strings.Contains(got, "Fix: usermod -aG 54321 nobody && chmod g+rx "+dir+", then restart the daemon") {
		t.Errorf("the folder is another group's: %q", got)
	}
	if os.Geteuid() != 0 {
		t.Error("the test is somebody else now")
	}
	if got := (&Site{Path: path, Config: c, User: "no-such-user"}).checkDaemon(); len(got) != 1 || got[0].Severity != Error || !strings.Contains(got[0].Fix, "--user") {
		t.Errorf("no such user: %+v", got)
	}
}

// openDir is a folder that everybody can reach, which those of t.TempDir are not everywhere.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kezek-check")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func mustIdentity(t *testing.T, name string) identity {
	t.Helper()
	id, err := identityOf(name)
	must(t, err)
	return id
}

// A spool must take a file of the size that it will have, by the daemon's user, on a disk with room for it.
func TestSpoolOfTheDaemon(t *testing.T) {
	needRoot(t)
	dir := openDir(t)
	c, err := config.Parse("kezek.example.yaml", config.Example)
	must(t, err)
	c.Spool = filepath.Join(dir, "spool.json")
	check := func(want string) {
		t.Helper()
		found := (&Site{Config: c, User: nobody}).checkSpool(t.Context())
		if len(found) != 1 || !strings.Contains(string(found[0].Severity)+" "+found[0].Problem+". "+found[0].Fix, want) {
			t.Errorf("found %+v, want %s", found, want)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.check.*")); left != nil {
			t.Errorf("left: %v", left)
		}
	}
	check("error user nobody, which runs the daemon: cannot write into " + dir + ": permission denied: no callback can be promised while Redis is away. " +
		"set spool to a file in a folder of the daemon: install -d -o nobody -g " + groupOf(mustIdentity(t, nobody).gid) + " -m 750 /var/lib/kezek; or let nobody write into " + dir)
	c.Spool = filepath.Join(dir, "missing", "spool.json")
	check("install -d -o nobody -g " + groupOf(mustIdentity(t, nobody).gid) + " -m 750 " + filepath.Dir(c.Spool))
	c.Spool = filepath.Join(dir, "spool.json")
	must(t, os.Chmod(dir, 0o777))
	check("info " + c.Spool + " can keep promises")
	must(t, os.WriteFile(c.Spool, []byte("[]"), 0o600))
	check("error user nobody, which runs the daemon: open " + c.Spool + ": permission denied")
	must(t, os.Remove(c.Spool))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=777"); err != nil {
		t.Skip("cannot mount a small disk: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	check("error cannot write 1024 KB into " + dir + ": no space left on device: no callback can be promised while Redis is away. make room: df -h " + dir)
}

// A port that another program has keeps the daemon down, and so does one that is not to be had.
func TestListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	taken6, err := net.Listen("tcp", "[::1]:0")
	must(t, err)
	defer taken6.Close()
	everywhere, err := net.Listen("tcp", "[::]:0") // of IPv4 too
	must(t, err)
	defer everywhere.Close()
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	used := func(address string) string {
		return fmt.Sprintf("error x: %s is already used by preflight.test (process %d): the daemon cannot start\n", address, os.Getpid())
	}
	me := self()
	me.uid = 1000
	for address, want := range map[string]string{
		"127.0.0.1:" + freePort(t): "",
		"203.0.113.7:8086":         "error x: 203.0.113.7 is not an address of this machine: the daemon cannot start\n",
		"127.0.0.1:80":             "error x: user " + me.name + " may not listen on port 80: the daemon cannot start\n",
		taken.Addr().String():      used(taken.Addr().String()),
		taken6.Addr().String():     used(taken6.Addr().String()),
		"127.0.0.1:" + port:        used("127.0.0.1:" + port),
		":" + strings.Split(taken.Addr().String(), ":")[1]:          used(":" + strings.Split(taken.Addr().String(), ":")[1]),
		"127.0.0.2:" + strings.Split(taken.Addr().String(), ":")[1]: "", // on the same port of another address
	} {
		if want != "" && strings.HasSuffix(address, ":80") && unprivileged() <= 80 {
			continue
		}
		if got := findings(checkListen("x", address, me)); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestKernelAddress(t *testing.T) {
	for text, want := range map[string]string{
		"0100007F:1F96":                         "127.0.0.1:8086",
		"00000000:11DD":                         "0.0.0.0:4573",
		"00000000000000000000000001000000:0050": "[::1]:80",
		"0000000000000000FFFF00000100007F:0050": "127.0.0.1:80",
		"x":                                     "", "0100007F": "", "01:0050": "", "0100007F:F0000": "",
	} {
		got, ok := kernelAddress(text)
		if ok != (want != "") || ok && got != netip.MustParseAddrPort(want) {
			t.Errorf("%s: %v %v, want %s", text, got, ok, want)
		}
	}
}

// The unit and its drop-ins say who runs the daemon and what is hidden from it.
func TestUnit(t *testing.T) {
	etc, lib := t.TempDir(), t.TempDir()
	if got := unit([]string{etc, lib}); got != nil {
		t.Errorf("none: %v", got)
	}
	text, err := os.ReadFile("../systemd/kezek.service")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(lib, "kezek.service"), text, 0o600))
	is := unit([]string{etc, lib})
	if is["User"] != "kezek" || writable(is, "/srv/spool") || !writable(is, "/var/lib/kezek") || writable(is, "/var/lib/kezek2") {
		t.Errorf("the unit of the house: %v", is)
	}
	for path, want := range map[string]string{"/etc/kezek/kezek.yaml": "", "/root/kezek.yaml": "ProtectHome", "/tmp/kezek.yaml": "PrivateTmp", "kezek.yaml": "", "/home2/x": ""} {
		if got := hiddenBy(is, path); got != want {
			t.Errorf("%s is hidden by %q, want %q", path, got, want)
		}
	}
	must(t, os.Mkdir(filepath.Join(etc, "kezek.service.d"), 0o700))
	must(t, os.WriteFile(filepath.Join(etc, "kezek.service.d", "own.conf"), []byte("[Service]\nUser=callcentre\n#User=x\nReadWritePaths=-/srv/spool\n"), 0o600))
	if is = unit([]string{etc, lib}); is["User"] != "callcentre" || !writable(is, "/srv/spool") {
		t.Errorf("with a drop-in: %v", is)
	}
}
