package ari

import (
	"slices"
	"strings"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// The watched phones. Asterisk tells each channel that comes to a phone or goes from it, and what happens to it, also of
// calls that are not ours. So what a phone does is known, without asking, at the moment when a leg of ours ends there: an
// answer to a question would come after the next call has been offered.

// codesContext is where the dialplan answers a phone that has dialled a code: not a call that keeps anybody busy.
const codesContext = "-code"

// lines are the channels of a watched phone.
type lines struct {
	// all are those that Asterisk told of last.
	all []string
	// talks are those that are answered and not ours.
	talks names
}

// phone is what Asterisk tells of a phone: whether it can be reached, and its channels.
func (t *tracker) phone(ev *event) queue.Event {
	at := endpointName(&ev.Endpoint)
	if _, watched := t.phones[at]; !watched {
		return nil
	}
	t.since.phones.add(at)
	t.hasLines(&ev.Endpoint)
	return t.lookAt(at, isReachable(&ev.Endpoint))
}

// isReachable: a technology that does not know whether a phone can be reached says "unknown".
func isReachable(ep *asterisk.EndpointData) bool { return ep.State != "offline" }

// hasLines notes the channels of a phone.
func (t *tracker) hasLines(ep *asterisk.EndpointData) *lines {
	l := t.linesOf(endpointName(ep))
	l.all = ep.ChannelIDs
	for id := range l.talks {
		if !slices.Contains(l.all, id) {
			delete(l.talks, id)
		}
	}
	return l
}

func (t *tracker) linesOf(endpoint string) *lines {
	l := t.lines[endpoint]
	if l == nil {
		l = &lines{talks: names{}}
		t.lines[endpoint] = l
	}
	return l
}

// stateOf is a phone as it is now. It is in use by channels other than our legs.
func (t *tracker) stateOf(endpoint string, reachable bool) queue.PhoneChanged {
	now := queue.PhoneChanged{Endpoint: endpoint, Reachable: reachable}
	l := t.linesOf(endpoint)
	for _, id := range l.all {
		if c := t.channels[id]; c == nil || !c.leg {
			now.InUse = true
			now.Talks = now.Talks || l.talks[id]
		}
	}
	return now
}

// lookAt tells how a phone is if that has changed.
func (t *tracker) lookAt(endpoint string, reachable bool) queue.Event {
	now := t.stateOf(endpoint, reachable)
	if now == t.phones[endpoint] {
		return nil
	}
	t.phones[endpoint] = now
	t.since.phones.add(endpoint)
	return now
}

// phoneOf is the watched phone of a channel; "" if it is of none.
func (t *tracker) phoneOf(ch *channelData) string {
	at := endpointOf(ch)
	if _, watched := t.phones[at]; !watched {
		return ""
	}
	return at
}

// endpointOf is the endpoint in the name of a channel, "PJSIP/1012-0000001a"; "" if there is none.
func endpointOf(ch *channelData) string { return ch.Name[:max(strings.LastIndexByte(ch.Name, '-'), 0)] }

// otherTalks: a call of a phone that is not ours was answered, or a leg of ours was taken elsewhere.
func (t *tracker) otherTalks(ch *channelData) queue.Event {
	at := t.phoneOf(ch)
	if at == "" || ch.State != "Up" || ch.Dialplan.Context == t.codes {
		return nil
	}
	l := t.linesOf(at)
	l.talks.add(ch.ID)
	if !slices.Contains(l.all, ch.ID) {
		l.all = append(l.all, ch.ID)
	}
	return t.lookAt(at, t.phones[at].Reachable)
}

// lineEnded: a channel of a phone is gone. That of our leg may be told before the phone has lost it.
func (t *tracker) lineEnded(ch *channelData) queue.Event {
	at := t.phoneOf(ch)
	if at == "" {
		return nil
	}
	l := t.linesOf(at)
	delete(l.talks, ch.ID)
	l.all = slices.DeleteFunc(slices.Clone(l.all), func(id string) bool { return id == ch.ID })
	return t.lookAt(at, t.phones[at].Reachable)
}

// readPhones are the watched phones as they were read, or as they were told since. It
// must be called with the tracker locked, when the channels are known.
func (t *tracker) readPhones(s *snapshot, watched []string, told names) map[string]queue.PhoneChanged {
	phones := map[string]queue.PhoneChanged{}
	for _, endpoint := range watched {
		phones[endpoint] = queue.PhoneChanged{Endpoint: endpoint}
	}
	for i := range s.endpoints {
		ep := &s.endpoints[i]
		at := endpointName(ep)
		if _, is := phones[at]; !is {
			continue
		}
		if told[at] {
			phones[at] = t.stateOf(at, t.phones[at].Reachable)
			continue
		}
		l := t.hasLines(ep)
		for _, id := range l.all {
			if ch := s.others[id]; ch != nil && ch.State == "Up" && ch.Dialplan.Context != t.codes {
				l.talks.add(id)
			}
		}
		phones[at] = t.stateOf(at, isReachable(ep))
	}
	return phones
}
