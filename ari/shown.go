package ari

import (
	"time"

	"kezek/queue"
)

// What a phone shows in a call is for the rules ([queue.Show]). But when somebody leaves a bridge in which two are left, and be it
// an announcement in the talk, Asterisk tells each of the two who the other one is: the number of the caller, without
// the queue. No flag of ARI keeps it from that, so the phone is told again.

const (
	// showAgainAfter keeps a phone that Asterisk does not let show what it is told from being told again and again.
	showAgainAfter = 300 * time.Millisecond
	// showPause is for the phone to take in what Asterisk has told it: of two UPDATEs within a millisecond the second was seen to
	// have no effect.
	showPause = 100 * time.Millisecond
)

// shows notes what a phone is told to show, after a pause.
func (t *tracker) shows(a queue.Show) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[a.Channel]; c != nil {
		wait = max(0, showPause-time.Since(c.otherAt))
		c.shown, c.shownAt = a, time.Now()
	}
	return wait
}

// showsOther: a phone was told who is at the other end. If that is not what it is to show, it is told again.
func (t *tracker) showsOther(ev *event) news {
	c := t.channels[ev.Channel.ID]
	if c == nil || c.shownAt.IsZero() || time.Since(c.shownAt) < showAgainAfter {
		return news{}
	}
	if is := ev.Channel.Connected; is.Name == c.shown.CallerName && is.Number == c.shown.CallerNumber {
		return news{}
	}
	again := c.shown
	c.otherAt = time.Now()
	return news{show: &again}
}
