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
	point  string // how far the newest status is
	status string // the newest one, in words
	last   string // line that is no status: a complaint when it fails
	within time.Duration
	late   *time.Timer // goes off when the point has not changed for so long
	stop   chan struct{}
	done   sync.WaitGroup
}

// newProgress calls stalled when apt-get has not come on for a time of within.
func newProgress(out io.Writer, within time.Duration, stalled func()) *progress {
	began := time.Now()
	p := &progress{status: "waiting for apt-get", within: within, late: time.AfterFunc(within, stalled), stop: make(chan struct{})}
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
	p.late.Stop()
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
		if point, status, ok := statusOf(text); ok {
			if p.status = status; point != p.point {
				p.point = point
				p.late.Reset(p.within)
			}
		} else if text != "" {
			p.last = text
		}
	}
}

// statusOf reads a line such as "dlstatus:3:41.2:Retrieving file 3 of 52 (12s remaining)". Only its end may change while nothing comes.
func statusOf(line string) (point, status string, ok bool) {
	f := strings.SplitN(line, ":", 4)
	if len(f) != 4 || f[0] != "dlstatus" && f[0] != "pmstatus" {
		return "", "", false
	}
	percent, _, _ := strings.Cut(f[2], ".")
	return strings.Join(f[:3], ":"), percent + " %: " + f[3], true
}

// at tells how far apt-get is.
func (p *progress) at() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
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
