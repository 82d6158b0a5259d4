package ari

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	longestNumber = 32
	longestName   = 64 // runes
)

// cleanNumber makes a caller's number of what the network says it is. It
// leaves out what only separates digits. Anything else that is no number is
// taken for no number at all: a number cut short or glued together would be
// somebody else's.
func cleanNumber(s string) string {
	s, _, _ = strings.Cut(s, ";") // parameters of a SIP user part
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -.()/", r):
		default:
			return ""
		}
		if b.Len() > longestNumber {
			return ""
		}
	}
	return b.String()
}

// quotedPair is how SIP writes a quote in a name; Asterisk passes it on as it is.
var quotedPair = regexp.MustCompile(`\\(["\\])`)

// cleanName makes a caller's name fit to be shown: one line of printable text.
func cleanName(s string) string {
	s = quotedPair.ReplaceAllString(strings.ToValidUTF8(s, ""), "$1")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsGraphic(r) && r != unicode.ReplacementChar:
			return r
		default: // control and format characters, also those that turn the direction of writing
			return -1
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > longestName {
		s = strings.TrimSpace(string([]rune(s)[:longestName]))
	}
	return s
}
