package queue

import (
	"slices"
	"time"
)

// A caller who returns within a day is offered first to the same agent, so that
// they need not explain twice (S1). For a short while the call is kept for that
// agent, also during a call or a wrap-up. It is not kept for an agent on a
// break. The caller's place in line does not change.

// mostCallers bounds the numbers that are remembered. Further ones are served as
// if they had never called.
const mostCallers = 200_000

const (
	// betweenDigits is the longest pause between two digits of an extension.
	betweenDigits = 1500 * time.Millisecond
	// mostDials is how many extensions are looked up in one call. Those after are taken as if there were none.
	mostDials = 3
)

// remember is what is remembered about the caller, to be changed and kept for a time; nil if nothing may be.
func (c *Call) remember(s *State, within time.Duration) *Caller {
	if c.Number == "" || within <= 0 {
		return nil
	}
	known := c.known(s)
	if known == nil && len(s.callers) >= mostCallers {
		return nil
	}
	c.caller = changedCaller(s, known, c.Number)
	c.caller.keep(s.now.Add(within))
	return c.caller
}

// known is what is remembered about the caller's number, nil if that is nothing. It is looked up once.
func (c *Call) known(s *State) *Caller {
	if c.caller == nil || c.caller.dropped || c.caller.Number != c.Number {
		c.caller = s.callers[c.Number]
	}
	return c.caller
}

// rememberLanguage keeps the caller's language for the next call.
func (c *Call) rememberLanguage(s *State) {
	if known := c.remember(s, s.rules.Menu.Remember); known != nil {
		known.Language, known.Seen = c.Language, s.now
	}
}

// rememberedLanguage is what a caller chose last time; empty when that is not known.
func (s *State) rememberedLanguage(known *Caller) Language {
	if known == nil || s.rules.Menu.Remember <= 0 || !s.now.Before(known.Until) || !slices.Contains(s.rules.Languages, known.Language) {
		return "" // the site may no longer have the language that was chosen
	}
	return known.Language
}

// isVerified reports whether somebody who called from a number, or whom we called there, has talked to an agent,
// as far as that is remembered.
func (s *State) isVerified(number string) bool {
	known := s.callers[number]
	return known != nil && !known.Talked.IsZero() && s.now.Before(known.Until)
}

// rememberAgent keeps the agent who talked to a caller, for when the caller returns, and that they talked, as long
// as anything is remembered.
func (c *Call) rememberAgent(s *State, a *Agent) {
	within := s.queueRules(c.Queue).SameAgent.Within
	switch known := c.remember(s, max(within, s.rules.Menu.Remember)); {
	case known == nil:
	case within > 0:
		known.Agent, known.Talked = a.ID, s.now
	case known.Talked.IsZero():
		known.Talked = s.now
	}
}

// keepForSame keeps the call of a caller who comes into line for the agent who had
// them last, or for the owner of their callback if that is kept. If the callback is
// urgent, the call is kept for nobody, and it is never kept for the agent who passes
// the caller on.
func (c *Call) keepForSame(s *State, passer *Agent) {
	if c.keepForDialled(s) {
		return
	}
	same := s.queueRules(c.Queue).SameAgent
	var keeper string
	if known := s.callers[c.Number]; known != nil && s.now.Sub(known.Talked) < same.Within {
		keeper = known.Agent
	}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.Urgent {
		return
	} else if cb != nil && cb.Kept {
		keeper = cb.Owner
	}
	a := s.agents[keeper]
	if a == nil || a == passer || same.Within <= 0 || same.Wait <= 0 || !c.isWorthWaiting(s, a) {
		return
	}
	c.keepFor(s, a, same.Wait, "")
}

// keepFor keeps the call for one agent; the extension is what the caller has keyed, if they did.
func (c *Call) keepFor(s *State, a *Agent, within time.Duration, extension string) {
	c.Keeper, c.KeepUntil = a.ID, s.now.Add(within)
	s.touch(c)
	c.note(s, Entry{Kind: EntryCallKept, Agent: a.ID, To: extension})
}

// keepForDialled keeps the call for the agent whose extension the caller has keyed, and reports whether it does.
func (c *Call) keepForDialled(s *State) bool {
	a := c.dialledAgent(s)
	if a != nil {
		c.keepFor(s, a, s.queueRules(c.Queue).SameAgent.Extension, c.Dialled)
	}
	return a != nil
}

// dialledAgent is the agent whose extension the caller has keyed, if the call may be kept for them: as for the agent whom the
// caller had before, and not for one who did not take this caller.
func (c *Call) dialledAgent(s *State) *Agent {
	a, r, cb := s.agents[c.Dialled], s.rules.Agents[c.Dialled], s.callbacks[c.Callback]
	if a == nil || r == nil || r.Unlisted || len(c.Dialled) < leastExtension || c.Dials > mostDials || cb != nil && cb.Urgent || !c.isWorthWaiting(s, a) ||
		slices.ContainsFunc(c.Tried, func(t Tried) bool { return t.Agent == a.ID }) {
		return nil
	}
	return a
}

// isWorthWaiting reports whether an agent can take the call now or after the present one.
func (c *Call) isWorthWaiting(s *State, a *Agent) bool {
	r, q := s.rules.Agents[a.ID], s.rules.Queues[c.Queue]
	return r != nil && q != nil && r.serves(q) && r.Speaks(c.Language) && a.isAtHand(s)
}

// letGoOfKeeper lets any agent take a call that was kept for one.
func (c *Call) letGoOfKeeper(s *State) {
	if c.Keeper != "" {
		c.Keeper, c.KeepUntil = "", time.Time{}
		s.touch(c)
	}
}

// reviewKeepers checks whether calls may still be kept under rules that may be new.
func (s *State) reviewKeepers() {
	for _, c := range s.Calls() {
		if a := s.agents[c.Keeper]; a == nil || !c.isWorthWaiting(s, a) {
			c.letGoOfKeeper(s)
		}
	}
}

// checkKeeper: a call is kept for a limited time, in line, for an agent who can take it.
func (c *Call) checkKeeper(s *State, bad report) {
	if c.Keeper == "" {
		return
	}
	a := s.agents[c.Keeper]
	if a == nil || !c.inLine() {
		bad(c, "call %s is %s and kept for %q", c.ID, c.State, c.Keeper)
	} else if s.up && c.State == CallWaiting && !c.isWorthWaiting(s, a) {
		bad(c, "invariant 6: call %s waits for agent %s, who is %s, then %q", c.ID, a.ID, a.Status, a.After)
	}
}

// keyTime is when the key was pressed that the call goes by now.
func (c *Call) keyTime(s *State) time.Time {
	if c.DialBy.IsZero() {
		return s.now
	}
	return c.DialBy.Add(-betweenDigits)
}
