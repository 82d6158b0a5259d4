package preflight

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A daemon that cannot have its socket only logs it: the check says it, with the fix for the reason.
func TestSocketOfTheDaemon(t *testing.T) {
	dir, err := os.MkdirTemp("", "kezek-socket") // t.TempDir is too long for a socket
	must(t, err)
	defer os.RemoveAll(dir)
	must(t, os.Chmod(dir, 0o755))
	me := self()
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	l, err := net.Listen("unix", filepath.Join(dir, "live"))
	must(t, err)
	defer l.Close()
	ours := map[string]string{"ProtectSystem": "strict", "PrivateTmp": "yes", "ProtectHome": "yes", "RuntimeDirectory": "kezek kezek-check-test"}
	for _, c := range []struct {
		path string
		unit map[string]string
		want string
	}{
		{path: ""},
		{path: dir + "/new.sock"},
		{path: dir + "/live"},
		{path: "/run/kezek-check-test/lab.sock", unit: ours},
		{path: "/run/kezek-check-none/lab.sock", want: "the folder /run/kezek-check-none does not exist: the commands of this machine need a token. let systemd create it: systemctl edit kezek, RuntimeDirectory=kezek-check-none"},
		{path: "/run/kezek-check-none/lab.sock", unit: ours, want: "kezek.service does not let the daemon write in /run/kezek-check-none"},
		{path: dir + "/none/lab.sock", want: "the folder " + dir + "/none does not exist: the commands of this machine need a token. install -d -o " + me.name},
		{path: dir + "/file/lab.sock", want: "file is not a folder"},
		{path: dir + "/file", want: "exists and is not a socket: the commands of this machine need a token. move it away"},
		{path: "/tmp/kezek-lab.sock", unit: ours, want: "is a place that kezek.service reserves for the daemon (PrivateTmp)"},
	} {
		var got string
		for _, f := range checkSocket(c.path, me, c.unit) {
			got += string(f.Severity) + " " + f.Problem + ". " + f.Fix
		}
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") || got != "" && !strings.HasPrefix(got, "warning ops.socket: ") {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
	}
	if os.Geteuid() != 0 {
		return // only root can be somebody else
	}
	nobody, err := identityOf("nobody")
	must(t, err)
	found := checkSocket(dir+"/new.sock", nobody, nil)
	if len(found) != 1 || !strings.Contains(found[0].Problem, "user nobody, which runs the daemon, may not create a file in "+dir) {
		t.Errorf("%+v", found)
	}
	must(t, os.Chmod(dir, 0o777))
	if found := checkSocket(dir+"/new.sock", nobody, nil); found != nil {
		t.Errorf("%+v", found)
	}
}
