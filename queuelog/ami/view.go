package ami

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// The states of a device, include/asterisk/devicestate.h.
const (
	deviceFree        = 1
	deviceInUse       = 2
	deviceUnavailable = 5
	deviceRinging     = 6
	deviceRingInUse   = 7
	deviceOnHold      = 8
)

// view is a copy of what there is to tell of the state.
type view struct {
	at    time.Time
	lines []*line // by name
	calls map[string]caller
}

// line is a queue.
type line struct {
	name, strategy                string
	max, weight, level            int
	completed, inTime             int
	abandoned, abandonedInTime    int
	members                       []member // by agent
	callers                       []caller // who is served first in front
	holdTime, talkTime, available int
}

// member is an agent who is logged in and serves the queue.
type member struct {
	queue, agent, name, phone string
	penalty, calls, wrapUp    int
	// lastCall, lastPause and logIn are Unix seconds; 0 is never.
	lastCall, lastPause, logIn int64
	inCall, paused             bool
	reason                     string
	device                     int
}

// caller is who waits in a line, or has waited.
type caller struct {
	call, channel, queue, number, name, did, language string
	entered                                           time.Time
	// rings is the extension that rings for them, the last one of several, and ringsName its agent.
	rings, ringsName string
	// position in line, 0 for one who is in none, and that on entry.
	position, joinedAt, priority int

	// What the rest is made of.
	waits, head, inTime bool
	place               time.Time
	offeredTo, talksTo  string
}

// line is a queue by its name, whatever its case; nil if there is none.
func (v *view) line(name string) *line {
	i := slices.IndexFunc(v.lines, func(l *line) bool { return strings.EqualFold(l.name, name) })
	if i < 0 {
		return nil
	}
	return v.lines[i]
}

// copied is what a view is made of, as it stands in the state: what can be done later is not done while the rules wait.
type copied struct {
	at     time.Time
	rules  *queue.Rules // never changed in place
	agents []queue.Agent
	// unsupervised are the trainees who get no calls.
	unsupervised map[string]bool
	figures      []queue.Line
	calls        []caller
}

// look copies the state; it runs in the loop of the rules.
func look(s *queue.State, now time.Time) *copied {
	calls, agents := s.Calls(), s.Agents()
	c := &copied{at: now, rules: s.Rules(), agents: make([]queue.Agent, len(agents)), unsupervised: map[string]bool{}, calls: make([]caller, len(calls))}
	for i, a := range agents {
		c.agents[i] = *a
		if s.Unsupervised(a.ID) {
			c.unsupervised[a.ID] = true
		}
	}
	for _, l := range s.Lines() {
		c.figures = append(c.figures, *l)
	}
	for i, call := range calls {
		c.calls[i].copy(call)
	}
	return c
}

// copy takes what there is to tell of a call.
func (c *caller) copy(from *queue.Call) {
	c.call, c.channel, c.queue, c.number, c.name = from.ID, cmp.Or(from.Channel, from.ID), from.Queue, from.Number, from.Name
	c.did, c.language, c.entered, c.joinedAt, c.priority = from.DID, string(from.Language), from.Entered, from.JoinedAt, from.Priority
	c.waits = from.State == queue.CallWaiting || from.State == queue.CallOffered
	c.head, c.place = from.Head, from.Place
	if n := len(from.Offers); n > 0 {
		c.offeredTo = from.Offers[n-1].Agent
	}
	if n := len(from.Visits); n > 0 && from.Agent != "" && from.Leg != "" && from.Callback == "" {
		c.talksTo, c.inTime = from.Agent, from.Visits[n-1].InTime
	}
}

// view is what there is to tell of what was copied.
func (c *copied) view() *view {
	v := &view{at: c.at, calls: make(map[string]caller, len(c.calls))}
	at := make(map[string]*line, len(c.rules.Queues))
	for _, name := range slices.Sorted(maps.Keys(c.rules.Queues)) {
		r := c.rules.Queues[name]
		l := &line{name: name, strategy: string(r.Strategy), max: r.MaxWaiting, weight: r.Weight, level: int(r.ServiceLevel.Within / time.Second)}
		at[name] = l
		v.lines = append(v.lines, l)
	}
	today := c.at.In(c.rules.Location).Format(time.DateOnly)
	for _, f := range c.figures {
		if l := at[f.Queue]; l != nil && f.Day == today {
			l.completed, l.inTime, l.abandoned, l.abandonedInTime = f.Answered, f.AnsweredInTime, f.Abandoned, f.AbandonedInTime
		}
	}
	agents := make(map[string]*queue.Agent, len(c.agents))
	for i := range c.agents {
		agents[c.agents[i].ID] = &c.agents[i]
	}
	talks := c.seeCalls(v, at, agents)
	for i := range c.agents {
		a := &c.agents[i]
		r := c.rules.Agents[a.ID]
		if r == nil || a.Status == queue.StatusOffline {
			continue
		}
		for _, in := range r.Queues {
			if l := at[in.Queue]; l != nil {
				m := newMember(a, r, in, c.rules, talks[a.ID])
				l.members = append(l.members, m)
				if m.device == deviceFree && !m.paused && a.Status == queue.StatusReady && a.Owes == "" && !c.unsupervised[a.ID] {
					l.available++
				}
			}
		}
	}
	return v
}

