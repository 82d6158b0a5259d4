package queue

import (
	"maps"
	"slices"
	"strings"
)

// Lamps are device states of the exchange, which the keys of phones show (BLF).
// Each follows from the state alone. At the end of a step the exchange is sent the
// lamps that differ from what it shows. When it comes back it reports what it shows,
// and is sent the difference.

// The lamp states.
const (
	// LampDark is a lamp at rest, which the exchange need not know.
	LampDark     LampState = ""
	LampOn       LampState = "INUSE"
	LampBlinking LampState = "RINGING"
	// LampAway is dark and LampPaused is lit on phones that do not tell them apart.
	LampAway   LampState = "UNAVAILABLE"
	LampPaused LampState = "ONHOLD"
)

// What the names of lamps begin with.
const (
	agentLamp  = "kezek-agent-"
	statusLamp = "kezek-status-"
	owesLamp   = "kezek-owes-"
	queueLamps = "kezek-queue-"
)

// AgentLamp is the name of the lamp that shows what an agent does: free, with
// a call (from its first ring to the end of the wrap-up), taking none, logged
// out. It blinks when the agent is reminded of a caller on hold.
func AgentLamp(id string) string { return agentLamp + id }

// StatusLamp is the name of the lamp of a status key: lit while the agent is in
// the status, blinking while the status is to follow the call.
func StatusLamp(id string, status Status) string { return statusLamp + id + "-" + string(status) }

// OwesLamp is the name of the lamp that is lit while an agent owes a callback,
// and blinks once 2/3 of its time are over.
func OwesLamp(id string) string { return owesLamp + id }

// QueueLamp is the name of the lamp that is lit while a caller waits in a queue
// and no phone rings for them yet, and blinks while one waits for longer than
// the service level wants. A call that an agent takes at once changes nothing.
func QueueLamp(queue string) string { return queueLamps + queue }

// Kind and Key name the lamp among the owners of deadlines.
func (*queueLamp) Kind() string  { return "lamp" }
func (l *queueLamp) Key() string { return l.queue }

// wakes are when it changes; the exchange must be there to show it.
func (l *queueLamp) wakes() wakes { return wakes{up: l.changes} }

func (l *queueLamp) due(s *State) { s.showQueue(l) }

// shownBy is the lamp of a queue as the exchange shows it.
func (s *State) shownBy(queue string) *queueLamp {
	l := s.lamps.queues[queue]
	if l == nil {
		l = &queueLamp{queue: queue}
		s.lamps.queues[queue] = l
	}
	return l
}

// countPlace counts a place in line, or one that is there no more. The queue's lamp is looked at when the step ends.
func (s *State) countPlace(p place, more int) {
	if p.queue == "" {
		return
	}
	l := s.shownBy(p.queue)
	if p.waiting {
		l.waiting += more
	}
	if !slices.Contains(s.lamps.changed, l) {
		s.lamps.changed = append(s.lamps.changed, l)
	}
}

// lampStates are the lamps of an agent by the state.
func (a *Agent) lampStates(s *State) agentLamps {
	l := agentLamps{state: a.lamp()}
	if s.rules.chosen(a.Status) != nil {
		l.status, l.key = a.Status, LampOn
	} else if a.After != "" && s.rules.chosen(a.After) != nil {
		l.status, l.key = a.After, LampBlinking
	}
	if cb := s.callbacks[a.Owes]; cb != nil {
		l.owes = LampOn
		if cb.Warned {
			l.owes = LampBlinking
		}
	}
	return l
}

// lamp is what an agent does.
func (a *Agent) lamp() LampState {
	if a.Reminded {
		return LampBlinking
	}
	switch a.Status {
	case StatusOffline:
		return LampAway
	case StatusReady:
		return LampDark
	case StatusRinging, StatusOnCall, StatusWrapUp:
		return LampOn
	default:
		return LampPaused
	}
}

// lampOfQueue is the lamp of a queue by the state, and when it changes by
// itself, in ns since 1970; 0 is never.
func (s *State) lampOfQueue(queue string) (state LampState, due int64) {
	q := s.rules.Queues[queue]
	longest, waits := s.index.waits.of(queue).Min()
	if q == nil || !waits {
		return LampDark, 0
	}
	due = longest.at + q.ServiceLevel.Within.Nanoseconds()
	if s.now.UnixNano() >= due {
		return LampBlinking, 0
	}
	if l := s.lamps.queues[queue]; l == nil || l.waiting == 0 {
		return LampDark, due
	}
	return LampOn, due
}

// Lamps are all that are not dark, by name, as phones are to show them.
func (s *State) Lamps() map[string]LampState {
	lit := allLamps(s)
	maps.DeleteFunc(lit, func(_ string, state LampState) bool { return state == LampDark })
	return lit
}

