package demo

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	most = 15 // lines of a log that are shown,
	last = 5  // among them the last ones, whatever they say
)

// alarming are lines that may tell why something went wrong.
var alarming = regexp.MustCompile(`\b(WARN|WARNING|ERROR|FATAL|PANIC|panic)\b`)

// showLogs tells where the logs are, and shows what in them may matter.
func (d *day) showLogs() {
	for _, name := range []string{"kezek.log", "asterisk/log/full", "redis.log"} {
		file := filepath.Join(d.lab.Dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			d.tell("No log: %v", err)
			continue
		}
		lines := slices.Collect(strings.Lines(string(text)))
		end := max(0, len(lines)-last)
		matter := slices.DeleteFunc(lines[:end:end], func(line string) bool { return !alarming.MatchString(line) })
		matter = append(matter[max(0, len(matter)-(most-last)):], lines[end:]...)
		d.quote(file, strings.Join(matter, ""))
	}
}
