package queue

import "time"

// When a callback is escalated a supervisor's phone is rung, one phone after
// the other until one answers, once for each callback and for one at a time.

// alarmRing is how long each phone rings.
const alarmRing = 25 * time.Second

// escalate records that 5/6 of a callback's time is over, and tells the supervisors by phone, if any are configured.
func (cb *Callback) escalate(s *State) {
	cb.Escalated = true
	cb.note(s, Entry{Kind: EntryCallbackEscalated})
	if len(s.rules.Supervisors.Call) > 0 && cb.Alarm.State == "" {
		cb.Alarm = Alarm{State: AlarmDue, Since: s.now}
		s.touch(cb)
	}
}

// nextAlarm rings for the callback that is due first, when nobody is being rung.
func (s *State) nextAlarm() {
	for s.up {
		d, ok := s.index.alarms.Min()
		if !ok || s.callbacks[d.id].Alarm.Leg != "" {
			return
		}
		s.callbacks[d.id].ringSupervisor(s)
		s.refresh()
	}
}

// ringSupervisor rings the next phone; after the last one the alarm is over.
func (cb *Callback) ringSupervisor(s *State) {
	s.touch(cb)
	phones := s.rules.Supervisors.Call
	if cb.Alarm.Phone >= len(phones) {
		cb.Alarm = Alarm{State: AlarmOver, Since: s.now}
		return
	}
	phone := phones[cb.Alarm.Phone]
	cb.Alarm = Alarm{State: AlarmRinging, Phone: cb.Alarm.Phone + 1, By: s.now.Add(alarmRing)}
	cb.dialSupervisor(s, phone)
	e := cb.about(Entry{Kind: EntryCallbackAlarm, Phone: phone})
	e.Agent = "" // it is the supervisor who is called
	s.note(e)
}

// dialSupervisor rings a supervisor's phone until they must have answered.
func (cb *Callback) dialSupervisor(s *State, phone string) {
	cb.Alarm.Leg, cb.Alarm.Since = cb.nextID(s, cb.ID, "s"), s.now
	s.touch(cb)
	s.do(Dial{
		Channel: cb.Alarm.Leg, Endpoint: phone, CallerNumber: cb.Number, Timeout: cb.Alarm.By.Sub(s.now) + goneGuard,
		CallerName: cb.nameWith("ESCALATION", cb.minutesLeft(s)),
	})
}

// tellSupervisor says to a supervisor who answered that a callback is escalated, and how much time is left.
func (cb *Callback) tellSupervisor(s *State) {
	l := s.rules.Supervisors.Language
	cb.Alarm.State, cb.Alarm.Since, cb.Alarm.By = AlarmTold, s.now, s.now.Add(playGuard)
	cb.Alarm.Words = cb.nextID(s, cb.Alarm.Leg, "p")
	s.do(Play{cb.Alarm.Leg, cb.Alarm.Words, []Phrase{
		{ID: "callback-escalation", Language: l}, {ID: "since", Language: l, N: cb.minutesLeft(s)},
	}})
}

func (cb *Callback) minutesLeft(s *State) int { return max(0, int(cb.DueAt.Sub(s.now).Minutes())) }

// alarmParty is the channel to a supervisor's phone that is rung for an escalation.
type alarmParty struct{ partyOf[*Callback] }

func (p alarmParty) answered(s *State, _ time.Duration) {
	cb := p.e
	if cb.Alarm.State != AlarmRinging {
		return
	}
	if i := cb.Alarm.Phone - 1; i < len(s.rules.Supervisors.Call) { // a reload may have shortened the list
		cb.Told = s.rules.Supervisors.Call[i]
	}
	cb.tellSupervisor(s)
}

// ringsAnew: the same phone rings, for what is left of the time.
func (p alarmParty) ringsAnew(s *State) bool {
	cb, phones := p.e, s.rules.Supervisors.Call
	i := cb.Alarm.Phone - 1
	if cb.Alarm.State != AlarmRinging || i >= len(phones) { // a reload may have shortened the list
		return false
	}
	cb.dialSupervisor(s, phones[i])
	return true
}

// gone goes on to the next phone, unless this one had answered.
func (p alarmParty) gone(s *State, _ Cause) {
	cb := p.e
	if cb.Alarm.State == AlarmRinging {
		cb.Alarm.Leg, cb.Alarm.By = "", time.Time{}
		cb.ringSupervisor(s)
		return
	}
	cb.endAlarm(s)
}

func (p alarmParty) playEnded(s *State, playback string) {
	if playback == p.e.Alarm.Words {
		p.e.endAlarm(s)
	}
}

func (p alarmParty) reconcile(r reconciler, live LiveChannel, found bool) {
	cb := p.e
	switch {
	case !found && r.mustExist(cb.Alarm.Since):
		p.gone(r.State, CauseFailed)
	case found && live.Up && cb.Alarm.State == AlarmRinging:
		p.answered(r.State, 0)
	case found && r.anew && cb.Alarm.State == AlarmTold:
		r.stopLast(cb.Alarm.Leg, cb.Serial, "")
		cb.tellSupervisor(r.State)
	}
}

// alarmTimedOut: the phone was not answered in time, or the end of the words was never told.
func (cb *Callback) alarmTimedOut(s *State) {
	s.do(Hangup{cb.Alarm.Leg, HangupNormal})
	alarmParty{of(cb)}.gone(s, CauseNoAnswer)
}
