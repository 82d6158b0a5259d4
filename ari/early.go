package ari

import (
	"context"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// What the trunk lets us hear before a client, or a third party, answers: the carrier's ringing tone, or an announcement.
// Asterisk tells "progress" also where nothing is to be heard (183 without a session), so the packets are counted.

const (
	// earlyEvery is how often they are: so much of the beginning may be lost.
	earlyEvery = 100 * time.Millisecond
	// earlyPause is that between two requests, whatever the number of legs: with more than ten each is asked about less often.
	earlyPause = 10 * time.Millisecond
)

// earlyRounds asks about all legs that are not answered, one after the other, again and again, until ctx ends.
func (t *tracker) earlyRounds(ctx context.Context, ask func(leg string)) {
	for {
		began := time.Now()
		for _, leg := range t.unanswered() {
			ask(leg)
			if !pause(ctx, earlyPause) {
				return
			}
		}
		if !pause(ctx, max(earlyPause, time.Until(began.Add(earlyEvery)))) {
			return
		}
	}
}

// listenEarly tells once of audio that comes from a leg before its answer.
func (e *Exchange) listenEarly(ctx context.Context, leg string) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	came, none, err := e.client.heard(ctx, leg)
	if speaks := err == nil && came.Packets > 0; none || speaks { // a trunk without RTP has no early audio
		e.tracker.earlyOver(leg, speaks)
		if speaks {
			e.tell(queue.ClientProgress{Channel: leg, Audio: true})
		}
	}
}

// awaitEarly begins to listen to a leg.
func (t *tracker) awaitEarly(leg string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.early.add(leg)
}

// earlyOver ends it; speaks: something was heard.
func (t *tracker) earlyOver(leg string, speaks bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.early, leg)
	if c := t.channels[leg]; c != nil {
		c.early = c.early || speaks
	}
}

// unanswered are the legs that are listened to. Those that are answered, or end, are not any more.
func (t *tracker) unanswered() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.early, func(leg string, _ bool) bool {
		c := t.channels[leg]
		return c == nil || c.up || c.ending
	})
	return slices.Sorted(maps.Keys(t.early))
}
