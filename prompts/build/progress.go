package build

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// reportEvery is how often a long step says what it is at.
const reportEvery = 10 * time.Second

// progress takes what apt-get prints with APT::Status-Fd=1, and says now and then how far it is.
type progress struct {
	mu     sync.Mutex
	rest   []byte // a line that is not whole yet
	status string // the newest one
	last   string // line that is no status: a complaint when it fails
	stop   chan struct{}
	done   sync.WaitGroup
}

func newProgress(out io.Writer) *progress {
	p := &progress{status: "waiting for apt-get", stop: make(chan struct{})}
	began := time.Now()
	p.done.Go(func() {
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				p.mu.Lock()
				fmt.Fprintf(out, "[%.0f s] %s\n", time.Since(began).Seconds(), p.status)
				p.mu.Unlock()
			}
		}
	})
	return p
}

func (p *progress) end() {
	close(p.stop)
	p.done.Wait()
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, b...)
	for {
		line, rest, whole := bytes.Cut(p.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		p.rest = rest
		text := strings.TrimSpace(string(line))
		if status, ok := statusOf(text); ok {
			p.status = status
		} else if text != "" {
			p.last = text
		}
	}
}

// statusOf reads a line such as "dlstatus:3:41.2:Retrieving file 3 of 52 (12s remaining)".
func statusOf(line string) (string, bool) {
	f := strings.SplitN(line, ":", 4)
	if len(f) != 4 || f[0] != "dlstatus" && f[0] != "pmstatus" {
		return "", false
	}
	percent, _, _ := strings.Cut(f[2], ".")
	return percent + " %: " + f[3], true
}

// complaint is the last thing said that is no status.
func (p *progress) complaint() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rest := strings.TrimSpace(string(p.rest)); rest != "" {
		return rest
	}
	return p.last
}
