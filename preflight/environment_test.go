package preflight

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the unit tells the daemon is known to root's check too: a password that stands in no other place.
func TestEnvironment(t *testing.T) {
	etc, lib := t.TempDir(), t.TempDir()
	text, err := os.ReadFile("../systemd/kezek.service")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(lib, "kezek.service"), text, 0o600))
	file := filepath.Join(etc, "default")
	must(t, os.Mkdir(filepath.Join(etc, "kezek.service.d"), 0o700))
	must(t, os.WriteFile(filepath.Join(etc, "kezek.service.d", "own.conf"), []byte("[Service]\nEnvironment=KEZEK_REDIS_PASSWORD=old \"SSL_CERT_FILE=/srv/a b.pem\"\nEnvironmentFile=-"+file+"\nEnvironmentFile=-/nowhere\n"), 0o600))
	must(t, os.WriteFile(file, []byte("# KEZEK_REDIS_PASSWORD=no\nKEZEK_REDIS_PASSWORD=\"a \\\"b\\\" c\"\n KEZEK_ARI_PASSWORD=plain words \r\nKEZEK_TOKEN=somebody's\n"), 0o600))
	const config = "/etc/kezek/kezek.yaml"
	got, err := environmentOf(unit([]string{etc, lib}), config)
	want := map[string]string{"KEZEK_REDIS_PASSWORD": `a "b" c`, "KEZEK_ARI_PASSWORD": "plain words", "SSL_CERT_FILE": "/srv/a b.pem"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	for _, none := range []struct {
		unit   map[string]string
		config string
	}{{unit([]string{etc, lib}), "/srv/other.yaml"}, {nil, config}} {
		if got, err := environmentOf(none.unit, none.config); len(got) > 0 || err != nil {
			t.Errorf("%s: %v, %v", none.config, got, err)
		}
	}
}

// A file that only root may read is said, not passed over.
func TestEnvironmentClosed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, who may become somebody else")
	}
	who := identity{name: "nobody", uid: 65534, gid: 65534}
	file := filepath.Join(t.TempDir(), "default")
	must(t, os.WriteFile(file, []byte("KEZEK_ARI_PASSWORD=x\n"), 0o600))
	var got error
	must(t, who.as(func() {
		_, got = environmentOf(map[string]string{"ExecStart": "kezek --config a", "EnvironmentFile": "-" + file}, "a")
	}))
	if !os.IsPermission(got) {
		t.Errorf("%v", got)
	}
}
