package install

import (
	"os"
	"regexp"
	"strings"
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
	files := map[string]int{}
	for _, b := range under(blocks(t, "asterisk.md"), "1. ARI") {
		files[b.file()]++
	}
	if files["http.conf"] != 1 || files["ari.conf"] != 1 {
		t.Errorf("asterisk.md tells what to write into %v", files)
	}
}
