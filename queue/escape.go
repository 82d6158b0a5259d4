package queue

import (
	"strings"
	"time"
)

// An agent's keys are codes, and the far end hears none of them. A far end that
// is a machine has a menu: *0 lets digits and # through to it until the next
// code; ** is its *.

// startPassing lets the keys that follow through.
func (a *Agent) startPassing(s *State, _ *Call) {
	a.Passing = s.rules.Keys.Escape != EscapeNone
}

// passesKey reports whether a key is meant for the far end, which gets it if there is one.
func (a *Agent) passesKey(s *State, c *Call, key byte) bool {
	inCode := strings.Trim(a.Keys, "0123456789") != "" && s.now.Sub(a.KeysAt) <= keysWithin
	switch digit := key >= '0' && key <= '9'; {
	case a.Passing && inCode && a.Keys == "*" && key == '*':
		a.Keys, a.KeysAt = "", time.Time{}
	case a.Passing && inCode:
		a.Passing = false // by a code
		return false
	case inCode || key == '*' || !a.Passing && !(digit && s.rules.Keys.Escape == EscapeDigits):
		return false
	}
	s.touch(a)
	if to := c.farEnd(); to != "" {
		s.do(SendKey{to, key})
	}
	return true
}

// keysWithin is the longest pause between two keys of a code.
const keysWithin = 5 * time.Second
