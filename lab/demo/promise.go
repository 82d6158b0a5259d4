package demo

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
)

// promises are the lines of the table at the end, in the order in which they
// were measured.
type promises struct {
	mu   sync.Mutex
	made []promise
}

type promise struct {
	text, how, figure string
	kept              bool
}

// promise enters one: whether it was kept, what it is, how it was measured,
// and what came out.
func (p *promises) promise(kept bool, text, how, figure string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = append(p.made, promise{text, how, fmt.Sprintf(figure, args...), kept})
}

func (p *promises) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tPROMISE\tMEASURED BY\tFIGURE")
	for _, m := range p.made {
		mark := "kept"
		if !m.kept {
			mark = "BROKEN"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", mark, m.text, m.how, m.figure)
	}
	w.Flush()
}

// verdict is an error if a promise was broken.
func (p *promises) verdict() error {
	broken := 0
	for _, m := range p.made {
		if !m.kept {
			broken++
		}
	}
	switch {
	case broken > 0:
		return fmt.Errorf("%d of %d promises were broken", broken, len(p.made))
	case len(p.made) == 0:
		return errors.New("nothing was measured")
	}
	return nil
}
