package phone

import (
	"context"
	"fmt"
	"sync"
)

// Conference presses the phone's three-way key: the phone takes the far ends
// of both calls from hold and mixes, so that all three hear each other. It
// lasts until one of the calls is over; the other one goes on. A call on
// hold neither hears nor is heard meanwhile.
func (c *Call) Conference(ctx context.Context, other *Call) error {
	if c == other || c.endpoint != other.endpoint {
		return fmt.Errorf("%v: conference with %v: it is not another call of this phone", c, other)
	}
	for _, part := range []*Call{c, other} {
		if part.media.holds() {
			if err := part.Resume(ctx); err != nil {
				return err
			}
		}
	}
	c.media.meet(other.media)
	other.media.meet(c.media)
	for _, part := range []*Call{c, other} {
		if !part.Live() { // ended before it had a partner to tell
			c.media.part(other.media)
			other.media.part(c.media)
			return fmt.Errorf("%v: conference: %w", part, ErrEnded)
		}
	}
	return nil
}

// holds tells whether we hold the far end.
func (m *media) holds() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.local.dir != sendrecv
}

// meet begins to pass on to another call what this one hears.
func (m *media) meet(other *media) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.partner = other
		m.rouse()
	}
}

// part ends that, if it is still with that call.
func (m *media) part(other *media) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.partner == other {
		m.partner = nil
	}
}

// pass gives what was heard to the partner, if there is one.
func (m *media) pass(pcm []int16) {
	m.mu.Lock()
	partner := m.partner
	m.mu.Unlock()
	if partner != nil {
		partner.passed.add(pcm)
	}
}

// passage is sound on its way from one call of a conference to the other. The
// two have clocks of their own: a little is kept in stock, and what is too much
// is dropped.
type passage struct {
	mu      sync.Mutex
	pcm     []int16
	flowing bool // there was enough in stock
}

const (
	stock   = 2 * frame
	maximum = 6 * frame
)

func (p *passage) add(pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pcm = append(p.pcm, pcm...)
	if over := len(p.pcm) - maximum; over > 0 {
		p.pcm = append(p.pcm[:0], p.pcm[over:]...)
	}
	p.flowing = p.flowing || len(p.pcm) >= stock
}

// mix adds the next samples to out.
func (p *passage) mix(out []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.pcm) < len(out) {
		p.flowing = false
	}
	if !p.flowing {
		return
	}
	for i := range out {
		sum := int(out[i]) + int(p.pcm[i])
		out[i] = int16(max(-1<<15, min(1<<15-1, sum)))
	}
	p.pcm = append(p.pcm[:0], p.pcm[len(out):]...)
}
