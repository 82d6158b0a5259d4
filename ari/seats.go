package ari

import (
	"context"
	"slices"
	"sync"

	"kezek/queue"
)

// seats are who sits in which bridge, and which bridges have mixed: have had more
// than two to hear since all took their seats. Asterisk mixes in another way than
// it joins two, and a packet that is late at the change back can spoil what those
// two are to hear from then on: with Debian's patch for lost packets, all that has
// to be converted for them is taken for late and dropped, until they have left the
// bridge once. It happens in 1 of 100 returns to a talk of three on a busy machine.
type seats struct {
	mu    sync.Mutex
	of    map[string]string   // bridges, by the channels in them
	in    map[string][]string // the other way
	mixed map[string]bool     // bridges
}

func newSeats() *seats {
	return &seats{of: map[string]string{}, in: map[string][]string{}, mixed: map[string]bool{}}
}

// sit notes who has joined a bridge.
func (s *seats) sit(bridge string, channels ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range channels {
		s.leave(id)
		s.of[id] = bridge
		s.in[bridge] = append(s.in[bridge], id)
	}
	if len(s.in[bridge]) > 2 {
		s.mixed[bridge] = true
	}
}

// rise notes who has left his bridge.
func (s *seats) rise(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(channel)
}

// leave must be called with the seats locked. The last one takes the bridge with him.
func (s *seats) leave(channel string) {
	if b, sits := s.of[channel]; sits {
		delete(s.of, channel)
		s.in[b] = slices.DeleteFunc(s.in[b], func(id string) bool { return id == channel })
		if len(s.in[b]) == 0 {
			delete(s.in, b)
			delete(s.mixed, b)
		}
	}
}

// mix notes that those in a bridge hear something else beside each other.
func (s *seats) mix(bridge string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.in[bridge]) > 0 {
		s.mixed[bridge] = true
	}
}

// end forgets a bridge that is taken away.
func (s *seats) end(bridge string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Clone(s.in[bridge]) {
		s.leave(id)
	}
}

// adopt takes the seats from a reading. What was before nobody knows.
func (s *seats) adopt(bridges map[string]queue.LiveBridge) {
	s.mu.Lock()
	clear(s.of)
	clear(s.in)
	clear(s.mixed)
	s.mu.Unlock()
	for id, b := range bridges {
		s.sit(id, b.Channels...)
		s.mix(id)
	}
}

// mixedOf is the bridge of a channel if it has mixed.
func (s *seats) mixedOf(channel string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.of[channel]; s.mixed[b] {
		return b
	}
	return ""
}

// spoilt are those in a bridge that has mixed and does no more. They are to take
// their seats again.
func (s *seats) spoilt(bridge string) (channels []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mixed[bridge] {
		return nil
	}
	if channels = slices.Clone(s.in[bridge]); len(channels) > 2 {
		return nil
	}
	delete(s.mixed, bridge)
	return channels
}

// reseat lets all leave a bridge for a moment and join it again, if what they are
// to hear may be spoilt. Who is gone meanwhile stays away.
func (e *Exchange) reseat(ctx context.Context, bridge string) error {
	spoilt := e.table.seats.spoilt(bridge)
	var left []string
	var failed error
	for _, id := range spoilt {
		switch was, err := e.takeOut(ctx, bridge, id); {
		case was:
			left = append(left, id)
		case err != nil && !gone(err):
			failed = err
		}
	}
	for _, id := range left {
		if err := e.enter(ctx, bridge, id); err != nil && !gone(err) {
			failed = err
		}
	}
	return failed
}
