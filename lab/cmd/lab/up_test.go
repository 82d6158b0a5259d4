package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kezek/lab"
)

// A person's day with lab 0, in a folder of its own: the data of the lab that
// belongs to this checkout stays as it is.
func TestUpAndDown(t *testing.T) {
	if pid, ok := lab.Holder(0); ok {
		t.Skipf("lab 0 is in use by process %d", pid)
	}
	lab.ForTest(t, lab.Options{}).Stop() // skips where there is no lab

	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "go.mod"), []byte("module kezek\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(home, "lab")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := func(wantOK bool, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Dir = home
		out, err := cmd.CombinedOutput()
		if (err == nil) != wantOK {
			t.Fatalf("lab %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	expect := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("want %q in\n%s", w, out)
			}
		}
	}
	redis := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "redis-cli", append([]string{"-p", "6390"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	t.Cleanup(func() {
		cmd := exec.Command(binary, "down")
		cmd.Dir = home
		_ = cmd.Run()
	})
	file := func(name string) string { return filepath.Join(home, ".lab", name+".pid") }

	expect(run(false, "status"), "not up")
	expect(run(true, "up", "--daemon=false"), "The lab is up", "127.0.0.1:5060", "lab-1001", lab.TokenViewer, "http://127.0.0.1:8086")
	expect(run(true, "status"), "asterisk", "redis")
	asterisk := pid(file("asterisk"))
	expect(run(true, "up", "--daemon=false"), "already up")
	if now := pid(file("asterisk")); now != asterisk {
		t.Errorf("the second up has replaced Asterisk: %d, was %d", now, asterisk)
	}
	redis("set", "kept", "yes")
	expect(run(true, "down"), "Stopped: asterisk", "redis")
	if syscall.Kill(asterisk, 0) == nil {
		t.Errorf("Asterisk %d is still there", asterisk)
	}
	expect(run(true, "down"), "not up")

	run(true, "up", "--daemon=false", "--keep")
	if got := redis("get", "kept"); got != "yes" {
		t.Errorf("--keep has not kept the data: %q", got)
	}
	// However the lab's keeper ends, the next up works, and begins anew.
	if err := syscall.Kill(pid(file("lab")), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for held := true; held; _, held = lab.Holder(0) {
	}
	run(true, "up", "--daemon=false")
	if got := redis("get", "kept"); got != "" {
		t.Errorf("up has kept the data: %q", got)
	}
	run(true, "down")
}
