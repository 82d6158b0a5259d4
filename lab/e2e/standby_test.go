package e2e

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kezek/lab"
	"kezek/queue"
)

// second is a daemon on another machine: it has a host name of its own.
type second struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan struct{}

	mu  sync.Mutex
	log strings.Builder
}

func (d *second) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(p)
}

func (d *second) said(text string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Contains(d.log.String(), text)
}

// startSecond starts it beside the lab's own daemon, on other ports.
func startSecond(t *testing.T, s *site) *second {
	t.Helper()
	text, err := os.ReadFile(s.configFile())
	must(t, err)
	opsAddr, agiAddr := s.Host+":8087", s.Host+":4574"
	config := filepath.Join(s.Dir, "second.yaml")
	moved := strings.NewReplacer(s.OpsAddr, opsAddr, s.AGIAddr, agiAddr).Replace(string(text))
	must(t, os.WriteFile(config, []byte(moved), 0o600))

	d := &second{t: t, url: "http://" + opsAddr, done: make(chan struct{})}
	d.cmd = exec.Command("/bin/sh", "-c", `echo second > /proc/sys/kernel/hostname && exec "$0" "$@"`, s.binary(), "serve", "--config", config)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}
	if uid := os.Geteuid(); uid != 0 {
		d.cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		d.cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		d.cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	must(t, d.cmd.Start())
	go func() {
		_ = d.cmd.Wait()
		close(d.done)
	}()
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.done
		if t.Failed() {
			t.Logf("log of the second daemon:\n%s", d.log.String())
		}
	})
	return d
}

// readyz is the status of /readyz.
func (d *second) readyz() int {
	req, err := http.NewRequestWithContext(within(d.t, 5*time.Second), http.MethodGet, d.url+"/readyz", nil)
	must(d.t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func (d *second) await(what string, is func() bool) time.Time {
	d.t.Helper()
	eventually(d.t, "the second daemon "+what, func() error {
		if !is() {
			return context.DeadlineExceeded
		}
		return nil
	})
	return time.Now()
}

// TestStandBy: of two daemons one serves and the other stands by, takes over
// when the first is gone, and a former owner who comes to again does nothing more.
func TestStandBy(t *testing.T) {
	t.Parallel()
	s := open(t, `
queues: {sales: {did_language: {"`+lab.DID+`": ru}, strategy: linear}}`)
	a := s.agent(t, "1001")
	talking := s.call(t, lab.DID)
	r := a.answers(talking)
	waiting := s.call(t, lab.DID)
	waiting.told(queue.EntryCallEntered)

	d := startSecond(t, s)
	d.await("stands by", func() bool { return d.said("standing by: another daemon owns the site") })
	if code := d.readyz(); code != http.StatusServiceUnavailable {
		t.Errorf("/readyz of the one that stands by: %d", code)
	}
	s.ready(t)

	// The first one dies, and stays dead.
	s.KillDaemon()
	killed := time.Now()
	s.StopDaemon()
	took := d.await("takes over", func() bool { return d.readyz() == http.StatusOK }).Sub(killed)
	if took > 7*time.Second {
		t.Errorf("took over after %v", took)
	}
	talk(t, r, talking, time.Now())
	must(t, r.Hangup(within(t, patience)))
	talking.ended()
	talking.heardLast("ru/closing")
	r = a.rings()
	since := a.take(r, waiting)

	// The first one is back: now it stands by.
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan error)
	go func() { started <- s.StartDaemon(ctx) }()
	s.awaitLog(t, `standing by: another daemon owns the site`, 1)
	cancel()
	if err := <-started; err == nil {
		t.Error("two daemons are ready")
	}

	// The owner stops breathing, for longer than its lease.
	must(t, d.cmd.Process.Signal(syscall.SIGSTOP))
	s.ready(t)
	talk(t, r, waiting, time.Now())
	next := s.call(t, lab.DID)
	next.told(queue.EntryCallEntered)
	rings := len(a.Incoming())
	must(t, d.cmd.Process.Signal(syscall.SIGCONT))
	select {
	case <-d.done:
	case <-time.After(patience):
		t.Fatal("the former owner does not end")
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 1 || !d.said("another daemon has taken this site over") && !d.said("another program has taken over the app") {
		t.Errorf("the former owner ends with code %d", code)
	}
	// What it had in mind was not done: all goes on as before.
	s.ready(t)
	talk(t, r, waiting, time.Now())
	if n := len(a.Incoming()); n != rings || !next.Live() {
		t.Errorf("the phone rang %d times more, next caller live: %v", n-rings, next.Live())
	}
	waiting.heardAllTheTime(a, since)
	must(t, r.Hangup(within(t, patience)))
	a.answers(next)
	next.hangUp(queue.OutcomeCompletedByCaller)
	s.nothingLeft(t)
}
