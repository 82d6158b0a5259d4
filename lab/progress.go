package lab

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// reportEvery is how often a long step says how far it is.
	reportEvery = 10 * time.Second
	// quietFor is how long a step may take without a word: most have nothing to
	// do, and say nothing.
	quietFor = time.Second
)

// A step is a part of the set-up, which may be slow on a fresh machine.
type step struct {
	what string // "the daemon", as in "left: the daemon"
	size string // what to expect of it, such as "600 MB"; may be empty
	// do does it. What it writes to out is shown as progress, and if it fails.
	do func(ctx context.Context, out io.Writer) error
}

// work does the steps in turn and tells log how they go: at the start of each,
// every ten seconds, and at the end. ctx interrupts it; a deadline has no place
// here, since nobody knows how fast a network or a compiler is.
func work(ctx context.Context, log io.Writer, steps ...step) error {
	if log == nil {
		log = io.Discard
	}
	for n := range steps {
		if err := workOn(ctx, log, steps, n); err != nil {
			return err
		}
	}
	return nil
}

func workOn(ctx context.Context, log io.Writer, steps []step, n int) error {
	s, began := steps[n], time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(log, "set-up: step %d of %d, %s: %s\n", n+1, len(steps), s.what, fmt.Sprintf(format, args...))
	}
	if err := context.Cause(ctx); err != nil {
		return &InterruptedError{s.what, err}
	}
	var out Output
	ended := make(chan error, 1)
	go func() { ended <- s.do(ctx, &out) }()

	first := time.NewTimer(quietFor)
	defer first.Stop()
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	told := false
	begin := func() {
		told = true
		say("begins%s", inBrackets(s.size))
	}
	for {
		select {
		case <-first.C:
			begin()
		case <-tick.C:
			progress := fmt.Sprintf("%.0f s", time.Since(began).Seconds())
			if last := out.Last(1); last != "" {
				progress += ", " + last
			}
			say("%s (%s)", progress, left(steps[n+1:]))
		case err := <-ended:
			switch {
			case ctx.Err() != nil && err != nil:
				return &InterruptedError{s.what, context.Cause(ctx)}
			case err != nil:
				return fmt.Errorf("%s: %w\n%s", s.what, err, out.Last(15))
			case told:
				say("done after %.0f s", time.Since(began).Seconds())
			}
			return nil
		}
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// left names the steps that are still to come.
func left(steps []step) string {
	if len(steps) == 0 {
		return "the last step"
	}
	var names []string
	for _, s := range steps {
		names = append(names, s.what)
	}
	return "left after it: " + strings.Join(names, ", ")
}

// InterruptedError says in which step a set-up was interrupted.
type InterruptedError struct {
	Step  string
	cause error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("the set-up was interrupted at %s (%v). Nothing is left half done: the next one begins with this step", e.Step, e.cause)
}

func (e *InterruptedError) Unwrap() error { return e.cause }

// asked makes ctx interrupt cmd by SIGINT instead of killing it, so that it
// leaves nothing half done, and keeps the terminal's own Ctrl-C from it.
func asked(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	return cmd
}
