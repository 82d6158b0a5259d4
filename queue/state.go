package queue

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/queue/internal/match"
)

// State is the live state of a site: its calls, agents and lines.
// It is not safe for concurrent use.
type State struct {
	rules  *Rules
	calls  map[string]*Call
	agents map[string]*Agent
	// callbacks that are not over.
	callbacks map[string]*Callback
	callers   map[string]*Caller
	lines     map[string]*Line
	// phones is what the exchange last told about each phone.
	phones map[string]PhoneChanged
	// sheets are the agents' last timesheets, closedSheets the ones before.
	sheets, closedSheets map[string]*Timesheet
	// lastID is the time that the last callback's id was made of, in µs.
	lastID int64
	// idsAhead is by how much ids are ahead of the clock, after it was set back: what was used is not used again.
	idsAhead time.Duration
	// up: the exchange can be asked to do something.
	up bool
	// trunk is what calls over it have shown.
	trunk trunkState
	// supervisors counts those who are logged in.
	supervisors int
	// trainees: whether trainees may work is to be looked at anew in this step.
	trainees bool
	// retired are the rules of queues and agents that the config no longer has
	// while calls of theirs still live.
	retired Rules
	// queueByDID are the queues by the numbers that are called, extensions are those of the rules, which clients are not called at.
	queueByDID map[string]*QueueRules
	extensions map[string]bool
	// keyable are the lengths of the extensions that callers key.
	keyable lengths

	index index
	// match knows the jobs that wait and the agents who are free.
	match *match.Matcher
	// lamps is what phones show, as far as the exchange was told.
	lamps lamps
	// now is the time of the step, day its date, fx its effects so far, by the supervisor who ordered it, phone the one
	// where a code was dialled.
	now       time.Time
	day       day
	fx        Effects
	by, phone string
	// wrongMove is a move of this step that is not declared, see Moves.
	wrongMove *Fault
	// hand is what the step is busy with just now, see Suspect.
	hand Entity
	// formerly are the last numbers of the ids of calls that were put aside.
	formerly map[string]int
	// dropped are agents who were logged in when the state was saved, and are no longer in the config.
	dropped []*Agent
	// refusals that a phone has met lately, by phone.
	refusals map[string]*refusals
	// mendings are what New had to mend.
	mendings []Mending
	// touched entities are saved at the end of the step, stale ones are indexed
	// again before the next match.
	touched, stale []Entity
}

// Event is something that happened: on the exchange, at an agent's phone, at
// a supervisor's screen, or a deadline. The types are in event.go.
type Event interface {
	// happen does what the rules say about it.
	happen(s *State)
}

// lamps are the lamp states that the exchange shows, as far as it was told.
type lamps struct {
	queues map[string]*queueLamp
	// changed are those of queues that are to be looked at when the step ends.
	changed []*queueLamp
	// read: the exchange has just told what it shows, which is seen. told: it was told all before. stale: the rules are new.
	read, told, stale bool
	seen              map[string]LampState
}

// queueLamp is the lamp of a queue: what it shows, and when that changes by itself, in ns since 1970; 0 is never.
type queueLamp struct {
	marks
	armed
	queue   string
	shows   LampState
	changes int64
	// waiting counts the callers for whom no phone rings.
	waiting int
}

// trunkState is not saved: the callbacks that wait for the trunk tell after a restart that it is down, and the next call how it is.
type trunkState struct {
	// downSince is when it began to fail, tryAt when the next callback may try it, workedAt when it last connected somebody.
	downSince, tryAt, workedAt time.Time
}

// refusals of a phone within a minute.
type refusals struct {
	marks
	armed
	phone string
	since time.Time
	told  int
	// untold were counted alone; last is the last one of them.
	untold int
	last   Entry
}

// day is a local date and when it begins and ends.
type day struct {
	date       string
	from, till time.Time
	in         *time.Location
}

// Rules is the config in force.
func (s *State) Rules() *Rules { return s.rules }

// Agents are all agents of the config, by id.
func (s *State) Agents() []*Agent {
	return slices.SortedFunc(maps.Values(s.agents), func(a, b *Agent) int { return cmp.Compare(a.ID, b.ID) })
}

// Calls are all live calls, the oldest first.
func (s *State) Calls() []*Call {
	return slices.SortedFunc(maps.Values(s.calls), func(a, b *Call) int {
		return cmp.Or(a.Arrived.Compare(b.Arrived), cmp.Compare(a.ID, b.ID))
	})
}

