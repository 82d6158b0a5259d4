package dialplan

import "time"

const (
	firstPause, longestPause = 5 * time.Millisecond, time.Second
	// sayEvery is how often a trouble that lasts is logged.
	sayEvery = time.Minute
)

// pauses grow while a listener cannot accept: out of file descriptors, nothing
// is won by asking at once again. One that works for a moment in between begins the pauses
// anew, and is not logged anew.
type pauses struct {
	next time.Duration
	said time.Time
}

func (p *pauses) worked() { p.next = 0 }

// failed tells how long to wait, and whether to log it.
func (p *pauses) failed(now time.Time) (pause time.Duration, say bool) {
	p.next = min(max(2*p.next, firstPause), longestPause)
	if say = now.Sub(p.said) >= sayEvery; say {
		p.said = now
	}
	return p.next, say
}
