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
}

func (v *view) line(name string) *line {
	i := slices.IndexFunc(v.lines, func(l *line) bool { return l.name == name })
	if i < 0 {
		return nil
	}
	return v.lines[i]
}

// look copies the state; it runs in the loop of the rules.
func look(s *queue.State, now time.Time) *view {
	rules := s.Rules()
	v := &view{at: now, calls: map[string]caller{}}
	at := make(map[string]*line, len(rules.Queues))
	for _, name := range slices.Sorted(maps.Keys(rules.Queues)) {
		r := rules.Queues[name]
		l := &line{name: name, strategy: string(r.Strategy), max: r.MaxWaiting, weight: r.Weight, level: int(r.ServiceLevel.Within / time.Second)}
		at[name] = l
		v.lines = append(v.lines, l)
	}
	today := now.In(rules.Location).Format(time.DateOnly)
	for _, figures := range s.Lines() {
		if l := at[figures.Queue]; l != nil && figures.Day == today {
			l.completed, l.abandoned = figures.Answered, figures.Abandoned
			l.inTime, l.abandonedInTime = figures.AnsweredInTime, figures.AbandonedInTime
		}
	}
	v.lookAtCalls(s, at)
	talks := map[string]string{} // the queue whose caller an agent talks to
	for _, c := range s.Calls() {
		if c.Agent == "" || c.Leg == "" || c.Callback != "" || len(c.Visits) == 0 {
			continue
		}
		talks[c.Agent] = c.Queue
		if l := at[c.Queue]; l != nil { // app_queue counts a call when it is over
			l.completed = max(0, l.completed-1)
			if c.Visits[len(c.Visits)-1].InTime {
				l.inTime = max(0, l.inTime-1)
			}
		}
	}
	for _, a := range s.Agents() {
		r := rules.Agents[a.ID]
		if r == nil || a.Status == queue.StatusOffline {
			continue
		}
		for _, in := range r.Queues {
			if l := at[in.Queue]; l != nil {
				m := newMember(a, r, in, rules, talks[a.ID])
				l.members = append(l.members, m)
				if m.device == deviceFree && !m.paused && a.Status == queue.StatusReady && a.Owes == "" && !s.Unsupervised(a.ID) {
					l.available++
				}
			}
		}
	}
	return v
}

// lookAtCalls copies the callers, and puts those who wait in their order: as the rules serve them, all languages of a queue together.
func (v *view) lookAtCalls(s *queue.State, at map[string]*line) {
	agents := map[string]*queue.Agent{}
	for _, a := range s.Agents() {
		agents[a.ID] = a
	}
	var waiting []*queue.Call
	for _, c := range s.Calls() {
		is := newCaller(c)
		if n := len(c.Offers); n > 0 {
			if a := agents[c.Offers[n-1].Agent]; a != nil {
				is.rings, is.ringsName = extension(a.Endpoint), memberName(a, s.Rules().Agents[a.ID])
			}
		}
		v.calls[c.ID] = is
		if c.State == queue.CallWaiting || c.State == queue.CallOffered {
			waiting = append(waiting, c)
		}
	}
	slices.SortFunc(waiting, func(a, b *queue.Call) int {
		return cmp.Or(before(a.Head, b.Head), cmp.Compare(b.Priority, a.Priority), a.Place.Compare(b.Place), strings.Compare(a.ID, b.ID))
	})
	for _, c := range waiting {
		if l := at[c.Queue]; l != nil {
			in := v.calls[c.ID]
			in.position = len(l.callers) + 1
			v.calls[c.ID] = in
			l.callers = append(l.callers, in)
		}
	}
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

func newCaller(c *queue.Call) caller {
	return caller{
		call: c.ID, channel: cmp.Or(c.Channel, c.ID), queue: c.Queue, number: c.Number, name: c.Name, did: c.DID, language: string(c.Language),
		entered: c.Entered, joinedAt: c.JoinedAt, priority: c.Priority,
	}
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
