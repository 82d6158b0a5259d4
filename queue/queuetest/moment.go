package queuetest

import (
	"time"

	"kezek/queue"
)

// Moment is what a daemon finds that starts just now: a state as the store has
// it, and what lives on the exchange.
type Moment struct {
	At    time.Time
	Rules *queue.Rules
	// Saved is the caller's own.
	Saved *queue.Snapshot
	Truth queue.Synced
}

// momentSite is small, and has all that a call may be busy with.
const momentSite = `
trunk allow=+996
transfer extensions=12 ring=10s
supervisors PJSIP/1100 PJSIP/1101
queue sales did=100 not_heard_after=10s same_within=24h same_wait=20s rating=true record=true overflow_after=30s pause_after=3 wrapup=5s position=true wait=true every=20s whisper=true limit=20s act=14s remind=8s
queue support did=200 same_within=1h same_wait=40s code=802 strategy=rrmemory weight=1 max_wait=2m max_waiting=15 rest=1s limit=20s act=14s remind=8s then=requeue total=1m hold_ring=3s return=over_phrase agent_hangup=requeue
status coffee 21
result contract 1
agent 1001 ru sales
agent 1003 ky sales support:1 trainee=true
agent 1005 ru,ky sales support
agent 1006 ru,ky supervisor=true
`

// Moments lets worlds of several seeds live for some minutes with every fault at
// once, and gives every so many-th moment between two steps.
func Moments(seeds uint64, every int) ([]Moment, error) {
	var all []Moment
	for seed := range seeds {
		w, err := NewWorld(momentSite, seed, Faults{
			Crash: 0.001, Disconnect: 0.001, PlayFails: 0.02, Decline: 0.1, Ignore: 0.1, Unplug: 0.02, Leave: 0.02, Repeat: 0.01,
			Unsafe: 0.1, ClientAway: 0.15, Hold: 0.6, NeverBack: 0.3, Conduct: 0.5,
		})
		if err != nil {
			return nil, err
		}
		steps := 0
		w.watch = func() {
			if steps++; steps%every == 0 {
				all = append(all, Moment{w.clock(), w.Rules, w.load(), w.truth()})
			}
		}
		if err := w.Live(10*time.Minute, 15*time.Second); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Day lets a world live for an hour, with every fault at once, until nobody is on the line, and gives the journal of it.
func Day(seed uint64) ([]queue.Entry, error) {
	w, err := NewWorld(momentSite, seed, Faults{
		Crash: 0.001, Disconnect: 0.001, PlayFails: 0.02, Decline: 0.1, Ignore: 0.1, Unplug: 0.02, Leave: 0.02, Repeat: 0.01,
		Unsafe: 0.1, ClientAway: 0.15, Hold: 0.6, NeverBack: 0.3, Conduct: 0.5, Odd: 0.1,
	})
	if err != nil {
		return nil, err
	}
	err = w.Live(time.Hour, 8*time.Second)
	return w.journal, err
}
