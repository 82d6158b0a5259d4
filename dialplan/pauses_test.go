package dialplan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// exhausted is a listener without file descriptors for so many tries.
type exhausted struct {
	net.Listener
	tries, fails atomic.Int64
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.tries.Add(1) <= l.fails.Load() {
		return nil, errors.New("accept4: too many open files")
	}
	return l.Listener.Accept()
}

// A listener that cannot accept is asked again after growing pauses, and said once.
// A panic in one run ends that run.
func TestListenerOutOfDescriptors(t *testing.T) {
	logs, seen := observer.New(zap.InfoLevel)
	s, err := NewServer(ServerOptions{
		Listen: "127.0.0.1:0", Rules: func() *queue.Rules { panic("no rules") }, Sound: func(queue.Phrase) string { return "" }, Log: zap.New(logs),
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &exhausted{Listener: s.listener}
	l.fails.Store(7) // 5, 10, 20, 40, 80, 160, 320 ms
	s.listener = l
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	begun := time.Now()
	go func() { ended <- s.Serve(ctx) }()
	for range 2 {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "agi_network: yes\nagi_network_script: 11\nagi_arg_1: PJSIP/1001\n\n")
		if _, err := bufio.NewReader(conn).ReadString(0); err == nil {
			t.Error("it goes on after a panic")
		}
		conn.Close()
	}
	if took := time.Since(begun); took < 600*time.Millisecond {
		t.Errorf("asked %d times in %v", l.tries.Load(), took)
	}
	if n := seen.FilterMessage("agi: accept").Len(); n != 1 {
		t.Errorf("said %d times", n)
	}
	if n := seen.FilterMessageSnippet("panic").Len(); n != 2 {
		t.Errorf("%d runs ended by a panic: %v", n, seen.All())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPauses(t *testing.T) {
	var p pauses
	now := time.Now()
	var last time.Duration
	said := 0
	for range 1000 {
		pause, say := p.failed(now)
		if pause < last || pause > longestPause {
			t.Errorf("%v follows %v", pause, last)
		}
		if say {
			said++
		}
		last, now = pause, now.Add(10*time.Millisecond)
	}
	p.worked()
	if pause, say := p.failed(now); pause != firstPause || say || said != 1 {
		t.Errorf("after it worked: %v, said %v and %d times", pause, say, said)
	}
	if _, say := p.failed(now.Add(sayEvery)); !say {
		t.Error("what lasts for long is not said again")
	}
}
