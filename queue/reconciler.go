package queue

import (
	"strconv"
	"time"
)

// inFlight is how old a leg or bridge must be before its absence on a running
// exchange means something: a younger one may be just about to be made.
const inFlight = 2 * time.Second

// lastActions is how many of a call's last ids may not have reached the exchange.
const lastActions = 6

// lastWords is longer than any last phrase. A caller who cannot be served hears more:
// welcome or notice, the reason, and an offer, maybe in each language.
const lastWords, lastWordsUnserved = 15 * time.Second, 45 * time.Second

// reconciler is what the exchange told in one [Synced].
type reconciler struct {
	*State
	// anew: the exchange was away until now, so what was asked of it meanwhile was not done.
	anew bool
	// started is when the exchange itself was.
	started  time.Time
	channels map[string]LiveChannel
	bridges  map[string]LiveBridge
	// taken are the channels whose place in their call another one has, though the call may be over by now.
	taken map[string]bool
}

// mustExist reports whether something made at that time must be known to the exchange by now.
func (r reconciler) mustExist(made time.Time) bool {
	return r.anew || r.now.Sub(made) > inFlight
}

func (r reconciler) heal(what, how string) {
	r.note(Entry{Kind: EntryHealed, Call: what, Details: &Details{Reason: how}})
}

// stopLast ends the playbacks that the last actions may have begun on a channel, but for one.
func (r reconciler) stopLast(channel string, serial int, but string) {
	r.stopMade(channel, channel, serial, but)
}

// stopMade is [reconciler.stopLast] for playbacks whose ids are made of another channel's.
func (r reconciler) stopMade(channel, of string, serial int, but string) {
	if _, lives := r.channels[channel]; !lives {
		return
	}
	for n := max(1, serial-lastActions); n <= serial; n++ {
		if id := of + "-p" + strconv.Itoa(n); id != but {
			r.do(StopPlay{channel, id})
		}
	}
}
