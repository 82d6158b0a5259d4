package lab

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// restartAfter is how long the daemon stays dead: systemd's RestartSec.
const restartAfter = time.Second

// A keeper starts the daemon again whenever it ends, as systemd would.
type keeper struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// StartDaemon runs the daemon and keeps it running, with the dialplan that it
// generates in force. It returns when the daemon reports that it is ready, or
// with an error if it ends before; it is kept running even then, until
// StopDaemon. The lab's start has compiled it: ctx covers nothing of that.
func (l *Lab) StartDaemon(ctx context.Context) error {
	if l.binary == "" {
		return errNotBuilt
	}
	if err := l.generateDialplan(ctx); err != nil {
		return err
	}
	p, err := l.startDaemon()
	if err != nil {
		return err
	}
	keep, stop := context.WithCancel(context.Background())
	k := &keeper{stop: stop, ended: make(chan struct{})}
	l.mu.Lock()
	l.keeper = k
	l.mu.Unlock()
	go l.keep(keep, k, p)
	return poll(ctx, p, "the daemon", func() error { return l.askReady(ctx) })
}

func (l *Lab) generateDialplan(ctx context.Context) error {
	file := filepath.Join(l.asteriskDir(), "etc", "kezek-extensions.conf")
	out, err := exec.CommandContext(ctx, l.binary, "dialplan", "--config", l.config(), "--write", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("kezek dialplan: %w: %s", err, out)
	}
	if !l.process(Asterisk).running() {
		return nil
	}
	_, err = l.AsteriskCLI(ctx, "dialplan reload")
	return err
}

// config is the daemon's config file.
func (l *Lab) config() string { return filepath.Join(l.Dir, "kezek.yaml") }

func (l *Lab) startDaemon() (*process, error) {
	cmd := exec.Command(l.binary, "serve", "--config", l.config())
	p, err := start(cmd, filepath.Join(l.Dir, "kezek.log"), filepath.Join(l.Dir, "kezek.pid"))
	if err == nil {
		l.mu.Lock()
		l.daemon = p
		l.mu.Unlock()
	}
	return p, err
}

func (l *Lab) keep(ctx context.Context, k *keeper, p *process) {
	defer close(k.ended)
	for {
		select {
		case <-ctx.Done():
			p.stop(grace)
			return
		case <-p.done:
		}
		l.logf("the daemon ended: %s", p.state())
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartAfter):
		}
		next, err := l.startDaemon()
		if err != nil {
			l.logf("the daemon cannot be started again: %v", err)
			return
		}
		p = next
	}
}

// WaitDaemon returns when the daemon reports that it is ready.
func (l *Lab) WaitDaemon(ctx context.Context) error {
	return poll(ctx, nil, "the daemon", func() error { return l.askReady(ctx) })
}

func (l *Lab) askReady(ctx context.Context) error {
	return getJSON(ctx, l.OpsURL()+"/readyz", nil)
}

// KillDaemon kills the daemon with SIGKILL. It is started again after a
// second; WaitDaemon tells when it is back.
func (l *Lab) KillDaemon() {
	p := l.process(Daemon)
	_ = p.Kill()
	<-p.done
}

// StopDaemon ends the daemon properly, and it stays away until StartDaemon.
func (l *Lab) StopDaemon() {
	l.mu.Lock()
	k := l.keeper
	l.keeper = nil
	l.mu.Unlock()
	if k != nil {
		k.stop()
		<-k.ended
	}
}
