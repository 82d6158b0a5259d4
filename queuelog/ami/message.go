package ami

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a client sends, as Asterisk has them: main/manager.c, inbuf and AST_MAX_MANHEADERS.
const (
	longestLine = 1024
	mostLines   = 128
	// longestID bounds an ActionID, which comes back with every event of a list.
	longestID = 256
)

var (
	errLine  = errors.New("line too long")
	errLines = errors.New("too many lines")
)

// message is what a client sends: headers up to an empty line.
type message []string

// read reads a message. Errors of the client's making, errLine and errLines, come when it was read to its end.
func read(r *bufio.Reader) (message, error) {
	var m message
	var wrong error
	for {
		line, err := readLine(r)
		switch {
		case errors.Is(err, errLine):
			wrong = err
		case err != nil:
			return nil, err
		case line == "":
			return m, wrong
		case len(m) == mostLines:
			wrong = errLines
		default:
			m = append(m, line)
		}
	}
}

// readLine reads to the end of a line, \r\n or \n. One that is too long is read to its end, too, and kept nowhere.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	if err == nil {
		err = errLine
	}
	return "", err
}

// reader reads lines of the longest length at most.
func reader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, longestLine) }

// get is the first header of a name, whatever its case; "" if there is none.
func (m message) get(name string) string {
	for _, line := range m {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(key, name) {
			return strings.TrimLeft(value, " \t")
		}
	}
	return ""
}

// id is the ActionID, by which a client knows its answer.
func (m message) id() string { return cut(m.get("ActionID"), longestID) }

// packet is what a client is sent.
type packet []byte

// field adds a header. Nothing that comes from a caller or a client can begin another one.
func (p *packet) field(name, value string) {
	*p = append(*p, name...)
	*p = append(*p, ": "...)
	*p = append(*p, clean(value)...)
	*p = append(*p, "\r\n"...)
}

// number adds a header with a number.
func (p *packet) number(name string, n int64) { p.field(name, strconv.FormatInt(n, 10)) }

// idOf adds the ActionID of a message, if it has one.
func (p *packet) idOf(m message) {
	if id := m.id(); id != "" {
		p.field("ActionID", id)
	}
}

// end ends the packet.
func (p *packet) end() packet { return append(*p, "\r\n"...) }

// response begins the answer to a message.
func response(m message, how, text string) packet {
	var p packet
	p.field("Response", how)
	p.idOf(m)
	if text != "" {
		p.field("Message", text)
	}
	return p
}

func success(m message, text string) packet { p := response(m, "Success", text); return p.end() }

func failure(m message, text string) packet { p := response(m, "Error", text); return p.end() }

func failuref(m message, text string, args ...any) packet {
	return failure(m, fmt.Sprintf(text, args...))
}

// clean is a text in one line, of letters that can be printed.
func clean(text string) string {
	if strings.IndexFunc(text, unprintable) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// unprintable are control signs, and those that turn the direction of a text or hide it.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// cut bounds a text, at a letter.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// isTrue and isFalse are ast_true and ast_false.
func isTrue(s string) bool {
	return oneOf(s, "yes", "true", "y", "t", "1", "on")
}

func isFalse(s string) bool {
	return oneOf(s, "no", "false", "n", "f", "0", "off")
}

func oneOf(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}
