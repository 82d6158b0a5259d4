package preflight

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kezek/config"
	"kezek/state"
)

// The time of Asterisk is cut to the second and asked for within a moment: neither counts.
func TestClock(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 10, 700e6, time.UTC)
	for apart, want := range map[time.Duration]string{
		0: "", 2 * time.Second: "", -2 * time.Second: "",
		time.Minute:                  "warning Asterisk's clock is 59s ahead of ours: its log and the times of recordings do not match Kezek's\n",
		-720*time.Hour - time.Minute: "warning Asterisk's clock is 30 days behind ours: its log and the times of recordings do not match Kezek's\n",
		-time.Minute:                 "warning Asterisk's clock is 1m0s behind ours: its log and the times of recordings do not match Kezek's\n",
	} {
		if got := findings(clockFinding(at.Add(apart).Truncate(time.Second), at, at.Add(50*time.Millisecond))); got != want {
			t.Errorf("%v: %q, want %q", apart, got, want)
		}
	}
}

// A Redis whose clock is behind is told, with both times.
func TestRedisClock(t *testing.T) {
	srv := startRedis(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	var behind atomic.Int64 // of the time that this door to Redis tells
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", filepath.Join(srv.dir, "sock"))
			if err != nil {
				client.Close()
				return
			}
			go func() { defer client.Close(); _, _ = io.Copy(client, server) }()
			go func() {
				defer server.Close()
				request := make([]byte, 64<<10)
				for {
					n, err := client.Read(request)
					if err != nil {
						return
					}
					if string(request[:n]) == "*1\r\n$4\r\ntime\r\n" {
						seconds := strconv.FormatInt(time.Now().Unix()-behind.Load(), 10)
						_, _ = fmt.Fprintf(client, "*2\r\n$%d\r\n%s\r\n$1\r\n0\r\n", len(seconds), seconds)
						continue
					}
					_, _ = server.Write(request[:n])
				}
			}()
		}
	}()
	s := &Site{Config: &config.Config{}, State: state.Options{Site: "lab", URL: "redis://" + listener.Addr().String()}}
	for _, apart := range []time.Duration{0, 30 * time.Second, time.Hour} {
		behind.Store(int64(apart.Seconds()))
		told := findings(s.checkRedis(ctx))
		if says := strings.Contains(told, "warning the clock of this machine is ahead of that of Redis: it says 20"); says != (apart == time.Hour) {
			t.Errorf("%v: %s", apart, told)
		}
	}
}
