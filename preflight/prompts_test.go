package preflight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/queue"
)

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

// The minutes that callers hear are compared with those of every queue.
func TestCheckMinutes(t *testing.T) {
	rules := &queue.Rules{Queues: map[string]*queue.QueueRules{}}
	for name, due := range map[string]string{"a": "30m", "b": "20m"} {
		q := queue.DefaultQueue()
		if due == "20m" {
			q.Callback.Information /= 3
		}
		rules.Queues[name] = &q
	}
	found := checkMinutes(rules)
	if len(found) != 1 || found[0].Severity != Warning || !strings.HasPrefix(found[0].Problem, "queues.b.callback.information is 10m, but callers") {
		t.Errorf("%+v", found)
	}
}
