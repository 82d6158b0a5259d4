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

// monitorWithin is how long a supervisor who may listen may take to be on the line.
const monitorWithin = 30 * time.Second

// happen allows a supervisor to listen; their channel follows with [SupervisorArrived].
func (ev Supervise) happen(s *State) {
	supervisor, r := s.supervisorAt(ev.Phone, ev.Supervisor, ev.PIN, "monitor-refused")
	if supervisor == nil {
		return
	}
	agent := s.agents[ev.Agent]
	switch {
	case supervisor.isAtWork() && !supervisor.isRungByCaller(s):
		s.refuse(supervisor, r, RefusalInCall, "status-refused-in-call")
	case agent == nil:
		s.refuse(supervisor, r, RefusalUnknownAgent, "unknown-agent")
	case s.calls[agent.Call] == nil || !s.calls[agent.Call].hasAgent():
		s.refuse(supervisor, r, RefusalNoTalk, "monitor-no-talk")
	default:
		supervisor.losesOffer(s) // what rings at their phone is for the next agent
		supervisor.endMonitor(s)
		supervisor.Monitor = Monitor{Channel: ev.Channel, Mode: ev.Mode, Agent: agent.ID, Call: agent.Call, Since: s.now, By: s.now.Add(monitorWithin)}
		s.touch(supervisor)
		r.reply(s, "monitor-"+string(ev.Mode))
	}
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
	supervisor := p.e
	m := &supervisor.Monitor
	if m.Snoop != "" || m.Over {
		return
	}
	// The same call may be only an offer at this agent by now.
	if a, c := s.agents[m.Agent], s.calls[m.Call]; a == nil || c == nil || a.Call != m.Call || !c.hasAgent() {
		supervisor.monitorOver(s)
		return
	}
	supervisor.startListening(s)
}

// answered: the supervisor's phone, which was rung, is answered.
func (p listenerParty) answered(s *State, _ time.Duration) {
	if p.e.Monitor.Rung {
		p.arrived(s)
	}
}

// startListening lets a supervisor hear the talk of the agent chosen, in the mode chosen.
func (supervisor *Agent) startListening(s *State) {
	m := &supervisor.Monitor
	m.Serial++
	m.Snoop, m.Bridge = serial(m.Channel, "m", m.Serial), serial(m.Channel, "b", m.Serial)
	m.Since, m.By = s.now, time.Time{}
	s.touch(supervisor)
	s.do(Tap{Supervisor: m.Channel, Snoop: m.Snoop, Bridge: m.Bridge, Leg: s.agents[m.Agent].Leg, Mode: m.Mode})
	s.note(m.entry(supervisor, EntryMonitorStarted, s.calls[m.Call]))
}

// stopListening ends the listening and records it: in the journal, and in the call's record.
func (supervisor *Agent) stopListening(s *State) {
	m := &supervisor.Monitor
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
	e := m.entry(supervisor, EntryMonitorEnded, c)
	e.Details.Length = s.now.Sub(m.Since)
	s.note(e)
	if c != nil {
		c.Monitored = appendLogged(c.Monitored, Monitored{By: supervisor.ID, Mode: m.Mode, Start: m.Since, Length: e.Details.Length})
		s.touch(c)
	}
}

func (m *Monitor) entry(supervisor *Agent, kind EntryKind, c *Call) Entry {
	e := Entry{Kind: kind, Call: m.Call, Agent: m.Agent, By: supervisor.ID, Details: &Details{Mode: m.Mode}}
	if c != nil {
		e = c.about(e)
	}
	return e
}

// key changes the mode.
func (p listenerParty) key(s *State, key byte) {
	supervisor, m := p.e, &p.e.Monitor
	mode, ok := monitorKeys[key]
	if !ok || m.Snoop == "" || mode == m.Mode {
		return
	}
	supervisor.stopListening(s)
	m.Mode = mode
	supervisor.startListening(s)
	supervisor.tellListener(s, "monitor-"+string(mode))
}

// tellListener says something to a supervisor who listens; the others do not hear it.
func (supervisor *Agent) tellListener(s *State, phrase string) {
	m := &supervisor.Monitor
	m.Serial++
	m.Playing = serial(m.Channel, "p", m.Serial)
	s.touch(supervisor)
	s.do(Play{m.Channel, m.Playing, []Phrase{{ID: phrase, Language: s.agentRules(supervisor.ID).speech(s)}}})
}

