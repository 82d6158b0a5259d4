package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the YAML library says of text that it cannot read speaks of tokens, quotes values that may be
// secrets, and points at where it gave up, often lines after the mistake. This looks for the mistake
// itself, as a person would: from the first line on, for what goes wrong most often.

// mistake is one in the text, at a line and column that count from 1.
type mistake struct {
	line, column int
	text         string
}

// findMistake is the first mistake that is found in text which is no YAML; false if there is none that it knows.
func findMistake(text string) (mistake, bool) {
	s := scanner{lines: strings.Split(text, "\n")}
	for s.at = 0; s.at < len(s.lines) && s.found == nil; s.at++ {
		s.lines[s.at] = strings.TrimSuffix(s.lines[s.at], "\r")
		s.line(s.lines[s.at])
	}
	if s.found == nil && len(s.open) > 0 {
		s.notClosed()
	}
	if s.found == nil {
		return mistake{}, false
	}
	return *s.found, true
}

// scanner reads line by line.
type scanner struct {
	lines []string
	at    int // index of the line
	found *mistake
	// levels are the mappings that lines stand in, the innermost last.
	levels []level
	// open are the brackets that are not closed yet.
	open []bracket
	// textOver is the indent above which lines are a text begun by | or >; -1 outside of one.
	textOver int
	inText   bool
}

type level struct {
	indent, line int
	hasValue     bool // the last key of it
}

type bracket struct {
	sign                 rune
	line, column, indent int
}

func (s *scanner) bad(column int, format string, args ...any) {
	if s.found == nil {
		s.found = &mistake{s.at + 1, column + 1, fmt.Sprintf(format, args...)}
	}
}

var (
	plainKey    = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s"'\[\]{}#&*!|>%@:-][^:#]*?)\s*:(?:\s|$)`)
	noBlank     = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*):[^\s/]`)
	noColon     = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*)(\s*=|\s|$)`)
	noBlankDash = regexp.MustCompile(`^-[A-Za-z+"'{\[]`)
	textBegin   = regexp.MustCompile(`^[|>][-+0-9]{0,2}\s*(#.*)?$`)
)

func (s *scanner) line(text string) {
	rest := strings.TrimLeft(text, " ")
	indent := len(text) - len(rest)
	blank := strings.TrimSpace(rest) == ""
	if s.inText {
		if blank || indent > s.textOver {
			return
		}
		s.inText = false
	}
	if blank || rest[0] == '#' || indent == 0 && (strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...")) {
		return
	}
	switch first, _ := utf8.DecodeRuneInString(rest); {
	case len(s.open) > 0 && (first == '\t' || first == '\u00a0'): // in brackets it does no harm
	case first == '\t':
		s.bad(indent, "line %d starts with a tab; YAML needs spaces", s.at+1)
		return
	case unicode.IsSpace(first) || first == '\u200b' || first == '\ufeff':
		s.bad(indent, "line %d starts with a special space (%U); YAML needs plain ones", s.at+1, first)
		return
	}
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>"} {
		if indent == 0 && strings.HasPrefix(rest, mark) {
			s.bad(0, "line %d is the mark of a merge conflict: choose one side and delete the marks", s.at+1)
			return
		}
	}
	if len(s.open) > 0 {
		if o := s.open[0]; plainKey.MatchString(rest) && indent <= o.indent {
			s.notClosed()
			return
		}
		s.brackets(text, indent)
		return
	}
	s.block(text, indent)
}

