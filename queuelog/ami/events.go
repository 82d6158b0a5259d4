package ami

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"kezek/queue"
)

// narrator makes AMI's events from lines of the journal and from what has changed between two views. The state may be
// ahead of the lines by a moment: whoever came into a line, or left it, is told of once, by whichever shows it first.
type narrator struct {
	tell func(event string, body packet)
	// name is what Asterisk calls a channel, by its id.
	name func(channel string) string

	before, last *view
	known        map[string]*live // the calls of which something is to be told yet, by id
}

// live is a call, as it was seen last.
type live struct {
	caller
	// inLine: its joining was told and its leaving was not.
	inLine bool
	// name is that of their channel, legs are those of the channels of agents by their ids: they are told of when they are gone, too.
	name string
	legs map[string]string
	// calling are offers that are not told yet: their channels have no names until the phones are dialled.
	calling []queue.Entry
	// passed: the agent has passed it on.
	passed bool
	// connected is whom the caller's channel was shown last: the extension and the name of an agent.
	connected, connectedWords string
	// missing since when a view does not show it where it should be: in line if inLine, else among the calls.
	missing time.Time
}

const (
	// grace is how long a view may be ahead of the journal.
	grace = 100 * time.Millisecond
	// dialled is how long it may take until a phone is dialled, and its channel has a name.
	dialled = 500 * time.Millisecond
)

func newNarrator(tell func(event string, body packet), name func(channel string) string) *narrator {
	return &narrator{tell: tell, name: name, known: map[string]*live{}}
}

// begin takes the first view: what it shows is not news.
func (n *narrator) begin(v *view) {
	n.before, n.last, n.known = v, v, map[string]*live{}
	for _, l := range v.lines {
		for _, c := range l.callers {
			n.known[c.call] = &live{caller: c, inLine: true, legs: map[string]string{}}
		}
	}
}

// advance tells what happened up to a view. It reports true if the next one should come soon.
func (n *narrator) advance(v *view, entries []queue.Entry) (soon bool) {
	n.before, n.last = n.last, v
	for id, c := range v.calls {
		if l := n.known[id]; l != nil && (c.position > 0 || !l.inLine) {
			l.caller = c
		}
	}
	for i, e := range entries {
		n.entry(e, entries[i+1:])
	}
	soon = n.calling(v.at)
	soon = n.lines(v) || soon
	n.members(n.before, v)
	return soon
}

// of is the call of an entry.
func (n *narrator) of(e queue.Entry) *live {
	l := n.known[e.Call]
	if l == nil {
		c, there := n.last.calls[e.Call]
		if !there { // it came and went between two views
			c = caller{call: e.Call, channel: e.Call, number: e.Number, language: string(e.Language), entered: e.At}
		}
		l = &live{caller: c, legs: map[string]string{}}
		n.known[e.Call] = l
	}
	l.queue = cmp.Or(e.Queue, l.queue)
	if e.Kind != queue.EntryCallOffered { // what follows an offer is told after it
		n.called(l, l.calling...)
	}
	return l
}

// called tells of offers.
func (n *narrator) called(l *live, offers ...queue.Entry) {
	for _, e := range offers {
		n.event("AgentCalled", l, e, channelDown)
	}
	l.calling = slices.DeleteFunc(l.calling, func(e queue.Entry) bool {
		return slices.ContainsFunc(offers, func(told queue.Entry) bool { return told.Leg == e.Leg })
	})
}

// calling tells of the offers whose phones are dialled by now. It reports true if some are not.
func (n *narrator) calling(now time.Time) (waits bool) {
	for _, id := range slices.Sorted(maps.Keys(n.known)) {
		l := n.known[id]
		for _, e := range slices.Clone(l.calling) {
			if n.name(e.Leg) == e.Leg && now.Sub(e.At) < dialled {
				waits = true
				continue
			}
			n.called(l, e)
		}
	}
	return waits
}

