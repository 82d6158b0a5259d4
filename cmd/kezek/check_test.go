package main

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
func findings(found []finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.Severity + " " + f.Problem + "\n")
	}
	return b.String()
}

// A notice of the site's own that is not recorded in each language would not be heard.
func TestCheckNotices(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"ru/notice-internet.wav", "ky/notice-internet.sln16", "ru/notice-tv.wav"} {
		must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, file), nil, 0o600))
	}
	c := &config.Config{Prompts: config.Prompts{Dir: dir}, Rules: &queue.Rules{
		Languages: []queue.Language{"ky", "ru"},
		Notice:    queue.NoticeRules{Phrases: []string{"maintenance", "notice-internet", "notice-tv", "notice-power"}},
	}}
	want := "error notice.phrases: there is no ky/notice-tv in " + dir + "\n" +
		"error notice.phrases: there is no ky/notice-power in " + dir + "\n" +
		"error notice.phrases: there is no ru/notice-power in " + dir + "\n"
	if got := findings(checkNotices(c)); got != want {
		t.Errorf("found\n%swant\n%s", got, want)
	}
}

// Where talks are recorded the daemon must be able to read the recordings.
func TestCheckRecordings(t *testing.T) {
	sales := queue.DefaultQueue()
	c := &config.Config{Recordings: config.Recordings{Dir: filepath.Join(t.TempDir(), "none")}, Rules: &queue.Rules{Queues: map[string]*queue.QueueRules{"sales": &sales}}}
	if got := findings(checkRecordings(c)); got != "" {
		t.Errorf("nothing is recorded: %s", got)
	}
	sales.Recording.On = true
	if got := findings(checkRecordings(c)); !strings.HasPrefix(got, "warning recordings.dir: ") {
		t.Errorf("there is no folder: %q", got)
	}
	must(t, os.Mkdir(c.Recordings.Dir, 0o700))
	if got := findings(checkRecordings(c)); got != "" {
		t.Errorf("there is one: %s", got)
	}
}
