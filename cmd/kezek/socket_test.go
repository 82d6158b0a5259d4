package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A clean-up of /run does not keep the commands from the daemon, and what is in the socket's place is not removed.
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
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the new one is %v, %v", info, err)
	}
	fatal(t, os.Remove(socket))
	fatal(t, os.WriteFile(socket, []byte("precious"), 0o600))
	for deadline := time.Now().Add(20 * time.Second); d.said("exists and is not a socket") == 0; time.Sleep(10 * time.Millisecond) {
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
