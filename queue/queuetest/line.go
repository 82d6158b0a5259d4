package queuetest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// form is one way to write a line of a scenario. Of its usage a word in capitals
// stands for a value, a|b for one of these words, [] is what may be left out,
// name=VALUE may stand anywhere, and WORDS… is the rest of the line. All that
// can be written is in a table of forms, which is what lines are read by and
// what testdata/README.md is made of.
type form[T any] struct {
	usage, does, example string
	do                   func(on T, a args) error
}

// args are what a line says, by the words of its form's usage.
type args struct {
	// of has the values, and under "|" the word of several that was chosen.
	of map[string]string
	// options are the name=value words, rest those of WORDS….
	options, rest []string
}

// has tells whether a word that may be left out is there.
func (a args) has(word string) bool { _, ok := a.of[word]; return ok }

// name is the word that a form's lines begin with, or the words.
func (f form[T]) name() string { name, _, _ := strings.Cut(f.usage, " "); return name }

// do finds the form of a line, and does it.
func do[T any](on T, forms []form[T], words []string) error {
	var known, usages []string
	for _, f := range forms {
		names := strings.Split(f.name(), "|")
		known = append(known, names...)
		if !slices.Contains(names, words[0]) {
			continue
		}
		if a, ok := match(f.usage, words); ok {
			return f.do(on, a)
		}
		usages = append(usages, f.usage)
	}
	if len(usages) > 0 {
		return fmt.Errorf("want %s", strings.Join(usages, ", or "))
	}
	slices.Sort(known)
	return fmt.Errorf("unknown word %q, want one of %s", words[0], strings.Join(slices.Compact(known), ", "))
}

// match reads words by a usage.
func match(usage string, words []string) (args, bool) {
	a, parts, rest := args{of: map[string]string{}}, strings.Fields(usage), []string{}
	for _, w := range words {
		name, _, isOption := strings.Cut(w, "=")
		if isOption && slices.ContainsFunc(parts, func(p string) bool {
			return strings.HasPrefix(p, "["+name+"=") || p == "[OPTION=VALUE…]"
		}) {
			a.options = append(a.options, w)
		} else {
			rest = append(rest, w)
		}
	}
	for _, part := range parts {
		name := strings.Trim(part, "[]")
		key := name
		if strings.Contains(name, "|") {
			key = "|"
		}
		switch {
		case strings.Contains(part, "="):
		case strings.HasSuffix(name, "…"):
			a.rest, rest = rest, nil
			a.of[strings.TrimSuffix(name, "…")] = strings.Join(a.rest, " ")
		case len(rest) > 0 && (name == strings.ToUpper(name) || slices.Contains(strings.Split(name, "|"), rest[0])):
			a.of[key], rest = rest[0], rest[1:]
		case name == part:
			return a, false
		}
	}
	return a, len(rest) == 0
}

// eachLine does the lines of a command's text. An error names the line, which is of the file if
// pos is the "file:line" of the command.
func eachLine(pos, text string, do func(words []string) error) error {
	file, at, _ := strings.Cut(pos, ":")
	n, _ := strconv.Atoi(at)
	for line := range strings.Lines(text) {
		n++
		if words := strings.Fields(line); len(words) > 0 {
			if err := do(words); err != nil {
				return fmt.Errorf("%s:%d: %s: %w", cmp.Or(file, "line"), n, strings.TrimSpace(line), err)
			}
		}
	}
	return nil
}
