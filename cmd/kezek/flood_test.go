package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"kezek/lab"
)

// asDaemon makes the test's own program the daemon, so that it can be one with limits of its own.
const asDaemon = "KEZEK_TEST_SERVE"

func TestMain(m *testing.M) {
	if config := os.Getenv(asDaemon); config != "" {
		os.Args = []string{"kezek", "serve", "--config", config}
		main()
		return
	}
	os.Exit(m.Run())
}

// Thousands of connections to the HTTP server do not take the descriptors that a call needs: FastAGI is
// answered, and so is whoever asks HTTP after them.
func TestAFloodLeavesDescriptorsForCalls(t *testing.T) {
	const descriptors = 96
	config, opsAddr := writeConfig(t, "http://127.0.0.1:1/ari", "127.0.0.1:1")
	text, err := os.ReadFile(config)
	fatal(t, err)
	agi := regexp.MustCompile(`agi: \{listen: "([^"]+)"`).FindStringSubmatch(string(text))[1]
	cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf("ulimit -n %d; exec %s", descriptors, os.Args[0]))
	cmd.Env = append(os.Environ(), asDaemon+"="+config)
	var log lab.Output
	cmd.Stdout, cmd.Stderr = &log, &log
	fatal(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", &log)
		}
	})
	healthz := func() (int, error) {
		response, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://" + opsAddr + "/healthz")
		if err != nil {
			return 0, err
		}
		response.Body.Close()
		return response.StatusCode, nil
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		if code, err := healthz(); err == nil && code == http.StatusOK {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(code, err)
		}
		time.Sleep(10 * time.Millisecond)
	}

	for i := range 2000 { // of three addresses, while the bound of this process allows it
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%3))}, Timeout: 5 * time.Second}
		c, err := d.DialContext(t.Context(), "tcp", opsAddr)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		if i%2 == 0 { // half of them begin a request
			_, _ = io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n")
		}
	}
	if code, err := healthz(); err != nil || code != http.StatusOK {
		t.Fatalf("one who asks after them: %d, %v", code, err)
	}
	open, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "fd"))
	fatal(t, err)
	if len(open) > descriptors/2 {
		t.Errorf("%d of %d descriptors are taken", len(open), descriptors)
	}
	for range 3 { // callers, as many as a phone may have
		c, err := net.DialTimeout("tcp", agi, 5*time.Second)
		fatal(t, err)
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = io.WriteString(c, "agi_network: yes\nagi_network_script: 13\nagi_request: agi://127.0.0.1/13\nagi_channel: PJSIP/1001-00000001\nagi_arg_1: PJSIP/1001\n\n")
		fatal(t, err)
		buf := make([]byte, 1)
		if _, err := c.Read(buf); err != nil {
			t.Errorf("FastAGI does not answer: %v", err)
		}
	}
	if n := strings.Count(log.String(), "too many open files"); n > 0 {
		t.Errorf("%d times there are too many open files", n)
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
