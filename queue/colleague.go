package queue

import "time"

// A colleague picks up what rings at another phone (directed or group pickup, *8), in the dialplan or by the phone's own
// keys (INVITE with Replaces). Who is entitled has it as if it had been offered to them; anybody else hears that
// it is not theirs, and it rings on elsewhere. The agent whose phone has ceased to ring is not charged for that.

// moveLeg makes a channel the agent's leg; the one before, if any, ends with the words that it plays.
func (a *Agent) moveLeg(s *State, channel string) {
	if a.Leg != "" && (a.LegBy.IsZero() || a.Telling != "") { // otherwise it was told to end
		s.do(Hangup{a.Leg, HangupNormal})
	}
	a.Leg, a.LegBy, a.Telling, a.Words, a.WordsN, a.Hears, a.Holds = channel, time.Time{}, "", "", 0, "", false
	s.touch(a)
}

// takeLeg makes the channel of somebody who picked up their leg. A status that they chose follows the call.
func (a *Agent) takeLeg(s *State, channel, name, number string) {
	a.moveLeg(s, channel)
	if a.Status != StatusReady {
		if s.rules.chosen(a.Status) != nil && a.After == "" {
			a.After, a.AfterBy = a.Status, a.OrderedBy
		}
		a.setStatus(s, StatusReady)
	}
	a.setStatus(s, StatusRinging)
	s.do(Equip{Channel: channel, CallerName: name, CallerNumber: number})
}

// mayPickUp reports whether an agent may take what rings at a colleague's phone.
func (a *Agent) mayPickUp(s *State, queue string, l Language, overflowed bool) bool {
	if !a.canPickUp(s) {
		return false
	}
	r, q := s.agentRules(a.ID), s.queueRules(queue)
	return q.Pickup == PickupAny || q.Pickup == PickupTeam && r.serves(q) && (r.Speaks(l) || q.Overflow && (overflowed || s.staff(queue, l) == 0))
}

// canPickUp reports whether an agent, nil is none, may have a call now that they take by themselves.
func (a *Agent) canPickUp(s *State) bool {
	if a == nil {
		return false
	}
	r := s.agentRules(a.ID)
	return r.mayWork(s) && a.Owes == "" && a.Target == "" && (!a.isBusy(s) || a.isRung(s)) &&
		a.Status != StatusOffline && a.Status != StatusUnwell
}

// refusePickup tells somebody at a phone why they do not have what they wanted to pick up, and hangs up on them then.
func (s *State) refusePickup(a *Agent, phone, channel string, why Refusal, phrase string) {
	s.phone = phone
	r := s.rules.AgentByEndpoint(phone)
	if a != nil {
		r = s.agentRules(a.ID)
	}
	s.refuse(a, r, why)
	s.do(Play{channel, refusalOf(channel), []Phrase{{ID: phrase, Language: r.speech(s)}}})
}
