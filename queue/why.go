package queue

import (
	"cmp"
	"slices"
	"time"

	"kezek/queue/internal/match"
)

// Why nobody takes a caller, told from the rules themselves: match.Bars is what the matching goes by, hindrances is what makes
// an agent free for it. Here both get their words, and what a person wants to know beside: since when, until when, what goes first.

// Why is why nobody takes a caller: all agents, those nearest to the caller first.
type Why struct {
	Call     string
	Queue    string
	Language Language
	State    CallState
	// Summary is the reason of all together.
	Summary ReasonCode
	// Agents are none if the caller is not in line.
	Agents []WhyAgent
}

// WhyAgent is an agent who may be offered the caller now (Eligible), or why not.
type WhyAgent struct {
	Agent    string
	Eligible bool
	Reasons  []Reason
}

// Reason is why, with details where there are any.
type Reason struct {
	Code ReasonCode
	// Status in which the agent is. Since is when that, or what else hinders, began; Until is when it ends by itself, if that is known.
	Status       Status
	Since, Until time.Time
	// Agent for whom the caller is kept. Call or Callback that the agent is busy with, owes, or gets first.
	Agent, Call, Callback string
	// Cause of a phone's fault.
	Cause Cause
}

// WhyNobody tells why nobody takes a caller; ok is false if there is no such call. It changes nothing.
func WhyNobody(s *State, call string) (w Why, ok bool) {
	c := s.calls[call]
	if c == nil {
		return w, false
	}
	w = Why{Call: c.ID, Queue: c.Queue, Language: c.Language, State: c.State, Summary: ReasonNotWaiting}
	if !c.inLine() {
		return w, true
	}
	for _, a := range s.Agents() {
		w.Agents = append(w.Agents, c.whyNot(s, a))
	}
	slices.SortStableFunc(w.Agents, func(a, b WhyAgent) int { return cmp.Compare(a.far(), b.far()) })
	switch {
	case !s.up:
		w.Summary = ReasonExchangeDown
	case c.State == CallOffered:
		w.Summary = ReasonIsRung
	case c.Keeper != "":
		w.Summary = ReasonKeptFor
	case len(w.Agents) == 0:
		w.Summary = ReasonNobodyServes
	default:
		w.Summary = together[w.Agents[0].far()]
	}
	return w, true
}

// far is how far the agent is from the caller.
func (w WhyAgent) far() (far distance) {
	for _, r := range w.Reasons {
		far = max(far, reasonTable[r.Code].far)
	}
	return far
}

// whyNot tells why an agent is not offered a caller in line.
func (c *Call) whyNot(s *State, a *Agent) WhyAgent {
	bars, _ := s.match.Bars(a.ID, c.ref())
	w := WhyAgent{Agent: a.ID, Eligible: bars == 0}
	say := func(r Reason) { w.Reasons = append(w.Reasons, r) }
	if bars&match.BarQueue != 0 {
		say(Reason{Code: c.whyForeign(s, a)})
	}
	if bars&match.BarLanguage != 0 {
		say(Reason{Code: ReasonLanguage, Until: c.OverflowAt})
	}
	if bars&match.BarKept != 0 {
		say(Reason{Code: ReasonKept, Agent: c.Keeper, Until: c.KeepUntil})
	}
	if bars&match.BarOwes != 0 {
		say(Reason{Code: ReasonOwes, Callback: a.Owes})
	}
	if bars&match.BarNotFree != 0 {
		w.Reasons = append(w.Reasons, a.whyNotFree(s, c)...)
	}
	if far := w.far(); far == working && c.State == CallWaiting {
		w.Reasons = append(w.Reasons, c.whoIsFirst(s, a)...)
	} else if far < rung && bars&match.BarNotWaiting != 0 {
		say(c.whoIsRung(s, a))
	}
	if far := w.far(); far > mayHave && far <= lackPhone && far != rung {
		if t := itemOf(c.Tried, func(t *Tried) bool { return t.Agent == a.ID }); t != nil {
			say(Reason{Code: ReasonAsked})
		}
	}
	return w
}

