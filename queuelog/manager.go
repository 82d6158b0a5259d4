package queuelog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// Manager gives rows to Asterisk by the action QueueLog of its manager interface (AMI). Asterisk writes them where it writes its
// own: into its file, its table, or both. It gives them its time.
type Manager struct {
	// Address is host:port. The user has write = agent in manager.conf.
	Address, Username, Secret string
	// Path is Asterisk's queue_log. If it can be read, a row that was written before the daemon was killed is known again.
	Path string

	conn   net.Conn
	lines  *bufio.Reader
	action int
}

// managerTimeout bounds the connection and each answer.
const managerTimeout = 5 * time.Second

// Most implements [Writer].
func (*Manager) Most() int { return 1 }

// Stands implements [Writer]: the time is Asterisk's.
func (*Manager) Stands(r Row) string { return r.untimed() }

// Place implements [Writer]: the end of Asterisk's file. It has a row before it confirms it.
func (m *Manager) Place() (string, error) {
	info, err := os.Stat(m.Path)
	if err != nil {
		return "", nil
	}
	return fmt.Sprintf("%d:%d", inode(info), info.Size()), nil
}

// Since implements [Writer].
func (m *Manager) Since(place string) ([]string, error) {
	lines, err := linesSince(m.Path, place)
	if errors.Is(err, os.ErrPermission) {
		return nil, nil
	}
	for i := range lines {
		_, lines[i], _ = strings.Cut(lines[i], "|")
	}
	return lines, err
}

// Write implements [Writer].
func (m *Manager) Write(ctx context.Context, rows []Row) (int, error) {
	for i, r := range rows {
		if err := m.connect(ctx); err != nil {
			return i, err
		}
		if err := m.do(ctx, "QueueLog", "Queue", r.Queue, "Uniqueid", r.Call, "Interface", r.Agent, "Event", r.Event, "Message", r.data()); err != nil {
			return i, err
		}
	}
	return len(rows), nil
}

// Probe logs in, and leaves.
func (m *Manager) Probe(ctx context.Context) error {
	defer m.Close()
	return m.connect(ctx)
}

// Close implements [Writer].
func (m *Manager) Close() error {
	if m.conn == nil {
		return nil
	}
	err := m.conn.Close()
	m.conn = nil
	return err
}

// connect logs in, unless there is a connection.
func (m *Manager) connect(ctx context.Context) error {
	if m.conn != nil {
		return nil
	}
	d := net.Dialer{Timeout: managerTimeout}
	conn, err := d.DialContext(ctx, "tcp", m.Address)
	if err != nil {
		return err
	}
	m.conn, m.lines = conn, bufio.NewReaderSize(conn, 64<<10)
	m.bound(ctx)
	hello, err := m.line()
	if err == nil && !strings.HasPrefix(hello, "Asterisk Call Manager/") {
		err = fmt.Errorf("%s is no manager interface of Asterisk: it says %.80q", m.Address, hello)
	}
	if err != nil {
		return m.broken(err)
	}
	return m.do(ctx, "Login", "Username", m.Username, "Secret", m.Secret, "Events", "off")
}

// do does an action and waits for its answer. A connection on which it failed is given up: what comes there is not known any more.
func (m *Manager) do(ctx context.Context, action string, fields ...string) error {
	m.bound(ctx)
	m.action++
	id := fmt.Sprintf("kezek-%d", m.action)
	var text strings.Builder
	fmt.Fprintf(&text, "Action: %s\r\nActionID: %s\r\n", action, id)
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&text, "%s: %s\r\n", fields[i], fields[i+1])
	}
	if _, err := io.WriteString(m.conn, text.String()+"\r\n"); err != nil {
		return m.broken(err)
	}
	for {
		answer, err := m.answer()
		switch {
		case err != nil:
			return m.broken(err)
		case answer["ActionID"] != id: // an event
		case answer["Response"] != "Success":
			return m.broken(fmt.Errorf("manager interface of Asterisk: %s: %.200q", action, answer["Message"]))
		default:
			return nil
		}
	}
}

func (m *Manager) broken(err error) error {
	m.Close()
	return err
}

// bound gives the next answer its time.
func (m *Manager) bound(ctx context.Context) {
	by := time.Now().Add(managerTimeout)
	if end, ok := ctx.Deadline(); ok && end.Before(by) {
		by = end
	}
	_ = m.conn.SetDeadline(by)
}

// answer reads one block of fields.
func (m *Manager) answer() (map[string]string, error) {
	fields := map[string]string{}
	for {
		line, err := m.line()
		if err != nil {
			return nil, err
		}
		if line == "" {
			if len(fields) > 0 {
				return fields, nil
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
}

func (m *Manager) line() (string, error) {
	line, err := m.lines.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}
