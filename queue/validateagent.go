package queue

import (
	"fmt"
	"time"
)

// Validate implements [Stored].
func (a *Agent) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("id", a.ID)
	v.id("status", string(a.Status))
	v.past("since", a.Since)
	v.past("logged_in", a.LoggedIn)
	v.must((a.Status == StatusOffline) == a.LoggedIn.IsZero(), "logged_in", a.LoggedIn, "a time if the agent is logged in")
	v.must((a.Status == StatusOffline) == (a.Endpoint == ""), "endpoint", a.Endpoint, "a phone if the agent is logged in")
	v.text("endpoint", a.Endpoint)
	v.text("call", a.Call, a.Leg, a.Target, a.Recall, a.Callback, a.Owes, a.Telling, a.Words, a.Hears)
	v.must(a.After != StatusRinging && a.After != StatusOnCall && a.After != StatusWrapUp, "after", a.After, "a status that may follow a call")
	v.text("after", string(a.After), a.AfterBy, a.AfterWhy, a.OrderedBy, a.Keys)
	or(&v, "after_end", a.AfterEnd, ShiftEnds...)
	v.must(len(a.Keys) <= longestNumber+longestCode, "keys", a.Keys, "those of a code")
	for _, f := range [...]named[time.Time]{
		{"wrap_until", a.WrapUntil}, {"stay_until", a.StayUntil}, {"day_end", a.DayEnd}, {"gone_by", a.GoneBy}, {"locked_until", a.LockedUntil},
	} {
		v.stay(f.field, f.value)
	}
	v.by("leg_by", a.LegBy)
	v.by("rest_until", a.RestUntil)
	v.some("shift", a.Shift.Start)
	v.some("shift", a.Shift.End)
	v.some("shift_at", a.ShiftAt)
	v.must(a.ShiftAt.IsZero() || !a.Shift.End.IsZero(), "shift_at", a.ShiftAt, "none without a shift")
	v.past("left", a.Left)
	v.past("last_call", a.LastCall)
	v.past("keys_at", a.KeysAt)
	for _, f := range [...]named[int]{
		{"calls", a.Calls}, {"missed_in_row", a.MissedInRow}, {"wrong_pins", a.WrongPINs}, {"ratings", a.Ratings.Count}, {"ratings sum", a.Ratings.Sum},
	} {
		v.count(f.field, f.value)
	}
	v.must(len(a.Guesses) <= mostGuesses, "guesses", len(a.Guesses), fmt.Sprintf("%d at most", mostGuesses))
	for _, g := range a.Guesses {
		v.text("guesses", g.Phone)
		v.count("guesses", g.Wrong)
		v.count("guesses", g.Total)
		v.must(g.Locks >= 0 && g.Locks < 1<<20, "guesses", g.Locks, "a number of locks")
		v.past("guesses", g.Last)
		v.stay("guesses", g.Until)
	}
	v.figures("hold_figures", a.HoldFigures)
	v.text("last", a.Last.Call, a.Last.Queue, string(a.Last.Language), a.Last.Number, a.Last.Callback, a.Last.Result)
	m := a.Monitor
	v.text("monitor", m.Channel, m.Agent, m.Call, m.Snoop, m.Bridge, m.Playing)
	v.must(m.Channel != "" || m == (Monitor{}), "monitor", m.Call, "a channel, or nothing")
	or(&v, "monitor", m.Mode, MonitorModes...)
	v.made("monitor", m.Snoop, m.Channel)
	v.made("monitor", m.Bridge, m.Channel)
	v.past("monitor", m.Since)
	v.by("monitor", m.By)
	v.count("monitor", m.Serial)
	return v.err()
}

// Validate implements [Stored].
func (c *Caller) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("number", c.Number)
	v.text("language", string(c.Language), c.Agent, c.RudeBy)
	v.past("seen", c.Seen)
	v.past("talked", c.Talked)
	v.count("dials", c.Dials)
	v.past("dials_since", c.DialsSince)
	v.past("rude_at", c.RudeAt)
	v.some("rude_until", c.RudeUntil)
	v.some("until", c.Until)
	return v.err()
}

// Validate implements [Stored].
func (l *Line) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("queue", l.Queue)
	v.must(l.Handle >= 0 && l.Handle <= longestHandle, "handle", l.Handle, "a duration up to a day")
	v.text("last_agent", l.LastAgent)
	v.day("day", l.Day)
	for _, f := range [...]named[int]{
		{"answered", l.Answered}, {"answered_in_time", l.AnsweredInTime}, {"abandoned", l.Abandoned}, {"abandoned_in_time", l.AbandonedInTime},
	} {
		v.count(f.field, f.value)
	}
	v.text("notice", l.Notice.Phrase, l.Notice.By)
	v.past("notice", l.Notice.Since)
	v.stay("notice", l.Notice.Until)
	v.must((l.Notice.Phrase == "") == l.Notice.Until.IsZero(), "notice", l.Notice.Phrase, "a phrase and its end, or nothing")
	return v.err()
}

// day is a local date that has begun.
func (v *vet) day(field, day string) {
	at, err := time.Parse(time.DateOnly, day)
	v.must(err == nil, field, day, "a date as 2006-01-02")
	if err == nil {
		v.until(field, at, 2*tolerance)
	}
}

// Validate implements [Stored].
func (t *Timesheet) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("agent", t.Agent)
	v.day("day", t.Day)
	v.past("log_in", t.LogIn)
	v.past("log_out", t.LogOut)
	v.past("counted", t.Counted)
	v.must((t.Status == "") == t.Counted.IsZero(), "counted", t.Counted, "a time if there is a status")
	v.text("status", string(t.Status))
	v.must(t.Status != StatusOffline, "status", t.Status, "none while the agent is logged out")
	v.listed("spent", len(t.Spent))
	for status, d := range t.Spent {
		v.text("spent", string(status))
		v.span("spent", d)
	}
	for _, f := range [...]named[int]{{"calls", t.Calls}, {"absences", t.Absences}, {"overstays", t.Overstays}} {
		v.count(f.field, f.value)
	}
	for _, f := range [...]named[time.Duration]{{"late", t.Late}, {"left_early", t.LeftEarly}, {"overstayed", t.Overstayed}} {
		v.span(f.field, f.value)
	}
	v.listed("missing", len(t.Missing))
	for _, m := range t.Missing {
		v.text("missing", string(m))
	}
	v.some("until", t.Until)
	return v.err()
}
