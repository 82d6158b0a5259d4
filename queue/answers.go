package queue

import "cmp"

// find is the agent named by the id, otherwise by the phone that called, which the step is about.
func (s *State) find(phone, id string) (*Agent, *AgentRules) {
	s.phone = phone
	if a := s.agentAt(phone); id == "" && a != nil {
		id = a.ID
	}
	r := s.rules.Agents[id]
	if id == "" {
		r = s.rules.AgentByEndpoint(phone)
	}
	if r == nil {
		s.refuse(nil, nil, RefusalUnknownAgent, "unknown-agent")
		return nil, nil
	}
	return s.agents[r.ID], r
}

// refuse answers with a refusal, in speech, and records it. It returns false, for those who ask whether something may be done.
func (s *State) refuse(a *Agent, r *AgentRules, why Refusal, phrases ...string) bool {
	e := Entry{Kind: EntryRefused, Phone: s.phone, Details: &Details{Refusal: why}}
	if a != nil {
		e.Agent = a.ID
	}
	s.noteRefusal(e)
	r.reply(s, phrases...)
	s.fx.Answer.Refused = why
	return false
}

// reply answers in the agent's language, or in the first one for somebody unknown.
func (r *AgentRules) reply(s *State, phrases ...string) {
	for _, id := range phrases {
		s.fx.Answer.Say = append(s.fx.Answer.Say, Phrase{ID: id, Language: r.speech(s)})
	}
}

// mayLeave reports whether an agent may end the shift or take a break. An agent who
// owes a callback may not, and has tried what is a violation. A supervisor may order it all
// the same, with a reason; a bound program may not.
func (a *Agent) mayLeave(s *State, r *AgentRules, what ViolationKind, by, reason string, bound bool) bool {
	switch {
	case a.Owes == "" && a.Callback == "":
		return true
	case bound:
		return s.refuse(a, r, RefusalCallbackOwed)
	case by == "":
		s.note(Entry{Kind: EntryViolation, Agent: a.ID, Callback: cmp.Or(a.Owes, a.Callback), Details: &Details{Violation: what}})
		return s.refuse(a, r, RefusalCallbackOwed, "status-refused-callback-due")
	case reason == "":
		return s.refuse(a, r, RefusalReasonMissing)
	}
	return true
}

// replyTrainee tells a trainee without a supervisor why no calls come.
func (r *AgentRules) replyTrainee(s *State) {
	if !r.mayWork(s) {
		r.reply(s, "trainee-waits")
	}
}