// block reads a line outside of brackets.
func (s *scanner) block(text string, indent int) {
	item := false
	for strings.HasPrefix(text[indent:], "- ") { // each item may be a mapping of its own
		item = true
		s.levels = slices.DeleteFunc(s.levels, func(l level) bool { return l.indent > indent })
		if n := len(s.levels); n > 0 && s.levels[n-1].hasValue {
			s.bad(indent, "line %d is an item of a list, but line %d above it already has a value", s.at+1, s.levels[n-1].line+1)
			return
		}
		indent += 2
		for indent < len(text) && text[indent] == ' ' {
			indent++
		}
		s.levels = append(s.levels, level{indent, s.at, false})
	}
	rest := text[indent:]
	m := plainKey.FindStringSubmatch(rest)
	switch {
	case m == nil && item:
		s.value(text, indent, indent)
		return
	case m == nil:
		s.noKey(rest, indent)
		return
	}
	s.indented(indent)
	begin := indent + len(m[0])
	for begin < len(text) && text[begin] == ' ' {
		begin++
	}
	value := strings.TrimSpace(text[min(begin, len(text)):])
	if n := len(s.levels); n > 0 {
		s.levels[n-1].line, s.levels[n-1].hasValue = s.at, value != "" && value[0] != '#' && value[0] != '&' && value[0] != '!'
	}
	s.value(text, begin, indent)
}

// noKey reads a line that has no key: an item of a list, more of a text, or a mistake.
func (s *scanner) noKey(rest string, indent int) {
	if strings.HasPrefix(rest, "? ") || strings.HasPrefix(rest, ": ") {
		s.bad(indent, "line %d: a key must be text, without a ? in front of it", s.at+1)
		return
	}
	n := len(s.levels)
	inMapping := n == 0 || indent <= s.levels[n-1].indent
	switch first := rest; {
	case inMapping && noBlank.MatchString(first):
		s.bad(indent, "line %d has no space after the colon of %s", s.at+1, noBlank.FindStringSubmatch(first)[1])
	case n > 0 && !s.levels[n-1].hasValue && noBlank.MatchString(first) && s.levels[n-1].line != s.at:
		s.bad(indent, "line %d has no space after the colon of %s", s.at+1, noBlank.FindStringSubmatch(first)[1])
	case noBlankDash.MatchString(first) && (inMapping || !s.levels[n-1].hasValue):
		s.bad(indent, "line %d has no space after the - of an item", s.at+1)
	case inMapping && noColon.MatchString(first):
		s.bad(indent, "line %d is neither key: value nor - item: is a colon missing after %s?", s.at+1, noColon.FindStringSubmatch(first)[1])
	default:
		s.value(s.lines[s.at], indent, indent)
	}
}

// indented looks whether the indent of a key fits those above.
func (s *scanner) indented(indent int) {
	deepest := -1
	for n := len(s.levels); n > 0 && s.levels[n-1].indent > indent; n = len(s.levels) {
		deepest = max(deepest, s.levels[n-1].indent)
		s.levels = s.levels[:n-1]
	}
	n := len(s.levels)
	switch {
	case n > 0 && s.levels[n-1].indent == indent:
		return
	case deepest >= 0 && n > 0:
		s.bad(indent, "line %d is indented by %s: want %d, or %d as the lines above it", s.at+1, blanks(indent), s.levels[n-1].indent, deepest)
	case deepest >= 0:
		s.bad(indent, "line %d is indented by %s: want %d as the lines above it", s.at+1, blanks(indent), deepest)
	case n > 0 && s.levels[n-1].hasValue:
		s.bad(indent, "line %d is indented by %s: want %d as line %d above it, which already has a value",
			s.at+1, blanks(indent), s.levels[n-1].indent, s.levels[n-1].line+1)
	}
	s.levels = append(s.levels, level{indent: indent, line: s.at})
}

func blanks(n int) string {
	if n == 1 {
		return "1 blank"
	}
	return fmt.Sprint(n, " blanks")
}

// value reads what stands from an index on, behind a key or a dash, or alone.
func (s *scanner) value(text string, begin, indent int) {
	value := strings.TrimRight(text[min(begin, len(text)):], " \t")
	if value == "" || value[0] == '#' {
		return
	}
	switch value[0] {
	case '|', '>':
		if !textBegin.MatchString(value) {
			s.bad(begin, "a value that starts with %c must be put in quotes", value[0])
			return
		}
		s.inText, s.textOver = true, indent
	case '"', '\'':
		end := s.quote(text, begin)
		if end < 0 {
			return
		}
		if rest := strings.TrimSpace(text[end:]); rest != "" && rest[0] != '#' {
			s.bad(end, "there is text after the closing quote: put the whole value in quotes")
		}
	case '[', '{':
		s.brackets(text, begin)
	case '@', '`', '%':
		s.bad(begin, "a value that starts with %c must be put in quotes", value[0])
	case ']', '}':
		s.bad(begin, "the %c here closes nothing", value[0])
	default:
		plain, _, _ := strings.Cut(value, " #")
		if i := strings.Index(plain+" ", ": "); i >= 0 {
			s.bad(begin+i, "a value with a colon and a space in it must be put in quotes")
		}
	}
}

