package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say what lab to start. The zero value is lab 0 without the daemon.
type Options struct {
	Number int       // its number, or Any
	Daemon bool      // build and run the Kezek daemon as well
	Build  bool      // build it alone, for StartDaemon and Kezek
	Keep   bool      // keep what Redis holds from the last time
	Config string    // YAML laid over the daemon's config, as "queues: {sales: {wrapup: 5s}}"
	Log    io.Writer // gets a line for each step; nil for none
}

// A Lab is a running private exchange.
type Lab struct {
	Addresses
	Number int
	Name   string // the systemname of its Asterisk
	Dir    string // its files

	checkout     string
	installation installation
	binary       string // of the daemon; empty if it was not built
	claim        claim

	mu       sync.Mutex // of the following
	log      io.Writer
	asterisk *process
	redis    *process
	daemon   *process
	keeper   *keeper
}

// The names of a lab's programs.
const (
	Asterisk = "asterisk"
	Redis    = "redis"
	Daemon   = "kezek"
)

// grace is how long a program may take to end by itself.
const grace = 5 * time.Second

// startWithin is how long each of a lab's programs may take to be ready, from
// its own start. What is slow on a fresh machine, such as compiling the daemon,
// comes before the first.
var startWithin = time.Minute

// Start starts a lab and returns when all of it is ready. It needs no deadline
// of the caller's: each program has one. ctx interrupts the start only; the lab
// runs until Stop.
func Start(ctx context.Context, o Options) (*Lab, error) {
	i, err := findInstallation(ctx)
	if err != nil {
		return nil, err
	}
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	var binary string
	if o.Daemon || o.Build { // before anything is taken or running
		if binary, err = buildDaemon(ctx, root, o.Log); err != nil {
			return nil, err
		}
	}
	n, c, err := take(o.Number)
	if err != nil {
		return nil, err
	}
	l := &Lab{
		Addresses:    AddressesOf(n),
		Number:       n,
		Name:         "lab",
		Dir:          Dir(root, n),
		checkout:     root,
		installation: i,
		binary:       binary,
		claim:        c,
		log:          o.Log,
	}
	if n > 0 {
		l.Name += strconv.Itoa(n)
	}
	if err := l.start(ctx, o); err != nil {
		l.Stop()
		return nil, fmt.Errorf("%w\n%s", err, l.Tail(20)) // the logs say why
	}
	return l, nil
}

// Dir is the folder of lab n in the checkout root.
func Dir(root string, n int) string {
	dir := filepath.Join(root, ".lab")
	if n > 0 {
		dir = filepath.Join(dir, strconv.Itoa(n))
	}
	return dir
}

func (l *Lab) start(ctx context.Context, o Options) error {
	if err := l.clean(o.Keep); err != nil {
		return err
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	s := site{
		Addresses: l.Addresses,
		Name:      l.Name,
		Dir:       l.Dir,
		Home:      l.installation.home(l.asteriskDir()),
		Modules:   l.installation.modules,
		Files:     min(files.Max, 65536),
		App:       App, ARIUser: ARIUser, ARIPassword: ARIPassword, DID: DID, ShortDID: ShortDID, BenchDID: BenchDID, ReceptionDID: ReceptionDID,
		Agents: Agents(),
	}
	if err := render("etc", l.Dir, s); err != nil {
		return err
	}
	if err := overlay(l.config(), o.Config); err != nil {
		return err
	}
	if err := l.layOut(s); err != nil {
		return err
	}
	if err := l.startProgram(ctx, "Redis", l.StartRedis); err != nil {
		return err
	}
	if err := l.startProgram(ctx, "Asterisk", l.StartAsterisk); err != nil || !o.Daemon {
		return err
	}
	return l.startProgram(ctx, "the daemon", l.StartDaemon)
}

func (l *Lab) startProgram(ctx context.Context, name string, start func(context.Context) error) error {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, startWithin, fmt.Errorf("not within %s of its start", startWithin))
	defer cancel()
	if err := start(ctx); err != nil {
		return err
	}
	l.logf("%s is up (%.1f s)", name, time.Since(began).Seconds())
	return nil
}

// clean removes what an earlier lab of this number left.
func (l *Lab) clean(keepRedis bool) error {
	old := []string{"asterisk", "asterisk.log", "redis.log", "kezek.log", "asterisk.pid", "redis.pid", "kezek.pid"}
	if !keepRedis { // and what the daemon remembers of it
		old = append(old, "redis")
		for _, pattern := range []string{"spool.json*", "history.db*"} {
			files, _ := filepath.Glob(filepath.Join(l.Dir, pattern)) // fails on a bad pattern only
			for _, file := range files {
				old = append(old, filepath.Base(file))
			}
		}
	}
	for _, name := range old {
		if err := os.RemoveAll(filepath.Join(l.Dir, name)); err != nil {
			return err
		}
	}
	return os.MkdirAll(l.Dir, 0o755)
}

// Stop ends the lab and returns when all its programs are gone. Its files
// stay. A second call does nothing.
func (l *Lab) Stop() {
	l.StopDaemon()
	for _, name := range []string{Asterisk, Redis} {
		if p := l.process(name); p != nil {
			p.stop(grace)
		}
	}
	l.claim.Close()
}

func (l *Lab) process(name string) *process {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch name {
	case Asterisk:
		return l.asterisk
	case Redis:
		return l.redis
	default:
		return l.daemon
	}
}

// PID returns the process id of one of the lab's programs, which must have
// been started.
func (l *Lab) PID(program string) int { return l.process(program).Pid }

// Tail returns the last n lines of each of the lab's logs.
func (l *Lab) Tail(n int) string {
	var b strings.Builder
	for _, name := range []string{"asterisk.log", "asterisk/log/full", "redis.log", "kezek.log"} {
		text, err := os.ReadFile(filepath.Join(l.Dir, name))
		if errors.Is(err, os.ErrNotExist) || len(text) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		fmt.Fprintf(&b, "--- %s\n%s\n", name, strings.Join(lines[max(0, len(lines)-n):], "\n"))
	}
	return b.String()
}

func (l *Lab) logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.log != nil {
		fmt.Fprintf(l.log, "lab %d: "+format+"\n", append([]any{l.Number}, args...)...)
	}
}
