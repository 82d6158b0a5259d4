package queue

import (
	"strconv"
	"strings"
)

// What lives on the exchange and is not known, and the numbers of ids.

// endStrangers takes in callers whose arrival was not told, or whose call was put
// aside, and ends orphaned channels and bridges.
func (t truth) endStrangers(ev Synced) {
	for _, b := range ev.Bridges {
		if t.isStranger(b) {
			t.do(Disconnect{Bridge: b.ID})
		}
	}
	made := t.made()
	for _, channel := range ev.Channels {
		switch {
		case t.Owner(channel.ID) != nil:
		case channel.Inbound != nil:
			if t.mustExist(channel.Created) { // otherwise the event is on its way
				t.heal(channel.ID, "caller was not told of")
			}
			serial := made[channel.ID]
			if serial > 0 { // a call of it was put aside
				serial += lastActions
				t.stopLast(channel.ID, serial, "")
				t.do(StopMusic{channel.ID})
			}
			t.arriveAfter(*channel.Inbound, serial)
		case !t.isYoung(channel.ID):
			t.heal(channel.ID, "channel belongs to no call")
			t.do(Hangup{channel.ID, HangupNormal})
		}
	}
}

// isStranger reports whether a bridge is of no talk and of nobody who listens, and was not a moment ago.
func (t truth) isStranger(b LiveBridge) bool {
	bridge, since := t.party(callOf(b.ID)).bridge()
	return bridge != b.ID && t.mustExist(since)
}

// freeCallers takes callers out of bridges that will be ended. What they are to hear would else
// be played into the bridge, and their channel wait for its end when the bridge is gone.
func (t truth) freeCallers(ev Synced) {
	for _, b := range ev.Bridges {
		if !t.isStranger(b) {
			continue
		}
		for _, id := range b.Channels {
			if t.calls[id] != nil || t.channels[id].Inbound != nil {
				t.do(Part{b.ID, id})
			}
		}
	}
}

// made are the greatest numbers of the ids that were made for channels, see nextID,
// as far as they can be known: none is used twice.
func (t truth) made() map[string]int {
	all := map[string]int{}
	note := func(id string) {
		if of := callOf(id); of != "" {
			all[of] = max(all[of], serialOf(id))
		}
	}
	for id := range t.channels {
		note(id)
	}
	for id := range t.bridges {
		note(id)
	}
	for id := range t.index.parties {
		note(id)
	}
	for _, c := range t.calls {
		for _, id := range [...]string{c.Playing, c.Telling, c.Warning, c.Bridge} {
			note(id)
		}
	}
	for id, cb := range t.callbacks {
		all[id] = max(all[id], serialOf(cb.Whisper), serialOf(cb.Greeting), serialOf(cb.Alarm.Words))
	}
	for id, serial := range t.formerly {
		all[id] = max(all[id], serial)
	}
	return all
}

// keepNumbers lets no number of an id be used twice, whatever the store says.
func (t truth) keepNumbers() {
	for id, n := range t.made() {
		if c := t.calls[id]; c != nil && c.Serial < n {
			c.Serial = n
			t.touch(c)
		}
		if cb := t.callbacks[id]; cb != nil && cb.Serial < n {
			cb.Serial = n
			t.touch(cb)
		}
	}
}

// isYoung reports whether an unknown leg belongs to a live call or callback
// that may have given it up while the truth was on its way.
func (t truth) isYoung(leg string) bool {
	if cb := t.callbacks[callOf(leg)]; cb != nil {
		return !t.mustExist(cb.Since)
	}
	_, since := t.party(callOf(leg)).bridge()
	return !t.mustExist(since)
}

// serialOf is the number at the end of a leg's, bridge's or playback's id, see nextID.
func serialOf(id string) int {
	end := id[strings.LastIndexByte(id, '-')+1:]
	if end == "" {
		return 0
	}
	if n, err := strconv.Atoi(end[1:]); err == nil {
		return n
	}
	return 0
}
