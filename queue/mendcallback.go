package queue

import (
	"slices"
	"time"
)

// straighten ends the work on a callback. The promise stands, with its
// deadline: the callback is open, or waits for the client who is on the line.
func (cb *Callback) straighten(s *State, hardness int) {
	if hardness >= aside {
		delete(s.callbacks, cb.ID)
		return
	}
	cb.reopen()
	if cb.isTaken(s.callsOf()[cb.ID]) {
		cb.State = CallbackOnLine
	}
	cb.Outcome, cb.Reason, cb.EndedBy, cb.Ended, cb.Until = "", "", "", noTime, noTime
	cb.StepBy, cb.Kept, cb.PutOff = noTime, false, ""
	if cb.Alarm.State != AlarmOver {
		cb.Alarm = Alarm{}
		if cb.Escalated {
			cb.Alarm = Alarm{State: AlarmDue, Since: cb.Since}
		}
	}
	if hardness >= bare {
		cb.Owner, cb.Caller, cb.Booker, cb.Refusers = "", "", "", nil
		cb.Urgent, cb.UrgentAt, cb.NextAt = false, cb.Created, noTime
		cb.Alarm = Alarm{}
	}
}

// owedBy reports whether an agent owes a callback, having refused it.
func (cb *Callback) owedBy(a *Agent) bool {
	return cb.State != CallbackTalking && slices.ContainsFunc(cb.Refusers, func(r Refuser) bool { return r.Agent == a.ID })
}

// Salvage makes of a stored callback that fails [Callback.Validate] the plain
// promise that it was: open, by its deadline. What cannot be true is left out;
// a deadline that cannot is that of the class by default, from when it was made.
// It is false of one that is over, and of one whose number, queue or class
// cannot be used: nobody can be called by it.
func (cb *Callback) Salvage(now time.Time) bool {
	v := vet{now: now}
	v.promise(cb)
	if v.err() != nil || cb.State == CallbackOver || cb.Outcome.IsKnown() {
		return false
	}
	r := DefaultCallback()
	plain := &Callback{
		ID: cb.ID, Number: cb.Number, Queue: cb.Queue, Class: cb.Class, State: CallbackOpen,
		Urgency: Urgency{Warned: cb.Warned, Escalated: cb.Escalated, Breached: cb.Breached},
	}
	plain.Created = plausible(cb.Created, now, tolerance, now)
	plain.Since = plausible(cb.Since, now, tolerance, plain.Created)
	plain.Place = plausible(cb.Place, now, tolerance, plain.Created)
	plain.From = plausible(cb.From, now, longestWait, plain.Created)
	plain.DueAt = plausible(cb.DueAt, now, longestWait, plain.From.Add(r.Due(cb.Class)))
	plain.NextAt = plausible(cb.NextAt, now, longestWait, noTime)
	plain.UrgentAt = plain.Created                         // it is planned anew
	plain.Serial = min(max(cb.Serial, 0), mostOf/2) + 1000 // none is used twice, and what it was may be lost
	for _, text := range []struct{ from, to *string }{
		{(*string)(&cb.Language), (*string)(&plain.Language)},
		{&cb.Origin, &plain.Origin}, {&cb.Booker, &plain.Booker}, {&cb.Owner, &plain.Owner}, {&cb.Note, &plain.Note}, {&cb.By, &plain.By},
	} {
		t := vet{now: now}
		if t.text("", *text.from); t.err() == nil {
			*text.to = *text.from
		}
	}
	for _, a := range cb.Attempts {
		t := vet{now: now}
		t.at("", a.At)
		if t.text("", a.Agent, string(a.Cause)); t.err() == nil && len(plain.Attempts) < mostListed {
			plain.Attempts = append(plain.Attempts, a)
		}
	}
	*cb = *plain
	return true
}

// plausible is the time t if it can be true and is not too far ahead, otherwise another.
func plausible(t, now time.Time, ahead time.Duration, other time.Time) time.Time {
	if t.IsZero() || t.Before(oldest) || t.After(now.Add(ahead)) {
		return other
	}
	return t
}