// entry tells what a line of the journal tells; later are the lines behind it.
func (n *narrator) entry(e queue.Entry, later []queue.Entry) {
	switch e.Kind {
	case queue.EntryCallEntered, queue.EntryCallRequeued:
		l := n.of(e)
		l.joinedAt = cmp.Or(e.JoinedAt, l.joinedAt)
		n.joins(l)
	case queue.EntryCallOffered:
		l := n.of(e)
		l.calling = append(l.calling, e)
	case queue.EntryCallMissed:
		n.missed(n.of(e), e)
	case queue.EntryCallAnswered:
		if e.Callback != "" {
			return // a client whom we called was in no line
		}
		l := n.of(e)
		n.leaves(l)
		l.passed = false
		n.event("AgentConnect", l, e, channelUp, "HoldTime", seconds(e.Wait), "RingTime", seconds(e.Ring))
	case queue.EntryCallTransfer:
		if l := n.known[e.Call]; l != nil {
			l.passed = true
		}
	case queue.EntryCallTransferFailed:
		if l := n.known[e.Call]; l != nil {
			l.passed = false
		}
	case queue.EntryTalkEnded:
		if e.Callback == "" {
			l := n.of(e)
			n.event("AgentComplete", l, e, channelUp, "HoldTime", seconds(e.Wait), "TalkTime", seconds(e.Talk), "Reason", l.whoEnded(e, later))
			delete(l.legs, e.Leg)
		}
	case queue.EntryCallEnded:
		n.ended(e)
	}
}

// missed tells of a phone that was not answered, or whose agent hung up before the caller was connected.
func (n *narrator) missed(l *live, e queue.Entry) {
	if e.Cause == queue.CauseNormal { // a hang-up after the answer
		n.event("AgentDump", l, e, channelUp)
	} else {
		n.event("AgentRingNoAnswer", l, e, channelRinging, "RingTime", e.Ring.Milliseconds())
	}
	delete(l.legs, e.Leg)
}

// ended tells how a caller who was in line left it.
func (n *narrator) ended(e queue.Entry) {
	l := n.known[e.Call]
	if l == nil {
		return
	}
	n.called(l, l.calling...)
	delete(n.known, e.Call)
	if !l.inLine {
		return
	}
	if e.Outcome == queue.OutcomeAbandoned {
		p := n.about(l)
		p.field("Queue", l.queue)
		p.number("Position", int64(l.position))
		p.number("OriginalPosition", int64(l.joinedAt))
		p.number("HoldTime", seconds(visitOf(e)))
		n.tell("QueueCallerAbandon", p)
	}
	n.leaves(l)
}

// visitOf is the wait of a call's last visit to a line.
func visitOf(e queue.Entry) time.Duration {
	if all := e.More().Visits; len(all) > 0 {
		return all[len(all)-1].Length
	}
	return e.Wait
}

// whoEnded is who ended a talk: what becomes of the caller follows in the same step.
func (l *live) whoEnded(e queue.Entry, later []queue.Entry) string {
	if l.passed {
		return "transfer"
	}
	for _, next := range later {
		switch {
		case next.Call != e.Call:
		case next.Kind == queue.EntryCallTransfer || next.Kind == queue.EntryCallTransferred:
			return "transfer"
		case next.Kind == queue.EntryCallEnded && next.Outcome == queue.OutcomeCompletedByCaller && next.At.Equal(e.At):
			return "caller"
		}
	}
	return "agent"
}

func (n *narrator) joins(l *live) {
	if l.inLine {
		return
	}
	l.inLine, l.missing = true, time.Time{}
	l.position = cmp.Or(l.position, l.joinedAt)
	p := n.about(l)
	p.field("Queue", l.queue)
	p.number("Position", int64(l.position))
	p.number("Count", int64(n.count(l.queue)))
	n.tell("QueueCallerJoin", p)
}

func (n *narrator) leaves(l *live) {
	if !l.inLine {
		return
	}
	l.inLine = false
	p := n.about(l)
	p.field("Queue", l.queue)
	p.number("Position", int64(l.position))
	p.number("Count", int64(n.count(l.queue)))
	n.tell("QueueCallerLeave", p)
	l.position = 0
}

// count is how many are in a line by what was told.
func (n *narrator) count(queue string) (in int) {
	for _, l := range n.known {
		if l.inLine && l.queue == queue {
			in++
		}
	}
	return in
}

