package ari

import (
	"context"
	"time"

	"kezek/queue"
)

// What the trunk lets us hear before the client answers: the carrier's ringing tone, or an announcement. Asterisk tells
// "progress" also where nothing is to be heard (183 without a session), so the packets are counted.

// earlyEvery is how often they are: so much of the beginning may be lost.
const earlyEvery = 100 * time.Millisecond

// awaitEarly tells once of audio that comes from a leg before its answer.
func (e *Exchange) awaitEarly(leg string) {
	time.AfterFunc(earlyEvery, func() {
		if !e.tracker.isCalled(leg) {
			return
		}
		switch came, none, err := e.client.heard(context.Background(), leg); {
		case none: // a trunk without RTP has no early audio
		case err == nil && came.Packets > 0:
			e.tracker.speaksEarly(leg)
			e.tell(queue.ClientProgress{Channel: leg, Audio: true})
		default:
			e.awaitEarly(leg)
		}
	})
}

// isCalled reports whether a leg lives and is not answered.
func (t *tracker) isCalled(leg string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[leg]
	return c != nil && !c.up && !c.ending
}

// speaksEarly notes that a leg is heard before its answer.
func (t *tracker) speaksEarly(leg string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[leg]; c != nil {
		c.early = true
	}
}
