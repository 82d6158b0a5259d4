package queuelog

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// exchange speaks as Asterisk's manager interface does. The real one is in lab/e2e.
type exchange struct {
	net.Listener
	mu    sync.Mutex
	rows  []string // of the actions that were answered
	hangs bool     // it answers no QueueLog
	drops int      // connections to end after the next QueueLog
}

func listen(t *testing.T) *exchange {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	e := &exchange{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go e.serve(conn)
		}
	}()
	return e
}

func (e *exchange) serve(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "Asterisk Call Manager/11.0.0\r\n")
	in := bufio.NewScanner(conn)
	fields := map[string]string{}
	for in.Scan() {
		if line := in.Text(); line != "" {
			name, value, _ := strings.Cut(line, ": ")
			fields[name] = value
			continue
		}
		e.mu.Lock()
		response, message := "Success", "Event added successfully"
		switch fields["Action"] {
		case "Login":
			if fields["Secret"] != "right" {
				response, message = "Error", "Authentication failed"
			}
			fmt.Fprint(conn, "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
		case "QueueLog":
			if e.hangs {
				e.mu.Unlock()
				continue
			}
			e.rows = append(e.rows, strings.Join([]string{fields["Uniqueid"], fields["Queue"], fields["Interface"], fields["Event"], fields["Message"]}, "|"))
		}
		drops := e.drops > 0 && fields["Action"] == "QueueLog"
		if drops {
			e.drops--
		}
		e.mu.Unlock()
		fmt.Fprintf(conn, "Response: %s\r\nActionID: %s\r\nMessage: %s\r\n\r\n", response, fields["ActionID"], message)
		if drops {
			return
		}
		clear(fields)
	}
}

// TestManager: rows are given to Asterisk one after the other, over connections that break.
func TestManager(t *testing.T) {
	e := listen(t)
	e.drops = 1
	m := &memory{marks: map[string]string{}}
	w := &Manager{Address: e.Addr().String(), Username: "kezek", Secret: "right", Path: filepath.Join(t.TempDir(), "none")}
	t.Cleanup(func() { w.Close() })
	f := feedOf(m, w)
	must(t, f.step(t.Context()))
	m.add(entered("a", 101), entered("b", 102), entered("c", 103))
	for deadline := time.Now().Add(5 * time.Second); f.totals.Rows < 3 && time.Now().Before(deadline); {
		_ = f.step(t.Context()) // the one after the break fails
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	want(t, e.rows, "a|sales|NONE|ENTERQUEUE||+996555000001|1", "b|sales|NONE|ENTERQUEUE||+996555000001|1", "c|sales|NONE|ENTERQUEUE||+996555000001|1")
}

func TestManagerRefuses(t *testing.T) {
	t.Parallel()
	e := listen(t)
	w := &Manager{Address: e.Addr().String(), Username: "kezek", Secret: "wrong"}
	if err := w.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "Login") || !strings.Contains(err.Error(), "Authentication failed") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
	w.Secret = "right"
	must(t, w.Probe(t.Context()))
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	w.Address = silent.Addr().String()
	began := time.Now()
	if err := w.Probe(t.Context()); err == nil {
		t.Error("a port that says nothing is taken for a manager interface")
	}
	if took := time.Since(began); took > managerTimeout+time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestManagerHangs: Asterisk does not answer; the row is tried again on another connection.
func TestManagerHangs(t *testing.T) {
	t.Parallel()
	e := listen(t)
	e.hangs = true
	w := &Manager{Address: e.Addr().String(), Username: "kezek", Secret: "right"}
	t.Cleanup(func() { w.Close() })
	rows := wordsForTest().Rows(entered("a", 101))
	if n, err := w.Write(t.Context(), rows); n != 0 || err == nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	e.mu.Lock()
	e.hangs = false
	e.mu.Unlock()
	if n, err := w.Write(t.Context(), rows); n != 1 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
}
