package daemon

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kezek/ops"
)

// A daemon that is too busy to answer keeps its socket.
func TestBusySocketIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kezek.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}))
	must(t, syscall.Listen(fd, 0))
	for range 10 { // until nobody else has a place
		conn, err := net.DialTimeout("unix", path, 100*time.Millisecond)
		if err != nil {
			break
		}
		defer conn.Close()
	}
	if l, err := listenSocket(path); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("listening: %v, %v", l, err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

// 0.0.0.0 opens no door over IPv6.
func TestListenOnIPv4Alone(t *testing.T) {
	for listen, want := range map[string]string{"0.0.0.0:0": "0.0.0.0", "127.0.0.1:0": "127.0.0.1", "[::ffff:0.0.0.0]:0": "0.0.0.0", ":0": "::", "[::]:0": "::"} {
		l, err := net.Listen(networkOf(listen), listen)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if got := l.Addr().(*net.TCPAddr).IP.String(); got != want {
			t.Errorf("%s listens on %s, want %s", listen, got, want)
		}
	}
}

// The author of an order is recorded with the machine.
func TestPeer(t *testing.T) {
	host, err := os.Hostname()
	must(t, err)
	if p := peer(0); p.Name != "root@"+host || p.Role != ops.Admin {
		t.Errorf("root is %+v", p)
	}
	if p := peer(4294967294); p.Name != "uid4294967294@"+host || p.Role != ops.Supervisor {
		t.Errorf("a user without a name is %+v", p)
	}
}
