package phone

import (
	"context"
	"fmt"
	"time"

	"kezek/lab/ear"
)

// listenEvery is how often a live recording is searched for a prompt.
const listenEvery = 100 * time.Millisecond

// WaitPrompt waits until a prompt of the library begins in what is heard from
// since on, and returns it and the time when its first sample came. It knows
// about half a second after the beginning, long before the end: time enough
// for a test to press a key into the prompt.
//
// Of prompts that begin alike it takes what was heard so far for the one that
// was asked for; [ear.Library.Listen] to the whole recording knows better.
func (c *Call) WaitPrompt(ctx context.Context, l *ear.Library, name string, since time.Time) (ear.Heard, time.Time, error) {
	only, err := l.Only(name)
	if err != nil {
		return ear.Heard{}, time.Time{}, err
	}
	if since.IsZero() {
		since = c.Recording().Start
	}
	for {
		now, live := time.Now(), c.Live()
		rec := c.Recording().Since(since)
		if h, found := only.Listen(rec.PCM).Find(name); found {
			return h, c.Came(rec.Time(h.From)), nil
		}
		if !live {
			return ear.Heard{}, time.Time{}, fmt.Errorf("%v: over without prompt %s", c, name)
		}
		// What has been searched need not be again, but for the beginning of
		// a prompt that is just playing.
		if back := now.Add(-only.Longest() - time.Second); back.After(since) {
			since = back
		}
		_, err := c.hear(ctx, "prompt "+name, now.Add(listenEvery), 1, func([]int16) bool { return true })
		if err != nil && c.Live() {
			return ear.Heard{}, time.Time{}, err
		}
	}
}
