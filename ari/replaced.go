package ari

import (
	"strings"

	"kezek/queue"
)

// One channel takes the place of another (SIP Replaces). Asterisk gives the newcomer the place in our app, and in the
// bridge if there is one, and tells so by a StasisStart that names both.

// replacesArg is the argument with which the dialplan hands over a channel that is to take the place of another one.
const replacesArg = "replaces="

// replaces tells that a channel has come in the place of another one. If that is none of ours, it is an orphan. One that we have
// fetched comes in the place of a caller, who may have hung up meanwhile.
func (t *tracker) replaces(was string, ch *channelData, fetched bool) news {
	c := t.channels[was]
	if c == nil && fetched {
		c = &channel{}
	}
	if c == nil {
		t.channels[ch.ID] = &channel{leg: true, up: true, replaces: was}
		return news{orphan: ch.ID}
	}
	number := cleanNumber(ch.Caller.Number)
	t.channels[ch.ID] = &channel{leg: c.leg, trunk: c.trunk, up: true, pjsip: isSIP(ch.Name), replaces: was, number: number}
	t.since.came.add(ch.ID)
	t.bridges.left(was)
	return news{told: queue.Replaced{
		Channel: was, By: ch.ID, Phone: endpointOf(ch), Number: number, Name: cleanName(ch.Caller.Name),
		Joined: strings.HasPrefix(ch.Name, "Local/_attended@"),
	}}
}

// pickedUp: somebody took a call that rings at another phone. Their channel has the place of our leg, whose end needs
// not be told any more.
func (t *tracker) pickedUp(ev *event) news {
	leg, id := ev.Replaced.ID, ev.Channel.ID
	t.forget(leg)
	t.lineEnded(ev.Replaced)
	if rings := legOf(leg); rings != "" { // at one of its devices
		leg = rings
		if t.ringing[leg] == nil {
			return news{orphan: id}
		}
		t.ringNoMore(leg, ev.Replaced.ID)
		t.forget(leg)
	}
	t.channels[id] = &channel{leg: true, up: true, pjsip: isSIP(ev.Channel.Name)}
	t.since.came.add(id)
	return news{told: queue.LegPickedUp{Leg: leg, Channel: id, Phone: endpointOf(&ev.Channel)}}
}

// identified tells who is on a channel that has replaced another one. When Asterisk itself joins two calls, it tells that a
// moment later.
func (t *tracker) identified(ev *event, c *channel) queue.Event {
	number := cleanNumber(ev.Channel.Caller.Number)
	if c.replaces == "" || c.number == number {
		return nil
	}
	c.number = number
	return queue.Identified{Channel: ev.Channel.ID, Number: number, Name: cleanName(ev.Channel.Caller.Name)}
}

// isSIP reports whether a channel or an endpoint is one of chan_pjsip, by its name.
func isSIP(name string) bool { return strings.HasPrefix(name, "PJSIP/") }
