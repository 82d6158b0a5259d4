package engine

import "time"

// leastSet is by how much the machine's clock must be off the time of the steps to count as set. A smaller difference is left
// as it is, until it has grown.
const leastSet = time.Second

// reading is one look at the machine's clocks: what the wall clock shows, and how long the engine has been running by the
// monotonic clock, which nobody can set.
type reading struct {
	wall    time.Time
	running time.Duration
}

// machine reads the clocks of this machine.
func machine() func() reading {
	begun := time.Now()
	return func() reading {
		now := time.Now()
		return reading{now.Round(0).UTC(), now.Sub(begun)}
	}
}

// clock is the time of the steps. It begins with the wall clock and goes on with the monotonic one. What is to last a while lasts
// so long, whatever happens to the wall clock.
type clock struct {
	read func() reading
	// from is when the two were last made to agree.
	from reading
}

func newClock(read func() reading) *clock { return &clock{read, read()} }

// now is the time for a step.
func (c *clock) now() time.Time { return c.at(c.read()) }

func (c *clock) at(r reading) time.Time { return c.from.wall.Add(r.running - c.from.running) }

// set tells by how much the wall clock was set since the two last agreed, and lets them agree again; 0 is not at all.
func (c *clock) set() time.Duration {
	r := c.read()
	by := r.wall.Sub(c.at(r))
	if by.Abs() < leastSet {
		return 0
	}
	c.from = r
	return by
}
