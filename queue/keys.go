package queue

import (
	"maps"
	"slices"
	"strings"
)

// longestCode is as many keys as the longest code has.
const longestCode = 3

// inCall are the codes that an agent keys in a call, talking or on hold. None
// begins with another.
var inCall = map[string]func(*State, *Agent, *Call){
	"*0": (*State).startPassing,
	"*1": (*State).toggleHold,
	"*5": (*State).warn,
	"*6": (*State).unheard,
	"*7": (*State).pauseRecording,
	"*8": (*State).callSupervisor,
	"*9": (*State).unwell,
}

func init() {
	for _, c := range Classes {
		inCall[c.Code] = books(c.Name)
	}
}

// numberCode is a code that a number and # follow. While the call has a third
// party it takes no number: it says what is to happen with the third party.
type numberCode struct {
	number func(s *State, a *Agent, c *Call, to string)
	third  func(*State, *Agent, *Call)
}

var withNumber = map[string]numberCode{
	"*3": {(*State).transfer, (*State).together},
	"*4": {(*State).consult, (*State).leaveToThird},
}

// InCallCodes are all codes that an agent keys in a call, but for those of results, in order.
func InCallCodes() []string {
	codes := slices.AppendSeq(slices.Collect(maps.Keys(inCall)), maps.Keys(withNumber))
	slices.Sort(codes)
	return codes
}

// longestNumber is as many keys as the longest number has, with its #.
const longestNumber = 16

// agentKey gathers the keys that an agent presses in a call into codes. Other keys
// do nothing.
func (s *State) agentKey(a *Agent, key byte) {
	c := s.calls[a.Call]
	if c == nil || !c.hasAgent() {
		return
	}
	if s.passes(a, c, key) {
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
			s.codeWithNumber(a, c, code, to)
			return
		}
	}
	if result, ok := strings.CutPrefix(a.Keys, resultKey); ok && result != "" {
		a.Keys = ""
		s.keyResult(a, c, result)
		return
	}
	if code := inCall[a.Keys]; code != nil {
		a.Keys = ""
		code(s, a, c)
	} else if len(a.Keys) >= longestCode {
		a.Keys = ""
	}
}

// codeWithNumber goes on with a code that a number follows.
func (s *State) codeWithNumber(a *Agent, c *Call, code numberCode, keyed string) {
	number, complete := strings.CutSuffix(keyed, "#")
	switch {
	case c.Target.Leg != "":
		a.Keys = ""
		code.third(s, a, c)
	case complete:
		a.Keys = ""
		code.number(s, a, c, number)
	case len(keyed) >= longestNumber:
		a.Keys = ""
	}
}

func books(class CallbackClass) func(*State, *Agent, *Call) {
	return func(s *State, a *Agent, c *Call) { s.agentBooks(a, c, class) }
}