// whyForeign is why an agent does not serve the queue of a call.
func (c *Call) whyForeign(s *State, a *Agent) ReasonCode {
	switch r := s.rules.Agents[a.ID]; {
	case r == nil:
		return ReasonRemoved
	case r.isIn(c.Queue) && s.rules.Queues[c.Queue] != nil:
		return ReasonSkill
	}
	return ReasonQueue
}

// whoIsFirst is the caller or callback that an agent who works gets before this caller, if there is one.
func (c *Call) whoIsFirst(s *State, a *Agent) []Reason {
	switch first, ok := s.match.Turn(a.ID); {
	case !ok || first == c.ref():
		return nil
	case first.Callback:
		return []Reason{{Code: ReasonPromised, Callback: first.ID}}
	default:
		return []Reason{{Code: ReasonBefore, Call: first.ID}}
	}
}

// whoIsRung is why a free agent is not among those whose phones ring for the caller.
func (c *Call) whoIsRung(s *State, a *Agent) Reason {
	penalty := func(id string) int {
		r := s.agentRules(id)
		if r == nil || s.agents[id] == nil {
			return MostPenalty
		}
		in, _ := r.membership(c.Queue)
		return s.agents[id].Penalty(in)
	}
	own := penalty(a.ID)
	if len(c.Offers) > 0 && !slices.ContainsFunc(c.Offers, func(o Offer) bool { return penalty(o.Agent) >= own }) {
		return Reason{Code: ReasonPenalty, Agent: c.Offers[0].Agent}
	}
	r := Reason{Code: ReasonElsewhere}
	if len(c.Offers) > 0 {
		r.Agent, r.Since = c.Offers[0].Agent, c.Offers[0].Since
	}
	return r
}

// whyNotFree tells why an agent may be offered nothing now. Of one who is not logged in nothing else matters.
func (a *Agent) whyNotFree(s *State, c *Call) (all []Reason) {
	h := a.hindrances()
	say := func(when hindrances, r Reason) {
		if h&when != 0 {
			all = append(all, r)
		}
	}
	if h&inStatus != 0 {
		all = append(all, a.whyStatus(c))
		if a.Status == StatusOffline {
			return all
		}
	}
	if h&(inStatus|legStays) == legStays { // a channel belongs to a call, but for its last moment
		all = append(all, Reason{Code: ReasonHangingUp})
	}
	say(isListening, Reason{Code: ReasonListens, Agent: a.Monitor.Agent, Since: a.Monitor.Since})
	if r := (Reason{Code: ReasonRests, Until: a.RestUntil}); a.Fault != "" {
		say(isResting, Reason{Code: ReasonPhoneFault, Cause: a.Fault, Until: a.RestUntil})
	} else {
		say(isResting, r)
	}
	say(phoneGone, Reason{Code: ReasonPhoneGone})
	say(phoneInUse, Reason{Code: ReasonPhoneInUse})
	if r := s.agentRules(a.ID); r == nil || !r.mayWork(s) {
		all = append(all, Reason{Code: a.whyNotWork(s)})
	}
	return all
}

// whyNotWork is why an agent may not get any calls.
func (a *Agent) whyNotWork(s *State) ReasonCode {
	if s.rules.Agents[a.ID] == nil {
		return ReasonRemoved
	}
	return ReasonNoSupervisor
}

// whyStatus tells the status of an agent as a reason.
func (a *Agent) whyStatus(c *Call) Reason {
	r := Reason{Code: ReasonStatus, Status: a.Status, Since: a.Since, Call: a.Call, Callback: a.Callback}
	switch {
	case a.Status == StatusOffline:
		r.Code = ReasonOffline
	case a.Status == StatusRinging && a.Call == c.ID:
		r.Code, r.Call = ReasonRings, ""
	case a.Status == StatusRinging:
		r.Code = ReasonRinging
	case a.Status == StatusOnCall && a.Callback != "":
		r.Code = ReasonCallback
	case a.Status == StatusOnCall:
		r.Code, r.Call = ReasonOnCall, cmp.Or(a.Call, a.Target)
	case a.Status == StatusWrapUp:
		r.Code, r.Until = ReasonWrapUp, a.WrapUntil
	case a.Status == StatusMissed:
		r.Code = ReasonMissed
	case a.Status == StatusUnwell:
		r.Code = ReasonUnwell
	default:
		r.Until = a.StayUntil
	}
	return r
}
