package prompts

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"kezek/prompts/sound"
)

// Severity says how much a [Fault] matters.
type Severity string

// The severities: callers hear the wrong thing or nothing; it should be put right; good to know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Kind names what is wrong.
type Kind string

// The kinds of faults.
const (
	Missing    Kind = "missing"    // a phrase has no file
	Stale      Kind = "stale"      // the words have changed since the audio was made
	Format     Kind = "format"     // Asterisk cannot play the file
	Silent     Kind = "silent"     // nothing is heard
	Clipped    Kind = "clipped"    // overdriven
	Cut        Kind = "cut"        // the speech goes up to the very beginning or end
	Level      Kind = "level"      // too quiet or too loud beside the others
	Changed    Kind = "changed"    // not the file that the manifest knows
	Long       Kind = "long"       // longer than it may be
	Twice      Kind = "twice"      // two files for one phrase
	Extra      Kind = "extra"      // a file that belongs to no phrase
	Unreviewed Kind = "unreviewed" // words that no native speaker has approved
)

// Fault is one thing that [Check] has to say of a file. It is what the builder and [Accept] need, too; the check of a whole site
// makes a finding of each, see package preflight.
type Fault struct {
	Severity Severity
	Kind     Kind
	File     string // in the folder; a language for Unreviewed
	Problem  string
	Fix      string
}

// Limits of a good recording. A telephone prompt lies near -20 dBFS.
const (
	silentBelow = -50.0 // dBFS
	quietBelow  = -26.0
	loudAbove   = -14.0
	edgeAbove   = -35.0 // dBFS, first or last 10 ms
)

// Faults lists what is wrong with how a recording sounds; File and Fix are left to the caller where they are empty.
func Faults(s sound.Sound) []Fault {
	level := s.Level()
	if level < silentBelow {
		return []Fault{{Error, Silent, "", "nothing is heard", "Record it again"}}
	}
	var out []Fault
	if level < quietBelow || level > loudAbove {
		out = append(out, Fault{Warning, Level, "", fmt.Sprintf("%.0f dBFS on average: want about -20", level), "Change its volume, for example with sox: gain"})
	}
	if s.Clipped() {
		out = append(out, Fault{Warning, Clipped, "", "it is clipped", "Record it again with less gain"})
	}
	if s.Edge() > edgeAbove {
		out = append(out, Fault{Warning, Cut, "", "it starts or ends in the middle of a sound", "Record it again with 0.1 s of silence at both ends"})
	}
	return out
}

// Check compares a folder of audio with the catalogue, for a site of that company, and returns what it finds: the worst first, then
// by file. None above Info means that every phrase can be played and has the right text.
func Check(dir fs.FS, company string) []Fault { return check(dir, Lines(company)) }

// CheckDir is [Check] of a folder on disk. It looks at what [Install] would: a link that leads out of it is not followed.
func CheckDir(dir, company string) []Fault {
	d, err := Open(dir)
	if err != nil {
		return []Fault{unreadable(err)}
	}
	defer d.Close()
	return Check(d, company)
}

func unreadable(err error) Fault {
	if errors.Is(err, fs.ErrNotExist) {
		return noAudio
	}
	fix := "Let this user read the folder"
	if errors.Is(err, errLeadsOut) {
		fix = "Move the link away and run: kezek prompts install"
	}
	return Fault{Error, Missing, ".", err.Error(), fix}
}

var noAudio = Fault{Error, Missing, ".", "there is no audio here", "Run: kezek prompts install"}

func check(dir fs.FS, lines []Line) []Fault {
	m, refused, err := readManifest(dir)
	if err != nil {
		return []Fault{{Error, Format, ManifestName, err.Error(), "Delete it and run: kezek prompts install"}}
	}
	files, err := audioFiles(dir)
	if err != nil {
		return []Fault{unreadable(err)}
	}
	if len(files) == 0 {
		return []Fault{noAudio}
	}
	c := checker{dir: dir, manifest: m, files: files}
	if len(refused) > 0 {
		c.add(Warning, Extra, ManifestName, "it has names that no phrase can have:  "+strings.Join(refused, " "),
			"Find out what put them there; then run: kezek prompts install")
	}
	for _, l := range lines {
		c.line(l)
	}
	for _, rest := range c.files {
		for _, file := range rest {
			c.add(Warning, Extra, file, "no phrase has this name, so it is never played", "Delete it, or rename it to a name from the catalogue")
		}
	}
	c.unreviewed()
	rank := []Severity{Error, Warning, Info}
	slices.SortStableFunc(c.found, func(a, b Fault) int {
		if d := slices.Index(rank, a.Severity) - slices.Index(rank, b.Severity); d != 0 {
			return d
		}
		return strings.Compare(a.File, b.File)
	})
	return c.found
}

