package preflight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kezek/ari"
	"kezek/dialplan"
)

// checkDialplan compares the dialplan of this config with the one that Asterisk has
// loaded, and with the file that it loads at its next start.
func (s *Site) checkDialplan(ctx context.Context) []Finding {
	sum, err := dialplan.Sum(s.Dialplan)
	if err != nil {
		return []Finding{fault("correct the config", "%v", err)}
	}
	file, there := s.checkFile()
	p, err := ari.OpenProbe(ctx, s.ARI)
	if err != nil {
		if ari.Status(err) == 0 { // the error has the name of the probe
			err = errors.New("ARI does not answer")
		}
		if there && !serious(file) {
			file = append(file, s.checkNamed()...)
		}
		return append(file, warning("see the findings of area asterisk: kezek check --only asterisk",
			"what Asterisk has loaded is not known: %v", err))
	}
	defer p.Close(ctx)
	switch loaded, err := p.HasExtension(ctx, s.Dialplan.App+"-loaded", sum, "1"); {
	case err != nil:
		return append(file, warning("try again", "what Asterisk has loaded is not known: %s", plain(err)))
	case !loaded && serious(file):
		return file // of which the fix loads it too
	case !loaded && !there:
		return []Finding{fault("kezek dialplan > "+dialplan.FileName+", bring it to Asterisk's config and include it in extensions.conf, then: asterisk -rx 'dialplan reload'",
			"Asterisk has not loaded the dialplan of this config: callers and codes do not reach Kezek properly; and %s does not exist", s.file())}
	case !loaded:
		return append(file, fault("asterisk -rx 'dialplan reload'; if that does not help, its log says why",
			"Asterisk has not loaded the dialplan of this config: callers and codes do not reach Kezek properly"))
	case !there: // its config is somewhere else
		file = nil
	}
	found := append(file, fine("Asterisk has loaded the dialplan of this config"))
	return append(found, s.checkRunning(ctx, p)...)
}

// serious reports whether there is an error among some findings.
func serious(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Severity == Error })
}

// file is where the generated dialplan is.
func (s *Site) file() string { return filepath.Join(s.AsteriskDir, dialplan.FileName) }

// checkFile looks at the file of the dialplan, and whether it is there at all.
func (s *Site) checkFile() (found []Finding, there bool) {
	path := s.file()
	write := "kezek dialplan --write " + path + ", then: asterisk -rx 'dialplan reload'"
	var want bytes.Buffer
	if err := dialplan.Write(&want, s.Dialplan); err != nil {
		return []Finding{fault("correct the config", "%v", err)}, true
	}
	got, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{warning(write+". Is Asterisk on another machine? See --asterisk-dir",
			"%s does not exist: no caller and no code reaches Kezek through it", path)}, false
	case err != nil:
		return []Finding{warning("run this as a user that may read Asterisk's config", "%v", err)}, false
	case !slices.Equal(code(got), code(want.Bytes())):
		why := "it was made from another config or version"
		has := code(got)
		lacks := slices.DeleteFunc(code(want.Bytes()), func(line string) bool { return !strings.HasPrefix(line, "[") || slices.Contains(has, line) })
		if len(lacks) > 0 { // contexts
			why += ", and lacks " + strings.Join(lacks, " ")
		}
		return []Finding{fault(write, "%s does not match the config: %s", path, why)}, true
	}
	if !inFiles(s.AsteriskDir, func(line string) bool {
		return strings.HasPrefix(line, "#") && strings.Contains(line, dialplan.FileName)
	}) {
		return []Finding{fault(`add at the end of extensions.conf (FreePBX: extensions_custom.conf): #include "`+dialplan.FileName+`"; then: asterisk -rx 'dialplan reload'`,
			"no file of %s includes %s", s.AsteriskDir, dialplan.FileName)}, true
	}
	return []Finding{fine("%s matches the config", path)}, true
}

// checkNamed looks for contexts that lead to Kezek in Asterisk's files, when it cannot be asked.
func (s *Site) checkNamed() (found []Finding) {
	for _, e := range entrances {
		name := s.Dialplan.App + e.context // which a file includes, or puts endpoints into
		if !inFiles(s.AsteriskDir, func(line string) bool { return strings.Contains(line, name) }) {
			found = append(found, warning(fmt.Sprintf(e.fix, name), "no file of %s names the context %s: %s", s.AsteriskDir, name, e.lost))
		}
	}
	return found
}

// entrances are the contexts to which a site's own config must lead.
var entrances = []struct{ context, lost, fix string }{
	{"-inbound", "no caller reaches Kezek", "include => %s in the context of the trunk"},
	{"-agents", "agents' codes, status keys and lamps reach nothing", "include => %s in the context of agents' phones"},
}

// inFiles reports whether a line of another file of Asterisk's is as wanted.
func inFiles(dir string, wanted func(line string) bool) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.conf")) // fails on a bad pattern only
	for _, file := range files {
		text, _ := os.ReadFile(file) // one that cannot be read has no line
		if filepath.Base(file) != dialplan.FileName && slices.ContainsFunc(code(text), wanted) {
			return true
		}
	}
	return false
}

// code are the lines of a dialplan without comments: those name the version that made it.
func code(file []byte) (lines []string) {
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ";") {
			lines = append(lines, line)
		}
	}
	return lines
}