// Callbacks are all that are not over, the one due first in front.
func (s *State) Callbacks() []*Callback {
	return slices.SortedFunc(maps.Values(s.callbacks), func(a, b *Callback) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
}

// Lines are what is known about the queues, by name.
func (s *State) Lines() []*Line {
	return slices.SortedFunc(maps.Values(s.lines), func(a, b *Line) int { return cmp.Compare(a.Queue, b.Queue) })
}

// queueRules are the rules of a call's queue. A live call always has some.
func (s *State) queueRules(name string) *QueueRules {
	if q := s.rules.Queues[name]; q != nil {
		return q
	}
	return s.retired.Queues[name]
}

// agentRules are the rules of an agent of the state.
func (s *State) agentRules(id string) *AgentRules {
	if a := s.rules.Agents[id]; a != nil {
		return a
	}
	return s.retired.Agents[id]
}

// agentAt is the agent who is logged in at a phone, nil if nobody is.
func (s *State) agentAt(phone string) (at *Agent) {
	for _, a := range s.agents {
		if phone != "" && a.Endpoint == phone && (at == nil || a.ID > at.ID) { // two only in a store that contradicts itself
			at = a
		}
	}
	return at
}

// allowsClient reports whether a client may be called at a number: one that the trunk allows, and that is not
// the site's own, neither a line nor an agent's extension.
func (s *State) allowsClient(number string) bool {
	return s.rules.Trunk.allows(number) && !s.isLine(number) && !s.extensions[number]
}

// isLine reports whether a number is that of one of the site's own lines. Whoever presents it as their own has
// no number by which they could be known or called.
func (s *State) isLine(number string) bool {
	return number != "" && (number == s.rules.Trunk.CallerID || s.queueByDID[number] != nil)
}

// caller is what is remembered about a number, to be changed.
func (s *State) caller(number string) *Caller {
	return changedCaller(s, s.callers[number], number)
}

// changedCaller is what is known about a number, or nothing yet, to be changed.
func changedCaller(s *State, known *Caller, number string) *Caller {
	if known == nil {
		known = &Caller{Number: number}
		s.callers[number] = known
	}
	s.touch(known)
	known.Until = known.Until.Add(time.Millisecond)
	return known
}

// line is what is known about a queue, to be changed; its counts are of today.
func (s *State) line(queue string) *Line {
	l := s.lines[queue]
	if l == nil {
		l = &Line{Queue: queue}
		s.lines[queue] = l
	}
	if day := s.today(); l.Day != day {
		*l = Line{marks: l.marks, armed: l.armed, Queue: queue, Handle: l.Handle, LastAgent: l.LastAgent, Day: day, Notice: l.Notice}
		for _, known := range s.callers { // once a day: numbers that have not called for long
			if known.Until.Before(s.now) {
				s.drop(known)
			}
		}
	}
	s.touch(l)
	return l
}

// today is the local date, which is written out once a day.
func (s *State) today() string {
	d := &s.day
	if d.in != s.rules.Location || s.now.Before(d.from) || !s.now.Before(d.till) {
		now := s.now.In(s.rules.Location)
		y, m, n := now.Date()
		*d = day{now.Format(time.DateOnly), time.Date(y, m, n, 0, 0, 0, 0, now.Location()), s.rules.midnight(now), now.Location()}
	}
	return d.date
}

// midnight is the end of the local day that a time is in, whatever the clock does in between.
func (r *Rules) midnight(at time.Time) time.Time {
	y, m, d := at.In(r.Location).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, r.Location).UTC()
}

// touch marks an entity as changed.
func (s *State) touch(e Entity) {
	m := e.marked()
	if !m.touched {
		m.touched = true
		s.touched = append(s.touched, e)
	}
	if !m.stale {
		m.stale = true
		s.stale = append(s.stale, e)
	}
}

// drop takes an entity out of the state.
func (s *State) drop(e Entity) {
	switch e := e.(type) {
	case *Call:
		delete(s.calls, e.ID)
	case *Agent:
		delete(s.agents, e.ID)
	case *Callback:
		delete(s.callbacks, e.ID)
	case *Caller:
		delete(s.callers, e.Number)
	}
	e.marked().dropped = true
	s.touch(e)
}

// do adds actions to the effects of the step.
func (s *State) do(a ...Action) { s.fx.Actions = append(s.fx.Actions, a...) }

// note adds an entry to the journal of the step.
func (s *State) note(e Entry) {
	e.At = s.now
	if e.By == "" {
		e.By = s.by
	}
	s.fx.Journal = append(s.fx.Journal, e)
}

// note adds an entry about the call.
func (c *Call) note(s *State, e Entry) { s.note(c.about(e)) }

// note adds an entry about the callback.
func (cb *Callback) note(s *State, e Entry) { s.note(cb.about(e)) }

// nextID makes an id for a leg, bridge or playback. The prefix is the channel that it belongs to, and no id is used twice.
func (c *Call) nextID(prefix, kind string) string {
	c.Serial++
	return serial(prefix, kind, c.Serial)
}

// nextID makes an id for a leg or playback of a callback.
func (cb *Callback) nextID(s *State, prefix, kind string) string {
	cb.Serial++
	s.touch(cb)
	return serial(prefix, kind, cb.Serial)
}

func serial(prefix, kind string, n int) string { return prefix + "-" + kind + strconv.Itoa(n) }

// callOf is the call that a leg or bridge id was made for, see nextID.
func callOf(id string) string { return id[:max(0, strings.LastIndexByte(id, '-'))] }

// serialOf is the number at the end of a leg's, bridge's or playback's id, see nextID.
func serialOf(id string) int {
	end := id[strings.LastIndexByte(id, '-')+1:]
	n, err := strconv.Atoi(end[min(1, len(end)):]) // behind the letter of its kind
	if err != nil {
		return 0
	}
	return n
}

// Snapshot is the saved state of a site, as a store loads it.
type Snapshot struct {
	Agents  []*Agent
	Calls   []*Call
	Callers []*Caller
	Lines   []*Line
	// Callbacks that are not over.
	Callbacks []*Callback
	// Timesheets are the last ones of each agent.
	Timesheets []*Timesheet
}