// allLamps are all of these rules, also those that are dark.
func allLamps(s *State) map[string]LampState {
	return lampsBy(s, func(a *Agent) agentLamps { return a.lampStates(s) }, func(queue string) LampState {
		state, _ := s.lampOfQueue(queue)
		return state
	})
}

// shownLamps are those that the exchange was told last.
func shownLamps(s *State) map[string]LampState {
	return lampsBy(s, func(a *Agent) agentLamps { return a.shown }, func(queue string) LampState { return s.shownBy(queue).shows })
}

func lampsBy(s *State, agent func(*Agent) agentLamps, queue func(string) LampState) map[string]LampState {
	all := map[string]LampState{}
	for id, a := range s.agents {
		for status := range s.rules.Statuses {
			all[StatusLamp(id, Status(status))] = LampDark
		}
		l := agent(a)
		all[AgentLamp(id)], all[OwesLamp(id)] = l.state, l.owes
		all[StatusLamp(id, l.status)] = l.key
	}
	for name := range s.rules.Queues {
		all[QueueLamp(name)] = queue(name)
	}
	return all
}

// showLamps sends the exchange the lamps that have changed in this step.
func (s *State) showLamps() {
	if !s.up {
		return // the exchange reports what it shows when it is back
	}
	if s.lamps.read {
		s.mendLamps()
	}
	if s.lamps.stale {
		for _, a := range s.Agents() {
			a.showLamps(s)
		}
	}
	for _, e := range s.touched {
		switch e := e.(type) {
		case *Agent:
			e.showLamps(s)
		case *Callback:
			for _, r := range e.Refusers { // the agent who owes it is one of them
				if a := s.agents[r.Agent]; a != nil {
					a.showLamps(s)
				}
			}
		}
	}
	for _, l := range s.lamps.changed {
		s.showQueue(l)
	}
	s.lamps.changed = s.lamps.changed[:0]
	if s.lamps.stale {
		for queue := range s.rules.Queues {
			s.shownBy(queue)
		}
		for _, queue := range slices.Sorted(maps.Keys(s.lamps.queues)) {
			s.showQueue(s.lamps.queues[queue])
		}
		s.lamps.stale = false
	}
}

// mendLamps repairs what the exchange shows, and what it will show: a lamp that was set a moment ago may be missing in what was
// read. Lamps that are not in the rules are left alone.
func (s *State) mendLamps() {
	want, will := allLamps(s), s.lamps.seen
	if s.lamps.told {
		will = shownLamps(s)
	}
	for _, dark := range []bool{false, true} { // those that shine first
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if (s.lamps.seen[name] != want[name] || will[name] != want[name]) && dark == (want[name] == LampDark) {
				s.do(Lamp{name, want[name]})
			}
		}
	}
	for _, a := range s.agents {
		a.shown = a.lampStates(s)
	}
	for queue := range s.rules.Queues {
		l := s.shownBy(queue)
		l.shows = want[QueueLamp(queue)]
		s.showQueue(l) // to see when it changes
	}
	s.lamps.read, s.lamps.seen, s.lamps.told = false, nil, true
}

// StatusOfLamp finds the agent and the status of the table whose status key has a lamp of that name.
func (r *Rules) StatusOfLamp(name string) (agent string, status Status, ok bool) {
	key, ok := strings.CutPrefix(name, statusLamp)
	for _, s := range slices.Sorted(maps.Keys(r.Statuses)) {
		if id, found := strings.CutSuffix(key, "-"+s); ok && found && r.Agents[id] != nil {
			return id, Status(s), true
		}
	}
	return "", "", false
}

// showLamps sets those lamps of an agent that have changed; all are dark when the agent is no longer in the config.
func (a *Agent) showLamps(s *State) {
	var is agentLamps
	if !a.dropped {
		is = a.lampStates(s)
	}
	was := a.shown
	if was == is {
		return
	}
	a.shown = is
	if was.state != is.state {
		s.do(Lamp{AgentLamp(a.ID), is.state})
	}
	if was.owes != is.owes {
		s.do(Lamp{OwesLamp(a.ID), is.owes})
	}
	if was.status != is.status && was.status != "" {
		s.do(Lamp{StatusLamp(a.ID, was.status), LampDark})
	}
	if is.status != "" && (was.status != is.status || was.key != is.key) {
		s.do(Lamp{StatusLamp(a.ID, is.status), is.key})
	}
}

// showQueue sets the lamp of a queue if it has changed, and plans its next change.
func (s *State) showQueue(l *queueLamp) {
	is, changes := s.lampOfQueue(l.queue)
	if l.shows != is {
		l.shows = is
		s.do(Lamp{QueueLamp(l.queue), is})
	}
	l.changes = changes
	s.index.timetable.arm(l, false)
}
