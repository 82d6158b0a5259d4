package prompts

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"kezek/prompts/sound"
)

// Installed tells what Install did.
type Installed struct {
	Written, UpToDate, Removed int
	Recordings                 int      // accepted recordings, left alone
	Unknown                    []string // files that were neither installed nor accepted, left alone
	Refused                    []string // names in the manifest that are no phrase's, not looked at
}

// String tells it in a sentence.
func (r Installed) String() string {
	s := fmt.Sprintf("%d written, %d up to date, %d removed, %d recordings kept", r.Written, r.UpToDate, r.Removed, r.Recordings)
	if len(r.Unknown) > 0 {
		s += fmt.Sprintf(", %d unknown files kept: %s", len(r.Unknown), strings.Join(r.Unknown, " "))
	}
	if len(r.Refused) > 0 {
		s += fmt.Sprintf(", %d names in %s that no phrase can have ignored: %s", len(r.Refused), ManifestName, strings.Join(r.Refused, " "))
	}
	return s
}

// Install brings a folder, such as /usr/share/asterisk/sounds/kezek, up to the shipped audio. It may run at any time, also while
// Asterisk plays, and after an upgrade. It leaves alone what a person recorded, and what was built for the site's own company.
// No name and no link leads it out of the folder: root runs it where Asterisk's user may write.
func Install(dir, company string) (Installed, error) {
	var r Installed
	d, err := Create(dir)
	if err != nil {
		return r, err
	}
	defer d.Close()
	m, refused, err := readManifest(d)
	if err != nil {
		return r, err
	}
	r.Refused = refused
	files, err := audioFiles(d)
	if err != nil {
		return r, err
	}
	for _, l := range Lines(company) {
		stem := Stem(l.File())
		if err := r.line(d, m, shipped()[stem], l, files[stem]); err != nil {
			return r, err
		}
	}
	if r.Removed, err = Prune(d, m); err != nil {
		return r, err
	}
	readme, err := fs.ReadFile(Audio(), readmeName)
	if err != nil {
		return r, err
	}
	return r, errors.Join(
		d.Write(readmeName, readme),
		d.Write(ManifestName, m.Encode()))
}

const readmeName = "README.md" // tells the licence of the voices

// line installs the shipped audio of one line, unless one of the files that are there has a better right.
func (r *Installed) line(d *Dir, m Manifest, ours Entry, l Line, there []string) error {
	stem := Stem(l.File())
	known := m[stem]
	for _, file := range there {
		data, err := d.ReadFile(file)
		if err != nil { // a link that leads out, a pipe: whatever it is, it is not ours
			r.Unknown = append(r.Unknown, shown(file))
			return nil
		}
		switch sum := Sum(data); {
		case known.By == Recording && known.File == file:
			r.Recordings++
			return nil
		case sum == ours.SHA256:
			r.UpToDate++
			m[stem] = ours
			return nil
		case sum != known.SHA256:
			r.Unknown = append(r.Unknown, shown(file))
			return nil
		case known.Text == l.Text && ours.Text != l.Text: // built for the site's company
			r.UpToDate++
			return nil
		}
	}
	data, err := fs.ReadFile(Audio(), ours.File)
	if err != nil {
		return err
	}
	r.Written++
	m[stem] = ours
	return d.Write(ours.File, data)
}

// Prune removes synthetic files that no phrase needs any more from the folder and from its manifest. A file that is not the one of
// the manifest is somebody's, and stays.
func Prune(d *Dir, m Manifest) (removed int, err error) {
	wanted := map[string]bool{}
	for _, l := range Lines("") {
		wanted[Stem(l.File())] = true
	}
	for stem, e := range m {
		if wanted[stem] || e.By == Recording {
			continue
		}
		if data, err := d.ReadFile(e.File); err == nil && Sum(data) == e.SHA256 {
			if err := d.remove(e.File); err != nil {
				return removed, err
			}
			removed++
		}
		delete(m, stem)
	}
	return removed, nil
}

// Accept records in the folder's manifest that a person recorded the file, and that it says what the catalogue has for it today. The
// file is a path in the folder, "ru/hold.wav", or any path that leads there. A synthetic file for the same phrase in another format
// is removed. Accept refuses a file that Asterisk cannot play or that is silent, and a name that no phrase has.
func Accept(dir, company, file string) (Entry, error) {
	d, err := Open(dir)
	if err != nil {
		return Entry{}, err
	}
	defer d.Close()
	file, err = d.within(dir, file)
	if err != nil {
		return Entry{}, err
	}
	line, ok := lineOf(file, company)
	if !ok {
		return Entry{}, fmt.Errorf("%s: %w: want LANGUAGE/NAME.wav with a name from the catalogue", shown(file), ErrUnknown)
	}
	data, err := d.ReadFile(file)
	if err != nil {
		return Entry{}, err
	}
	s, err := sound.Decode(file, data)
	if err != nil {
		return Entry{}, fmt.Errorf("%s: %w", file, err)
	}
	for _, f := range Faults(s) {
		if f.Severity == Error {
			return Entry{}, fmt.Errorf("%s: %s", file, f.Problem)
		}
	}
	m, _, err := readManifest(d)
	if err != nil {
		return Entry{}, err
	}
	if old := m[Stem(file)]; old.File != "" && old.File != file && old.By != Recording {
		if err := d.remove(old.File); err != nil {
			return Entry{}, err
		}
	}
	if err := d.openAll(); err != nil { // the file may have been copied under any umask
		return Entry{}, err
	}
	e := Entry{File: file, By: Recording, Text: line.Text, Seconds: s.Seconds(), SHA256: Sum(data)}
	m[Stem(file)] = e
	return e, d.Write(ManifestName, m.Encode())
}

// within turns any path that leads into the folder, which is at dir, into one relative to it.
func (d *Dir) within(dir, file string) (string, error) {
	if filepath.IsLocal(file) {
		if in := filepath.ToSlash(filepath.Clean(file)); d.Has(in) {
			return in, nil
		}
	}
	absDir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(absDir, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s: no such file in %s", shown(file), dir)
	}
	return filepath.ToSlash(rel), nil
}

func lineOf(file, company string) (Line, bool) {
	for _, l := range Lines(company) {
		if Stem(l.File()) == Stem(file) {
			return l, true
		}
	}
	return Line{}, false
}
