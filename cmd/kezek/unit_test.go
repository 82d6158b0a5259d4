package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The unit file says nothing that systemd does not understand, and leaves the
// daemon little that it could harm.
func TestUnitFile(t *testing.T) {
	unit := filepath.Join("..", "..", "systemd", "kezek.service")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	// A panic and the watchdog's abort end a Go program with 2, as a faulty
	// config does: if 2 kept it down, a crash would.
	if strings.Contains(string(text), "\nRestartPreventExitStatus=") || !strings.Contains(string(text), "\nRestart=always\n") {
		t.Error("the daemon would not be started again after a crash")
	}
	// The commands' socket is there, and the daemon sees who opens it: PrivateUsers would show it nobody.
	if !strings.Contains(string(text), "\nRuntimeDirectory=kezek\n") || strings.Contains(string(text), "\nPrivateUsers=") {
		t.Error("the daemon has no folder for its socket, or cannot tell who gives an order")
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here: ", err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "kezek.service")
	// It looks whether the program is there; this test's own is.
	if err := os.WriteFile(copied, []byte(strings.ReplaceAll(string(text), "/usr/bin/kezek", binary)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", copied).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	const exposure = "15" // of 100
	if out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--threshold="+exposure, copied).CombinedOutput(); err != nil {
		t.Errorf("exposed to more than %s of 100: %v\n%s", exposure, err, out)
	}
}
