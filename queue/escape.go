package queue

import (
	"strings"
	"time"
)

// An agent's keys are codes, and the far end hears none of them. A far end that
// is a machine has a menu: *0 lets digits and # through to it until the next
// code; ** is its *.

// Escape is which keys of an agent go through to the far end.
type Escape string

// The ways.
const (
	EscapeCode   Escape = "code"   // those after *0
	EscapeDigits Escape = "digits" // digits that belong to no code as well
	EscapeNone   Escape = "none"
)

// KeyRules are about the keys that agents press in a call.
type KeyRules struct {
	Escape Escape `yaml:"escape"`
}

// DefaultKeys is what follows when the config says nothing.
func DefaultKeys() KeyRules { return KeyRules{Escape: EscapeCode} }

// startPassing lets the keys that follow through.
func (s *State) startPassing(a *Agent, _ *Call) {
	a.Passing = s.rules.Keys.Escape != EscapeNone
}

// passes reports whether a key is meant for the far end, which gets it if there is one.
func (s *State) passes(a *Agent, c *Call, key byte) bool {
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

// farEnd is the channel that the agent talks to: the third party's if there is one.
func (c *Call) farEnd() string {
	switch {
	case c.Target.In:
		return c.Target.Leg
	case c.State == Talking && !c.Apart:
		return c.ID
	}
	return ""
}
