package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpoolFault(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		file:                            "",
		filepath.Join(dir, "new.json"):  "",
		dir:                             "is not a file",
		filepath.Join(file, "new.json"): "is not a folder",
		filepath.Join(dir, "none", "x"): "no such file or directory",
	}
	if os.Getuid() != 0 { // who may write anywhere
		tests[filepath.Join(closed, "x")] = "cannot write into " + closed
	}
	for path, want := range tests {
		err := FileSpool{Path: path}.Fault()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("the check has left something: %v", left)
	}
}