// lines tells of those who came into a line or left it without a line of the journal that says so: who takes a callback,
// or has waited for too long, hears a phrase before the call ends.
func (n *narrator) lines(v *view) (soon bool) {
	waits := map[string]bool{}
	for _, q := range v.lines {
		for _, c := range q.callers {
			waits[c.call] = true
			l := n.known[c.call]
			if l == nil {
				l = &live{caller: c, legs: map[string]string{}}
				n.known[c.call] = l
			}
			n.joins(l)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(n.known)) {
		l := n.known[id]
		_, there := v.calls[id]
		switch {
		case waits[id], !l.inLine && there:
			l.missing = time.Time{}
		case l.missing.IsZero():
			l.missing, soon = v.at, true
		case v.at.Sub(l.missing) < grace:
			soon = true
		default:
			if n.leaves(l); !there { // its end was not told, as after too many events at once
				delete(n.known, id)
			}
		}
	}
	return soon
}

// members tells what has become of the agents.
func (n *narrator) members(before, now *view) {
	was := map[[2]string]member{}
	for _, l := range before.lines {
		for _, m := range l.members {
			was[[2]string{m.queue, m.agent}] = m
		}
	}
	for _, l := range now.lines {
		for _, m := range l.members {
			key := [2]string{m.queue, m.agent}
			old, there := was[key]
			delete(was, key)
			if there && old.phone != m.phone { // moved to another phone
				n.tell("QueueMemberRemoved", old.told())
				there = false
			}
			if !there {
				n.tell("QueueMemberAdded", m.told())
				continue
			}
			if old.paused != m.paused || old.reason != m.reason {
				n.tell("QueueMemberPause", m.told())
			}
			if old.penalty != m.penalty {
				n.tell("QueueMemberPenalty", m.told())
			}
			if old.device != m.device || old.inCall != m.inCall {
				n.tell("QueueMemberStatus", m.told())
			}
		}
	}
	for _, l := range before.lines { // in order
		for _, m := range l.members {
			if old, gone := was[[2]string{m.queue, m.agent}]; gone {
				n.tell("QueueMemberRemoved", old.told())
			}
		}
	}
}

// The states of a channel, include/asterisk/channelstate.h.
const (
	channelDown    = 0
	channelRinging = 5
	channelUp      = 6
)

var channelWords = map[int]string{channelDown: "Down", channelRinging: "Ringing", channelUp: "Up"}

// about are the headers of a caller's channel.
func (n *narrator) about(l *live) packet {
	if name := n.name(l.channel); name != l.channel || l.name == "" {
		l.name = name
	}
	return channelOf("", side{
		name: l.name, id: l.channel, linked: l.call, number: l.number, words: l.caller.name, exten: l.did,
		connected: l.connected, connectedWords: l.connectedWords, language: l.language, state: channelUp,
	})
}

// event tells of an agent's leg for a caller.
func (n *narrator) event(event string, l *live, e queue.Entry, state int, more ...any) {
	m := n.member(e)
	leg := n.name(e.Leg)
	if leg == e.Leg && l.legs[e.Leg] != "" { // it is gone, and had a name
		leg = l.legs[e.Leg]
	}
	l.legs[e.Leg] = leg
	p := n.about(l)
	number := extension(m.phone)
	p = append(p, channelOf("Dest", side{
		name: leg, id: e.Leg, linked: l.call, number: number, words: m.name, connected: l.number, connectedWords: l.caller.name, exten: l.did,
		language: l.language, state: state,
	})...)
	p.field("Queue", l.queue)
	p.field("Interface", m.phone)
	p.field("MemberName", m.name)
	for i := 0; i < len(more); i += 2 {
		switch value := more[i+1].(type) {
		case int64:
			p.number(more[i].(string), value)
		case string:
			p.field(more[i].(string), value)
		}
	}
	n.tell(event, p)
	l.connected, l.connectedWords = number, m.name
}

// member is the agent of an entry, of whichever queue: only what is the same in all is told.
func (n *narrator) member(e queue.Entry) member {
	for _, v := range []*view{n.last, n.before} {
		for _, l := range v.lines {
			for _, m := range l.members {
				if m.agent == e.Agent {
					return m
				}
			}
		}
	}
	return member{agent: e.Agent, name: e.Agent, phone: e.Agent}
}

// side is what there is to tell of a channel.
type side struct {
	name, id, linked, number, words, connected, connectedWords, exten, language string
	state                                                                       int
}

func channelOf(prefix string, s side) (p packet) {
	const unknown = "<unknown>"
	p.field(prefix+"Channel", s.name)
	p.number(prefix+"ChannelState", int64(s.state))
	p.field(prefix+"ChannelStateDesc", channelWords[s.state])
	p.field(prefix+"CallerIDNum", known(s.number, unknown))
	p.field(prefix+"CallerIDName", known(s.words, unknown))
	p.field(prefix+"ConnectedLineNum", known(s.connected, unknown))
	p.field(prefix+"ConnectedLineName", known(s.connectedWords, unknown))
	p.field(prefix+"Language", s.language)
	p.field(prefix+"AccountCode", "")
	p.field(prefix+"Context", "")
	p.field(prefix+"Exten", s.exten)
	p.field(prefix+"Priority", "1")
	p.field(prefix+"Uniqueid", s.id)
	p.field(prefix+"Linkedid", s.linked)
	return p
}
