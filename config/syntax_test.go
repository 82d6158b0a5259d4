package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// goish is what only a Go programmer understands, or nobody should see.
var goish = regexp.MustCompile(`strconv|invalid syntax|net/url|\bparse "|(?:^|[^.])time: |missing unit|error parsing|reflect|\*[a-z]+\.[A-Z]|unmarshal|` +
	`%!|ParseAddr|netip\.|map\[|\[\]string|slice bounds|\buint|interface \{|goccy|flow mapping|non-map|must be specified|in this context|hunter2`)

// plain checks that an error is in words for people, and prints nothing that a terminal would obey.
func plain(t *testing.T, of string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if m := goish.FindString(err.Error()); m != "" {
		t.Errorf("%s: %q in: %s", of, m, err)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == '\u202e' }) {
		t.Errorf("%s: unprintable: %q", of, err)
	}
}

// What stands in the place of a value, and is wrong for most.
var wrongValues = []string{
	`""`, "~", "hunter2x", "-1", "99999999999999999999999", "1e999", "0x10", "3.5", "[]", "{}", "[a, b]", "{a: b}", "[[1]]", "true", "1h1", "1d1d",
	`"\x01"`, `"http://[::1"`, `"http://a:b:c/%zz"`, `"tcp://\x7f"`, `"["`, `"^("`, `"+996["`, `"127.0.0.1:99999"`, `"Mo-Xx 25:61-99"`,
	`"redis://127.0.0.1:6379/x"`, `"redis://h/0?foo=bar"`, `"/no/such/file"`, `"/dev/null/x"`, `"\u202e/x"`, `"PJSIP/{number}@${x}"`, "2026-13-40", "!!int x", "*31",
	"&a", `"10.0.0.0/99"`, `"a,b;c"`, "9999999d", "-5m", `"{extension}"`, "Asia/Nowhere", "../../etc", ".", `"fe80::1%eth0"`, "[", "}", `"`, "'", "|x", "@x", "x: y", "\ty",
}

// TestErrorsAreInPlainWords puts each wrong value at each key of the example, and each key into the environment's place.
func TestErrorsAreInPlainWords(t *testing.T) {
	lines := strings.Split(string(Example), "\n")
	key := regexp.MustCompile(`^(\s*)#?([a-z_A-Z"0-9]+):( .*)?$`)
	tried := 0
	for i, l := range lines {
		m := key.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		for j, wrong := range wrongValues {
			if os.Getenv("KEZEK_LONG") == "" && (i+j)%12 != 0 { // each key with some, each value at some
				continue
			}
			changed := strings.Join(lines[:i], "\n") + "\n" + m[1] + m[2] + ": " + strings.ReplaceAll(wrong, "hunter2x", "x") + "\n" + strings.Join(lines[i+1:], "\n")
			_, err := Parse("kezek.yaml", []byte(changed), Env(noEnv), Files(func(path string) (fs.File, error) { return os.Open(path) }))
			plain(t, m[2]+": "+wrong, err)
			tried++
		}
	}
	if tried < 300 {
		t.Errorf("only %d tries: does the example have its keys?", tried)
	}
	for _, variable := range []string{"KEZEK_ARI_PASSWORD", "KEZEK_REDIS_PASSWORD", "KEZEK_WEBHOOK_SECRET"} {
		_, err := Parse("kezek.yaml", []byte(small), Files(openClosed), Env(func(name string) (string, bool) { return "hunter2\nx", name == variable }))
		plain(t, variable, err)
		if want := variable + " in the environment: want only the "; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", variable, err, want)
		}
	}
}

func noEnv(string) (string, bool) { return "", false }

