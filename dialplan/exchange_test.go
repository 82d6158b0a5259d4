package dialplan_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kezek/dialplan"
	"kezek/queue"
)

// desk answers by a table and remembers what it was asked.
type desk struct {
	answer func(queue.Event) (queue.Answer, error)

	mu    sync.Mutex
	asked []queue.Event
}

func (d *desk) Ask(ctx context.Context, ev queue.Event) (queue.Answer, error) {
	d.mu.Lock()
	d.asked = append(d.asked, ev)
	d.mu.Unlock()
	return d.answer(ev)
}

func (d *desk) events() []queue.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// reception is a desk that knows the PIN 4821 and says what the rules would.
func reception() *desk {
	say := func(refused queue.Refusal, id string) (queue.Answer, error) {
		return queue.Answer{Refused: refused, Say: []queue.Phrase{{ID: id, Language: "ru"}}}, nil
	}
	return &desk{answer: func(ev queue.Event) (queue.Answer, error) {
		switch ev := ev.(type) {
		case queue.LogIn:
			if ev.PIN != "4821" {
				return say(queue.RefusalWrongPIN, "wrong-pin")
			}
			return say("", "logged-in")
		case queue.Supervise:
			switch {
			case ev.Phone == "PJSIP/2001" && ev.PIN == "":
				return queue.Answer{Refused: queue.RefusalPINNeeded}, nil
			case ev.PIN != "" && ev.PIN != "4821":
				return say(queue.RefusalWrongPIN, "wrong-pin")
			case ev.Agent == "1007":
				return say(queue.RefusalNoTalk, "monitor-no-talk")
			}
			return say("", "monitor-listen")
		case queue.NoticeCode:
			switch ev.PIN {
			case "":
				return queue.Answer{Refused: queue.RefusalPINNeeded}, nil
			case "4821":
				return say("", "maintenance-on")
			}
			return say(queue.RefusalWrongPIN, "wrong-pin")
		case queue.LogOut:
			return say("", "logged-out")
		case queue.AskState:
			return say("", "status-waiting")
		default:
			return say("", "status-set")
		}
	}}
}

// serve runs a server until the test ends.
func serve(t *testing.T, d dialplan.Desk, change func(*dialplan.ServerOptions)) string {
	t.Helper()
	addr, stop := start(t, d, change)
	t.Cleanup(stop)
	return addr
}

// listening opens what listens. A program that another test is starting has a copy
// of all sockets until it runs, also of one whose address is wanted anew.
func listening[T any](t *testing.T, open func() (T, error)) T {
	t.Helper()
	l, err := open()
	for until := time.Now().Add(5 * time.Second); errors.Is(err, syscall.EADDRINUSE) && time.Now().Before(until); l, err = open() {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start runs a server until stop, which fails the test if it does not end.
func start(t *testing.T, d dialplan.Desk, change func(*dialplan.ServerOptions)) (addr string, stop func()) {
	t.Helper()
	rules := site()
	o := dialplan.ServerOptions{
		Listen: "127.0.0.1:0", Desk: d, Sound: soundFile,
		Rules: func() *queue.Rules { return rules },
	}
	if change != nil {
		change(&o)
	}
	s := listening(t, func() (*dialplan.Server, error) { return dialplan.NewServer(o) })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	return s.Addr().String(), func() {
		t.Helper()
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(3 * time.Second):
			t.Error("the server does not end")
		}
	}
}

// noLeak checks at the end of the test that no goroutine is left behind. It
// comes first in a test, and not in one that runs beside others.
func noLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond) // one that has returned is still counted for a moment
		}
		buf := make([]byte, 1<<16)
		t.Errorf("goroutines left behind:\n%s", buf[:runtime.Stack(buf, true)])
	})
}

// exchange is Asterisk's end of a FastAGI connection.
type exchange struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func connect(t *testing.T, addr string) *exchange {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &exchange{t, conn, bufio.NewReader(conn)}
}

// describe is what Asterisk says first when a phone has dialled a code.
func describe(code, phone, pin string) string {
	return "agi_network: yes\nagi_network_script: " + code +
		"\nagi_request: agi://127.0.0.1/" + code + "\nagi_channel: PJSIP/1001-00000001\nagi_callerid: \n" +
		"agi_extension: " + code + "\nagi_arg_1: " + phone + "\nagi_arg_2: " + pin + "\nagi_uniqueid: pbx-1.1\n\n"
}

// press is what Asterisk says when a status key was pressed.
func press(lamp, phone string) string {
	return strings.Replace(describe("00", phone, ""), "agi_uniqueid: ", "agi_arg_3: "+lamp+"\nagi_uniqueid: ", 1)
}

func dial(t *testing.T, addr, code, phone, pin string) *exchange {
	t.Helper()
	x := connect(t, addr)
	x.send(describe(code, phone, pin))
	return x
}

func (x *exchange) send(text string) {
	x.t.Helper()
	if _, err := io.WriteString(x.conn, text); err != nil {
		x.t.Error(err)
	}
}

// run answers the server's commands until it closes, and tells what they were.
// GET DATA gets the keys in turn, everything else result=0.
func (x *exchange) run(keys ...string) []string {
	x.t.Helper()
	var commands []string
	for {
		line, err := x.in.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				x.t.Error(err)
			}
			return commands
		}
		line = strings.TrimSpace(line)
		commands = append(commands, line)
		reply := "0"
		if strings.HasPrefix(line, "GET DATA") {
			if len(keys) == 0 {
				x.t.Errorf("asked for keys once more than expected: %s", line)
				return commands
			}
			reply, keys = keys[0], keys[1:]
		}
		x.send("200 result=" + reply + "\n")
	}
}

// expect reads one command and does not answer it.
func (x *exchange) expect(want string) {
	x.t.Helper()
	line, err := x.in.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != want {
		x.t.Fatalf("command is %q (%v), want %s", line, err, want)
	}
}

// closed waits until the server closes the connection and tells what it sent before.
func (x *exchange) closed() string {
	x.t.Helper()
	rest, err := io.ReadAll(x.in)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		x.t.Error("the server keeps the connection open")
	}
	return string(rest)
}
