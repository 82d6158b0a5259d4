package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSourceOf(t *testing.T) {
	const (
		main     = "Debian|bookworm|bookworm|http://deb.example.org/debian/\n"
		security = "Debian|bookworm-security|bookworm-security|http://deb.example.org/debian-security/\n"
		sid      = "Debian|sid|sid|http://deb.example.org/debian/\n"
		other    = "Docker|bookworm|bookworm|https://download.example.org/linux/debian/\n"
	)
	for _, c := range []struct{ what, release, targets, want string }{
		{"a stable release", "bookworm", security + main, "http://deb.example.org/debian/ bookworm"},
		{"another program's source of that name", "bookworm", other + main, "http://deb.example.org/debian/ bookworm"},
		{"sid, which calls itself forky", "forky", sid, "http://deb.example.org/debian/ sid"},
		{"sid without lists", "forky", "|unstable||http://deb.example.org/debian/\n", "http://deb.example.org/debian/ unstable"},
		{"testing by its role", "forky", sid + "Debian|testing|forky|http://deb.example.org/debian/\n", "http://deb.example.org/debian/ testing"},
		{"a stable release with some of sid", "bookworm", sid + main, "http://deb.example.org/debian/ bookworm"},
		{"sid without a name", "", sid, "http://deb.example.org/debian/ sid"},
		{"no Debian", "bookworm", other, ""},
	} {
		got, err := sourceOf(c.release, c.targets)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.what, got, err, c.want)
		}
	}
}

// How long an installation takes is up to the line to the mirror: only one that does not come on is ended, and it is asked to.
func TestInstallEndsWhenItStalls(t *testing.T) {
	defer func(d time.Duration) { stalledAfter = d }(stalledAfter)
	stalledAfter = 400 * time.Millisecond
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	aptGet := func(percent string) error {
		const script = "#!/bin/sh\ntrap 'echo E: interrupted; exit 100' INT\n" +
			"for i in 1 2 3 4 5 6 7 8; do echo \"dlstatus:1:%s:Retrieving file 1 of 2 (${i}s remaining)\"; sleep 0.1; done\n"
		if err := os.WriteFile(filepath.Join(bin, "apt-get"), fmt.Appendf(nil, script, percent), 0o755); err != nil {
			t.Fatal(err)
		}
		return apt(t.Context(), io.Discard, nil, "install")
	}
	if err := aptGet("20.$i"); err != nil {
		t.Errorf("one that takes twice as long and comes on: %v", err)
	}
	err := aptGet("20.5")
	if !errors.Is(err, errStalled) || !strings.Contains(err.Error(), "20 %: Retrieving file 1 of 2") || !strings.Contains(err.Error(), "E: interrupted") {
		t.Errorf("one that stays where it is: %v", err)
	}
}

func TestProgress(t *testing.T) {
	p := newProgress(io.Discard, time.Hour, func() {})
	defer p.end()
	for _, part := range []string{"dlstatus:1:20.5028:Retrieving file 2 of", " 10 (30s remaining)\nE: Unable to ", "locate package rhvoice\n"} {
		if n, err := io.WriteString(p, part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if p.status != "20 %: Retrieving file 2 of 10 (30s remaining)" {
		t.Errorf("status %q", p.status)
	}
	if !strings.HasSuffix(p.complaint(), "locate package rhvoice") {
		t.Errorf("complaint %q", p.complaint())
	}
}
