package dialplan

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"

	"github.com/CyCoreSystems/agi"
)

// What Asterisk may send in one run: it describes the channel in some 25 lines
// and then answers each command with one.
const (
	maxLine  = 4 << 10
	maxLines = 256
	maxBytes = 32 << 10 // of all lines
)

var errTooMuch = errors.New("too many lines, or too long ones")

// wire is the connection of one run as the agi library may safely have it. The
// library makes a new scanner for each reply, which would lose what the last
// one read ahead: so no Read goes beyond the end of a line. Lines are bounded,
// which the library does not do either.
type wire struct {
	in    *bufio.Reader
	lines int
	bytes int
	rest  []byte // of the line that is being read
	last  string // the last line, without its end
	err   error
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		w.rest, w.err = w.in.ReadSlice('\n')
		w.lines++
		w.bytes += len(w.rest)
		if w.err == nil && (w.lines > maxLines || w.bytes > maxBytes) {
			w.err = errTooMuch
		}
		if w.err != nil {
			w.rest = nil
			return 0, w.err
		}
		w.last = string(bytes.TrimRight(w.rest, "\r\n"))
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// link is an AGI link: commands out, replies in, each within its time.
type link struct {
	conn net.Conn
	wire *wire
	agi  *agi.AGI
	end  time.Time // of all of it, whatever the commands may take
}

// open reads what Asterisk says about the channel.
func open(conn net.Conn) (*link, error) {
	now := time.Now()
	if err := conn.SetDeadline(now.Add(helloTime)); err != nil {
		return nil, err
	}
	l := &link{conn: conn, end: now.Add(runTime), wire: &wire{in: bufio.NewReaderSize(conn, maxLine)}}
	l.agi = agi.New(l.wire, conn)
	if l.wire.err != nil {
		return nil, fmt.Errorf("reading the channel's description: %w", l.wire.err)
	}
	return l, nil
}

// command sends one command and waits for its reply. The time is what the
// command itself may take on the exchange. Any error ends the run: whether the
// caller hung up or the reply makes no sense, nothing more can be said.
func (l *link) command(takes time.Duration, verb string, args ...string) (*agi.Response, error) {
	words := []string{verb}
	for _, arg := range args {
		q, err := quote(arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", verb, err)
		}
		words = append(words, q)
	}
	deadline := time.Now().Add(takes + replyTime)
	if deadline.After(l.end) {
		deadline = l.end
	}
	if err := l.conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	resp := l.agi.Command(words...)
	switch {
	case l.wire.err != nil:
		return nil, fmt.Errorf("%s: %w", verb, l.wire.err)
	case resp.Status != agi.StatusOK:
		return resp, fmt.Errorf("%s: %w", verb, resp.Error)
	}
	// The library also complains of a result that is no number; the caller of
	// this function knows whether it should be one.
	return resp, nil
}

// set sets a channel variable or writes a dialplan function.
func (l *link) set(variable, value string) error {
	_, err := l.command(0, "SET VARIABLE", variable, value)
	return err
}

// play plays a sound file to its end.
func (l *link) play(file string) error {
	resp, err := l.command(playTime, "STREAM FILE", file, "")
	if err != nil {
		return err
	}
	if resp.Result < 0 {
		return fmt.Errorf("sound %s was not played to its end: missing, or the phone hung up", file)
	}
	return nil
}

// digits plays a sound file and takes the keys that are pressed, up to # or a
// pause; the first one cuts the sound short. Nothing pressed is an empty string.
// It waits no longer than the given number of keys may take, each at its last moment.
func (l *link) digits(file string, pause time.Duration, keys int) (string, error) {
	resp, err := l.command(promptTime+time.Duration(keys+1)*pause, "GET DATA", file,
		fmt.Sprint(pause.Milliseconds()), fmt.Sprint(maxPIN))
	if resp == nil {
		return "", err
	}
	// The library cannot parse a star among the keys, which is a wrong PIN and no more.
	pressed, ok := strings.CutPrefix(l.wire.last, "200 result=")
	pressed, _, _ = strings.Cut(pressed, " ")
	switch {
	case !ok || len(pressed) > maxPIN:
		return "", cmp.Or(err, fmt.Errorf("GET DATA: %.40q is not a reply", l.wire.last))
	case pressed == "-1":
		return "", fmt.Errorf("GET DATA: %w", agi.ErrHangup)
	}
	return pressed, nil
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote makes s one argument of an AGI command.
func quote(s string) (string, error) {
	if len(s) > 1000 || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fmt.Errorf("%.80q cannot be sent to Asterisk", s)
	}
	return `"` + escaper.Replace(s) + `"`, nil
}
