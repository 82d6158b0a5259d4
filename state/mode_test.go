package state_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"kezek/queue"
	"kezek/state"
)

// Callers' numbers in the spool are for the daemon alone, whatever the umask is.
func TestSpoolIsClosed(t *testing.T) {
	f := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
	defer syscall.Umask(syscall.Umask(0))
	if err := f.Keep([]*queue.Callback{{ID: "cb-1", Number: "+996555000001"}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v; want it closed to others", info.Mode(), err)
	}
}
