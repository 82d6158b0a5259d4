package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// block is a piece of a page that is to be typed in or written into a file.
type block struct {
	heading string // the last one above it
	before  string // the text between it and what stands above
	lang    string // "" for commands
	text    string
}

// blocks reads the fenced blocks of a page, in their order.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	var b block
	var inside bool
	for line := range strings.Lines(string(data)) {
		switch lang, fence := strings.CutPrefix(strings.TrimSpace(line), "```"); {
		case fence && inside:
			all = append(all, b)
			inside, b = false, block{heading: b.heading}
		case fence:
			inside, b.lang = true, lang
		case inside:
			b.text += line
		case strings.HasPrefix(line, "#"):
			b = block{heading: strings.TrimSpace(strings.TrimLeft(line, "#"))}
		default:
			b.before += line
		}
	}
	if inside || len(all) == 0 {
		t.Fatalf("%s: %d blocks, the last one open: %v", page, len(all), inside)
	}
	return all
}

// under are the blocks under headings that begin with one of these.
func under(all []block, headings ...string) (some []block) {
	for _, b := range all {
		for _, h := range headings {
			if strings.HasPrefix(b.heading, h) {
				some = append(some, b)
			}
		}
	}
	return some
}

var fileNamed = regexp.MustCompile("In `([a-z_]+\\.conf)`")

// file is the file of Asterisk's for which the text before the block says it is.
func (b block) file() string {
	if m := fileNamed.FindStringSubmatch(b.before); m != nil {
		return m[1]
	}
	return ""
}

// The chapters of asterisk.md whose blocks the walk writes.
const (
	ariChapter      = "1. ARI"
	dialplanChapter = "3. Dialplan"
	sipChapter      = "4. SIP"
	phonesChapter   = "5. Phones"
	trunkChapter    = "6. Trunk"
)

// What the walk relies on is in the pages; this needs no container.
func TestGuideHasItsCommands(t *testing.T) {
	guide := blocks(t, "install.md")
	for _, want := range []string{"1. Redis", "2. Program", "3. Config", "4. Asterisk", "5. Start", "Upgrade", "Remove"} {
		if len(under(guide, want)) == 0 {
			t.Errorf("install.md has no commands under %q", want)
		}
	}
	for _, b := range guide {
		if b.lang != "" {
			t.Errorf("install.md: the walk does not know what to do with a block of %q", b.lang)
		}
		if strings.Contains(b.text, "{SITE}") {
			t.Errorf("install.md: a command that does nothing as it stands: %s", b.text)
		}
	}
	page, files := blocks(t, "asterisk.md"), map[string]int{}
	for _, chapter := range []string{ariChapter, dialplanChapter, sipChapter, phonesChapter, trunkChapter} {
		if some := under(page, chapter); !slices.ContainsFunc(some, func(b block) bool { return b.lang == "ini" }) {
			t.Errorf("asterisk.md has nothing to write into a file under %q", chapter)
		}
	}
	for _, b := range under(page, ariChapter) {
		files[b.file()]++
	}
	if files["http.conf"] != 1 || files["ari.conf"] != 1 {
		t.Errorf("asterisk.md tells what to write into %v", files)
	}
}

// An Asterisk that was there before goes on reading its file, and other programs go on reading its recordings.
func TestGuideTakesNoRightsFromAnAsteriskInUse(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	var users, recordings string
	for _, b := range under(blocks(t, "install.md"), "4. Asterisk") {
		switch {
		case strings.Contains(b.text, "/etc/asterisk/ari.conf"):
			users = b.text
		case strings.Contains(b.text, "/spool/asterisk/recording"):
			recordings, _, _ = strings.Cut(b.text, "usermod")
		}
	}
	dir := t.TempDir()
	do := func(commands, group string) {
		t.Helper()
		commands = strings.NewReplacer("/etc/", dir+"/etc/", "/var/", dir+"/var/", "chgrp asterisk", "chgrp "+group, "-o asterisk -g asterisk", "").Replace(commands)
		if out, err := exec.Command("sh", "-c", commands).CombinedOutput(); len(out) > 0 && group == "daemon" {
			t.Fatalf("%s\n%v: %s", commands, err, out)
		}
	}
	file, folder := filepath.Join(dir, "etc/asterisk/ari.conf"), filepath.Join(dir, "var/spool/asterisk/recording")
	must(t, os.MkdirAll(filepath.Join(dir, "etc/kezek"), 0o755))
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.MkdirAll(folder, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "etc/kezek/ari.password"), []byte("secret\n"), 0o600))
	is := func(name string, mode os.FileMode, group uint32) {
		t.Helper()
		info, err := os.Stat(name)
		must(t, err)
		if gid := info.Sys().(*syscall.Stat_t).Gid; info.Mode().Perm() != mode || gid != group {
			t.Errorf("%s: %v of group %d, want %v of %d", name, info.Mode(), gid, mode, group)
		}
	}
	const daemon = 1 // its number is the same everywhere

	// One that was built from source has files of root's that all can read.
	must(t, os.WriteFile(file, []byte("[general]\n"), 0o644))
	must(t, os.Chmod(file, 0o644))
	do(users, "no-such-group")
	is(file, 0o644, 0)
	for range 2 {
		do(users, "daemon")
		is(file, 0o640, daemon)
	}
	if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), "password = secret") != 1 {
		t.Errorf("%v: %s", err, text)
	}

	must(t, os.Chown(folder, 0, daemon))
	must(t, os.Chmod(folder, 0o775))
	do(recordings, "daemon")
	is(folder, 0o775, daemon)
	must(t, os.Remove(folder))
	do(recordings, "daemon")
	is(folder, 0o750, 0)
}
