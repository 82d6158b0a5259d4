package dialplan_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezek/dialplan"
	"kezek/queue"
)

// FuzzAGI throws what it likes at the server, as description and as replies:
// whatever comes, it ends, and what reaches the desk is well formed.
func FuzzAGI(f *testing.F) {
	f.Add(describe("10", "PJSIP/1001", ""), "200 result=1\n200 result=4821\n200 result=0\n")
	f.Add(describe("10", "PJSIP/1001", "12"), "200 result=1\nHANGUP\n")
	f.Add(describe("13", "PJSIP/1001", ""), "200 result=1\n520-Usage\n")
	f.Add(describe("21", "", ""), "200 result=-1 (timeout)\r\n\n\n")
	f.Add("agi_network_script\n: \n\n", "200 result=99999999999999999999\n")
	for _, text := range badDescriptions {
		f.Add(text, "200 result=1\n")
	}
	for _, replies := range hangups {
		f.Add(describe("11", "PJSIP/1001", ""), replies)
	}
	d := reception()
	rules := site()
	s, err := dialplan.NewServer(dialplan.ServerOptions{
		Listen: "127.0.0.1:0", Desk: d, Sound: soundFile, Rules: func() *queue.Rules { return rules },
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = s.Serve(ctx) })
	f.Cleanup(func() { stop(); ended.Wait() })
	f.Fuzz(func(t *testing.T, description, replies string) {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(conn, description+replies)
		_ = conn.(*net.TCPConn).CloseWrite()
		sent, err := io.ReadAll(conn)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Error("the run does not end")
		}
		for line := range strings.Lines(string(sent)) {
			verb, _, _ := strings.Cut(line, ` "`)
			if !slices.Contains([]string{"SET VARIABLE", "STREAM FILE", "GET DATA"}, verb) || !strings.HasSuffix(line, "\"\n") {
				t.Errorf("command %q", line)
			}
		}
		d.mu.Lock()
		asked := d.asked
		d.asked = nil
		d.mu.Unlock()
		for _, ev := range asked {
			if ev, ok := ev.(queue.LogIn); ok && (len(ev.PIN) > 32 || !strings.Contains(ev.Phone, "/")) {
				t.Errorf("event %#v", ev)
			}
		}
	})
}
