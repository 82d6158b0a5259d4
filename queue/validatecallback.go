package queue

import "time"

// Validate implements [Stored]. It holds a callback of the spool as well as one of the store.
func (cb *Callback) Validate(now time.Time) error {
	v := vet{now: now}
	v.promise(cb)
	v.text("language", string(cb.Language))
	among(&v, "state", cb.State, CallbackStates...)
	or(&v, "outcome", cb.Outcome, CallbackOutcomes...)
	v.must((cb.Outcome != "") == (cb.State == CallbackOver), "outcome", cb.Outcome, "one if it is over, and none before")
	v.at("since", cb.Since)
	v.at("created", cb.Created)
	v.at("place", cb.Place)
	for _, f := range [...]named[time.Time]{{"from", cb.From}, {"due_at", cb.DueAt}} {
		v.must(!f.value.IsZero(), f.field, f.value, "a time")
		v.until(f.field, f.value, longestWait)
	}
	v.number("priority", cb.Priority)
	v.count("serial", cb.Serial)
	v.text("origin", cb.Origin, cb.By, cb.EndedBy, cb.Told, string(cb.PutOff))
	v.text("caller", cb.Caller, cb.Booker, cb.Owner, cb.Agent, cb.Leg, cb.Client, cb.Whisper, cb.Greeting)
	v.made("client", cb.Client, cb.ID)
	v.made("leg", cb.Leg, cb.ID)
	v.made("alarm", cb.Alarm.Leg, cb.ID)
	v.must(len(cb.Note) <= 64<<10 && len(cb.Reason) <= 64<<10, "note", len(cb.Note)+len(cb.Reason), "64 KiB at most")
	v.listed("attempts", len(cb.Attempts))
	for _, a := range cb.Attempts {
		v.at("attempts", a.At)
		v.text("attempts", a.Agent, string(a.Cause))
	}
	v.must(cb.State != CallbackDialling || len(cb.Attempts) > 0, "attempts", len(cb.Attempts), "the one that is being made")
	v.listed("refusers", len(cb.Refusers))
	for _, r := range cb.Refusers {
		v.id("refusers", r.Agent)
		v.count("refusers", r.Times)
	}
	or(&v, "alarm", cb.Alarm.State, AlarmStates...)
	v.count("alarm", cb.Alarm.Phone)
	v.text("alarm", cb.Alarm.Leg, cb.Alarm.Words)
	v.past("alarm", cb.Alarm.Since)
	v.by("alarm", cb.Alarm.By)
	v.past("ended", cb.Ended)
	v.some("until", cb.Until)
	v.until("next_at", cb.NextAt, longestWait)
	v.until("urgent_at", cb.UrgentAt, longestWait)
	v.by("step_by", cb.StepBy)
	return v.err()
}

// promise is what a promise cannot be kept without.
func (v *vet) promise(cb *Callback) {
	v.id("id", cb.ID)
	v.id("number", cb.Number)
	v.id("queue", cb.Queue)
	among(v, "class", cb.Class, CallbackClasses...)
}
