package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func (l *Lab) asteriskDir() string { return filepath.Join(l.Dir, "asterisk") }

// unused are the files that Asterisk complains about if they are not there,
// though it does well without.
var unused = []string{"acl.conf", "ccss.conf", "features.conf", "manager.conf", "pjproject.conf", "queuerules.conf",
	"statsd.conf", "udptl.conf", "websocket_client.conf"}

// layOut makes Asterisk's folder anew.
func (l *Lab) layOut(s site) error {
	home := l.asteriskDir()
	for _, dir := range []string{"etc", "lib/keys", "run", "log", "spool/recording", "spool/tmp"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o755); err != nil {
			return err
		}
	}
	if err := render("etc/asterisk", filepath.Join(home, "etc"), s); err != nil {
		return err
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	hosts := "127.0.0.1 localhost " + name + "\n"
	if err := os.WriteFile(filepath.Join(home, "etc/hosts"), []byte(hosts), 0o644); err != nil {
		return err
	}
	for _, name := range append([]string{"resolv.conf"}, unused...) {
		if err := os.WriteFile(filepath.Join(home, "etc", name), nil, 0o644); err != nil {
			return err
		}
	}
	return lend(l.installation, filepath.Join(home, "data"), filepath.Join(l.checkout, "prompts", "audio"))
}

// StartAsterisk starts Asterisk and returns when it has fully booted.
func (l *Lab) StartAsterisk(ctx context.Context) error {
	cmd := l.installation.command(context.Background(), l.asteriskDir(), "-f")
	p, err := start(cmd, filepath.Join(l.Dir, "asterisk.log"), filepath.Join(l.Dir, "asterisk.pid"))
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.asterisk = p
	l.mu.Unlock()
	return poll(ctx, p, "asterisk", func() error {
		if _, err := os.Stat(filepath.Join(l.asteriskDir(), "run", "asterisk.ctl")); err != nil {
			return err // spares starting a client that finds nobody
		}
		_, err := l.AsteriskCLI(ctx, "core waitfullybooted")
		return err
	})
}

// AsteriskCLI runs one command of Asterisk's console and returns what it
// prints.
func (l *Lab) AsteriskCLI(ctx context.Context, command string) (string, error) {
	cmd := l.installation.command(ctx, l.asteriskDir(), "-r", "-x", command)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := runTied(cmd); err != nil {
		return out.String(), fmt.Errorf("asterisk -rx %q: %w: %s", command, err, strings.TrimSpace(out.String()+errs.String()))
	}
	return out.String(), nil
}

// KillAsterisk kills Asterisk, with all calls, and it stays away until
// StartAsterisk.
func (l *Lab) KillAsterisk() { l.process(Asterisk).stop(0) }

// RestartAsterisk kills Asterisk, with all calls, and starts it again.
func (l *Lab) RestartAsterisk(ctx context.Context) error {
	l.KillAsterisk()
	return l.StartAsterisk(ctx)
}
