package queue

import "kezek/queue/internal/match"

// checkIndex compares the index with what follows from the entities.
func (s *State) checkIndex(bad report) {
	jobs, timers := 0, 0
	for _, c := range s.calls {
		if c.inLine() {
			jobs++
		}
		if c.wake() != 0 {
			timers++
		}
		if slot := s.index.callSlots[c.ID]; slot.wake != c.wake() {
			bad(c, "index: deadline of call %s is not its own", c.ID)
		}
		if !s.match.Knows(s.jobOf(c)) {
			bad(c, "index: call %s is matched as what it is not", c.ID)
		}
	}
	for _, cb := range s.callbacks {
		job := s.jobOfCallback(cb)
		if job.Stage != match.Out {
			jobs++
		}
		if !s.match.Knows(job) {
			bad(cb, "index: callback %s is matched as what it is not", cb.ID)
		}
	}
	if n := s.match.Jobs(); n != jobs {
		bad(nil, "index: %d callers and callbacks are in line, want %d", n, jobs)
	}
	if s.index.callTimers.Len() != timers {
		bad(nil, "index: %d deadlines of calls, want %d", s.index.callTimers.Len(), timers)
	}
	for id, a := range s.agents {
		if !s.match.KnowsAgent(s.matched(a)) {
			bad(a, "index: agent %s is matched as what they are not", id)
		}
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
