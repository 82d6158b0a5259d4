package softphone

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
)

// Program is one of the softphones.
type Program string

const (
	Baresip  Program = "baresip"
	Linphone Program = "linphone"
)

// Programs are all of them.
var Programs = []Program{Baresip, Linphone}

// Config is the account of a softphone.
type Config struct {
	Extension string
	Password  string
	Exchange  string // host:port of its SIP, UDP
	Host      string // the loopback address that the phone is on
	Dir       string // for its files
}

// A Phone is a running softphone.
type Phone struct {
	Config
	Program Program

	client client
	cmd    *exec.Cmd
	ended  <-chan struct{}

	mu         sync.Mutex // of the following
	changed    chan struct{}
	registered bool
	lines      []*Line
	expected   int // how many incoming calls Expect has returned
	log        *os.File
}

// A Line is a call at a softphone.
type Line struct {
	phone    *Phone
	id       string // the program's own
	from     string // as it shows the caller, empty for a call of its own
	incoming bool
	state    state // under the phone's mu
}

type state int

const (
	ringing state = iota
	talking
	over
)

// client is what differs between the programs.
type client interface {
	// command writes the program's files and returns how it is run.
	command() (*exec.Cmd, error)
	// register tells the program of its account and returns when it is registered.
	register(context.Context) error
	// output gets each line that the program writes.
	output(line string)
	// heard are the files with what it heard, in order.
	heard() []string
	// do carries out what somebody does at the phone.
	do(context.Context, act, *Line, string) error
}

// act is something that somebody does at the phone.
type act int

const (
	dial act = iota
	answer
	hangUp // declines a call that rings
	hold
	resume
	keys
	transfer
	join
)

// Start runs a softphone and returns when it is registered.
func Start(ctx context.Context, program Program, c Config) (*Phone, error) {
	p := &Phone{Config: c, Program: program, changed: make(chan struct{})}
	switch program {
	case Baresip:
		p.client = &baresip{Phone: p}
	case Linphone:
		p.client = &linphone{Phone: p}
	default:
		return nil, fmt.Errorf("no softphone %q", program)
	}
	var err error
	if p.log, err = os.Create(p.Log()); err != nil {
		return nil, err
	}
	if err := ear.WriteWAV(p.tone(), phone.Tone(phone.ToneOf(c.Extension)).PCM(longest)); err != nil {
		return nil, err
	}
	cmd, err := p.client.command()
	if err != nil {
		return nil, fmt.Errorf("%s, which .lab/bin/lab setup --long installs: %w", program, err)
	}
	out := &liner{each: func(line string) {
		p.note(line)
		p.client.output(line)
	}}
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.Dir, out, out
	p.cmd = cmd
	if p.ended, err = lab.Spawn(cmd); err != nil {
		return nil, err
	}
	if err := p.client.register(ctx); err != nil {
		p.Kill()
		return nil, fmt.Errorf("%w; its log is %s", err, p.Log())
	}
	return p, nil
}

// Kill ends the program at once, as a crash does: the exchange is told nothing.
func (p *Phone) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.Close()
}

// tone is the file that it sends.
func (p *Phone) tone() string { return filepath.Join(p.Dir, "tone.wav") }

// longest is how long a call may last, before its tone ends.
const longest = 3 * time.Minute

// Dial calls somebody. The line is there when the program knows of the call.
func (p *Phone) Dial(ctx context.Context, to string) (*Line, error) {
	p.mu.Lock()
	before := len(p.lines)
	p.mu.Unlock()
	if err := p.client.do(ctx, dial, nil, to); err != nil {
		return nil, err
	}
	var l *Line
	err := p.await(ctx, "its call to "+to, func() bool {
		i := slices.IndexFunc(p.lines[before:], func(l *Line) bool { return !l.incoming })
		if i >= 0 {
			l = p.lines[before+i]
		}
		return l != nil
	})
	return l, err
}

// Expect returns the next call that rings at the phone.
func (p *Phone) Expect(ctx context.Context) (*Line, error) {
	var l *Line
	err := p.await(ctx, "a call", func() bool {
		n := 0
		for _, l = range p.lines {
			if l.incoming {
				if n == p.expected {
					p.expected++
					return true
				}
				n++
			}
		}
		return false
	})
	return l, err
}

// Incoming is how many calls have rung at the phone.
func (p *Phone) Incoming() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if l.incoming {
			n++
		}
	}
	return n
}

// Log is the file with what the program wrote, and what it was told to do.
func (p *Phone) Log() string { return filepath.Join(p.Dir, "log") }

// note keeps a line for the log.
func (p *Phone) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.log, time.Now().Format("15:04:05.000"), line)
}

// change lets f change the lines, and wakes who waits for that.
func (p *Phone) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

// line finds a line by the program's own name, nil if there is none.
func (p *Phone) line(id string) *Line {
	for _, l := range p.lines {
		if l.id == id {
			return l
		}
	}
	return nil
}

// await waits until there is what is asked for.
func (p *Phone) await(ctx context.Context, what string, there func() bool) error {
	for {
		p.mu.Lock()
		ok, changed := there(), p.changed
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-p.ended:
			return fmt.Errorf("%s of %s has ended: %s", p.Program, p.Extension, p.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("%s of %s waits for %s: %w", p.Program, p.Extension, what, context.Cause(ctx))
		}
	}
}

// liner cuts what is written into lines.
type liner struct {
	each func(line string)
	rest string
}

func (l *liner) Write(b []byte) (int, error) {
	l.rest += string(b)
	for {
		line, rest, ok := strings.Cut(l.rest, "\n")
		if !ok {
			return len(b), nil
		}
		l.each(line)
		l.rest = rest
	}
}
