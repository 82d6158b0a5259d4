package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
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
	// flagged are those of them who were warned of their tone, whether or not that is long ago.
	flagged map[string]*Caller
	lines   map[string]*Line
	// phones is what the exchange last told about each phone, desks who is logged in there.
	phones map[string]PhoneChanged
	desks  map[string]*Agent
	// sheets are the agents' last timesheets, closedSheets the ones before.
	sheets, closedSheets map[string]*Timesheet
	// lastID is the time that the last callback's id was made of, in µs.
	lastID int64
	// up: the exchange can be asked to do something.
	up bool
	// supervisors counts those who are logged in.
	supervisors int
	// retired are the rules of queues and agents that the config no longer has
	// while calls of theirs still live.
	retired Rules

	index index
	// match knows who waits and who is free.
	match *match.Matcher
	// lamps is what phones show, as far as the exchange was told.
	lamps lamps
	// now is the time of the step, day its date, fx its effects so far, by the supervisor whose order it is, phone where a code was dialled.
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
	// dropped were logged in when the state was saved, and the config does not have them any more.
	dropped []*Agent
	// refusals that a phone has met lately, by phone.
	refusals map[string]*refusals
	// mendings are what New had to mend.
	mendings []Mending
	// touched entities are saved at the end of the step, stale ones are indexed
	// again before the next match.
	touched, stale []Entity
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

// Lines are the queues' statistics, by name.
func (s *State) Lines() []*Line {
	return slices.SortedFunc(maps.Values(s.lines), func(a, b *Line) int { return cmp.Compare(a.Queue, b.Queue) })
}

// Snapshot is the whole state, to be saved anew.
func (s *State) Snapshot() *Snapshot {
	return &Snapshot{
		Agents:    s.Agents(),
		Calls:     s.Calls(),
		Callers:   slices.SortedFunc(maps.Values(s.callers), func(a, b *Caller) int { return cmp.Compare(a.Number, b.Number) }),
		Lines:     s.Lines(),
		Callbacks: s.Callbacks(),
		Timesheets: append(s.Timesheets(), slices.SortedFunc(maps.Values(s.closedSheets), func(a, b *Timesheet) int {
			return cmp.Compare(a.Agent, b.Agent)
		})...),
	}
}

// Step does what the rules say about an event. Time never runs backwards in
// here: an earlier time counts as the latest one seen.
func (s *State) Step(at time.Time, ev Event) Effects {
	if at.After(s.now) {
		s.now = at
	}
	s.fx.Answer, s.hand, s.wrongMove = Answer{}, nil, nil
	for _, a := range s.dropped {
		s.noteLogOut(a, ShiftAgentRemoved, "", "")
	}
	s.dropped = nil
	switch ev := ev.(type) {
	case Tick:
		s.tick()
	case RulesChanged:
		s.changeRules(ev.Rules)
	case CallArrived:
		s.arrive(ev)
	case LegAnswered:
		s.at(ev.Channel).answered(s, ev.Rang)
	case ChannelGone:
		s.at(ev.Channel).gone(s, ev.Cause)
	case KeyPressed:
		s.at(ev.Channel).key(s, ev.Key)
	case HoldPressed:
		s.at(ev.Channel).hold(s, true)
	case HoldReleased:
		s.at(ev.Channel).hold(s, false)
	case CallerSpeaks:
		s.at(ev.Channel).speaks(s)
	case RecordingBroke:
		s.at(ev.Channel).recordingBroke(s, ev)
	case TransferPressed:
		s.at(ev.Channel).transfer(s, ev)
	case LegPushedOut:
		s.at(ev.Channel).pushedOut(s)
	case PlayEnded:
		s.at(ev.Channel).playEnded(s, ev.Playback)
	case PhoneChanged:
		s.phoneChanged(ev)
	case ExchangeDown:
		s.up = false
	case Synced:
		s.sync(ev)
	case LogIn:
		s.phone = ev.Phone
		s.logIn(ev)
	case LogOut:
		s.by, s.phone = ev.By, ev.Phone
		s.logOut(ev)
	case SetStatus:
		s.by, s.phone = ev.By, ev.Phone
		s.setStatus(ev)
	case AskState:
		s.phone = ev.Phone
		s.askState(ev)
	case SetResult:
		s.phone = ev.Phone
		s.setResult(ev)
	case ExtendWrapUp:
		s.phone = ev.Phone
		s.extendWrapUp(ev)
	case Supervise:
		s.phone = ev.Phone
		s.supervise(ev)
	case SupervisorArrived:
		s.at(ev.Channel).arrived(s)
	case SetNotice:
		s.setNotice(ev)
	case EndNotice:
		s.endNotice(ev)
	case NoticeCode:
		s.phone = ev.Phone
		s.noticeCode(ev)
	case BookCallback:
		s.by = ev.By
		s.bookCallback(ev)
	case ClearNumber:
		s.by = ev.By
		s.clearNumber(ev)
	case CancelCallback:
		s.by = ev.By
		s.cancelCallback(ev)
	case Promised:
		s.promised(ev.Callback)
	case NotPromised:
		s.notPromised(ev.Callback)
	default:
		panic(fmt.Sprintf("queue: Step has no case for %T", ev)) // an event without a rule would be lost in silence
	}
	s.by, s.phone = "", "" // what follows from it is the rules' own
	s.settle()
	s.nextAlarm()
	s.showLamps()
	s.collect()
	return s.fx.take()
}

