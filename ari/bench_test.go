package ari

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"kezek/queue"
)

// BenchmarkEvent is what an event costs from the socket to the rules.
func BenchmarkEvent(b *testing.B) {
	events := recorded(b)
	events = events[:len(events)-1] // ApplicationReplaced
	e := New(Options{App: "kezek"})
	s := &session{Exchange: e, sink: func(time.Time, queue.Event) {}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.handle(item{raw: events[i%len(events)]}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAction is what an action costs, order and request together, in
// processor time; the far end costs some of it.
func BenchmarkAction(b *testing.B) {
	e := New(Options{Name: "x", App: "kezek", URL: "http://" + yes(b) + "/ari"})
	b.Cleanup(e.client.Close)
	before := cpu()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Do(time.Time{}, []queue.Action{queue.AnswerCall{Channel: fmt.Sprint("lab-1795302406.", i%100)}})
		if i%100 == 99 {
			e.scheduler.wait()
		}
	}
	e.scheduler.wait()
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// yes serves HTTP in the cheapest way and says 204 to everything.
func yes(b *testing.B) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4096)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					for range bytes.Count(buf[:n], []byte("\r\n\r\n")) {
						if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}
