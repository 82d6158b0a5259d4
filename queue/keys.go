package queue

import (
	"strings"
	"time"
)

// keysWithin is the longest pause between two keys of a code.
const keysWithin = 5 * time.Second

// longestCode is as many keys as the longest code has.
const longestCode = 3

// inCall are the codes that an agent keys in a call, talking or on hold. None
// begins with another.
var inCall = map[string]func(*State, *Agent, *Call){
	"*1":  (*State).toggleHold,
	"*5":  (*State).warn,
	"*6":  (*State).unheard,
	"*9":  (*State).unwell,
	"*21": books(Information),
	"*22": books(Manager),
	"*23": books(Complaint),
}

// agentKey gathers the keys that an agent presses in a call into codes. Keys
// that mean nothing do nothing.
func (s *State) agentKey(a *Agent, key byte) {
	c := s.calls[a.Call]
	if c == nil || !c.hasAgent() {
		return
	}
	begins := key == '*' || key == '#' && !strings.HasPrefix(a.Keys, "*")
	if begins || s.now.Sub(a.KeysAt) > keysWithin {
		a.Keys = ""
	}
	a.Keys += string(key)
	a.KeysAt = s.now
	s.touch(a)
	if to, ok := strings.CutPrefix(a.Keys, transferCode); ok {
		if to, complete := strings.CutSuffix(to, "#"); complete {
			a.Keys = ""
			s.transfer(a, c, to)
		} else if len(a.Keys) >= longestTransfer {
			a.Keys = ""
		}
		return
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

func books(class CallbackClass) func(*State, *Agent, *Call) {
	return func(s *State, a *Agent, c *Call) { s.agentBooks(a, c, class) }
}

// tellInCall says something in the ear of an agent in a call.
func (s *State) tellInCall(a *Agent, c *Call, phrase string) {
	s.hushAgent(a)
	a.Hears = s.nextID(c, a.Leg, "p")
	s.do(Play{a.Leg, a.Hears, []Phrase{{ID: phrase, Language: s.speech(s.agentRules(a.ID))}}})
	s.touch(a)
	s.touch(c)
}

// hushAgent ends what an agent hears in a call but the caller.
func (s *State) hushAgent(a *Agent) {
	if a.Hears != "" {
		s.do(StopPlay{a.Leg, a.Hears})
		a.Hears = ""
		s.touch(a)
	}
}
