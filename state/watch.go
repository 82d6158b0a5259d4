package state

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// watch is what a standby sees of the owner. It takes the site only after it
// has itself watched it for the time of a lease without a sign of life: what the
// lease says of its end may be wrong, and after an absence of Redis, in which nobody
// could renew, the owner must have time to be first.
type watch struct {
	lease   time.Duration
	sign    string // what each renewal changes
	since   time.Time
	anybody bool // a holder was seen
	refused bool // taking the site was: whether it would be now must be tried first
	doubted bool // that its lease is impossible was said
}

// see returns how long it is until the holder is given up.
func (w *watch) see(sign string, now time.Time) time.Duration {
	w.anybody = true
	if sign != w.sign {
		w.sign, w.since = sign, now
	}
	return w.lease - now.Sub(w.since)
}

// silent is the sign of a holder that never changed while a lease should have; "" if there is none.
func (w *watch) silent(now time.Time) string {
	if w.sign == "" || now.Sub(w.since) < w.lease {
		return ""
	}
	return w.sign
}

// acquired is the answer of the acquire script.
type acquired struct {
	fence int64 // 0: somebody else holds the site
	// before and seq are what the owner before left, as text; anything may stand there.
	before, seq string
	// The holder, what each of its renewals changes, and the time to the end of its lease.
	instance, process, sign string
	left                    time.Duration
}

func (a *acquired) holder() string {
	return fmt.Sprintf("instance %s (%s)", name(a.instance), name(a.process))
}

// name is a name of Redis for a message: as it is, unless it is strange.
func name(s string) string {
	if siteName.MatchString(s) {
		return s
	}
	return clip(s)
}

// take tries to take the site.
func (s *Store) take(ctx context.Context, l *lease, seen *watch) (a acquired, err error) {
	before, try := "", ""
	if seen.anybody {
		before = "1"
	}
	sign := seen.silent(time.Now())
	if seen.refused && sign != "" {
		try = "try"
	}
	reply, err := s.run(ctx, leasing, acquireScript, []string{s.keys.owner()}, s.opts.Instance, l.process,
		s.opts.Lease.Milliseconds(), l.since, sign, farthest.Milliseconds(), before, try).Slice()
	if err != nil {
		seen.sign, seen.refused = "", seen.refused || sign != "" // begin anew: what the holder does cannot be seen
		return a, err
	}
	if try != "" {
		seen.sign, seen.refused = "", false // begin anew: writes are accepted, so the holder may renew
	}
	return acquireAnswer(reply)
}

func acquireAnswer(reply []any) (a acquired, err error) {
	got := answer{reply: reply}
	if a.fence = got.number(0); a.fence > 0 {
		a.before, a.seq = got.text(1), got.text(2)
	} else {
		a.instance, a.process, a.sign = got.text(1), got.text(2), got.text(3)
		left, err := strconv.ParseInt(got.text(4), 10, 64)
		if err != nil {
			got.bad = true
		}
		a.left = time.Duration(min(max(left, 0), farthest.Milliseconds()+1)) * time.Millisecond
	}
	return a, got.err("acquire")
}

// renewAnswer reads the answer of the renew script; a fence of 0 says that the site is another's.
func renewAnswer(reply []any) (fence, seq int64, holder string, err error) {
	got := answer{reply: reply}
	if fence = got.number(0); fence > 0 {
		seq = got.number(1)
	} else {
		holder = (&acquired{instance: got.text(1), process: got.text(2)}).holder()
	}
	return fence, seq, holder, got.err("renew")
}

// answer reads what a script returned, and remembers whether it was as it should be.
type answer struct {
	reply []any
	bad   bool
}

func (a *answer) number(i int) int64 {
	if i < len(a.reply) {
		if n, ok := a.reply[i].(int64); ok && n >= 0 {
			return n
		}
	}
	a.bad = true
	return 0
}

func (a *answer) text(i int) string {
	if i < len(a.reply) {
		if s, ok := a.reply[i].(string); ok {
			return s
		}
	}
	a.bad = true
	return ""
}

func (a *answer) err(script string) error {
	if a.bad {
		return fmt.Errorf("unexpected answer of redis to the script %s: %s", script, clip(fmt.Sprint(a.reply...)))
	}
	return nil
}
