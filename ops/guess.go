package ops

import (
	"crypto/sha256"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Wrong tokens: the first few from an address are typing mistakes. After that it has to wait
// before the next one is looked at, twice as long each time. A token that was right from that
// address before passes all the while, so that nobody is shut out by a neighbour behind the same
// address who guesses.
const (
	freeGuesses   = 3
	firstPause    = time.Second
	longestPause  = time.Minute
	forgetGuesses = 10 * time.Minute
	// mostGuessers bounds the addresses that are remembered, mostTrusted the tokens of one.
	mostGuessers = 4096
	mostTrusted  = 16
	// mostLines bounds what is logged of wrong tokens within a second.
	mostLines = 10
)

// guessers remember who sent wrong tokens.
type guessers struct {
	log *zap.Logger

	mu     sync.Mutex
	byAddr map[netip.Addr]*guesser
	// lines were logged since second; untold is what was left out.
	second        time.Time
	lines, untold int
}

type guesser struct {
	wrong int
	// guess is the last wrong one. Sent again it is no other guess: a page asks several things at once.
	guess digest
	// until then no token of it is looked at but those trusted. A wrong one came at lastWrong, any at last.
	until, lastWrong, last time.Time
	trusted                []digest
}

// digest is what is remembered of a token.
type digest = [sha256.Size]byte

func newGuessers(log *zap.Logger) *guessers {
	return &guessers{log: log, byAddr: map[netip.Addr]*guesser{}}
}

// wait is how long an address has to wait before its token is looked at.
func (g *guessers) wait(addr netip.Addr, token digest, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.byAddr[family(addr)]
	if known == nil || slices.Contains(known.trusted, token) {
		return 0
	}
	return max(0, known.until.Sub(now))
}

// right remembers that a token was right from an address.
func (g *guessers) right(addr netip.Addr, token digest, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.of(family(addr), now)
	known.last = now
	if slices.Contains(known.trusted, token) {
		return
	}
	if len(known.trusted) == mostTrusted {
		known.trusted = known.trusted[1:]
	}
	known.trusted = append(known.trusted, token)
}

// wrong counts a wrong token and logs it.
func (g *guessers) wrong(addr netip.Addr, token digest, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.of(family(addr), now)
	known.trusted = slices.DeleteFunc(known.trusted, func(t digest) bool { return t == token }) // it was revoked
	if now.Sub(known.lastWrong) > forgetGuesses {
		known.wrong = 0
	}
	known.last, known.lastWrong = now, now
	if known.wrong > 0 && known.guess == token {
		return
	}
	known.guess = token
	known.wrong++
	if n := known.wrong - freeGuesses; n >= 0 {
		known.until = now.Add(min(longestPause, firstPause<<min(n, 10)))
	}
	if now.Sub(g.second) >= time.Second {
		g.second, g.lines = now, 0
	}
	if g.lines == mostLines {
		g.untold++
		return
	}
	g.lines++
	fields := []zap.Field{zap.String("from", addr.String()), zap.Int("tries", known.wrong)}
	if g.untold > 0 {
		fields = append(fields, zap.Int("untold", g.untold))
		g.untold = 0
	}
	g.log.Warn("wrong token", fields...)
}

// of is what is known of an address. When too many are known the one that was quiet for
// longest makes room, of those that came with wrong tokens alone first.
func (g *guessers) of(addr netip.Addr, now time.Time) *guesser {
	if known := g.byAddr[addr]; known != nil {
		return known
	}
	if len(g.byAddr) >= mostGuessers {
		var oldest netip.Addr
		var out *guesser
		for a, known := range g.byAddr {
			if out == nil || len(known.trusted) == 0 && len(out.trusted) > 0 ||
				(len(known.trusted) == 0) == (len(out.trusted) == 0) && known.last.Before(out.last) {
				oldest, out = a, known
			}
		}
		delete(g.byAddr, oldest)
	}
	known := &guesser{last: now}
	g.byAddr[addr] = known
	return known
}

// Why a request was refused for its token.
const (
	missingToken = "missing"
	wrongToken   = "wrong"
	// slowedToken was not looked at, for the wrong ones before it.
	slowedToken = "slowed"
	// expiredToken was right until a time that has passed.
	expiredToken = "expired"
)

// unknown counts a request that is refused for its token.
func (m *Metrics) unknown(why string) { m.tokens.WithLabelValues(why).Inc() }
