package queue

// checkIndex compares the index with what follows from the entities.
func (s *State) checkIndex(bad report) {
	lines := map[lineKey]int{}
	timers := 0
	for _, c := range s.calls {
		if c.inLine() {
			lines[lineKey{c.Queue, c.Language}]++
		}
		if c.wake() != 0 {
			timers++
		}
		if slot := s.index.callSlots[c.ID]; slot.wake != c.wake() {
			bad(c, "index: deadline of call %s is not its own", c.ID)
		}
	}
	for key, set := range s.index.inLine {
		if set.Len() != lines[key] {
			bad(nil, "index: line %v has %d callers, want %d", key, set.Len(), lines[key])
		}
	}
	if s.index.callTimers.Len() != timers {
		bad(nil, "index: %d deadlines of calls, want %d", s.index.callTimers.Len(), timers)
	}
}

// checkLamps holds that phones show what is so, by looking at every caller. What
// is due and not done yet is let be.
func (s *State) checkLamps(bad report) {
	if !s.up || s.lamps.read {
		return
	}
	for id, a := range s.agents {
		if shown, is := s.lamps.agents[id], s.lampsOf(a); shown != is {
			bad(a, "the lamps of agent %s show %v, want %v", id, shown, is)
		}
	}
	for queue, q := range s.rules.Queues {
		is := LampDark
		for _, c := range s.calls {
			switch {
			case c.Queue != queue || !c.inLine():
			case s.now.Sub(c.Entered) >= q.ServiceLevel.Within:
				is = LampBlinking
			case is == LampDark && c.State == Waiting:
				is = LampOn
			}
		}
		if due := s.index.lampDue[queue]; s.lamps.queues[queue] != is && (due == 0 || due > s.now.UnixNano()) {
			bad(nil, "the lamp of queue %s shows %q, want %q", queue, s.lamps.queues[queue], is)
		}
	}
}
