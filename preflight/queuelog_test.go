package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
)

func TestQueueLog(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o777))
	file := filepath.Join(dir, "queue_log")
	manager := config.ManagerUser{Address: "127.0.0.1:1", Username: "kezek", Password: "hunter2"}
	for _, tt := range []struct {
		to        config.QueueLogTo
		path      string
		severity  Severity
		want, fix string
	}{
		{config.QueueLogNowhere, "", Info, "none is written", ""},
		{config.QueueLogFile, file, Info, "can be written", ""},
		{config.QueueLogFile, "/nowhere/queue_log", Error, "no such file", "/nowhere"},
		{config.QueueLogFile, dir, Error, "is a directory", "queue_log.path"},
		{config.QueueLogAsterisk, file, Error, "no such file", "logger reload"},
		{config.QueueLogManager, file, Error, "cannot be reached", "manager reload"},
	} {
		s := &Site{Config: &config.Config{QueueLog: config.QueueLog{To: tt.to, Path: tt.path, Manager: manager}}, User: "root"}
		found := s.checkQueueLog(t.Context())
		if len(found) != 1 || found[0].Severity != tt.severity || !strings.Contains(found[0].Problem, tt.want) || !strings.Contains(found[0].Fix, tt.fix) || strings.Contains(found[0].Problem, "hunter2") {
			t.Errorf("%s %s: %+v, want %s %s", tt.to, tt.path, found, tt.severity, tt.want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a check has made the file")
	}
}
