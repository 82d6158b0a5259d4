package queue

// The agent records the result of each call, with a key during the call or with a
// code after it (S1), in a wrap-up that the agent may make longer or end.

// resultKey begins the key of a result in a call.
const resultKey = "#"

// happen records a result that an agent dials.
func (ev SetResult) happen(s *State) {
	a, r := s.find(ev.Phone, ev.Agent)
	switch {
	case a == nil:
	case a.Status == StatusOffline:
		s.refuse(a, r, RefusalNotLoggedIn, "not-logged-in")
	default:
		if phrase, why := a.recordResult(s, ev.Code); why != "" {
			s.refuse(a, r, why, phrase)
		} else {
			r.reply(s, phrase)
		}
	}
}

// keyResult records a result that an agent keys in during a call.
func (a *Agent) keyResult(s *State, c *Call, code string) {
	phrase, why := a.recordResult(s, code)
	if why != "" {
		c.note(s, Entry{Kind: EntryRefused, Agent: a.ID, Details: &Details{Refusal: why}})
	}
	a.tellInCall(s, c, phrase)
}

// recordResult records the result of the call that an agent has, otherwise of the last
// one, and returns the phrase for the agent. The last result recorded counts.
func (a *Agent) recordResult(s *State, code string) (phrase string, why Refusal) {
	talk := a.Last
	c := s.calls[a.Call]
	if c != nil && c.hasAgent() {
		talk = c.talk()
	} else {
		c = s.calls[talk.Call]
	}
	if talk.Call == "" {
		return "result-no-call", RefusalNoCall
	}
	t := s.rules.resultByCode(code, talk.Queue)
	if t == nil {
		return "result-unknown", RefusalUnknownResult
	}
	if c != nil {
		c.setResult(s, a.ID, t.Name)
	}
	if talk.Call == a.Last.Call {
		a.Last.Result = t.Name
		s.touch(a)
	}
	e := Entry{
		Kind: EntryCallResult, Call: talk.Call, Queue: talk.Queue, Language: talk.Language, Number: talk.Number,
		Turn: talk.Turn, Callback: talk.Callback, Agent: a.ID, Details: &Details{Result: t.Name, Called: talk.Called},
	}
	if talk.Result != t.Name {
		e.Details.Replaced = talk.Result
	}
	s.note(e)
	return "result-set-" + t.Name, ""
}

// happen gives an agent more time in wrap-up.
func (ev ExtendWrapUp) happen(s *State) {
	a, r := s.find(ev.Phone, ev.Agent)
	if a == nil {
		return
	}
	q := s.rules.Queues[a.Last.Queue]
	switch {
	case a.Status == StatusOffline:
		s.refuse(a, r, RefusalNotLoggedIn, "not-logged-in")
		return
	case a.Status != StatusWrapUp || q == nil:
		s.refuse(a, r, RefusalNotInWrapUp, "wrapup-none")
		return
	}
	until := a.WrapUntil.Add(q.WrapUpMore.Step)
	if most := a.Since.Add(q.WrapUpMore.Most); until.After(most) {
		until = most
	}
	if !until.After(a.WrapUntil) {
		s.refuse(a, r, RefusalWrapUpLimit, "wrapup-limit")
		return
	}
	a.WrapUntil = until
	s.touch(a)
	r.reply(s, "wrapup-extended")
}
