package queue

import (
	"cmp"
	"time"
)

// The trunk's own faults: the carrier does not take a call (503), refuses ours, or does not answer. A client cannot help that, so no
// attempt is used up; the callback is put off until the trunk has connected somebody, or a minute is over, and supervisors are told.
// If the trunk connects others meanwhile, it is the number, and the attempt counts.

// Pauses after a fault of the trunk: of the callback that met it, and of all others.
const (
	trunkAgain      = time.Minute
	trunkOtherAgain = 15 * time.Second
)

// isDown reports whether callbacks should wait for the trunk.
func (t *trunkState) isDown(now time.Time) bool { return now.Before(t.tryAt) }

// TrunkDownSince is when the trunk began to fail; zero while it works, or is not known to fail.
func (s *State) TrunkDownSince() time.Time { return s.trunk.downSince }

// trunkFails notes a fault of the trunk.
func (s *State) trunkFails(why Cause) {
	t := &s.trunk
	t.tryAt = s.now.Add(trunkOtherAgain)
	if t.downSince.IsZero() {
		t.downSince = s.now
		s.note(Entry{Kind: EntryTrunkDown, Cause: why})
	}
}

// trunkWorks notes that the trunk has connected somebody, or that somebody behind it has answered in whatever way.
func (s *State) trunkWorks() {
	t := &s.trunk
	t.workedAt, t.tryAt = s.now, time.Time{}
	if !t.downSince.IsZero() {
		s.note(Entry{Kind: EntryTrunkUp, Details: &Details{Length: s.now.Sub(t.downSince)}})
		t.downSince = time.Time{}
		each(s, s.Callbacks(), func(cb *Callback) {
			if cb.PutOff == RefusalTrunkDown {
				cb.reconsider(s)
				cb.PutOff = ""
				s.touch(cb)
			}
		})
	}
}

// learnTrunk takes the trunk for down after a restart while a callback waits for it.
func (s *State) learnTrunk(cb *Callback) {
	failed, t := cmp.Or(cb.TrunkFailed, cb.Since), &s.trunk
	if cb.PutOff == RefusalTrunkDown && (t.downSince.IsZero() || failed.Before(t.downSince)) {
		t.downSince = failed
	}
}

// outsideEnded takes note of what the end of a call over the trunk that was not answered says about it.
func (s *State) outsideEnded(why Cause) {
	switch why.By() {
	case EndedByPerson:
		s.trunkWorks()
	case EndedByTrunk:
		s.trunkFails(why)
	}
}
