package dialplan

import (
	"bufio"
	"context"
	"fmt"
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
		"no key, every reply at the last moment": {func(c net.Conn) {
			_, _ = io.WriteString(c, hello)
			_, _ = bufio.NewReader(c).ReadString('\n')
			_, _ = io.WriteString(c, "200 result=0\n")
			_, _ = bufio.NewReader(c).ReadString('\n')
			_ = slowly(c, strings.Repeat("2", 1000), time.Second)
		}, promptTime + 7*pinPause + replyTime}, // 1001*1#, each key at its last moment
		"a phone that is not in the config": {func(c net.Conn) {
			_, _ = io.WriteString(c, strings.Replace(hello, "/1001", "/invented", 1))
			in := bufio.NewReader(c)
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if strings.HasPrefix(line, "GET DATA") {
					time.Sleep(35 * time.Second)
				}
				_, _ = io.WriteString(c, "200 result=1001\n")
			}
		}, visitTime},
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
					time.Sleep(45 * time.Second) // somebody types
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
						return queue.Answer{Refused: queue.RefusalWrongPIN, Say: []queue.Phrase{{ID: "wrong-pin"}}}, nil
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
				if !s.guests.empty() {
					t.Errorf("left behind: %+v", s.guests)
				}
			})
		})
	}
}

func TestGuests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newGuests(4)
		came := func() *guest {
			t.Helper()
			g, pushed := a.enter(t.Context(), nil)
			if g == nil || pushed != nil {
				t.Fatalf("no place: %v %v", g, pushed)
			}
			return g
		}
		introduce := func(g *guest, phone string, inConfig bool) (pushed *guest) {
			t.Helper()
			pushed, err := a.introduce(g, phone, inConfig)
			if err != nil {
				t.Fatal(err)
			}
			return pushed
		}

		var strangers []*guest
		for range 4 {
			strangers = append(strangers, came())
		}
		oldest, began := strangers[0], time.Now()
		g, pushed := a.enter(t.Context(), nil)
		if g == nil || pushed != oldest || time.Since(began) != grace {
			t.Fatalf("%v came in for %v after %v, want the oldest stranger after %v", g, pushed, time.Since(began), grace)
		}
		if _, err := a.introduce(oldest, "PJSIP/1002", true); err == nil {
			t.Error("one that was put out is served")
		}
		a.leave(oldest) // its goroutine notices later

		first := strangers[1]
		introduce(first, "PJSIP/1001", true)
		for range maxPerPhone - 1 {
			introduce(came(), "PJSIP/1001", true)
		}
		if pushed := introduce(came(), "PJSIP/1001", true); pushed != first {
			t.Errorf("pushed %v, want the phone's oldest code", pushed)
		}

		a = newGuests(2)
		one := came()
		came()
		go func() {
			time.Sleep(grace / 2)
			a.leave(one)
			a.leave(one)
		}()
		began = time.Now()
		came()
		if waited := time.Since(began); waited != grace/2 {
			t.Errorf("waited %v for a place that was free after %v", waited, grace/2)
		}
		if n := a.strangers.guests.Len(); n != 2 {
			t.Errorf("%d strangers, want 2", n)
		}
	})
}

// Phones that are not in the config have their own few places, of which the oldest makes room for the next.
func TestVisitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newGuests(32)
		var visitors []*guest
		visit := func(i int) (*guest, error) {
			g, _ := a.enter(t.Context(), nil)
			visitors = append(visitors, g)
			return a.introduce(g, fmt.Sprint("PJSIP/invented", i), false)
		}
		for i := range 4 {
			if pushed, err := visit(i); pushed != nil || err != nil {
				t.Fatal(pushed, err)
			}
		}
		if pushed, err := visit(4); pushed != visitors[0] || err != nil {
			t.Errorf("a fifth: pushed %v, %v", pushed, err)
		}
		if a.strangers.guests.Len() != 0 || len(a.phones) != 0 {
			t.Errorf("left among strangers: %+v", a)
		}
	})
}
