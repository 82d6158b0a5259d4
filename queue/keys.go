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
var inCall = map[string]func(*Agent, *State, *Call){
	"*0": (*Agent).startPassing,
	"*1": (*Agent).toggleHold,
	"*5": (*Agent).warn,
	"*6": (*Agent).unheard,
	"*7": (*Agent).pauseRecording,
	"*8": (*Agent).callSupervisor,
	"*9": (*Agent).unwell,
}

// longestCode is as many keys as the longest code has.
var longestCode int

func init() {
	for _, c := range Classes {
		if inCall[c.Code] != nil {
			panic(fmt.Sprintf("queue: the code %s of the class %s is taken: see keys.go, and give it another in rulescallback.go", c.Code, c.Name))
		}
		inCall[c.Code] = func(a *Agent, s *State, call *Call) { a.bookCallback(s, call, c.Name) }
	}
	for _, code := range InCallCodes() {
		longestCode = max(longestCode, len(code))
	}
}

// numberCode is a code that a number and # follow. While the call has a third
// party it takes no number: it says what is to happen with the third party.
type numberCode struct {
	number func(a *Agent, s *State, c *Call, to string)
	third  func(*Agent, *State, *Call)
}

var withNumber = map[string]numberCode{
	"*3": {(*Agent).transfer, (*Agent).together},
	"*4": {(*Agent).consult, (*Agent).leaveToThirdParty},
}

// InCallCodes are all codes that an agent keys in a call, but for those of results, in order.
func InCallCodes() []string {
	codes := slices.AppendSeq(slices.Collect(maps.Keys(inCall)), maps.Keys(withNumber))
	slices.Sort(codes)
	return codes
}

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
	for prefix, code := range withNumber {
		if to, ok := strings.CutPrefix(a.Keys, prefix); ok {
			a.codeWithNumber(s, c, code, to)
			return
		}
	}
	if result, ok := strings.CutPrefix(a.Keys, resultKey); ok && result != "" {
		a.Keys = ""
		a.keyResult(s, c, result)
		return
	}
	if code := inCall[a.Keys]; code != nil {
		a.Keys = ""
		code(a, s, c)
	} else if len(a.Keys) >= longestCode {
		a.Keys = ""
	}
}

// codeWithNumber goes on with a code that a number follows.
func (a *Agent) codeWithNumber(s *State, c *Call, code numberCode, keyed string) {
	number, complete := strings.CutSuffix(keyed, "#")
	switch {
	case c.Target.Leg != "":
		a.Keys = ""
		code.third(a, s, c)
	case complete:
		a.Keys = ""
		code.number(a, s, c, number)
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
