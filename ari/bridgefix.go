package ari

import (
	"context"
	"maps"
	"slices"
	"sync"

	"kezek/queue"
)

// bridges are the members of our bridges, and which bridges have mixed: have had
// more than two to hear since all their members joined. Asterisk mixes in another way
// than it joins two, and a packet that is late at the change back can spoil what those
// two are to hear from then on: with Debian's patch for lost packets, all that has
// to be converted for them is taken for late and dropped, until they have left the
// bridge once. It happens in 1 of 100 returns to a talk of three on a busy machine.
// The fix is [Exchange.rejoin].
type bridges struct {
	mu      sync.Mutex
	of      map[string]string   // the bridge of a channel
	members map[string][]string // the other way
	mixed   map[string]bool     // by bridge
}

func newBridges() *bridges {
	return &bridges{of: map[string]string{}, members: map[string][]string{}, mixed: map[string]bool{}}
}

// joined notes who has joined a bridge.
func (b *bridges) joined(bridge string, channels ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range channels {
		b.remove(id)
		b.of[id] = bridge
		b.members[bridge] = append(b.members[bridge], id)
	}
	if len(b.members[bridge]) > 2 {
		b.mixed[bridge] = true
	}
}

// left notes that a channel has left its bridge.
func (b *bridges) left(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(channel)
}

// remove must be called with the bridges locked. A bridge is forgotten with its last member.
func (b *bridges) remove(channel string) {
	bridge, is := b.of[channel]
	if !is {
		return
	}
	delete(b.of, channel)
	b.members[bridge] = slices.DeleteFunc(b.members[bridge], func(id string) bool { return id == channel })
	if len(b.members[bridge]) == 0 {
		delete(b.members, bridge)
		delete(b.mixed, bridge)
	}
}

// mix notes that the members of a bridge hear something else beside each other.
func (b *bridges) mix(bridge string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.members[bridge]) > 0 {
		b.mixed[bridge] = true
	}
}

// destroyed forgets a bridge that is taken away.
func (b *bridges) destroyed(bridge string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range slices.Clone(b.members[bridge]) {
		b.remove(id)
	}
}

// adopt takes the members from a reading. What was before nobody knows: they all count as mixed.
func (b *bridges) adopt(live map[string]queue.LiveBridge) {
	b.mu.Lock()
	clear(b.of)
	clear(b.members)
	clear(b.mixed)
	b.mu.Unlock()
	for id, l := range live {
		b.joined(id, l.Channels...)
		b.mix(id)
	}
}

// any reports whether anybody is in a bridge.
func (b *bridges) any() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.of) > 0
}

// all is the bridge of each channel that is in one.
func (b *bridges) all() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.of)
}

// mixedOf is the bridge of a channel if it has mixed.
func (b *bridges) mixedOf(channel string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bridge := b.of[channel]; b.mixed[bridge] {
		return bridge
	}
	return ""
}

// toRejoin are the members of a bridge that has mixed and does no more. It counts as unmixed from here on.
func (b *bridges) toRejoin(bridge string) (channels []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mixed[bridge] {
		return nil
	}
	if channels = slices.Clone(b.members[bridge]); len(channels) > 2 {
		return nil
	}
	delete(b.mixed, bridge)
	return channels
}

// rejoin lets all leave a bridge for a moment and join it again, if what they are
// to hear may be spoilt. A member that has gone meanwhile stays away.
func (e *Exchange) rejoin(ctx context.Context, bridge string) error {
	var left []string
	var failed error
	for _, id := range e.tracker.bridges.toRejoin(bridge) {
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
