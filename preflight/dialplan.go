package preflight

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kezek/dialplan"
)

// checkDialplan compares the dialplan that Asterisk includes with the one that the config asks for.
func (s *Site) checkDialplan(context.Context) []Finding {
	dir := s.AsteriskDir
	path := filepath.Join(dir, dialplan.FileName)
	write := "kezek dialplan --write " + path + ", then: asterisk -rx 'dialplan reload'"
	var want bytes.Buffer
	if err := dialplan.Write(&want, s.Dialplan); err != nil {
		return []Finding{fault("correct the config", "%v", err)}
	}
	got, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{warning(write+". Is Asterisk on another machine? See --asterisk-dir",
			"%s is not there: no caller and no code reaches Kezek through it", path)}
	case err != nil:
		return []Finding{warning("run this as a user who may read Asterisk's config", "%v", err)}
	case code(got) != code(want.Bytes()):
		why := "it was made from another config or version"
		if lacks := without(contexts(want.Bytes()), contexts(got)); len(lacks) > 0 {
			why += ", and lacks " + strings.Join(lacks, " ")
		}
		return []Finding{fault(write, "%s is not what the config asks for: %s", path, why)}
	}
	if !included(dir) {
		return []Finding{fault(`add at the end of extensions.conf (FreePBX: extensions_custom.conf): #include "`+dialplan.FileName+`"`,
			"no file of %s includes %s", dir, dialplan.FileName)}
	}
	found := []Finding{fine("%s is what the config asks for", path)}
	for _, entrance := range entrances {
		if !named(dir, entrance.context) {
			found = append(found, warning(entrance.fix, "no file of %s names the context %s: %s", dir, entrance.context, entrance.lost))
		}
	}
	return found
}

// entrances are the contexts to which a site's own config must lead.
var entrances = []struct{ context, lost, fix string }{
	{"kezek-inbound", "no caller reaches Kezek", "include => kezek-inbound in the context of the trunk"},
	{"kezek-agents", "agents' codes, status keys and lamps reach nothing", "include => kezek-agents in the context of agents' phones"},
}

// contexts are those of a dialplan, as they stand in it: "[kezek-take]".
func contexts(file []byte) (names []string) {
	for line := range strings.Lines(code(file)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") {
			names = append(names, line)
		}
	}
	return names
}

// without are the names that are not among the others.
func without(names, others []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(others, name) })
}

// named reports whether another file of Asterisk's names a context, be it to include it or to put endpoints into it.
func named(dir, context string) bool {
	return inFiles(dir, func(line string) bool { return strings.Contains(line, context) })
}

// included reports whether another file of Asterisk's includes the dialplan.
func included(dir string) bool {
	return inFiles(dir, func(line string) bool {
		return strings.HasPrefix(line, "#") && strings.Contains(line, dialplan.FileName)
	})
}

// inFiles reports whether a line of another file of Asterisk's is as wanted.
func inFiles(dir string, wanted func(line string) bool) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.conf")) // fails on a bad pattern only
	for _, file := range files {
		if filepath.Base(file) == dialplan.FileName {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(code(text)) {
			if wanted(line) {
				return true
			}
		}
	}
	return false
}

// code is a dialplan without comments: those name the version that made it.
func code(file []byte) string {
	var lines []string
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ";") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
