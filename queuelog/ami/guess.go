package ami

import (
	"sync"
	"time"
)

// Wrong passwords: the first few are typing mistakes. After that a log-in has to wait before the next one is looked at,
// twice as long each time. A user who has logged in since the daemon's start passes all the while, so that a program
// that guesses shuts nobody out. As in package ops, but for one address: this machine's.
const (
	freeGuesses   = 3
	firstPause    = time.Second
	longestPause  = time.Minute
	forgetGuesses = 10 * time.Minute
	// wrongPause is how long a wrong log-in waits for its answer, as in Asterisk; its place is taken meanwhile.
	wrongPause = time.Second
)

// guesses are the wrong passwords.
type guesses struct {
	mu    sync.Mutex
	wrong int
	// until then no log-in is looked at but those of trusted users. The last wrong one came at last.
	until, last time.Time
	trusted     map[string]bool
}

// looks reports whether a log-in is looked at.
func (g *guesses) looks(user string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trusted[user] || !now.Before(g.until)
}

// was takes down how a log-in went. Users who are right are those of the config: there are few.
func (g *guesses) was(right bool, user string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if right {
		if g.trusted == nil {
			g.trusted = map[string]bool{}
		}
		g.trusted[user] = true
		return
	}
	if now.Sub(g.last) > forgetGuesses {
		g.wrong = 0
	}
	g.last = now
	g.wrong++
	if n := g.wrong - freeGuesses; n >= 0 {
		g.until = now.Add(min(longestPause, firstPause<<min(n, 10)))
	}
}
