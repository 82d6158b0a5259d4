package ami

import (
	"fmt"
	"strings"
	"time"
)

// listed begins the answer that is a list.
func listed(m message, text string) packet {
	var p packet
	p.field("Response", "Success")
	p.idOf(m)
	p.field("EventList", "start")
	p.field("Message", text)
	return p.end()
}

// list is the answer that is a list, in one piece.
type list struct {
	all   packet
	m     message
	items int64
}

// add ends an item of the list.
func (l *list) add(p packet) {
	p.idOf(l.m)
	l.all = append(l.all, p.end()...)
	l.items++
}

// complete ends the list.
func (l *list) complete(event string) packet {
	var p packet
	p.field("Event", event)
	p.idOf(l.m)
	p.field("EventList", "Complete")
	p.number("ListItems", l.items)
	return append(l.all, p.end()...)
}

// queueStatus is the answer to QueueStatus: of each queue what it is, who serves it and who waits.
func queueStatus(m message, v *view, name func(channel string) string) packet {
	l := list{all: listed(m, "Queue status will follow"), m: m}
	one, of := m.get("Queue"), m.get("Member")
	for _, q := range v.lines {
		if one != "" && !strings.EqualFold(one, q.name) {
			continue
		}
		l.add(q.params())
		for _, in := range q.members {
			if of == "" || of == in.phone || of == in.name {
				l.add(in.listed())
			}
		}
		for _, c := range q.callers {
			l.add(c.listed(v.at, name))
		}
	}
	return l.complete("QueueStatusComplete")
}

// queueSummary is the answer to QueueSummary.
func queueSummary(m message, v *view) packet {
	l := list{all: listed(m, "Queue summary will follow"), m: m}
	one := m.get("Queue")
	for _, q := range v.lines {
		if one == "" || strings.EqualFold(one, q.name) {
			l.add(q.summary(v.at))
		}
	}
	return l.complete("QueueSummaryComplete")
}

func (q *line) params() (p packet) {
	p.field("Event", "QueueParams")
	p.field("Queue", q.name)
	p.number("Max", int64(q.max))
	p.field("Strategy", q.strategy)
	p.number("Calls", int64(len(q.callers)))
	p.number("Holdtime", int64(q.holdTime))
	p.number("TalkTime", int64(q.talkTime))
	p.number("Completed", int64(q.completed))
	p.number("Abandoned", int64(q.abandoned))
	p.number("ServiceLevel", int64(q.level))
	p.field("ServicelevelPerf", fmt.Sprintf("%2.1f", percent(q.inTime, q.completed)))
	p.field("ServicelevelPerf2", fmt.Sprintf("%2.1f", percent(q.inTime+q.abandonedInTime, q.completed+q.abandoned)))
	p.number("Weight", int64(q.weight))
	return p
}

func (q *line) summary(now time.Time) (p packet) {
	there, longest := 0, int64(0)
	for _, in := range q.members {
		if in.device != deviceUnavailable {
			there++
		}
	}
	for _, c := range q.callers {
		longest = max(longest, seconds(now.Sub(c.entered)))
	}
	p.field("Event", "QueueSummary")
	p.field("Queue", q.name)
	p.number("LoggedIn", int64(there))
	p.number("Available", int64(q.available))
	p.number("Callers", int64(len(q.callers)))
	p.number("HoldTime", int64(q.holdTime))
	p.number("TalkTime", int64(q.talkTime))
	p.number("LongestHoldTime", longest)
	return p
}

func (in *member) listed() (p packet) {
	p.field("Event", "QueueMember")
	p.field("Queue", in.queue)
	p.field("Name", in.name)
	p.field("Location", in.phone)
	in.figures(&p, false)
	return p
}

// told is an event about a member.
func (in *member) told() (p packet) {
	p.field("Queue", in.queue)
	p.field("MemberName", in.name)
	p.field("Interface", in.phone)
	in.figures(&p, true)
	return p
}

// figures are what a list and an event tell of a member in the same way; Ringinuse is in events alone.
func (in *member) figures(p *packet, event bool) {
	p.field("StateInterface", in.phone)
	p.field("Membership", "dynamic")
	p.number("Penalty", int64(in.penalty))
	p.number("CallsTaken", int64(in.calls))
	p.number("LastCall", in.lastCall)
	p.number("LastPause", in.lastPause)
	p.number("LoginTime", in.logIn)
	p.number("InCall", flag(in.inCall))
	p.number("Status", int64(in.device))
	p.number("Paused", flag(in.paused))
	p.field("PausedReason", in.reason)
	if event {
		p.number("Ringinuse", 0)
	}
	p.number("Wrapuptime", int64(in.wrapUp))
}

func flag(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func (c *caller) listed(now time.Time, name func(channel string) string) (p packet) {
	p.field("Event", "QueueEntry")
	p.field("Queue", c.queue)
	p.number("Position", int64(c.position))
	p.field("Channel", name(c.channel))
	p.field("Uniqueid", c.channel)
	p.field("CallerIDNum", known(c.number, "unknown"))
	p.field("CallerIDName", known(c.name, "unknown"))
	p.field("ConnectedLineNum", known(c.rings, "unknown"))
	p.field("ConnectedLineName", known(c.ringsName, "unknown"))
	p.number("Wait", seconds(now.Sub(c.entered)))
	p.number("Priority", int64(c.priority))
	return p
}

func known(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
