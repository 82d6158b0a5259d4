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
