package queue

import "time"

// A caller to whom an agent gave their extension (S1: «запишите мой добавочный номер») keys it in the menu or in line, where
// the queue takes extensions (same_agent.extension). If the agent is at hand, the call is kept for them as for the agent
// whom a caller had before; if not, or if there is no such extension, the caller waits on for anybody. All of them hear the
// same, and few extensions are taken in one call, so that nobody learns which there are.
//
// A digit may be a key of its own: a language, the callback. It is one if no other digit follows in a moment, or too few.

// dialKey takes a key that may belong to an extension, and reports whether it does.
func (c *Call) dialKey(s *State, key byte) bool {
	mayDial := c.State == CallInMenu || c.inLine() && c.Keying == "" && c.answeredOffer() == nil
	if !mayDial || s.queueRules(c.Queue).SameAgent.Extension <= 0 {
		return false
	}
	longest := s.keyable.most
	switch {
	case longest > 0 && key >= '0' && key <= '9':
		c.Dialled += string(key)
		c.DialBy = s.now.Add(betweenDigits)
		s.touch(c)
		if len(c.Dialled) >= longest {
			c.dialOver(s)
		}
		return true
	case c.Dialled == "":
		return false
	}
	c.dialOver(s)
	return key == '#'
}

// dialOver: what was keyed is complete. It is an extension, or the first digit is a key by itself.
func (c *Call) dialOver(s *State) {
	keyed := c.Dialled
	if c.answeredOffer() != nil {
		// an agent is there already
	} else if shortest := s.keyable.least; shortest == 0 || len(keyed) < shortest {
		c.Dialled = ""
		c.plainKey(s, keyed[0])
	} else {
		c.Dials++
		c.reach(s, keyed)
	}
	c.Dialled, c.DialBy = "", time.Time{}
	s.touch(c)
}

// reach keeps the caller for the agent of an extension, if that is possible.
func (c *Call) reach(s *State, extension string) {
	inMenu := c.State == CallInMenu
	if inMenu {
		c.takeLanguageOf(s)
	}
	a := c.dialledAgent(s)
	if a == nil && c.Dials <= mostDials {
		why := RefusalAgentAway
		if s.rules.Agents[extension] == nil {
			why = RefusalUnknownExtension
		}
		c.note(s, Entry{Kind: EntryRefused, To: extension, Details: &Details{Refusal: why}})
	}
	if inMenu {
		c.MenuOver = s.now
		c.join(s)
		return
	}
	if a != nil {
		c.keepForDialled(s)
		c.withdrawUnless(s, func(r *AgentRules) bool { return r.ID == a.ID })
		s.settle()
	}
	if c.inLine() && !c.isToldFirst() {
		c.play(s, c.say("please-wait"))
	}
}

// takeLanguageOf gives a caller who has chosen none the language of the agent whom they ask for, if that one is at hand.
func (c *Call) takeLanguageOf(s *State) {
	usual := c.Language
	for _, l := range s.rules.Languages {
		if c.dialledAgent(s) != nil {
			return
		}
		c.Language = l
	}
	if c.dialledAgent(s) == nil {
		c.Language = usual
	}
}

// plainKey is a key of a caller in the menu or in line, by itself.
func (c *Call) plainKey(s *State, key byte) {
	switch {
	case c.State == CallInMenu:
		c.menuKey(s, key)
	case c.menuKeyLate(s, key):
	case key == '*':
		c.changeLanguage(s)
	case key == '1':
		c.askCallback(s)
	}
}
