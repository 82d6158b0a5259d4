package preflight

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// environment is what the daemon takes from its environment, beside what systemd itself tells it.
var environment = []string{"KEZEK_ARI_PASSWORD", "KEZEK_REDIS_PASSWORD", "KEZEK_WEBHOOK_SECRET", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// Environment is what kezek.service gives to the daemon of a config: passwords that need not stand
// in files, and authorities. The error is about a file of it that may not be read.
func Environment(config string) (map[string]string, error) { return environmentOf(unit(units), config) }

func environmentOf(unit map[string]string, config string) (map[string]string, error) {
	if !slices.Contains(words(unit["ExecStart"]), config) {
		return nil, nil
	}
	is := map[string]string{}
	take := func(line string) {
		if name, value, ok := strings.Cut(line, "="); ok && slices.Contains(environment, strings.TrimSpace(name)) {
			is[strings.TrimSpace(name)] = value
		}
	}
	for _, w := range words(unit["Environment"]) {
		take(w)
	}
	var closed error
	for _, file := range words(unit["EnvironmentFile"]) { // which win
		text, err := os.ReadFile(strings.TrimPrefix(file, "-"))
		if errors.Is(err, fs.ErrPermission) {
			closed = err
		}
		for line := range strings.Lines(string(text)) {
			for _, whole := range split(strings.TrimSpace(line), "") {
				take(whole)
			}
		}
	}
	return is, closed
}

// words splits a line at blanks, as systemd does.
func words(line string) []string { return split(line, " \t") }

// split cuts a line at some signs, but not within quotes, of which it keeps none.
func split(line, at string) (all []string) {
	var word strings.Builder
	begun, quote, escaped := false, rune(0), false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			begun, quote = true, r
		case quote == 0 && strings.ContainsRune(at, r):
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}
