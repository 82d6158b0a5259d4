package queue

import (
	"slices"
	"time"
)

// Supervisors listen to an agent's talk (S2), whisper to the agent, or join in: *81,
// *82, *83 and the agent's number. The bridge of the talk is never touched, so nobody
// hears the listening begin or end, and holds and transfers work as usual.

// monitorKeys switch the mode while listening: those of app_chanspy.
var monitorKeys = map[byte]MonitorMode{'4': MonitorListen, '5': MonitorWhisper, '6': MonitorJoin}

const (
	// monitorWithin is how long an allowed supervisor may take to be on the line.
	monitorWithin = 30 * time.Second
	// maxMonitored bounds the stretches that a call's record lists, the last ones.
	maxMonitored = 50
)

// supervise allows a supervisor to listen; their channel follows with [SupervisorArrived].
func (s *State) supervise(ev Supervise) {
	boss, r := s.supervisorAt(ev.Phone, ev.Supervisor, ev.PIN)
	if boss == nil {
		return
	}
	agent := s.agents[ev.Agent]
	switch {
	case !r.Supervisor:
		s.refuse(boss, r, RefusalNotSupervisor, "monitor-refused")
		return
	case boss.isAtWork():
		s.refuse(boss, r, RefusalInCall, "status-refused-in-call")
		return
	case agent == nil:
		s.refuse(boss, r, RefusalUnknownAgent, "unknown-agent")
		return
	}
	c := s.calls[agent.Call]
	if c == nil || !c.hasAgent() {
		s.refuse(boss, r, RefusalNoTalk, "monitor-no-talk")
		return
	}
	boss.endMonitor(s)
	boss.Monitor = Monitor{Channel: ev.Channel, Mode: ev.Mode, Agent: agent.ID, Call: c.ID, Since: s.now, By: s.now.Add(monitorWithin)}
	s.touch(boss)
	r.reply(s, "monitor-"+string(ev.Mode))
}

// listenerParty is the channel of a supervisor who listens, snoopParty the one that lets them hear.
type (
	listenerParty struct{ partyOf[*Agent] }
	snoopParty    struct{ partyOf[*Agent] }
)

func (p listenerParty) gone(s *State, _ Cause) {
	p.e.stopListening(s)
	p.e.Monitor = Monitor{}
	s.touch(p.e)
}

func (p snoopParty) gone(s *State, _ Cause) { p.e.monitorOver(s) } // the agent's phone is gone with it

func (p listenerParty) bridge() (string, time.Time) {
	return p.e.Monitor.Bridge, p.e.Monitor.Since
}

// arrived puts an allowed supervisor on the line.
func (p listenerParty) arrived(s *State) {
	boss := p.e
	m := &boss.Monitor
	if m.Snoop != "" || m.Over {
		return
	}
	// The same call may be only an offer at this agent by now.
	if a, c := s.agents[m.Agent], s.calls[m.Call]; a == nil || c == nil || a.Call != m.Call || !c.hasAgent() {
		boss.monitorOver(s)
		return
	}
	boss.startListening(s)
}

// startListening lets a supervisor hear the talk of the agent chosen, in the mode chosen.
func (boss *Agent) startListening(s *State) {
	m := &boss.Monitor
	m.Serial++
	m.Snoop, m.Bridge = serial(m.Channel, "m", m.Serial), serial(m.Channel, "b", m.Serial)
	m.Since, m.By = s.now, time.Time{}
	s.touch(boss)
	s.do(Tap{Supervisor: m.Channel, Snoop: m.Snoop, Bridge: m.Bridge, Leg: s.agents[m.Agent].Leg, Mode: m.Mode})
	s.note(m.entry(boss, EntryMonitorStarted, s.calls[m.Call]))
}

// stopListening ends the listening and records it: in the journal, and in the call's record.
func (boss *Agent) stopListening(s *State) {
	m := &boss.Monitor
	if m.Playing != "" {
		s.do(StopPlay{m.Channel, m.Playing})
		m.Playing = ""
	}
	if m.Snoop == "" {
		return
	}
	c := s.calls[m.Call]
	s.do(Disconnect{m.Bridge, m.Channel, m.Snoop}, Hangup{m.Snoop, HangupNormal})
	m.Snoop, m.Bridge = "", ""
	e := m.entry(boss, EntryMonitorEnded, c)
	e.Details.Length = s.now.Sub(m.Since)
	s.note(e)
	if c != nil {
		c.Monitored = append(c.Monitored, Monitored{By: boss.ID, Mode: m.Mode, Start: m.Since, Length: e.Details.Length})
		if len(c.Monitored) > maxMonitored {
			c.Monitored = slices.Delete(c.Monitored, 0, 1)
		}
		s.touch(c)
	}
}

func (m *Monitor) entry(boss *Agent, kind EntryKind, c *Call) Entry {
	e := Entry{Kind: kind, Call: m.Call}
	if c != nil {
		e = c.entry(kind)
	}
	e.Agent, e.By, e.Details = m.Agent, boss.ID, &Details{Mode: m.Mode}
	return e
}

