package queue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// keysWithin is the longest pause between two keys of a code.
	keysWithin = 5 * time.Second
	// longestNumber is as many keys as the longest number has, with its #.
	longestNumber = 16
)

// An agent's keys in a call are codes, and the far end hears none of them. If the far end is a
// machine with a menu, *0 lets digits and # through to it until the next code; ** is its *.

// inCall are the codes that an agent keys in a call, talking or on hold, with those of [Classes].
// No code is the beginning of another.
var inCall = map[string]code{
	"*0":     {do: (*Agent).startPassing},
	"*1":     {do: (*Agent).toggleHold},
	parkCode: {do: (*Agent).park},
	"*3":     {(*Agent).together, (*Agent).transfer},
	"*4":     {(*Agent).leaveToThirdParty, (*Agent).consult},
	"*5":     {do: (*Agent).warn},
	"*6":     {do: (*Agent).unheard},
	"*7":     {do: (*Agent).pauseRecording},
	"*8":     {do: (*Agent).callSupervisor},
	"*9":     {do: (*Agent).unwell},
}

// code is what an agent asks for by keys.
type code struct {
	do func(*Agent, *State, *Call)
	// to is for a code that a number and # follow, unless the call has a third party: then
	// it takes no number, and do says what is to happen with the third party.
	to func(a *Agent, s *State, c *Call, number string)
}

// longestCode is as many keys as the longest code has.
var longestCode int

func init() {
	for _, c := range Classes {
		if _, taken := inCall[c.Code]; taken {
			panic(fmt.Sprintf("queue: the code %s of the class %s is taken: see keys.go, and give it another in rulescallback.go", c.Code, c.Name))
		}
		inCall[c.Code] = code{do: func(a *Agent, s *State, call *Call) { a.bookCallback(s, call, c.Name) }}
	}
	for _, code := range InCallCodes() {
		longestCode = max(longestCode, len(code))
	}
}

// InCallCodes are all codes that an agent keys in a call, but for those of results, in order.
func InCallCodes() []string { return slices.Sorted(maps.Keys(inCall)) }

// key gathers the keys that an agent presses in a call into codes. Other keys
// do nothing.
func (a *Agent) key(s *State, key byte) {
	c := s.calls[a.Call]
	if c == nil || !c.hasAgent() || a.passesKey(s, c, key) {
		return
	}
	begins := key == '*' || key == '#' && !strings.HasPrefix(a.Keys, "*")
	if begins || s.now.Sub(a.KeysAt) > keysWithin {
		a.Keys = ""
	}
	a.Keys += string(key)
	a.KeysAt = s.now
	s.touch(a)
	if result, ok := strings.CutPrefix(a.Keys, resultKey); ok && result != "" {
		a.Keys = ""
		a.keyResult(s, c, result)
		return
	}
	for keys, code := range inCall {
		if rest, ok := strings.CutPrefix(a.Keys, keys); ok {
			a.dial(s, c, code, rest)
			return
		}
	}
	if len(a.Keys) >= longestCode {
		a.Keys = ""
	}
}

// dial does what a code asks for, if the number that belongs to it is complete.
func (a *Agent) dial(s *State, c *Call, code code, keyed string) {
	number, complete := strings.CutSuffix(keyed, "#")
	switch {
	case code.to == nil || c.Target.Leg != "":
		a.Keys = ""
		code.do(a, s, c)
	case complete:
		a.Keys = ""
		code.to(a, s, c, number)
	case len(keyed) >= longestNumber:
		a.Keys = ""
	}
}

// toggleHold is the code for both ways. It also takes back a caller who is being
// transferred, or whose agent consults somebody.
func (*Agent) toggleHold(s *State, c *Call) {
	switch {
	case c.State == CallHeld:
		c.resume(s)
	case c.State == CallTransferring:
		c.targetOver(s, CauseCancelled)
	case c.Target.In && c.Target.Way == WayConsulted:
		c.hold(s, HeldByConsult)
	default:
		c.hold(s, HeldByCode)
	}
}

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
