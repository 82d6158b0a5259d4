package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// story is what is told, in lines with the time since the day began.
type story struct {
	mu    sync.Mutex
	out   io.Writer
	began time.Time
}

func newStory(out io.Writer) *story { return &story{out: out, began: time.Now()} }

// tell tells what has just happened.
func (s *story) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "%s  %s\n", s.clock(), fmt.Sprintf(format, args...))
}

// title begins a new part.
func (s *story) title(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "\n%s\n", fmt.Sprintf(format, args...))
}

// quote shows what a program has printed, or a file has.
func (s *story) quote(source, printed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, "%s  %s\n", s.clock(), source)
	for line := range strings.Lines(printed) {
		fmt.Fprintf(s.out, "          %s\n", strings.TrimRight(line, "\n"))
	}
}

// clock is minutes, seconds and tenths since the day began.
func (s *story) clock() string {
	d := time.Since(s.began)
	return fmt.Sprintf("%02d:%04.1f", int(d.Minutes()), (d % time.Minute).Seconds())
}
