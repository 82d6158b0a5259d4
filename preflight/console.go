package preflight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"kezek/ari"
)

// consoleWithin bounds a question to the console.
const consoleWithin = 5 * time.Second

// consoleHere is the console of an Asterisk on this machine, which tells what ARI does not. A nil one answers nothing.
type consoleHere struct {
	listener          // who runs Asterisk
	root     *os.File // its root folder
	run      string   // the folder of its socket, there
}

// errElsewhere is about an Asterisk that is not to be seen from here.
var errElsewhere = errors.New("on another machine")

// console finds the one of the site's Asterisk; nil if it is on another machine. It is to be closed.
func (s *Site) console(ctx context.Context, c *ari.Client) *consoleHere {
	l, root, here := asteriskHere(ctx, s.ARI.URL)
	if !here {
		return nil
	}
	run, err := c.Variable(ctx, "ASTRUNDIR")
	if err != nil || run == "" {
		root.Close()
		return nil
	}
	return &consoleHere{l, root, run}
}

func (c *consoleHere) close() {
	if c != nil {
		c.root.Close()
	}
}

// ask gives a command, as asterisk -rx does, and returns what is printed.
func (c *consoleHere) ask(ctx context.Context, command string) (string, error) {
	if c == nil {
		return "", errElsewhere
	}
	control, err := openIn(c.root, path.Join(c.run, "asterisk.ctl"), unix.O_PATH)
	if err != nil {
		return "", err
	}
	defer control.Close()
	ctx, cancel := context.WithTimeout(ctx, consoleWithin)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d", control.Fd()))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, "cli quit after "+command+"\x00"); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	return string(answer), err
}

// firstFound reads what "dialplan show EXTENSION@CONTEXT" says: the context whose extension is found first in a context and
// in what it includes; "" if there is none. It has contexts in the order of the search ("[ Included context 'NAME' …"), each with its extensions, of
// which a hint is none that can be called ("'100' => hint: …" or "1. Answer()").
func firstFound(text string) string {
	in := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[ ") {
			if parts := strings.Split(line, "'"); len(parts) > 2 {
				in = parts[1]
			}
			continue
		}
		if _, does, found := strings.Cut(line, "=>"); found && strings.HasPrefix(strings.TrimSpace(does), "1. ") || strings.HasPrefix(line, "1. ") {
			return in
		}
	}
	return ""
}
