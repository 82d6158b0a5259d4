package queue

import (
	"maps"
	"slices"

	"kezek/queue/internal/match"
)

// checkIndex compares the index with what follows from the entities.
func checkIndex(s *State, bad report) {
	jobs, unverified := 0, map[match.Line]int{}
	for _, c := range s.calls {
		if c.inLine() {
			jobs++
		}
		if !s.match.Knows(c.job(s)) {
			bad(c, "index: call %s is matched as what it is not", c.ID)
		}
	}
	for _, cb := range s.callbacks {
		job := cb.job(s)
		if cb.Unverified {
			unverified[job.Line]++
		}
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
	if !maps.Equal(s.index.unverified, unverified) {
		bad(nil, "index: callbacks for unverified numbers: %v, want %v", s.index.unverified, unverified)
	}
	checkTimetable(s, bad)
	for id, a := range s.agents {
		if !s.match.KnowsAgent(a.matched(s)) {
			bad(a, "index: agent %s is matched as what they are not", id)
		}
		for _, in := range s.agentRules(id).Queues {
			is := match.Membership{Queue: in.Queue, Penalty: a.Penalty(in)}
			if q := s.rules.Queues[in.Queue]; q != nil && s.agentRules(id).serves(q) && !s.match.KnowsMembership(id, is) {
				bad(a, "index: the penalty of agent %s in %s is matched as what it is not", id, in.Queue)
			}
		}
	}
}

// checkTimetable: it has the deadlines of all who have some, and no others.
func checkTimetable(s *State, bad report) {
	table := s.index.timetable
	for _, w := range table.always {
		if w.of.wakes().always != w.at {
			bad(nil, "index: the deadline of %s %s is not its own", w.of.Kind(), w.of.Key())
		}
	}
	for _, w := range table.up {
		if w.of.wakes().up != w.at {
			bad(nil, "index: the deadline of %s %s is not its own", w.of.Kind(), w.of.Key())
		}
	}
	for _, o := range slices.Concat(owners(s.calls), owners(s.agents), owners(s.callbacks), owners(s.lines), owners(s.lamps.queues), owners(s.refusals)) {
		if is, at := o.wakes(), o.inTimetable(); !table.always.has(&at.always, is.always) || !table.up.has(&at.up, is.up) {
			bad(nil, "index: the deadlines of %s %s are not known", o.Kind(), o.Key())
		}
	}
}

// has reports whether a wake is in the heap for that time, and not at all for 0.
func (h wakeHeap) has(w *wake, at int64) bool {
	return w.at == at && (at == 0 || w.place < len(h) && h[w.place] == w)
}

func owners[E owner](some map[string]E) (all []owner) {
	for _, o := range some {
		all = append(all, o)
	}
	return all
}

// checkLamps holds that phones show what the state says, by looking at every caller.
// A change that is due and not done yet is not a fault.
func checkLamps(s *State, bad report) {
	if !s.up || s.lamps.read {
		return
	}
	for id, a := range s.agents {
		if is := a.lampStates(s); a.shown != is {
			bad(a, "the lamps of agent %s show %v, want %v", id, a.shown, is)
		}
	}
	for queue, q := range s.rules.Queues {
		is := LampDark
		for _, c := range s.calls {
			switch {
			case c.Queue != queue || !c.inLine():
			case s.now.Sub(c.Entered) >= q.ServiceLevel.Within:
				is = LampBlinking
			case is == LampDark && c.State == CallWaiting:
				is = LampOn
			}
		}
		if shown := s.shownBy(queue); shown.shows != is && (shown.changes == 0 || shown.changes > s.now.UnixNano()) {
			bad(nil, "the lamp of queue %s shows %q, want %q", queue, shown.shows, is)
		}
	}
}
