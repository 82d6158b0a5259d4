package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
)

// Whoever clears up in /run does not keep the commands from the daemon, and what stands in the socket's place is not removed.
func TestSocketComesBack(t *testing.T) {
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	socket := filepath.Join(filepath.Dir(config), "kezek.sock")
	d := serve(t, config, opsAddr)
	answering := func(want bool, what string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); answers(context.Background(), socket) != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	answering(true, "no socket at the start")
	fatal(t, os.Remove(socket))
	answering(true, "it does not come back")
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("the new one is %v, %v", info, err)
	}
	fatal(t, os.Remove(socket))
	fatal(t, os.WriteFile(socket, []byte("precious"), 0o600))
	for deadline := time.Now().Add(20 * time.Second); d.said("is there, and is no socket") == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not say what is in the way")
		}
	}
	if code := d.end(); code != exitFine {
		t.Errorf("exit %d", code)
	}
	if text, err := os.ReadFile(socket); err != nil || string(text) != "precious" {
		t.Errorf("the file is %q, %v", text, err)
	}
}

// A daemon that is too busy to answer keeps its socket.
func TestBusySocketIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kezek.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	fatal(t, err)
	defer syscall.Close(fd)
	fatal(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}))
	fatal(t, syscall.Listen(fd, 0))
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

// A word that a script has lost does not mean all.
func TestNoticeForNothing(t *testing.T) {
	for _, args := range [][]string{
		{"on", "--for", "0"}, {"on", "--for", "-1h"}, {"on", "--until", ""}, {"on", "--for", "0", "--until", "18:00"}, {"on", "--queue", ""}, {"off", "--queue", ""},
		{"on", "--queue", "sales,"},
	} {
		_, errs, code := kezek(t, append(append([]string{"notice"}, args...), "--url", "http://127.0.0.1:1", "--token", "not-used-in-this-test")...)
		if code != exitUsage || strings.Contains(errs, "does not run") || strings.Contains(errs, "0m0s") {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
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
	// The daemon's own doors.
	dir := t.TempDir()
	example, err := os.ReadFile("../../config/kezek.example.yaml")
	fatal(t, err)
	port := func() string {
		l, err := net.Listen("tcp4", "0.0.0.0:0")
		fatal(t, err)
		defer l.Close()
		return l.Addr().String()
	}
	agi, http := port(), port()
	text := strings.NewReplacer(
		`#listen: "127.0.0.1:4573"`, `listen: "`+agi+`"`, `#listen: "127.0.0.1:8086"`, `listen: "`+http+`"`,
		"password_file: /etc/kezek/ari.password", "password: x", "tokens_file: /etc/kezek/tokens.yaml", "tokens_file: tokens.yaml",
	).Replace(string(example))
	path := filepath.Join(dir, "kezek.yaml")
	fatal(t, os.WriteFile(path, []byte(text), 0o600))
	fatal(t, os.WriteFile(filepath.Join(dir, "tokens.yaml"), []byte("tokens:\n  - {name: board, token: 0123456789abcdef, role: viewer}\n"), 0o600))
	d, err := newDaemon(path, zap.NewNop())
	fatal(t, err)
	defer d.store.Close()
	if got := d.http.Addr().String(); got != http {
		t.Errorf("ops.listen %s listens on %s", http, got)
	}
	if got := d.agi.Addr().String(); got != agi {
		t.Errorf("agi.listen %s listens on %s", agi, got)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	fatal(t, d.agi.Serve(stopped))
	d.http.Close()
}
