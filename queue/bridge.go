package queue

import "time"

// beginTalk begins the talk with an agent, who is on the line.
func (c *Call) beginTalk(s *State, a *Agent, leg string) {
	t := Talked{Agent: a.ID, Queue: c.Queue, Language: c.Language, Start: s.now}
	if c.Entered.IsZero() {
		t.Callback = c.Callback
	}
	c.Agent, c.Leg = a.ID, leg
	c.Answered, c.TalkEnd, c.Warned = s.now, time.Time{}, false
	c.Talks = appendLogged(c.Talks, t)
	c.setState(s, CallTalking)
}

// part takes the caller out of the bridge; the agent stays in it.
func (c *Call) part(s *State) {
	if !c.Apart {
		c.Apart = true
		c.muteRecording(s)
		s.do(Part{c.Bridge, c.channel()})
		s.touch(c)
	}
}

// rejoin opens the audio of a talk again.
func (c *Call) rejoin(s *State) {
	c.Apart, c.Joined = false, s.now
	if c.Bridge == "" {
		c.bridge(s, c.Leg) // the agent is back on another line
		c.muteRecording(s)
		return
	}
	s.do(Join{c.Bridge, c.channel()})
	c.muteRecording(s)
	s.touch(c)
}

// bridge joins the caller and the far end of the talk in a new bridge.
func (c *Call) bridge(s *State, far string) {
	c.Bridge, c.Joined = c.nextID(c.ID, "b"), s.now
	s.do(Connect{c.Bridge, c.channel(), far})
	if c.Target.In && c.Target.Leg != far {
		s.do(Join{c.Bridge, c.Target.Leg})
	}
	s.touch(c)
}

// putBack brings a channel back into the talk after another phone had taken its place:
// nobody may take over a caller who was not given to them.
func (c *Call) putBack(s *State, channel string) {
	c.note(s, Entry{Kind: EntryHealed, Details: &Details{Reason: "another phone had taken a place in the talk"}})
	s.do(Join{c.Bridge, channel})
}