// seeCalls puts those who wait in their order, as the rules serve them, all languages of a queue together. It returns the queue
// whose caller each agent talks to.
func (c *copied) seeCalls(v *view, at map[string]*line, agents map[string]*queue.Agent) (talks map[string]string) {
	talks = map[string]string{}
	slices.SortFunc(c.calls, func(a, b caller) int {
		return cmp.Or(before(a.head, b.head), cmp.Compare(b.priority, a.priority), a.place.Compare(b.place), strings.Compare(a.call, b.call))
	})
	for _, is := range c.calls {
		l := at[is.queue]
		if is.talksTo != "" {
			talks[is.talksTo] = is.queue
			if l != nil { // app_queue counts a call when it is over
				l.completed = max(0, l.completed-1)
				if is.inTime {
					l.inTime = max(0, l.inTime-1)
				}
			}
		}
		if a := agents[is.offeredTo]; a != nil {
			is.rings, is.ringsName = extension(a.Endpoint), memberName(a, c.rules.Agents[a.ID])
		}
		if is.waits && l != nil {
			is.position = len(l.callers) + 1
			l.callers = append(l.callers, is)
		}
		v.calls[is.call] = is
	}
	return talks
}

// before orders what is true in front.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func newMember(a *queue.Agent, r *queue.AgentRules, in queue.Membership, rules *queue.Rules, talks string) member {
	m := member{
		queue: in.Queue, agent: a.ID, phone: cmp.Or(a.Endpoint, r.Endpoint), penalty: a.Penalty(in), calls: a.Calls,
		logIn: unix(a.LoggedIn), inCall: talks == in.Queue, device: deviceOf(a),
	}
	m.name = memberName(a, r)
	if q := rules.Queues[in.Queue]; q != nil {
		m.wrapUp = int(q.WrapUp / time.Second)
	}
	if talks != "" {
		m.calls = max(0, m.calls-1) // not over
	}
	if a.LastCall.After(a.LoggedIn) {
		m.lastCall = unix(a.LastCall)
	}
	if why := pauseOf(a); why != "" {
		m.paused, m.reason = true, string(why)
		if why == a.Status {
			m.lastPause = unix(a.Since)
		}
	}
	return m
}

// memberName is an agent's name, else that of their phone, as in app_queue.
func memberName(a *queue.Agent, r *queue.AgentRules) string {
	if r == nil {
		return a.Endpoint
	}
	return cmp.Or(inWords(r.Name, r.Speech), a.Endpoint, r.Endpoint)
}

// extension is what follows the technology in the name of a phone.
func extension(phone string) string {
	_, name, _ := strings.Cut(phone, "/")
	return name
}

// pauseOf is the status in which an agent gets no calls, the one that follows their call included; empty if there is none.
func pauseOf(a *queue.Agent) queue.Status {
	if isPause(a.After) {
		return a.After
	}
	if isPause(a.Status) {
		return a.Status
	}
	return ""
}

// isPause reports whether a status is one of the table, or the pause after missed calls, or that of an agent who is unwell.
func isPause(s queue.Status) bool {
	switch s {
	case "", queue.StatusOffline, queue.StatusReady, queue.StatusRinging, queue.StatusOnCall, queue.StatusWrapUp:
		return false
	}
	return true
}

// deviceOf is the state of an agent's phone, as far as the rules know it.
func deviceOf(a *queue.Agent) int {
	switch {
	case !a.Reachable:
		return deviceUnavailable
	case a.Status == queue.StatusRinging && a.InUse:
		return deviceRingInUse
	case a.Status == queue.StatusRinging:
		return deviceRinging
	case a.Status == queue.StatusOnCall && a.Holds:
		return deviceOnHold
	case a.Status == queue.StatusOnCall || a.InUse || a.Target != "":
		return deviceInUse
	}
	return deviceFree
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func percent(of, all int) float64 {
	if all == 0 {
		return 0
	}
	return 100 * float64(of) / float64(all)
}

// inWords is a name in the preferred language, or in the first one that has it.
func inWords(name map[queue.Language]string, preferred queue.Language) string {
	if text := name[preferred]; text != "" {
		return text
	}
	for _, l := range slices.Sorted(maps.Keys(name)) {
		if name[l] != "" {
			return name[l]
		}
	}
	return ""
}

// seconds of a time, whole ones, as app_queue counts them.
func seconds(d time.Duration) int64 { return int64(max(0, d) / time.Second) }
