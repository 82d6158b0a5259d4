package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
)

func TestHistory(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o777))
	for _, tt := range []struct {
		url      string
		severity Severity
		want     string
	}{
		{"", Info, "none is kept"},
		{"sqlite:" + filepath.Join(dir, "history.db"), Info, "can keep what happens"},
		{"sqlite:/nowhere/history.db", Error, "no such file"},
		{"postgres://kezek@127.0.0.1:1/kezek", Error, "PostgreSQL cannot be used"},
	} {
		s := &Site{Config: &config.Config{History: config.History{URL: tt.url, Password: "hunter2"}}, User: "root"}
		found := s.checkHistory(t.Context())
		if len(found) != 1 || found[0].Severity != tt.severity || !strings.Contains(found[0].Problem, tt.want) || strings.Contains(found[0].Problem, "hunter2") {
			t.Errorf("%q: %+v, want %s %s", tt.url, found, tt.severity, tt.want)
		}
	}
}