// key changes the mode.
func (p listenerParty) key(s *State, key byte) {
	boss, m := p.e, &p.e.Monitor
	mode, ok := monitorKeys[key]
	if !ok || m.Snoop == "" || mode == m.Mode {
		return
	}
	boss.stopListening(s)
	m.Mode = mode
	boss.startListening(s)
	boss.tellSupervisorOf(s, "monitor-"+string(mode))
}

// tellSupervisorOf says something to a supervisor who listens; the others do not hear it.
func (boss *Agent) tellSupervisorOf(s *State, phrase string) {
	m := &boss.Monitor
	m.Serial++
	m.Playing = serial(m.Channel, "p", m.Serial)
	s.touch(boss)
	s.do(Play{m.Channel, m.Playing, []Phrase{{ID: phrase, Language: s.agentRules(boss.ID).speech(s)}}})
}

// monitorOver tells a supervisor that the agent's talk is over, and hangs up.
func (boss *Agent) monitorOver(s *State) {
	m := &boss.Monitor
	if m.Over {
		return
	}
	boss.stopListening(s)
	m.Over, m.Since, m.By = true, s.now, s.now.Add(playGuard)
	boss.tellSupervisorOf(s, "monitor-over")
}

// monitorsOver ends the listening to an agent whose talk is over.
func (s *State) monitorsOver(agent string) {
	for _, boss := range s.monitors() {
		if boss.Monitor.Agent == agent && boss.Monitor.Snoop != "" {
			boss.monitorOver(s)
		}
	}
}

// monitors are the supervisors who listen, or are about to.
func (s *State) monitors() []*Agent {
	var all []*Agent
	for id := range s.index.listeners.All() {
		if boss := s.agents[id]; boss != nil && boss.Monitor.Channel != "" {
			all = append(all, boss)
		}
	}
	return all
}

// playEnded hangs up on a supervisor after the last words.
func (p listenerParty) playEnded(s *State, playback string) {
	boss, m := p.e, &p.e.Monitor
	if playback == "" || playback != m.Playing {
		return
	}
	m.Playing = ""
	s.touch(boss)
	if m.Over {
		s.do(Hangup{m.Channel, HangupNormal})
	}
}

// endMonitor ends the listening at once.
func (boss *Agent) endMonitor(s *State) {
	if channel := boss.Monitor.Channel; channel != "" {
		s.do(Hangup{channel, HangupNormal})
		listenerParty{of(boss)}.gone(s, CauseNormal)
	}
}

// monitorDue: the supervisor's channel did not come, or its end was never told.
func (boss *Agent) monitorDue(s *State) {
	m := &boss.Monitor
	if !m.Over {
		boss.Monitor = Monitor{}
		return
	}
	m.By = s.now.Add(goneGuard)
	if s.up {
		s.do(Hangup{m.Channel, HangupNormal}, Resync{})
	}
}

// reviewMonitors ends the listening of supervisors who are no longer allowed to.
func (s *State) reviewMonitors() {
	for _, boss := range s.monitors() {
		if r := s.rules.Agents[boss.ID]; r == nil || !r.Supervisor {
			boss.endMonitor(s)
		}
	}
}

func (snoopParty) reconcile(truth, LiveChannel, bool) {} // its listener looks after it

func (p listenerParty) reconcile(t truth, _ LiveChannel, found bool) {
	boss, m := p.e, &p.e.Monitor
	switch {
	case !found && (m.Snoop != "" || m.Over) && t.mustExist(m.Since):
		p.gone(t.State, CauseNormal)
	case !found:
	case m.Over && t.anew:
		t.do(Hangup{m.Channel, HangupNormal})
	case m.Over:
	case m.Snoop == "":
		p.arrived(t.State)
	case !t.mustExist(m.Since):
	default:
		b := t.bridges[m.Bridge].Channels
		if _, live := t.channels[m.Snoop]; !live || !slices.Contains(b, m.Channel) || !slices.Contains(b, m.Snoop) {
			t.heal(m.Call, "supervisor "+boss.ID+" does not hear it")
			boss.stopListening(t.State)
			boss.startListening(t.State)
		}
	}
}

// checkMonitoring: a supervisor who listens is at one of three stages, and the agent they hear has that call.
func (boss *Agent) checkMonitoring(s *State, bad report) {
	m := &boss.Monitor
	if m.Channel == "" {
		if *m != (Monitor{}) {
			bad(boss, "supervisor %s listens on no channel: %+v", boss.ID, *m)
		}
		return
	}
	if hears := m.Snoop != ""; hears != (m.Bridge != "") || hears && m.Over {
		bad(boss, "supervisor %s listens by %q in %q, over %v", boss.ID, m.Snoop, m.Bridge, m.Over)
	}
	if c := s.calls[m.Call]; m.Snoop != "" && (c == nil || !c.hasAgent() || c.Agent != m.Agent) {
		bad(boss, "supervisor %s listens to %s in %s, which is over", boss.ID, m.Agent, m.Call)
	}
}