// TestTokensInPlainWords is the same for a file of tokens.
func TestTokensInPlainWords(t *testing.T) {
	for _, wrong := range wrongValues {
		for _, text := range []string{"tokens: " + wrong, "tokens: [" + wrong + "]", "tokens:\n  - name: " + wrong + "\n    token: " + wrong + "\n    role: " + wrong + "\n", wrong} {
			_, _, err := LoadTokens(write(t, 0o600, "tokens.yaml", strings.ReplaceAll(text, "hunter2x", "x")))
			plain(t, text, err)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none"), "/dev/null/x"} {
		_, _, err := LoadTokens(path)
		plain(t, path, err)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRosterInPlainWords is the same for a roster.
func TestRosterInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-02,1012,09:00,18:00,x": "does not have 4 columns",
		"2026-03-02,\"1012,09:00,18:00": "a quote (\") is not closed, or is in the middle of a column",
		"2026-03-02,10\"12,09:00,18:00": "a quote (\") is not closed, or is in the middle of a column",
		"2026-13-02,1012,09:00,18:00":   "day \"2026-13-02\" is not allowed: want such as 2026-03-02",
		"2026-03-02,1012,9h,18:00":      "is not a shift: want such as 09:00 and 18:00",
		"\xff\xfe2\x000\x00":            "is UTF-16 text: save it as UTF-8",
		"\uFEFF2026-03-02,\x1b[2J,,":    `agent "\x1b[2J" is not in the config`,
	} {
		_, err := Load(write(t, 0o600, "roster.csv", text, "kezek.yaml", small+"asterisk: {password: x}\nroster: roster.csv\n"))
		plain(t, text, err)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "roster.csv:1:1: ", "line 1: "), strings.TrimPrefix(want, "line 1: ")) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestByteOrderMark: files as editors on Windows save them.
func TestByteOrderMark(t *testing.T) {
	const mark = "\uFEFF"
	c, err := Load(write(t, 0o600, "ari.txt", mark+"secret\r\n", "tokens.yaml", mark+"tokens: [{token: secret-token-0123, role: admin}]\r\n",
		"kezek.yaml", mark+strings.ReplaceAll(strings.TrimPrefix(small, "\n")+"asterisk: {password_file: ari.txt}\nops: {tokens_file: tokens.yaml}\n", "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	if string(c.Asterisk.Password) != "secret" || len(c.Ops.Tokens) != 1 || c.Site != "bishkek" {
		t.Errorf("password %q, %d tokens, site %q", string(c.Asterisk.Password), len(c.Ops.Tokens), c.Site)
	}
	for name, text := range map[string]string{"little": "\xff\xfes\x00i\x00", "big": "\xfe\xff\x00s\x00i", "little, no mark": "s\x00i\x00", "big, no mark": "\x00s\x00i"} {
		_, err := Parse("kezek.yaml", []byte(text))
		if err == nil || err.Error() != "kezek.yaml:1:1: is UTF-16 text: save it as UTF-8" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSyntax holds that whatever is no YAML is told in plain words, at a line that is there.
func FuzzSyntax(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/yaml-*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, found := findMistake(text)
		if lines := strings.Split(text, "\n"); found && (m.line < 1 || m.line > len(lines) || m.column < 1 || m.column > len(lines[m.line-1])+2) {
			t.Errorf("%+v of %d lines", m, len(lines))
		}
		if found && strings.ContainsFunc(m.text, func(r rune) bool { return r < ' ' }) {
			t.Errorf("%q", fmt.Sprint(m))
		}
	})
}

// Time and memory are bounded for whatever is in a file of a size that is read.
func TestManyKeys(t *testing.T) {
	keys := func(n int, form string) string {
		text := strings.Builder{}
		for i := range n {
			fmt.Fprintf(&text, form, i)
		}
		return text.String()
	}
	for name, test := range map[string]struct{ text, want string }{
		"in one mapping": {keys(60000, "k%d: 1\n"), "config.yaml:5001:6: has too many keys: want 20000 at most, 5000 in one mapping"},
		"in all":         {keys(25000, "k%d: {a: 1}\n"), "has too many keys"},
		"as many as may": {keys(5000, "k%d: 1\n"), " more mistakes are not shown"},
	} {
		begun := time.Now()
		_, err := Parse("config.yaml", []byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "\n") > mostProblems {
			t.Errorf("%s: %.300v, want %q", name, err, test.want)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
	agents := keys(1000, "  \"%d\":\n    endpoint: PJSIP/1\n    name: a\n    pin: \"1234\"\n    languages: [ru]\n    queues: [a]\n    trainee: false\n")
	if _, err := Parse("config.yaml", []byte("agents:\n"+agents)); err != nil && strings.Contains(err.Error(), "too many") {
		t.Errorf("1,000 agents: %v", err)
	}
}
