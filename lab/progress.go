package lab

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// reportEvery is how often a long step says what it is at.
const reportEvery = 10 * time.Second

// run runs one step of the set-up by do(cmd) and reports to log how it goes.
// What cmd prints is shown only if it fails.
func run(cmd *exec.Cmd, do func(*exec.Cmd) error, what string, log io.Writer) error {
	began := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(log, "set-up: [%3.0f s] "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}
	var out lastLines
	cmd.Stdout, cmd.Stderr = &out, &out

	say("%s", what)
	ended := make(chan error, 1)
	go func() { ended <- do(cmd) }()
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			say("… %s", out.last(1))
		case err := <-ended:
			if err != nil {
				say("failed: %v", err)
				return fmt.Errorf("%s: %w\n%s", what, err, out.last(15))
			}
			say("done")
			return nil
		}
	}
}

// lastLines remembers what was written to it.
type lastLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lastLines) last(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(l.text.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
