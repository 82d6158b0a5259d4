package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Problem is one mistake in a config. [Load], [Parse] and [LoadTokens] return
// all that they find, joined by [errors.Join] in the order of the lines.
type Problem struct {
	// File is the file as it was named; Line and Column count from 1.
	File         string
	Line, Column int
	// Path is the place in the config, such as "queues.sales.did[0]".
	Path string
	// Text says what is wrong and what is allowed. It never holds a secret.
	Text string
}

// Error is FILE:LINE:COLUMN: PATH: TEXT, as editors and compilers write it.
func (p *Problem) Error() string {
	where := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path == "" {
		return where + p.Text
	}
	return where + p.Path + ": " + p.Text
}

// place is where a value stands.
type place struct {
	file         string
	line, column int
}

// report collects what is wrong with a config, and knows where each of its values stands.
type report struct {
	files    []string
	places   map[string]place
	unread   map[string]bool
	problems []*Problem
	warnings []*Problem
}

func newReport() *report {
	return &report{places: map[string]place{}, unread: map[string]bool{}}
}

// badf reports a value that is not allowed. Nothing is said about a value that
// could not even be read, or that lies in one: the first mistake is enough.
func (r *report) badf(path, format string, args ...any) {
	for p := path; p != ""; p = parent(p) {
		if r.unread[p] {
			return
		}
	}
	r.badAt(r.placeOf(path), path, format, args...)
}

// badAt reports a mistake at a place of its own.
func (r *report) badAt(at place, path, format string, args ...any) {
	r.problems = append(r.problems, problem(at, path, fmt.Sprintf(format, args...)))
}

// unreadf reports a value that is of the wrong kind.
func (r *report) unreadf(path, format string, args ...any) {
	r.badf(path, format, args...)
	r.unread[path] = true
}

// warnf reports something that works, but hardly as it was meant.
func (r *report) warnf(path, format string, args ...any) {
	r.warnings = append(r.warnings, problem(r.placeOf(path), path, fmt.Sprintf(format, args...)))
}

// placeOf is where a value stands, or for a missing one what it is missing from.
func (r *report) placeOf(path string) place {
	for ; path != ""; path = parent(path) {
		if at, ok := r.places[path]; ok {
			return at
		}
	}
	return r.places[""]
}

func problem(at place, path, text string) *Problem {
	return &Problem{File: at.file, Line: at.line, Column: at.column, Path: path, Text: text}
}

// mostProblems is how many are told: nobody reads more before mending the first.
const mostProblems = 100

// err joins the first problems, nil if there is none.
func (r *report) err() error {
	r.sort(r.problems)
	var errs []error
	for _, p := range r.problems[:min(len(r.problems), mostProblems)] {
		errs = append(errs, p)
	}
	if more := len(r.problems) - len(errs); more > 0 {
		errs = append(errs, fmt.Errorf("%d more mistakes are not shown", more))
	}
	return errors.Join(errs...)
}

// warningTexts are all warnings as lines.
func (r *report) warningTexts() []string {
	r.sort(r.warnings)
	var texts []string
	for _, w := range r.warnings {
		texts = append(texts, w.Error())
	}
	return texts
}

func (r *report) sort(problems []*Problem) {
	slices.SortStableFunc(problems, func(a, b *Problem) int {
		return cmp.Or(
			cmp.Compare(slices.Index(r.files, a.File), slices.Index(r.files, b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path),
		)
	})
}

// child is the path of a key under path.
func child(path, key string) string {
	if key == "" || strings.ContainsFunc(key, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-+", c)
	}) {
		key = quoted(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// item is the path of an element of a list.
func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// printable is a name as it is, or quoted if it could not be seen, or would do something to a terminal.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return quoted(name)
	}
	return name
}

// quoted is a text for a message, cut when it is long.
func quoted(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return strconv.Quote(string(runes[:most])) + "…"
	}
	return strconv.Quote(text)
}

// oneOf is "want one of a, b, c", with the one that was probably meant.
func oneOf(got string, allowed []string) string {
	text := "want one of " + strings.Join(allowed, ", ")
	if near := nearest(got, allowed); near != "" {
		text += " (did you mean " + near + "?)"
	}
	return text
}

// nearest is the word that differs in at most two letters, "" if there is none.
func nearest(got string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if d := distance(got, w); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// distance is how many letters must be added, dropped or changed to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
