package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kezek/config"
	"kezek/dialplan"
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

// The phrases must be where Asterisk looks for them, as far as that can be seen from here.
func TestCheckSounds(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours", "kezek"), filepath.Join(dir, "theirs", "sounds", "kezek")
	must(t, os.MkdirAll(ours, 0o700))
	if got := findings(checkSounds(ours, theirs)); got != "" {
		t.Errorf("nothing is known of a folder that cannot be seen: %q", got)
	}
	must(t, os.MkdirAll(filepath.Dir(theirs), 0o700))
	want := "error prompts.dir is " + ours + ", and Asterisk looks for the phrases in " + theirs + ": nobody hears them\n"
	if got := findings(checkSounds(ours, theirs)); got != want {
		t.Errorf("Asterisk's own folder has none: %q, want %q", got, want)
	}
	if got := findings(checkSounds(theirs+"/", theirs)) + findings(checkSounds(ours, "")); got != "" {
		t.Errorf("the same folder, and none named: %q", got)
	}
	must(t, os.Symlink(ours, theirs))
	if got := findings(checkSounds(ours, theirs)); got != "" {
		t.Errorf("one is a link to the other: %q", got)
	}
	must(t, os.Remove(theirs))
	must(t, os.Mkdir(theirs, 0o700))
	if got := findings(checkSounds(ours, theirs)); got != want {
		t.Errorf("phrases of two folders: %q, want %q", got, want)
	}
}

// The dialplan must be the config's, with all its contexts, and the site's own must lead to it.
func TestCheckDialplan(t *testing.T) {
	c, err := config.Parse("kezek.example.yaml", config.Example)
	must(t, err)
	var plan strings.Builder
	must(t, dialplan.Write(&plan, dialplanParams(c)))
	dir := t.TempDir()
	write := func(file, text string) { must(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600)) }
	check := func(want ...string) {
		t.Helper()
		found := findings(checkDialplan(c, dir))
		if strings.Count(found, "\n") != len(want) {
			t.Errorf("found %s", found)
		}
		for _, w := range want {
			if !strings.Contains(found, w) {
				t.Errorf("found %s, want %s", found, w)
			}
		}
	}
	check("warning " + filepath.Join(dir, dialplan.FileName) + " is not there")
	older := plan.String()
	older = older[:strings.Index(older, "[kezek-take]")]
	write(dialplan.FileName, older)
	check("made from another config or version, and lacks [kezek-take] [kezek-hints]")
	write(dialplan.FileName, strings.Replace(plan.String(), "Stasis(", "Queue(", 1))
	check("error " + filepath.Join(dir, dialplan.FileName) + " is not what the config asks for: it was made from another config or version\n")
	write(dialplan.FileName, plan.String())
	check("error no file of " + dir + " includes " + dialplan.FileName)
	write("extensions.conf", "; include => kezek-agents\n[from-trunk]\ninclude => kezek-inbound\n#include \"kezek-extensions.conf\"\n")
	check("info ", "warning no file of "+dir+" names the context kezek-agents: agents' codes, status keys and lamps reach nothing")
	write("pjsip.conf", "[1001]\ncontext = kezek-agents\n")
	check("info ")
}
