package queue

import "time"

// What is on the exchange and belongs to nobody, and the numbers of ids, none of which is used twice.

// endStrangers takes in callers whose arrival was not told, or whose call was put
// aside, and ends orphaned channels and bridges.
func (r reconciler) endStrangers(ev Synced) {
	for _, b := range ev.Bridges {
		if !r.isStranger(b) {
			continue
		}
		for _, id := range b.Channels {
			if r.Owner(id) == nil && r.channels[id].Inbound != nil { // taken in below
				r.do(Part{b.ID, id})
			}
		}
		r.do(Disconnect{Bridge: b.ID})
	}
	made := r.made()
	for _, channel := range ev.Channels {
		switch {
		case r.Owner(channel.ID) != nil:
		case r.taken[channel.ID]:
			r.heal(channel.ID, "its place in the call was taken")
			r.do(Hangup{channel.ID, HangupNormal})
		case channel.Inbound != nil:
			if r.mustExist(channel.Created) { // otherwise the event is on its way
				r.heal(channel.ID, "caller was not told of")
			}
			serial := made[channel.ID]
			if serial > 0 { // a call of it was put aside
				serial += lastActions
				r.stopLast(channel.ID, serial, "")
			}
			if serial > 0 || r.anew { // in the latter case they may have taken the place of one who heard it
				r.do(StopMusic{channel.ID})
			}
			r.arrive(*channel.Inbound, serial)
		case !r.isYoung(channel.ID):
			r.heal(channel.ID, "channel belongs to no call")
			r.do(Hangup{channel.ID, HangupNormal})
		}
	}
}

// isStranger reports whether a bridge is of no talk and of nobody who listens, and was not a moment ago.
func (r reconciler) isStranger(b LiveBridge) bool {
	bridge, since := r.bridgeOf(b.ID)
	return bridge != b.ID && r.mustExist(since)
}

// emptyStrangers takes those whom we know out of bridges that will be ended: callers, agents, supervisors
// who listen. Otherwise what they are to hear would be played into the bridge, and their channel would wait for its
// end when the bridge is gone.
func (r reconciler) emptyStrangers(ev Synced) {
	for _, b := range ev.Bridges {
		if !r.isStranger(b) {
			continue
		}
		for _, id := range b.Channels {
			if r.Owner(id) != nil {
				r.do(Part{b.ID, id})
			}
		}
	}
}

// made are the greatest numbers of the ids that were made for channels, see nextID,
// as far as they can be known: none is used twice.
func (r reconciler) made() map[string]int {
	all := map[string]int{}
	note := func(id string) {
		if of := callOf(id); of != "" {
			all[of] = max(all[of], serialOf(id))
		}
	}
	for id := range r.channels {
		note(id)
	}
	for id := range r.bridges {
		note(id)
	}
	for id := range r.index.holders {
		note(id)
	}
	for _, c := range r.calls {
		for _, id := range [...]string{c.Playing, c.Telling, c.Warning, c.Bridge} {
			note(id)
		}
	}
	for id, cb := range r.callbacks {
		all[id] = max(all[id], serialOf(cb.Whisper), serialOf(cb.Greeting), serialOf(cb.Early), serialOf(cb.Alarm.Words))
	}
	for id, serial := range r.formerly {
		all[id] = max(all[id], serial)
	}
	return all
}

// keepNumbers lets no number of an id be used twice, whatever the store says.
func (r reconciler) keepNumbers() {
	for id, n := range r.made() {
		if c := r.calls[id]; c != nil && c.Serial < n {
			c.Serial = n
			r.touch(c)
		}
		if cb := r.callbacks[id]; cb != nil && cb.Serial < n {
			cb.Serial = n
			r.touch(cb)
		}
	}
}

// isYoung reports whether an unknown leg belongs to a live call or callback
// that may have given it up while the report was on its way.
func (r reconciler) isYoung(leg string) bool {
	if cb := r.callbacks[callOf(leg)]; cb != nil {
		return !r.mustExist(cb.Since)
	}
	_, since := r.bridgeOf(leg)
	return !r.mustExist(since)
}

// bridgeOf is the bridge that was made for whom an id is made of, "" if there is none, and since when.
func (r reconciler) bridgeOf(id string) (bridge string, since time.Time) {
	if c := r.calls[callOf(id)]; c != nil {
		return callerParty{of(c)}.bridge()
	}
	return r.party(callOf(id)).bridge()
}
