package queue

import (
	"cmp"
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
	r := s.refusals[e.Phone]
	if r != nil && !s.now.Before(r.ends()) {
		r.end(s)
		r = nil
	}
	if r == nil {
		if len(s.refusals) >= mostRefused { // the minute that began first ends now, to make room
			slices.MinFunc(slices.Collect(maps.Values(s.refusals)), func(a, b *refusals) int {
				return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.phone, b.phone))
			}).end(s)
		}
		r = &refusals{phone: e.Phone, since: s.now}
		s.refusals[e.Phone] = r
		s.index.timetable.arm(r, false)
	}
	if r.told < refusalsEach {
		r.told++
		s.note(e)
		return
	}
	r.untold++
	r.last = e
}

// ends is when the minute of a phone is over.
func (r *refusals) ends() time.Time { return r.since.Add(refusalsWithin) }

// end records what was only counted in a minute, and forgets it.
func (r *refusals) end(s *State) {
	delete(s.refusals, r.phone)
	s.index.timetable.arm(r, true)
	if r.untold > 0 {
		r.last.Details.Times = r.untold
		s.note(r.last)
	}
}

// Kind and Key name the phone among the owners of deadlines.
func (*refusals) Kind() string  { return "refusals" }
func (r *refusals) Key() string { return r.phone }

func (r *refusals) wakes() wakes { return wakes{always: r.ends().UnixNano()} }

func (r *refusals) due(s *State) { r.end(s) }
