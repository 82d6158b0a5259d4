package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/queue"
)

// A spool that could not be read is told until somebody has moved it away.
func TestBrokenSpoolIsTold(t *testing.T) {
	dir := t.TempDir()
	c := &config.Config{Spool: filepath.Join(dir, "lab.spool.json"), Rules: &queue.Rules{}}
	c.Rules.Trunk.Allowed = func(string) bool { return true }
	s := &Site{Config: c}
	if found := s.checkSpool(t.Context()); len(found) != 1 || found[0].Severity != Info {
		t.Errorf("%v", found)
	}
	broken := c.Spool + ".broken-20260101T000000Z"
	if err := os.WriteFile(broken, []byte("[null]"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := s.checkSpool(t.Context())
	if len(found) != 2 || found[0].Severity != Warning || !strings.Contains(found[0].Problem, broken) {
		t.Errorf("%v", found)
	}
}
