package queue

import (
	"slices"
	"time"
)

// After a call its result is written down, by one key during the call or by a
// code after it (S1), within a wrap-up that the agent may make longer or end.

// ResultRules is a line of the table of results.
type ResultRules struct {
	Name string `yaml:"-"`
	// Code is one digit: an agent keys # and it in a call, or dials *4 and it afterwards.
	Code  string              `yaml:"code"`
	Title map[Language]string `yaml:"title"`
	// Queues are those whose calls may have it; none means all.
	Queues []string `yaml:"queues"`
}

// IsFor reports whether calls of a queue may have the result.
func (t *ResultRules) IsFor(queue string) bool {
	return len(t.Queues) == 0 || slices.Contains(t.Queues, queue)
}

// WrapUpRules are how an agent may make his wrap-up longer.
type WrapUpRules struct {
	// Step is how much longer one code makes it; 0 does not allow it. Most is the longest wrap-up that comes of it.
	Step time.Duration `yaml:"step"`
	Most time.Duration `yaml:"most"`
}

// Refusals after a call.
const (
	// UnknownResult is a code that the table does not have for calls of the queue.
	UnknownResult Refusal = "unknown_result"
	// NoCall: the agent has had no call since he logged in.
	NoCall Refusal = "no_call"
	// NotInWrapUp: there is none to be made longer.
	NotInWrapUp Refusal = "not_in_wrapup"
	// WrapUpLimit: it is as long as it may be.
	WrapUpLimit Refusal = "wrapup_limit"
)

// resultRefused are the refusals in speech.
var resultRefused = map[Refusal]string{UnknownResult: "result-unknown", NoCall: "result-no-call"}

// Talk is a talk that an agent has, or had last.
type Talk struct {
	Call     string   `json:"call"`
	Queue    string   `json:"queue"`
	Language Language `json:"language"`
	Number   string   `json:"number,omitempty"`
	Callback string   `json:"callback,omitempty"`
	Result   string   `json:"result,omitempty"`
}

func (c *Call) talk() Talk {
	return Talk{Call: c.ID, Queue: c.Queue, Language: c.Language, Number: c.Number, Callback: c.Callback, Result: c.Result}
}

// resultKey begins the key of a result in a call.
const resultKey = "#"

// resultByCode finds a result for calls of a queue, nil if there is none.
func (r *Rules) resultByCode(code, queue string) *ResultRules {
	for _, t := range r.Results {
		if t.Code == code && t.IsFor(queue) {
			return t
		}
	}
	return nil
}

// setResult is a result that an agent dials.
func (s *State) setResult(ev SetResult) {
	a, r := s.find(ev.Phone, ev.Agent)
	switch {
	case a == nil:
	case a.Status == Offline:
		s.refuse(a, r, NotLoggedIn, "not-logged-in")
	default:
		phrase, why := s.writeDown(a, ev.Code)
		if why != "" {
			s.refuse(a, r, why, phrase)
		} else {
			s.reply(r, phrase)
		}
	}
}

// keyResult is a result that an agent keys in a call.
func (s *State) keyResult(a *Agent, c *Call, code string) {
	phrase, why := s.writeDown(a, code)
	if why != "" {
		e := c.entry(Refused)
		e.Agent, e.Details = a.ID, &Details{Refusal: why}
		s.note(e)
	}
	s.tellInCall(a, c, phrase)
}

// writeDown keeps the result of the call that an agent has, otherwise of his
// last one, and tells what he is to hear. The last one written down counts.
func (s *State) writeDown(a *Agent, code string) (phrase string, why Refusal) {
	talk := a.Last
	c := s.calls[a.Call]
	if c != nil && c.hasAgent() {
		talk = c.talk()
	} else if c = s.calls[talk.Call]; c != nil && c.Agent != a.ID {
		c = nil // his caller is somebody else's by now
	}
	if talk.Call == "" {
		return resultRefused[NoCall], NoCall
	}
	t := s.rules.resultByCode(code, talk.Queue)
	if t == nil {
		return resultRefused[UnknownResult], UnknownResult
	}
	if c != nil {
		c.Result = t.Name
		s.touch(c)
	}
	if talk.Call == a.Last.Call {
		a.Last.Result = t.Name
		s.touch(a)
	}
	e := Entry{
		Kind: CallResult, Call: talk.Call, Queue: talk.Queue, Language: talk.Language, Number: talk.Number,
		Callback: talk.Callback, Agent: a.ID, Result: t.Name,
	}
	if talk.Result != t.Name {
		e.Details = &Details{Replaced: talk.Result}
	}
	s.note(e)
	return "result-set-" + t.Name, ""
}

// extendWrapUp gives an agent more time for his notes.
func (s *State) extendWrapUp(ev ExtendWrapUp) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	q := s.rules.Queues[a.Last.Queue]
	switch {
	case a.Status == Offline:
		s.refuse(a, r, NotLoggedIn, "not-logged-in")
		return
	case a.Status != WrapUp || q == nil:
		s.refuse(a, r, NotInWrapUp, "wrapup-none")
		return
	}
	until := a.WrapUntil.Add(q.WrapUpMore.Step)
	if most := a.Since.Add(q.WrapUpMore.Most); until.After(most) {
		until = most
	}
	if !until.After(a.WrapUntil) {
		s.refuse(a, r, WrapUpLimit, "wrapup-limit")
		return
	}
	a.WrapUntil = until
	s.touch(a)
	s.reply(r, "wrapup-extended")
}