// monitorOver tells a supervisor that the agent's talk is over, and hangs up.
func (supervisor *Agent) monitorOver(s *State) {
	m := &supervisor.Monitor
	if m.Over {
		return
	}
	supervisor.stopListening(s)
	m.Over, m.Since, m.By = true, s.now, s.now.Add(playGuard)
	supervisor.tellListener(s, "monitor-over")
}

// dismissListeners ends the listening to an agent whose talk is over.
func (a *Agent) dismissListeners(s *State) {
	for _, supervisor := range s.monitors() {
		if supervisor.Monitor.Agent == a.ID && supervisor.Monitor.Snoop != "" {
			supervisor.monitorOver(s)
		}
	}
}

// monitors are the supervisors who listen, or are about to.
func (s *State) monitors() []*Agent {
	var all []*Agent
	for id := range s.index.listeners.All() {
		if supervisor := s.agents[id]; supervisor != nil && supervisor.Monitor.Channel != "" {
			all = append(all, supervisor)
		}
	}
	return all
}

// playEnded hangs up on a supervisor after the last words.
func (p listenerParty) playEnded(s *State, playback string) {
	supervisor, m := p.e, &p.e.Monitor
	if playback != m.Playing {
		return
	}
	m.Playing = ""
	s.touch(supervisor)
	if m.Over {
		s.do(Hangup{m.Channel, HangupNormal})
	}
}

// endMonitor ends the listening at once.
func (supervisor *Agent) endMonitor(s *State) {
	if channel := supervisor.Monitor.Channel; channel != "" {
		s.do(Hangup{channel, HangupNormal})
		listenerParty{of(supervisor)}.gone(s, CauseNormal)
	}
}

// monitorTimedOut: the supervisor's channel did not come, or its end was never told.
func (supervisor *Agent) monitorTimedOut(s *State) {
	m := &supervisor.Monitor
	if !m.Over {
		if m.Rung {
			s.do(Hangup{m.Channel, HangupNormal})
		}
		supervisor.Monitor = Monitor{}
		s.touch(supervisor)
		return
	}
	m.By = s.now.Add(goneGuard)
	if s.up {
		s.do(Hangup{m.Channel, HangupNormal}, Resync{})
	}
}

// reviewMonitors ends the listening of supervisors who are no longer allowed to.
func (s *State) reviewMonitors() {
	for _, supervisor := range s.monitors() {
		if r := s.rules.Agents[supervisor.ID]; r == nil || !r.Supervisor {
			supervisor.endMonitor(s)
		}
	}
}

func (p listenerParty) reconcile(r reconciler, live LiveChannel, found bool) {
	supervisor, m := p.e, &p.e.Monitor
	switch {
	case !found && (m.Snoop != "" || m.Over || m.Rung) && r.mustExist(m.Since):
		p.gone(r.State, CauseNormal)
	case !found:
	case m.Over && r.anew:
		r.do(Hangup{m.Channel, HangupNormal})
	case m.Rung && !live.Up: // it rings
	case m.Snoop == "":
		p.arrived(r.State) // nothing if it is over
	case !r.mustExist(m.Since):
	default:
		b := r.bridges[m.Bridge].Channels
		if _, live := r.channels[m.Snoop]; !live || !slices.Contains(b, m.Channel) || !slices.Contains(b, m.Snoop) {
			r.heal(m.Call, "supervisor "+supervisor.ID+" does not hear it")
			supervisor.stopListening(r.State)
			supervisor.startListening(r.State)
		}
	}
}

func (snoopParty) reconcile(reconciler, LiveChannel, bool) {} // its listener looks after it

// checkMonitoring: a supervisor who listens is at one of three stages, and the agent they hear has that call.
func (supervisor *Agent) checkMonitoring(s *State, bad report) {
	m := &supervisor.Monitor
	if m.Channel == "" {
		if *m != (Monitor{}) {
			bad(supervisor, "supervisor %s listens on no channel: %+v", supervisor.ID, *m)
		}
		return
	}
	if hears := m.Snoop != ""; hears != (m.Bridge != "") || hears && m.Over {
		bad(supervisor, "supervisor %s listens by %q in %q, over %v", supervisor.ID, m.Snoop, m.Bridge, m.Over)
	}
	if c := s.calls[m.Call]; m.Snoop != "" && (c == nil || !c.hasAgent() || c.Agent != m.Agent) {
		bad(supervisor, "supervisor %s listens to %s in %s, which is over", supervisor.ID, m.Agent, m.Call)
	}
}