// quote reads quoted text that begins at an index, and returns where it is over; -1 after a mistake.
func (s *scanner) quote(text string, begin int) int {
	sign := text[begin]
	for i := begin + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && sign == '"':
			if i+1 < len(text) && !strings.ContainsRune("0abt\tnvfre \"/\\N_LPxuU", rune(text[i+1])) {
				s.bad(i, `a \ in double quotes starts an escape sequence: write \\, or put the value in single quotes`)
				return -1
			}
			i++
		case text[i] == sign && sign == '\'' && i+1 < len(text) && text[i+1] == sign:
			i++
		case text[i] == sign:
			return i + 1
		}
	}
	s.bad(begin, "the quote %c that line %d opens here is not closed on it", sign, s.at+1)
	return -1
}

var closers = map[rune]rune{'[': ']', '{': '}'}

// brackets reads from an index on, within brackets or at the first.
func (s *scanner) brackets(text string, begin int) {
	_, indent := strings.TrimLeft(text, " "), len(text)-len(strings.TrimLeft(text, " "))
	between := true // a value or key may begin here
	for i := begin; i < len(text) && s.found == nil; i++ {
		c := rune(text[i])
		switch {
		case c == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t'):
			return
		case (c == '"' || c == '\'') && between:
			end := s.quote(text, i)
			if end < 0 {
				return
			}
			i = end - 1
			between = false
		case c == '[' || c == '{':
			s.open = append(s.open, bracket{c, s.at, i, indent})
			between = true
		case c == ']' || c == '}':
			n := len(s.open)
			if o := s.open[n-1]; closers[o.sign] != c {
				s.bad(i, "the %c of line %d is closed by %c here: want %c", o.sign, o.line+1, c, closers[o.sign])
				return
			}
			s.open = s.open[:n-1]
			between = false
			if n == 1 {
				if rest := strings.TrimSpace(text[i+1:]); rest != "" && rest[0] != '#' && rest[0] != ':' {
					s.bad(i+1, "there is text after the closing bracket")
				}
				return
			}
		case c == ',' || c == ':':
			between = true
		case c != ' ' && c != '\t':
			between = false
		}
	}
}

// notClosed reports the innermost open bracket at its own place.
func (s *scanner) notClosed() {
	o := s.open[len(s.open)-1]
	s.at = o.line
	s.bad(o.column, "the %c that line %d opens here is not closed", o.sign, o.line+1)
}

// libraryWords are what the library says, in words that lead on.
var libraryWords = []struct{ part, text string }{
	{"cannot start any token", "a character that is not allowed here: is it a tab?"},
	{"could not find end character", "a quote is not closed"},
	{"flow mapping end token", "a { is not closed"},
	{"must be specified", "a bracket is not closed, or a comma is missing"},
	{"non-map value", "want key: value, with a colon and a space"},
	{"not allowed in this context", "not allowed here: check the indent of this line and the end of the one before it"},
	{"reserved character", "a value that starts with this character must be put in quotes"},
	{"escape character", `a \ in double quotes starts an escape sequence: write \\, or put the value in single quotes`},
	{"invalid header option", "a value that starts with | or > must be put in quotes"},
	{"invalid key", "a key must be text"},
	{"directive", "a value that starts with % must be put in quotes"},
}

// inOurWords is a message of the library's without what it quotes of the text.
func inOurWords(message string) string {
	for _, w := range libraryWords {
		if strings.Contains(message, w.part) {
			return w.text
		}
	}
	return "not understood from here on: check this line and the one before it"
}
