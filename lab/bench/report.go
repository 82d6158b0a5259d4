package bench

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kezek/lab"
)

// Report is what a run found.
type Report struct {
	Plan                  Plan
	Began                 time.Time
	Took                  time.Duration
	Machine               string
	Versions              []string
	LoadBefore, LoadAfter float64 // of the machine, the mean of a minute
	// Stolen is the share of the run's processor time that the host of a virtual
	// machine gave to others.
	Stolen float64

	Failures    []Failure
	Interrupted error // why the run ended before its end, or nil

	Kezek, AppQueue Side
	Steps           map[crowd]float64 // nanoseconds a step

	Held, Returned samples // hold key → hold phrase; return key → return phrase, at the caller's ear
	Unheard        int     // of these phrases
	HoldLoad       shares  // how busy the machine was meanwhile

	// Arrivals are the rates at which callers came where many came, by the second,
	// as they were set.
	Arrivals []int

	Killed           int           // calls when the daemon was killed
	Lost             int           // of these
	Ready, FirstCall time.Duration // from the kill until it was ready, and until the next INVITE at an agent's phone

	Waiting            int // callers in line when
	Memory, MemoryPeak int // of the daemon was read, in bytes
	CrowdLoad          shares
}

// Failure says why a part was not measured to its end.
type Failure struct {
	Part Part
	What string // of the part, such as the round
	Err  error
}

// reason is what is wrong, without the logs that came with it.
func (f *Failure) reason() string {
	first, _, _ := strings.Cut(f.Err.Error(), "\n")
	return first
}

// failure is that of a part, or nil.
func (r *Report) failure(p Part) *Failure {
	for i := range r.Failures {
		if r.Failures[i].Part == p {
			return &r.Failures[i]
		}
	}
	return nil
}

// err says why the run has not measured everything.
func (r *Report) err() error {
	if r.Interrupted != nil {
		return fmt.Errorf("interrupted (%w): only what is in the table was measured", r.Interrupted)
	}
	var parts []Part
	for _, f := range r.Failures {
		parts = append(parts, f.Part)
	}
	if len(parts) > 0 {
		return fmt.Errorf("not measured to the end: %s", listed(parts))
	}
	return nil
}

// Side is what was found of one of the two.
type Side struct {
	Freed samples // agent hangs up → next INVITE
	Heard samples // agent answers → both hear each other
	Deaf  int     // answers after which they did not
	Load  shares  // how busy the machine was meanwhile

	Calls int
	// Costs are the processor time of one call by program, less that of idling for
	// as long, in each round at a steady rate.
	Costs []map[string]time.Duration
}

func (s *Side) addCost(calls int, busy, idle map[string]time.Duration) {
	cost := map[string]time.Duration{}
	for program := range busy {
		cost[program] = (busy[program] - idle[program]) / time.Duration(calls)
	}
	s.Calls += calls
	s.Costs = append(s.Costs, cost)
}

// cost is the processor time of one call in some programs: that of the middle one
// of the rounds, for a host that is busy makes single rounds dearer.
func (s *Side) cost(programs ...string) time.Duration {
	var rounds samples
	for _, round := range s.Costs {
		var sum time.Duration
		for _, p := range programs {
			sum += round[p]
		}
		rounds = append(rounds, sum)
	}
	return rounds.quantile(.5)
}

// all are the programs that a call costs something.
var all = []string{lab.Asterisk, lab.Daemon, lab.Redis}

// referenceCall is what a call of app_queue's cost on the machine for which the
// limits were set.
const referenceCall = 5600 * time.Microsecond

// onReference is what a cost here would be on that machine.
func (r *Report) onReference(cost time.Duration) time.Duration {
	here := max(r.AppQueue.cost(all...), 1)
	return time.Duration(float64(cost) * float64(referenceCall) / float64(here))
}

// ratio is the cost of a call in units of app_queue's, which must be known.
func (r *Report) ratio() float64 {
	return float64(r.Kezek.cost(all...)) / float64(r.AppQueue.cost(all...))
}

// growth is how much longer a step takes with the most callers than with the fewest.
func (r *Report) growth() float64 {
	return r.Steps[manyWaiting] / r.Steps[fewWaiting]
}

// logarithmic is the growth that goes with the logarithm of the number of callers.
var logarithmic = math.Log(float64(manyWaiting.waiting)) / math.Log(float64(fewWaiting.waiting))
