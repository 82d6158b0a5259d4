package demo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// most is how many lines of a log are shown.
const most = 12

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
		var lines []string
		for line := range strings.Lines(string(text)) {
			if alarming.MatchString(line) {
				lines = append(lines, line)
			}
		}
		d.quote(file, strings.Join(lines[max(0, len(lines)-most):], ""))
	}
}
