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
		if e.sends(leg) {
			e.tracker.speaksEarly(leg)
			e.tell(queue.ClientProgress{Channel: leg, Audio: true})
			return
		}
		e.awaitEarly(leg)
	})
}

// sends reports whether Asterisk has received audio of a channel. One that has no RTP sends none.
func (e *Exchange) sends(channel string) bool {
	var came struct {
		Packets int `json:"rxcount"`
	}
	err := e.client.get(context.Background(), path("channels", channel, "rtp_statistics"), &came)
	return err == nil && came.Packets > 0
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