type checker struct {
	dir      fs.FS
	manifest Manifest
	files    map[string][]string // by stem; those that belong to a line are taken out
	found    []Fault
}

func (c *checker) add(s Severity, k Kind, file, problem, fix string) {
	c.found = append(c.found, Fault{s, k, file, problem, fix})
}

// line checks the file or files of one line.
func (c *checker) line(l Line) {
	stem := Stem(l.File())
	files := c.files[stem]
	delete(c.files, stem)
	if len(files) == 0 {
		c.add(Error, Missing, l.File(), fmt.Sprintf("no audio for %q", l.Text), "Run: "+remake(l))
		return
	}
	if len(files) > 1 {
		c.add(Warning, Twice, files[0], "there is also "+strings.Join(files[1:], ", ")+"; Asterisk plays either", "Delete all but one")
	}
	known := c.manifest[stem]
	for _, file := range files {
		data, err := fs.ReadFile(c.dir, file)
		if err != nil {
			fix := "Let Asterisk and this user read it"
			if !errors.Is(err, fs.ErrPermission) {
				fix = "Move it away and run: kezek prompts install"
			}
			c.add(Error, Format, file, err.Error(), fix)
			continue
		}
		switch {
		case known.File != file || known.SHA256 != Sum(data):
			c.add(Warning, Changed, file, "it is not the file that the manifest knows", fmt.Sprintf(
				"If it is a recording that says %q, run: kezek prompts accept %s. Otherwise delete it and run: kezek prompts install", l.Text, file))
		case known.Text != l.Text && known.By == Recording:
			c.add(Error, Stale, file, fmt.Sprintf("recorded as %q, now %q", known.Text, l.Text),
				"Record it again and run: kezek prompts accept "+file+". Or delete it and run: "+remake(l))
		case known.Text != l.Text:
			c.add(Error, Stale, file, fmt.Sprintf("it says %q, but should say %q", known.Text, l.Text), "Run: "+remake(l))
		}
		c.sound(file, data, l.Within)
	}
}

// remake is the command that makes the line's audio: installing does if the shipped audio has the words.
func remake(l Line) string {
	if l.Shipped() {
		return "kezek prompts install"
	}
	return "kezek prompts build"
}

func (c *checker) sound(file string, data []byte, within time.Duration) {
	s, err := sound.Decode(file, data)
	if err != nil {
		c.add(Error, Format, file, err.Error(), "If it is a recording of your own, convert it: sox IN -r 8000 -c 1 -b 16 -e signed "+Stem(path.Base(file))+".wav. Otherwise delete it and run: kezek prompts install")
		return
	}
	for _, f := range Faults(s) {
		f.File = file
		c.found = append(c.found, f)
	}
	if length := time.Duration(s.Seconds() * float64(time.Second)); within > 0 && length > within {
		c.add(Warning, Long, file, fmt.Sprintf("it takes %v, but is stopped after %v", length.Round(10*time.Millisecond), within), "Record it faster")
	}
}

// unreviewed adds one line for each language, so that it does not bury the rest.
func (c *checker) unreviewed() {
	for _, lang := range Languages() {
		var ids []string
		for _, p := range catalogue() {
			if !p.Words[lang].Reviewed {
				ids = append(ids, p.ID)
			}
		}
		if len(ids) > 0 {
			c.add(Info, Unreviewed, lang, fmt.Sprintf("%d phrases: %s", len(ids), strings.Join(ids, " ")),
				"Let a native speaker review them, then set reviewed: true in the catalogue")
		}
	}
}

// audioFiles lists the files in the languages' folders by stem. A language without a folder has none.
func audioFiles(dir fs.FS) (map[string][]string, error) {
	files := map[string][]string{}
	for _, lang := range Languages() {
		entries, err := fs.ReadDir(dir, lang)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			file := lang + "/" + e.Name()
			files[Stem(file)] = append(files[Stem(file)], file)
		}
	}
	return files, nil
}
