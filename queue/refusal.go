package queue

import (
	"maps"
	"slices"
	"time"
)

// A phone that dials a refused code again and again would push everything else out
// of the journal, which is bounded. The first refusals of a phone within a minute
// have an entry each, enough for a person at the phone. The others are counted, and
// one entry at the end of that minute has their number.

const (
	refusalsEach   = 10
	refusalsWithin = time.Minute
	// mostRefused bounds the phones that are counted.
	mostRefused = 256
)

// noteRefusal records a refused code, or only counts it.
func (s *State) noteRefusal(e Entry) {
	if e.Phone == "" { // an order, or a key in a call
		s.note(e)
		return
	}
	s.tellRefusals()
	r := s.refusals[e.Phone]
	if r == nil {
		if len(s.refusals) >= mostRefused {
			s.forgetRefusals()
		}
		r = &refusals{phone: e.Phone, since: s.now}
		s.refusals[e.Phone] = r
	}
	if r.told < refusalsEach {
		r.told++
		s.note(e)
		return
	}
	r.untold++
	r.last = e
	s.index.timetable.arm(r, false)
}

// tellRefusals ends the minutes that are over, and records what was only counted in them.
func (s *State) tellRefusals() {
	for _, phone := range slices.Sorted(maps.Keys(s.refusals)) {
		if r := s.refusals[phone]; !s.now.Before(r.since.Add(refusalsWithin)) {
			s.endRefusals(r)
		}
	}
}

func (s *State) endRefusals(r *refusals) {
	delete(s.refusals, r.phone)
	s.index.timetable.arm(r, true)
	if r.untold > 0 {
		r.last.Times = r.untold
		s.note(r.last)
	}
}

// forgetRefusals makes room for another phone: the minute of the one that began first ends now.
func (s *State) forgetRefusals() {
	first := ""
	for phone, r := range s.refusals {
		if was := s.refusals[first]; was == nil || r.since.Before(was.since) || r.since.Equal(was.since) && phone < first {
			first = phone
		}
	}
	s.endRefusals(s.refusals[first])
}

// Kind and Key name the phone among the owners of deadlines.
func (*refusals) Kind() string  { return "refusals" }
func (r *refusals) Key() string { return r.phone }

// wakes are when refusals that were only counted are recorded.
func (r *refusals) wakes() (w wakes) {
	if r.untold > 0 {
		w.add(r.since.Add(refusalsWithin), false)
	}
	return w
}

func (r *refusals) due(s *State) { s.endRefusals(r) }
