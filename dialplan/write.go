package dialplan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/template"
	"time"

	"kezek/queue"
)

// FileName is what the generated dialplan is called in Asterisk's folder.
const FileName = "kezek-extensions.conf"

//go:embed templates
var templates embed.FS

var pages = template.Must(template.New("pages").Option("missingkey=error").ParseFS(templates, "templates/*.conf.tmpl"))

// page is what the template of the dialplan sees.
type page struct {
	Params
	File          string
	FallbackAfter int // seconds
	Entrances     []entrance
	Any           waiting
	Statuses      []*queue.StatusRules // those that are dialled, by code
	Results       []string             // digits
	Sorry         string
	Sum           string
}

// Write writes the dialplan, whole or not at all. The error names each value
// that a dialplan cannot hold.
func Write(w io.Writer, p Params) error {
	sum, err := Sum(p)
	if err != nil {
		return err
	}
	return p.render(w, sum)
}

// Sum names what a dialplan does: the extension by which an Asterisk that has loaded it is
// known, in the context APP-loaded. Comments, such as the version, do not count.
func Sum(p Params) (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := p.render(&b, ""); err != nil {
		return "", err
	}
	sum := sha256.New()
	for line := range bytes.Lines(b.Bytes()) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != ';' {
			sum.Write(append(line, '\n'))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// Label is that of the places where callers and agents enter, by which it is seen whether other
// contexts lead there.
const Label = "kezek"

func (p Params) render(w io.Writer, sum string) error {
	return render(w, "extensions.conf.tmpl", page{
		Params:        p,
		File:          FileName,
		FallbackAfter: int(cmp.Or(p.FallbackAfter, DefaultFallbackAfter) / time.Second),
		Entrances:     p.entrances(),
		Any:           p.anyWaiting(),
		Statuses:      p.statuses(),
		Results:       p.results(),
		Sorry:         p.sorry(),
		Sum:           sum,
	})
}

// statuses are those that agents dial.
func (p *Params) statuses() []*queue.StatusRules {
	all := slices.SortedFunc(maps.Values(p.Rules.Statuses), func(a, b *queue.StatusRules) int {
		return strings.Compare(a.Code, b.Code)
	})
	return slices.DeleteFunc(all, func(s *queue.StatusRules) bool { return s.Code == "" })
}

// results are the digits of the results, each once.
func (p *Params) results() []string {
	var all []string
	for _, r := range p.Rules.Results {
		all = append(all, r.Code)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// WriteFile is [Write] to a file of Asterisk's. On an error the old file stays
// as it is, and Asterisk never sees half a new one. The new one has the owner,
// group and mode of the old one, unless Asterisk's user could not read it.
// A link of that name is replaced, not followed.
func WriteFile(path string, p Params) error {
	err := writeFile(path, p)
	var at *fs.PathError
	var link *os.LinkError
	switch { // without the name of the file beside, of which nobody knows
	case errors.As(err, &at):
		return fmt.Errorf("%s: %w", path, at.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", path, link.Err)
	}
	return err
}

func writeFile(path string, p Params) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	err = Write(f, p)
	if err == nil {
		err = likeOld(f, path)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// likeOld gives the new file the owner, group and mode of the one that it
// replaces. Asterisk runs as another user: a file that only root could read,
// and one that was not there, are made readable by all, whatever the umask is.
func likeOld(f *os.File, path string) error {
	old, err := os.Lstat(path)
	if err != nil || !old.Mode().IsRegular() {
		return f.Chmod(0o644)
	}
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return f.Chmod(0o644)
	}
	switch err := f.Chown(int(stat.Uid), int(stat.Gid)); {
	case errors.Is(err, fs.ErrPermission): // only root can give a file away
		return f.Chmod(0o644)
	case err != nil:
		return err
	}
	mode := old.Mode().Perm() &^ 0o002 // nobody else writes a dialplan
	byOwner, byGroup, byAll := mode&0o400 != 0 && stat.Uid != 0, mode&0o040 != 0 && stat.Gid != 0, mode&0o004 != 0
	if !byOwner && !byGroup && !byAll {
		mode = 0o644
	}
	return f.Chmod(mode)
}

// Settings are what the examples for Asterisk's other files depend on.
type Settings struct {
	Version string
	// ARIUser is asterisk.username.
	ARIUser string
}

// WriteSettings writes examples of what Kezek needs in Asterisk's other files.
// All of it is commented out, to be copied by hand.
func WriteSettings(w io.Writer, s Settings) error {
	if err := name.check("asterisk.username", s.ARIUser); err != nil {
		return err
	}
	return render(w, "settings.conf.tmpl", s)
}

func render(w io.Writer, page string, data any) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, data); err != nil {
		return fmt.Errorf("dialplan: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
