package dialplan

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

type deskFunc func(queue.Event) (queue.Answer, error)

func (f deskFunc) Ask(_ context.Context, ev queue.Event) (queue.Answer, error) { return f(ev) }

// TestEverythingEnds holds, on a clock of its own, how long the worst clients
// are put up with.
func TestEverythingEnds(t *testing.T) {
	const hello = "agi_network_script: 10\nagi_arg_1: PJSIP/1001\nagi_arg_2: \n\n"
	slowly := func(conn net.Conn, text string, pause time.Duration) error {
		for _, c := range []byte(text) {
			if _, err := conn.Write([]byte{c}); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		return nil
	}
	for name, test := range map[string]struct {
		client func(net.Conn)
		want   time.Duration
	}{
		"silence": {func(net.Conn) {}, helloTime},
		"a line without end, byte by byte": {func(c net.Conn) {
			_ = slowly(c, strings.Repeat("a", 1000), time.Second)
		}, helloTime},
		"lines for ever": {func(c net.Conn) {
			_ = slowly(c, strings.Repeat("a\n", 1000), 100*time.Millisecond)
		}, helloTime},
		"a client that does not read": {func(c net.Conn) {
			_, _ = io.WriteString(c, hello)
		}, replyTime},
		"silence in the middle": {func(c net.Conn) {
			_, _ = io.WriteString(c, hello)
			_, _ = bufio.NewReader(c).ReadString('\n')
		}, replyTime},
		"a reply byte by byte": {func(c net.Conn) {
			_, _ = io.WriteString(c, hello)
			_, _ = bufio.NewReader(c).ReadString('\n')
			_ = slowly(c, strings.Repeat("2", 1000), time.Second)
		}, replyTime},
		"every reply at the last moment": {func(c net.Conn) {
			_, _ = io.WriteString(c, hello)
			in := bufio.NewReader(c)
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if strings.HasPrefix(line, "GET DATA") {
					time.Sleep(50 * time.Second) // he types
				}
				_, _ = io.WriteString(c, "200 result=0\n")
			}
		}, runTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rules := &queue.Rules{
					Languages: []queue.Language{"ru"},
					Agents:    map[string]*queue.AgentRules{"1001": {ID: "1001", Endpoint: "PJSIP/1001", PIN: "1"}},
				}
				s := &Server{log: zap.NewNop(), guests: newGuests(1), o: ServerOptions{
					Rules: func() *queue.Rules { return rules },
					Sound: func(p queue.Phrase) string { return p.ID },
					Desk: deskFunc(func(queue.Event) (queue.Answer, error) {
						return queue.Answer{Refused: queue.WrongPIN, Say: []queue.Phrase{{ID: "wrong-pin"}}}, nil
					}),
				}}
				near, far := net.Pipe()
				var client sync.WaitGroup
				client.Go(func() { test.client(far) })
				defer client.Wait()
				defer far.Close()
				g, _ := s.guests.enter(t.Context(), near)
				began := time.Now()
				s.serve(t.Context(), g)
				s.guests.leave(g)
				if took := time.Since(began); took != test.want {
					t.Errorf("took %v, want %v", took, test.want)
				}
				if s.guests.free != 1 || len(s.guests.phones) != 0 || s.guests.strangers.Len() != 0 {
					t.Errorf("left behind: %+v", s.guests)
				}
			})
		})
	}
}

func TestGuests(t *testing.T) { synctest.Test(t, testGuests) }

func testGuests(t *testing.T) {
	a := newGuests(6)
	enter := func(phone string) *guest {
		t.Helper()
		g, pushed := a.enter(t.Context(), nil)
		if g == nil || pushed != nil {
			t.Fatalf("no place: %v %v", g, pushed)
		}
		if phone != "" {
			if err := a.introduce(g, phone); err != nil {
				t.Fatal(err)
			}
		}
		return g
	}
	for range maxPerPhone {
		enter("PJSIP/1001")
	}
	older, newer := enter(""), enter("")
	if err := a.introduce(newer, "PJSIP/1001"); err != errPhoneBusy {
		t.Errorf("a phone's code beyond its number: %v", err)
	}
	came := time.Now()
	g, pushed := a.enter(t.Context(), nil)
	if g == nil || pushed != older {
		t.Fatalf("%v came in for %v, want the oldest stranger", g, pushed)
	}
	if waited := time.Since(came); waited != grace {
		t.Errorf("a stranger was put out after %v, want %v", waited, grace)
	}
	if err := a.introduce(older, "PJSIP/1002"); err == nil {
		t.Error("one who was put out is served")
	}
	a.leave(older) // its goroutine notices later
	for _, g := range []*guest{newer, g} {
		if err := a.introduce(g, "PJSIP/1002"); err != nil {
			t.Error(err)
		}
	}
	if g, pushed := a.enter(t.Context(), nil); g != nil || pushed != nil {
		t.Errorf("%v came in for %v, though all are served", g, pushed)
	}
	a.leave(newer)
	a.leave(newer)
	enter("")
	go func() {
		time.Sleep(grace / 2)
		a.leave(g)
	}()
	came = time.Now()
	enter("PJSIP/1003")
	if waited := time.Since(came); waited != grace/2 {
		t.Errorf("waited %v for a place that was free after %v", waited, grace/2)
	}
	if a.free != 0 {
		t.Errorf("%d places are free, want none", a.free)
	}
}