// take gives the effects away and leaves room for those of the next step.
func (fx *Effects) take() Effects {
	return Effects{
		taken(&fx.Changed), taken(&fx.Gone), taken(&fx.Actions), taken(&fx.Journal), taken(&fx.Promises), fx.Answer,
	}
}

// taken gives away what is in a buffer; the next step goes on behind it, so that
// nothing is copied.
func taken[E any](s *[]E) []E {
	n := len(*s)
	if n == 0 {
		return nil
	}
	out := (*s)[:n:n]
	if *s = (*s)[n:]; cap(*s) < 8 {
		*s = make([]E, 0, 32)
	}
	return out
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

// refresh brings the index up to date.
func (s *State) refresh() {
	for _, e := range s.stale {
		s.reindex(e)
		e.marked().stale = false
	}
	s.stale = s.stale[:0]
}

// collect hands the changed entities to the effects of the step.
func (s *State) collect() {
	for _, e := range s.touched {
		e.marked().touched = false
		if s.lives(e) {
			s.fx.Changed = append(s.fx.Changed, e)
		} else {
			s.fx.Gone = append(s.fx.Gone, e)
		}
	}
	s.touched = s.touched[:0]
}

// lives reports whether the entity is still part of the state.
func (s *State) lives(e Entity) bool {
	switch e := e.(type) {
	case *Call:
		return s.calls[e.ID] == e
	case *Agent:
		return s.agents[e.ID] == e
	case *Callback:
		return s.callbacks[e.ID] == e || e.State == CallbackOver // over, it is kept in the store
	case *Caller:
		return s.callers[e.Number] == e
	default:
		return true
	}
}

// dropAgent forgets an agent whom the config does not have any more.
func (s *State) dropAgent(a *Agent) {
	switch {
	case a.Status == Offline:
	case s.now.IsZero(): // the state is loaded: told in the first step, which has a time
		s.dropped = append(s.dropped, a)
	default:
		s.noteLogOut(a, ShiftAgentRemoved, "", "")
	}
	s.endMonitor(a)
	if s.desks[a.Endpoint] == a {
		delete(s.desks, a.Endpoint)
	}
	delete(s.agents, a.ID)
	s.touch(a)
}

func (s *State) do(a ...Action) { s.fx.Actions = append(s.fx.Actions, a...) }

// forgetCallers drops what is remembered about numbers that have not called for long.
func (s *State) forgetCallers() {
	for number, known := range s.callers {
		if known.Until.Before(s.now) {
			delete(s.callers, number)
			delete(s.flagged, number)
			s.touch(known)
		}
	}
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

// line is the statistics of a queue, of today.
func (s *State) line(queue string) *Line {
	l := s.lines[queue]
	if l == nil {
		l = &Line{Queue: queue}
		s.lines[queue] = l
	}
	if day := s.today(); l.Day != day {
		*l = Line{marks: l.marks, Queue: queue, Handle: l.Handle, LastAgent: l.LastAgent, Day: day, Notice: l.Notice}
		s.forgetCallers()
	}
	s.touch(l)
	return l
}
