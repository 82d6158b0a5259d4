package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Part of a run can be measured alone.
type Part string

// The parts, in the order of the page.
const (
	Line  Part = "line"
	Cost  Part = "cost"
	Holds Part = "holds"
	Crowd Part = "crowd"
	Steps Part = "steps"
)

// Parts tells of each part what it measures.
var Parts = []struct {
	Part
	Tells string
}{
	{Line, "callers waiting: how soon a free agent gets the next one, and how soon they hear each other; beside app_queue"},
	{Cost, "a steady rate: the processor time of a call; beside app_queue"},
	{Holds, "hold and return keys: how soon the caller hears the phrase, while many others wait"},
	{Crowd, "many callers wait: the daemon's memory, and what a kill -9 of it costs"},
	{Steps, "the rules alone: the time of one step"},
}

// All are the names of the parts.
func All() []Part {
	var all []Part
	for _, p := range Parts {
		all = append(all, p.Part)
	}
	return all
}

// ParseParts reads names of parts. No name stands for all of them.
func ParseParts(names []string) ([]Part, error) {
	if len(names) == 0 {
		return All(), nil
	}
	var parts []Part
	for _, name := range names {
		p := Part(strings.TrimSpace(name))
		if !slices.Contains(All(), p) {
			return nil, fmt.Errorf("no part is called %q: there are %s", name, listed(All()))
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func listed(parts []Part) string {
	var names []string
	for _, p := range parts {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// A Plan says how much is measured.
type Plan struct {
	Parts    []Part
	StepTime string // -benchtime of the benchmarks of the rules
	Agents   int    // at most 10
	Rounds   int    // of line and cost each, on each side

	// Rounds with callers waiting.
	Window  time.Duration // how long one is measured
	Silent  int           // callers of SIPp on the line at a time
	Voices  int           // callers with a voice at a time
	TalkFor time.Duration // from the agent's answer until they hang up, a quarter more or less

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
	// Settle is the time from the last arrival until the memory is read: all have
	// heard their greeting after ten seconds.
	Settle time.Duration

	// Arrive is the most callers who come in a second, where many come. The rate
	// that fits the machine may be lower, see arrivals.
	Arrive int
}

func (p *Plan) wants(part Part) bool { return slices.Contains(p.Parts, part) }

// Full is what make bench does, in ten minutes. It leaves a machine
// of two processors half of its time, so that what is measured is not how long others were busy.
// The rounds are many and short: a host that is busy for a while meets both sides.
func Full() Plan {
	return Plan{
		Parts: All(), StepTime: "1s",
		Agents: 10, Rounds: 7,
		Window: 8 * time.Second, Silent: 20, Voices: 10, TalkFor: 1500 * time.Millisecond,
		Calls: 60, PerSecond: 10, ShortTalk: 500 * time.Millisecond,
		Concurrent: 200, Holds: 12,
		Killed: 500, Waiting: 1000, Settle: 10 * time.Second,
		Arrive: 100,
	}
}

// Quick tries everything once, and its figures say little.
func Quick() Plan {
	return Plan{
		Parts: All(), StepTime: "1x",
		Agents: 2, Rounds: 1,
		Window: 3 * time.Second, Silent: 12, Voices: 4, TalkFor: 300 * time.Millisecond,
		Calls: 12, PerSecond: 6, ShortTalk: 300 * time.Millisecond,
		Concurrent: 8, Holds: 1,
		Killed: 20, Waiting: 40, Settle: time.Second,
		Arrive: 20,
	}
}
