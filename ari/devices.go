package ari

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	asterisk "github.com/CyCoreSystems/ari/v6"

	"kezek/queue"
)

// A phone may be several devices: a desk phone and a softphone, registered as contacts of one endpoint. All of them ring.
// The rules know one leg that rings, is answered and ends. Here it is a channel for each device, LEG~1, LEG~2 …, until one
// answers. That one stands for the leg from then on: what Asterisk tells of it is told of the leg, and a request that names
// the leg names it. A leg of a phone with one device is a channel itself.

// ringing is a leg while its devices ring.
type ringing struct {
	devices []string
	// why is how those ended that ring no more: by a person's act if there was one.
	why queue.Cause
}

// deviceMark is between a leg and the number of its device. The rules use it in no id.
const deviceMark = "~"

// legOf is the leg of a device's channel; "" if it is none.
func legOf(id string) string { return id[:max(strings.LastIndex(id, deviceMark), 0)] }

// ring rings all devices of a phone, of those that Asterisk can reach.
func (e *Exchange) ring(ctx context.Context, l asterisk.OriginateRequest, timeout time.Duration) (rings bool, err error) {
	name, sip := strings.CutPrefix(l.Endpoint, "PJSIP/")
	if !sip || strings.ContainsAny(name, "/@") {
		return e.dialLeg(ctx, l, timeout)
	}
	leg, contacts := l.ChannelID, e.tracker.contactsOf(l.Endpoint)
	if contacts == nil && l.Originator != "" {
		contacts = e.askContacts(ctx, l.Endpoint, l.Originator)
	}
	var devices []string
	switch {
	case len(contacts) > 1:
		devices = e.tracker.ringsAt(leg, len(contacts))
	case contacts == nil: // nobody can be asked but the first device
		devices = e.tracker.ringsAt(leg, 1)
	}
	if devices == nil { // there is one alone, or the leg is not to ring any more
		return e.dialLeg(ctx, l, timeout)
	}
	if l.ChannelID = devices[0]; contacts == nil {
		if made, err := e.makeLeg(ctx, l); !made {
			return false, err
		}
		if contacts = e.askContacts(ctx, l.Endpoint, l.ChannelID); len(contacts) > 1 {
			devices = e.tracker.ringsAt(leg, len(contacts))
		}
		rings, err = e.letRing(ctx, l.ChannelID, timeout)
		devices = devices[min(len(devices), 1):]
		contacts = contacts[min(len(contacts), 1):]
	}
	for i, id := range devices {
		l.ChannelID, l.Endpoint = id, contacts[i]
		r, failed := e.dialLeg(ctx, l, timeout)
		rings, err = rings || r, worse(err, failed)
	}
	return rings, err
}

// askContacts asks for the dial strings of the devices of a phone, the first of which is the one that Asterisk itself would
// call. It is asked of a channel, whichever it is. It is asked anew after Asterisk has told that a device came or went, which it
// does of watched phones.
func (e *Exchange) askContacts(ctx context.Context, endpoint, channel string) []string {
	change := e.tracker.changeOfContacts()
	variable := "PJSIP_DIAL_CONTACTS(" + strings.TrimPrefix(endpoint, "PJSIP/") + ")"
	var is struct{ Value string }
	if e.client.get(ctx, query(path("channels", channel, "variable"), "variable", variable), &is) != nil {
		return nil // the dial itself will tell
	}
	contacts := strings.Split(is.Value, "&"+endpoint+"/")
	for i := 1; i < len(contacts); i++ {
		contacts[i] = endpoint + "/" + contacts[i]
	}
	e.tracker.hasContacts(endpoint, contacts, change)
	return contacts
}

// contactsOf are the known contacts of a phone; nil: they are not known.
func (t *tracker) contactsOf(endpoint string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.contacts[endpoint]
}

// changeOfContacts is how many changes of contacts were told so far.
func (t *tracker) changeOfContacts() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.contactChanges
}

// hasContacts keeps the contacts of a watched phone, unless one has changed since they were asked for.
func (t *tracker) hasContacts(endpoint string, contacts []string, change int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, watched := t.phones[endpoint]; watched && change == t.contactChanges {
		t.contacts[endpoint] = contacts
	}
}

