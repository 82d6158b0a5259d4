package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What a command prints may come from callers, from the config or from whatever answers at
// --url. None of it may move a terminal's cursor, hide text or begin a line of its own.

// printable replaces what a terminal would not print; what is left is one line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, text)
}

// printableLines is the same for a text of several lines.
func printableLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\u00a0' || unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, text)
}

// printer makes all that is written through it printable: the last guard of what the
// commands write. It holds back the beginning of a letter until the rest comes.
type printer struct {
	w    io.Writer
	rest []byte
}

// Write implements [io.Writer].
func (p *printer) Write(b []byte) (int, error) {
	text := append(p.rest, b...)
	end := len(text)
	for i := end - 1; i >= 0 && i >= end-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				end = i
			}
			break
		}
	}
	p.rest = bytes.Clone(text[end:])
	if _, err := p.w.Write([]byte(printableLines(string(text[:end])))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// indented writes what the API answers, with escapes for what a terminal would not print.
func indented(w io.Writer, body []byte) error {
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.TrimSpace(body), "", "  "); err != nil {
		return fmt.Errorf("the daemon's answer is not JSON: %w", err)
	}
	text := strings.Builder{}
	for _, r := range out.String() { // what is not printable stands within strings
		switch r1, r2 := utf16.EncodeRune(r); {
		case r == '\n' || unicode.IsPrint(r):
			text.WriteRune(r)
		case r1 != unicode.ReplacementChar:
			fmt.Fprintf(&text, `\u%04x\u%04x`, r1, r2)
		default:
			fmt.Fprintf(&text, `\u%04x`, r)
		}
	}
	_, err := fmt.Fprintln(w, text.String())
	return err
}

// printPlainJSON writes a value for people, too: commands in it may be copied.
func printPlainJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// printJSON writes a value as the API would.
func printJSON(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return indented(w, body)
}

// table writes rows in aligned columns. Cells hold what callers sent: nothing
// in them can move the cursor or break a row.
func table(w io.Writer, heading []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable(cell)
		}
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return t.Flush()
}

// lasting is a time as h:mm:ss, also under an hour: minutes and seconds alone read like hours and minutes.
func lasting(d time.Duration) string {
	s := int(max(0, d.Round(time.Second)) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// seconds is the same for what the API gives, "" for none.
func seconds(s float64) string {
	if s == 0 {
		return ""
	}
	return lasting(time.Duration(s * float64(time.Second)))
}

// left is the time to a deadline, with a minus when it is past.
func left(s float64) string {
	if s < 0 {
		return "-" + lasting(time.Duration(-s*float64(time.Second)))
	}
	return lasting(time.Duration(s * float64(time.Second)))
}

// since is how long ago a time was, "" for none.
func since(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	return lasting(now.Sub(*t))
}

// either is the text for yes or the one for no.
func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
