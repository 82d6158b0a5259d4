package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ForTest starts a lab with a free number for t, whatever o.Number says, and
// stops it when t ends; the logs are shown if t failed. Where the set-up has
// not been made t is skipped, or fails if the environment has KEZEK_LAB=1; with -short it is skipped.
func ForTest(t testing.TB, o Options) *Lab {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk: not with -short")
	}
	o.Number = Any
	l, err := Start(t.Context(), o)
	if err != nil {
		SkipOrFail(t, err)
	}
	t.Cleanup(func() {
		l.Stop()
		if t.Failed() {
			t.Logf("logs of lab %d in %s:\n%s", l.Number, l.Dir, l.Tail(40))
		}
	})
	return l
}

// SkipOrFail ends a test that could not start what it needs: it is skipped where that is not installed, unless the
// environment has KEZEK_LAB=1.
func SkipOrFail(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) && os.Getenv("KEZEK_LAB") != "1" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// FreshCheckout copies the checkout into a folder of t's, without what was built
// or run in it: Go's and the lab's caches are the caller's to choose.
func FreshCheckout(t testing.TB) string {
	t.Helper()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for _, e := range entries {
		from, to := filepath.Join(root, e.Name()), filepath.Join(home, e.Name())
		switch {
		case e.Name() == ".git" || e.Name() == ".lab" || e.Name() == "bin":
		case e.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		default:
			var text []byte
			if text, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, text, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// Tables holds what stands in a page between <!-- mark --> and <!-- end of mark --> against what
// the code says, or writes it there.
func Tables(t testing.TB, file, mark, want string, write bool) {
	t.Helper()
	begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s: the marks around the tables are gone", file)
	}
	page := before + begin + want + end + after
	switch {
	case write:
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	case string(data) != page:
		t.Errorf("%s differs from the code: run this test with -update", file)
	}
}