// contactChanged: a device of a phone came or went, or can be reached again or no more.
func (t *tracker) contactChanged(ev *asterisk.ContactStatusChange) news {
	at := endpointName(&ev.Endpoint)
	t.contactChanges++
	delete(t.contacts, at)
	switch ev.ContactInfo.ContactStatus {
	case "NonQualified", "Created", "Reachable":
		t.isAnew(at)
	}
	return news{}
}

// ringsAt are the channels for so many devices of a leg, which are expected from now on; nil if the leg is not to ring any more.
func (t *tracker) ringsAt(leg string, devices int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.channels[leg]; c == nil || c.ending || t.stands[leg] != "" {
		return nil
	}
	r := t.ringing[leg]
	if r == nil {
		r = &ringing{}
		t.ringing[leg] = r
	}
	for len(r.devices) < devices {
		id := leg + deviceMark + strconv.Itoa(len(r.devices)+1)
		r.devices = append(r.devices, id)
		t.expectLeg(id)
	}
	return slices.Clone(r.devices)
}

// toEnd are the channels that end when a leg, or anybody else, is to end: those of all devices that ring.
func (t *tracker) toEnd(id string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.ringing[id]
	if r == nil {
		return []string{id}
	}
	for _, device := range r.devices {
		if c := t.channels[device]; c != nil {
			c.ending, c.asked = true, time.Now()
		}
	}
	return slices.Clone(r.devices)
}

// deviceAnswers: the device stands for its leg from now on, and the others ring no more. It must be called with the tracker
// locked. It reports false of one that came too late.
func (t *tracker) deviceAnswers(id string) (leg string, first bool) {
	leg = legOf(id)
	if t.ringing[leg] == nil {
		return leg, false
	}
	t.ringNoMore(leg, id)
	c := t.channels[id]
	c.ending = t.channels[leg].ending
	delete(t.channels, id)
	t.channels[leg], t.stands[leg] = c, id
	for _, l := range t.lines {
		if i := slices.Index(l.all, id); i >= 0 {
			l.all = slices.Clone(l.all)
			l.all[i] = leg
		}
	}
	return leg, true
}

// ringNoMore ends what rings at the devices of a leg, but for one. It must be called with the tracker locked.
func (t *tracker) ringNoMore(leg, but string) {
	for _, id := range t.ringing[leg].devices {
		if c := t.channels[id]; c != nil && id != but && !c.ending {
			c.ending, c.asked = true, time.Now()
			t.elsewhere = append(t.elsewhere, id)
		}
	}
	delete(t.ringing, leg)
}

// deviceEnded is what the end of a device's channel says of its leg. Who declines at one device has declined, and who does not
// answer at one may still do so at another, as long as one rings. It must be called with the tracker locked.
func (t *tracker) deviceEnded(id string, why queue.Cause) queue.Event {
	leg := legOf(id)
	r := t.ringing[leg]
	if r == nil {
		return nil // answered or declined elsewhere
	}
	r.devices = slices.DeleteFunc(r.devices, func(other string) bool { return other == id })
	person := why.By() == queue.EndedByPerson
	if person || r.why.By() != queue.EndedByPerson {
		r.why = why
	}
	if c := t.channels[leg]; c != nil && c.ending {
		r.why = queue.CauseCancelled
	} else if len(r.devices) > 0 && person && why != queue.CauseNoAnswer {
		t.ringNoMore(leg, "")
		r.devices = nil
	}
	if len(r.devices) > 0 {
		return nil
	}
	delete(t.ringing, leg)
	t.forget(leg)
	return queue.ChannelGone{Channel: leg, Cause: r.why}
}

// ringElsewhere are the devices that must ring no more, since the last time that it was asked.
func (t *tracker) ringElsewhere() (devices []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	devices, t.elsewhere = t.elsewhere, nil
	return devices
}

