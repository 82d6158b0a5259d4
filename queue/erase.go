package queue

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// erase forgets all that is remembered about a number, on an order that needs a reason. It is refused while there is something to do for
// the caller: a call, or a callback that was promised. The act is recorded without the number.
func (ev EraseNumber) erase(s *State) Refusal {
	switch {
	case ev.Number == "":
		return RefusalNumberUnknown
	case ev.Reason == "":
		return RefusalReasonMissing
	case ev.inCall(s):
		return RefusalNumberInCall
	}
	if open := ev.owed(s); open != "" {
		s.fx.Answer.Callback = open
		return RefusalCallbackOpen
	}
	if known := s.callers[ev.Number]; known != nil {
		s.drop(known)
	}
	for _, a := range s.agents {
		if a.Last.Number == ev.Number {
			a.Last.Number = ""
			s.touch(a)
		}
	}
	s.note(Entry{Kind: EntryNumberErased, By: ev.By, Details: &Details{Reason: ev.without(s)}})
	return ""
}

// someNumber is what may be a number that a person wrote.
var someNumber = regexp.MustCompile(`\+?\d[\d ()./-]{4,}\d`)

// without is the reason without the number, in whatever form it is written there.
func (ev EraseNumber) without(s *State) string {
	return someNumber.ReplaceAllStringFunc(strings.ReplaceAll(ev.Reason, ev.Number, "…"), func(written string) string {
		if s.rules.Trunk.normalize(written) == ev.Number {
			return "…"
		}
		return written
	})
}

// inCall reports whether the number is that of somebody in a call, or who is called.
func (ev EraseNumber) inCall(s *State) bool {
	for _, c := range s.calls {
		if c.Number == ev.Number || c.Target.Number == ev.Number {
			return true
		}
	}
	return false
}

// owed is the callback that was promised to the number and is not over; "" if there is none.
func (ev EraseNumber) owed(s *State) string {
	var open []string
	for _, cb := range s.callbacks {
		if cb.Number == ev.Number && cb.State != CallbackOver {
			open = append(open, cb.ID)
		}
	}
	slices.SortFunc(open, cmp.Compare)
	return cmp.Or(append(open, "")...)
}

// Known is what is remembered about a number; nil if nothing is.
func (s *State) Known(number string) *Caller { return s.callers[number] }
