package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/queue"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// findings are all of them as text.
func findings(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(string(f.Severity) + " " + f.Problem + "\n")
	}
	return b.String()
}

// Where talks are recorded the daemon must be able to read the recordings.
func TestCheckRecordings(t *testing.T) {
	sales := queue.DefaultQueue()
	c := &config.Config{Recordings: config.Recordings{Dir: filepath.Join(t.TempDir(), "none")}, Rules: &queue.Rules{Queues: map[string]*queue.QueueRules{"sales": &sales}}}
	if got := findings(checkRecordings(c, self())); got != "" {
		t.Errorf("nothing is recorded: %s", got)
	}
	sales.Recording.On = true
	if got := findings(checkRecordings(c, self())); !strings.HasPrefix(got, "warning recordings.dir: ") {
		t.Errorf("there is no folder: %q", got)
	}
	must(t, os.Mkdir(c.Recordings.Dir, 0o700))
	if got := findings(checkRecordings(c, self())); got != "" {
		t.Errorf("there is one: %s", got)
	}
}

// What the config warns of, such as short tokens, is told.
func TestConfigWarnings(t *testing.T) {
	c := &config.Config{Warnings: []string{"tokens.yaml:1:1: short"}, Rules: &queue.Rules{Languages: []queue.Language{"ru", "en"}}}
	c.AGI.Listen, c.Ops.Listen = "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	c.Ops.Socket = ""
	got := findings((&Site{Config: c, Path: filepath.Join(t.TempDir(), "none")}).checkConfig(t.Context()))
	for _, want := range []string{"warning tokens.yaml:1:1: short\n", "error languages: there are no phrases in en\n", "which runs the daemon: config: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}