// endElsewhere ends channels of devices, when all devices of the leg were dialled. The person has taken or declined the call at
// another device: the phone shows no missed call.
func (e *Exchange) endElsewhere(devices []string) {
	for _, id := range devices {
		end := queue.Hangup{Channel: id, Reason: queue.HangupAnsweredElsewhere}
		e.scheduler.start(end, []string{legOf(id)}, func() {
			e.conclude(end, e.client.delete(context.Background(), query(path("channels", id), "reason", string(end.Reason))))
		}, false)
	}
}

// legs gives the channels that an event is about the names of the legs for which they stand. It must be called with the tracker locked.
func (ev *event) legs(t *tracker) {
	if len(t.stands) == 0 {
		return
	}
	for _, id := range []*string{&ev.Channel.ID, &ev.ReferredBy.Source.ID, &ev.ReferTo.Other.ID, &ev.ReferTo.Connected.ID} {
		*id = t.leg(*id)
	}
	if ev.Replaced != nil {
		ev.Replaced.ID = t.leg(ev.Replaced.ID)
	}
	if id, ok := strings.CutPrefix(ev.Playback.Target, "channel:"); ok {
		ev.Playback.Target = "channel:" + t.leg(id)
	}
	t.legsIn(ev.Endpoint.ChannelIDs)
}

// leg is the leg for which a channel stands, or the channel.
func (t *tracker) leg(id string) string {
	if leg := legOf(id); leg != "" && t.stands[leg] == id {
		return leg
	}
	return id
}

func (t *tracker) legsIn(ids []string) {
	for i, id := range ids {
		ids[i] = t.leg(id)
	}
}

// onAsterisk is the path of a request with the channels that stand for legs in the place of the legs.
func (t *tracker) onAsterisk(path string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.stands) == 0 {
		return path
	}
	var named strings.Builder
	for rest := path; rest != ""; {
		end := strings.IndexAny(rest, "/?&=%")
		separator := 1
		if end < 0 {
			end, separator = len(rest), 0
		} else if strings.HasPrefix(rest[end:], "%2C") {
			separator = len("%2C")
		}
		id := rest[:end]
		if device := t.stands[id]; device != "" {
			id = device
		}
		named.WriteString(id)
		named.WriteString(rest[end : end+separator])
		rest = rest[end+separator:]
	}
	return named.String()
}

// readLegs gives what was read the names of the legs, as [event.legs] does. Anew tells that events were lost before: then the
// devices that were read are put to their legs. One that has answered stands for its leg; while none has, the leg rings.
func (t *tracker) readLegs(s *snapshot, anew bool, dialling names, since changes) {
	if anew {
		t.regroup(s, dialling, since.gone)
	}
	for i := range s.channels {
		s.channels[i].ID = t.leg(s.channels[i].ID)
	}
	for i := range s.bridges {
		t.legsIn(s.bridges[i].ChannelIDs)
	}
	for i := range s.endpoints {
		t.legsIn(s.endpoints[i].ChannelIDs)
	}
}

// regroup finds out which devices ring, and which have answered. Those of a leg that is being dialled may not show yet.
func (t *tracker) regroup(s *snapshot, dialling, gone names) {
	stood, rang := t.stands, t.ringing
	t.stands, t.ringing = map[string]string{}, map[string]*ringing{}
	for leg, r := range rang {
		if dialling[leg] {
			t.ringing[leg] = r
		}
	}
	var answered []string
	for i := range s.channels {
		ch := &s.channels[i]
		leg := legOf(ch.ID)
		if c := t.channels[ch.ID]; leg == "" || gone[ch.ID] || !slices.Contains(s.args(ch), legArg) || c != nil && c.ending {
			continue
		}
		if stood[leg] == ch.ID {
			t.stands[leg] = ch.ID
			continue
		}
		t.expectLeg(leg)
		t.expectLeg(ch.ID)
		r := t.ringing[leg]
		if r == nil {
			r = &ringing{}
			t.ringing[leg] = r
		}
		if !slices.Contains(r.devices, ch.ID) {
			r.devices = append(r.devices, ch.ID)
		}
		if ch.State == "Up" {
			answered = append(answered, ch.ID)
		}
	}
	for _, id := range answered {
		t.deviceAnswers(id)
	}
}
