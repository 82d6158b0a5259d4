package build

import (
	"io"
	"strings"
	"testing"
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

func TestProgress(t *testing.T) {
	p := newProgress(io.Discard)
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
