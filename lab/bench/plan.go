package bench

import "time"

// A Plan says how much is measured.
type Plan struct {
	Steps  string // -benchtime of the benchmarks of the rules; "" leaves them out
	Agents int    // at most 10
	Rounds int    // of each kind, on each side

	// Rounds with callers waiting.
	Window  time.Duration // how long one is measured
	Silent  int           // callers of SIPp on the line at a time
	Voices  int           // callers with a voice at a time
	TalkFor time.Duration // from the agent's answer until he hangs up, a quarter more or less

	// Rounds with a steady rate.
	Calls     int
	PerSecond int
	ShortTalk time.Duration // TalkFor of these

	// Holds: calls at the same time, and holds of each agent.
	Concurrent int
	Holds      int

	// The crowd.
	Killed  int // calls when the daemon is killed, those with agents included
	Waiting int // callers in line when the memory is read
	Arrive  int // a second
	// Settle is the time from the last arrival until the memory is read: all have
	// heard their greeting after ten seconds.
	Settle time.Duration
}

// Full is what make bench does, in ten minutes. It leaves a machine
// of two processors half of its time, so that what is measured is not how long others were busy.
// The rounds are many and short: a host that is busy for a while meets both sides.
func Full() Plan {
	return Plan{
		Steps:  "1s",
		Agents: 10, Rounds: 7,
		Window: 8 * time.Second, Silent: 20, Voices: 10, TalkFor: 1500 * time.Millisecond,
		Calls: 60, PerSecond: 10, ShortTalk: 500 * time.Millisecond,
		Concurrent: 200, Holds: 12,
		Killed: 500, Waiting: 1000, Arrive: 100, Settle: 10 * time.Second,
	}
}

// Quick tries everything once, and its figures say little.
func Quick() Plan {
	return Plan{
		Steps:  "1x",
		Agents: 2, Rounds: 1,
		Window: 3 * time.Second, Silent: 12, Voices: 4, TalkFor: 300 * time.Millisecond,
		Calls: 4, PerSecond: 4, ShortTalk: 300 * time.Millisecond,
		Concurrent: 8, Holds: 1,
		Killed: 20, Waiting: 40, Arrive: 20, Settle: time.Second,
	}
}
