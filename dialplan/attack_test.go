package dialplan_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kezek/dialplan"
)

// TestAttacks holds that a code of a phone of the config is answered in time
// whatever else is sent to the server meanwhile, from many connections at once.
func TestAttacks(t *testing.T) {
	noLeak(t)
	const longest = time.Second // Asterisk gives up after 10
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	write := func(text string) func(net.Conn) {
		bytes := []byte(text) // once for all: the clients are not to be the load
		return func(c net.Conn) {
			_, _ = c.Write(bytes)
			_, _ = io.Copy(io.Discard, c)
		}
	}
	stay := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	middle := describe("10", "PJSIP/1009", "")
	var invented atomic.Int64
	for name, attack := range map[string]struct {
		from string
		once bool // each client connects once, and is one of many
		do   func(net.Conn)
	}{
		"invented phones that stay": {once: true, do: func(c net.Conn) {
			_, _ = io.WriteString(c, describe("10", fmt.Sprint("PJSIP/invented-", invented.Add(1)), ""))
			answerUntil(c, "GET DATA") // asked for its number, it keys in nothing
			_, _ = io.Copy(io.Discard, c)
		}},
		"invented phones without end": {do: func(c net.Conn) {
			_, _ = io.WriteString(c, describe("11", fmt.Sprint("PJSIP/invented-", invented.Add(1)), ""))
			answerUntil(c, "never")
		}},
		"another phone of the config that stays": {once: true, do: write(describe("10", "PJSIP/1006", ""))},
		"a phone that reads nothing": {once: true, do: func(c net.Conn) {
			_, _ = io.WriteString(c, describe("10", fmt.Sprint("PJSIP/invented-", invented.Add(1)), ""))
			time.Sleep(time.Second)
		}},
		"silence":                        {once: true, do: stay},
		"garbage":                        {do: write(string(noise[:4<<10]))},
		"a line without end":             {do: write("agi_network: " + strings.Repeat("a", 4<<20))},
		"a description of megabytes":     {do: write(strings.Repeat("agi_x: "+strings.Repeat("y", 1000)+"\n", 4<<10))},
		"garbage of megabytes":           {do: write(string(noise))},
		"byte by byte":                   {once: true, do: slowly},
		"hang up at once":                {do: func(net.Conn) {}},
		"hang up in the description":     {do: func(c net.Conn) { _, _ = io.WriteString(c, middle[:len(middle)/2]) }},
		"hang up in a command":           {do: func(c net.Conn) { _, _ = io.WriteString(c, middle); _, _ = c.Read(make([]byte, 1)) }},
		"stay in a command":              {once: true, do: write(middle)},
		"a reply without end":            {do: write(middle + "200 result=" + strings.Repeat("1", 4<<20))},
		"replies that nobody asked for":  {do: write(middle + strings.Repeat("200 result=1\n", 1<<16))},
		"an address that is not allowed": {from: "127.0.0.9", do: write(middle)},
	} {
		t.Run(name, func(t *testing.T) {
			d := reception()
			clients, bound := 40, 32
			if attack.once {
				clients, bound = 1000, dialplan.DefaultMaxConns
			}
			addr := serve(t, d, func(o *dialplan.ServerOptions) {
				o.MaxConns, o.Allow = bound, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
			})
			stop := make(chan struct{})
			var all, started sync.WaitGroup
			started.Add(clients)
			for range clients {
				all.Go(func() {
					begun := sync.OnceFunc(started.Done)
					defer begun()
					for {
						conn := connectFrom(attack.from, addr)
						if conn == nil {
							return
						}
						begun()
						ended := make(chan struct{})
						go func() {
							select {
							case <-stop:
								conn.Close()
							case <-ended:
							}
						}()
						attack.do(conn)
						close(ended)
						conn.Close()
						select {
						case <-stop:
							return
						case <-time.After(100 * time.Millisecond):
						}
						if attack.once {
							return
						}
					}
				})
			}
			started.Wait()
			for range 5 {
				began := time.Now()
				got := dial(t, addr, "11", "PJSIP/1001", "").run()
				if took := time.Since(began); !slices.Contains(got, said) || took > longest {
					t.Errorf("a code got %q after %s, want its words within %s", got, took, longest)
				}
			}
			close(stop)
			all.Wait()
		})
	}
}

// answerUntil answers the server's commands as an exchange does, up to one that begins so.
func answerUntil(c net.Conn, command string) {
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil || strings.HasPrefix(line, command) {
			return
		}
		if _, err := io.WriteString(c, "200 result=0\n"); err != nil {
			return
		}
	}
}

func connectFrom(ip, addr string) net.Conn {
	from := net.Dialer{Timeout: 5 * time.Second}
	if ip != "" {
		from.LocalAddr = &net.TCPAddr{IP: net.ParseIP(ip)}
	}
	conn, err := from.Dial("tcp", addr)
	if err != nil {
		return nil
	}
	return conn
}

// slowly writes a description that never ends, a byte at a time.
func slowly(c net.Conn) {
	for {
		for _, b := range []byte(describe("11", "PJSIP/1009", "")[:100]) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}
