package queue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What must hold of a stored entity by itself, field by field: closed sets,
// ranges, and what fields of one entity must say together. A store is data that
// anything may have written, so it is held against this after decoding. What
// entities say about each other is [State.Check]'s, and is mended by [New].

// Bounds of what is stored.
const (
	// tolerance is how far a clock may have been set back since something was written.
	tolerance = 24 * time.Hour
	// longestStep bounds deadlines of what is going on: a call, a status, a try.
	longestStep = 31 * 24 * time.Hour
	// longestWait bounds deadlines that wait for opening hours, which may be a year away.
	longestWait = 2 * 366 * 24 * time.Hour
	// longestSpan bounds durations, so that sums and products of them do not overflow.
	longestSpan = 366 * 24 * time.Hour
	// longestHandle bounds the mean time of a call, which is multiplied by lengths of lines.
	longestHandle = 24 * time.Hour
	// mostOf bounds counts.
	mostOf = 1 << 30
	// longestText bounds ids, numbers and names; mostListed the lists of an entity.
	longestText, mostListed = 512, 1000
)

// Times from oldest to newest can be told in ns since 1970 and subtracted.
var (
	oldest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	newest = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Stored is an entity that can be held against what must hold of it by itself.
type Stored interface {
	Entity
	// Validate tells what is wrong with the entity at a time: nil, or an error
	// that names each field, its value and what is allowed.
	Validate(now time.Time) error
}

// vet holds fields against what is allowed.
type vet struct {
	now    time.Time
	faults []error
}

func (v *vet) must(ok bool, field string, value any, want string) {
	if !ok {
		text := []rune(fmt.Sprintf("%q", fmt.Sprint(value)))
		if len(text) > 80 {
			text = append(text[:80], '…')
		}
		v.faults = append(v.faults, fmt.Errorf("field %q: %s, want %s", field, string(text), want))
	}
}

func (v *vet) err() error { return errors.Join(v.faults...) }

// past is when something happened, zero if it has not.
func (v *vet) past(field string, t time.Time) { v.until(field, t, tolerance) }

// at is the same of something that has happened.
func (v *vet) at(field string, t time.Time) {
	v.must(!t.IsZero(), field, t, "a time")
	v.past(field, t)
}

// by is a deadline of what is going on, zero if there is none.
func (v *vet) by(field string, t time.Time) { v.until(field, t, longestStep) }

// until is a time no further ahead than so long, or zero.
func (v *vet) until(field string, t time.Time, ahead time.Duration) {
	last := v.now.Add(ahead)
	v.must(t.IsZero() || !t.Before(oldest) && !t.After(last), field, t.Format(time.RFC3339),
		"a time from 2000 to "+last.UTC().Format(time.DateOnly))
}

// some is any time that can be counted with, or zero.
func (v *vet) some(field string, t time.Time) {
	v.must(t.IsZero() || !t.Before(oldest) && t.Before(newest), field, t.Format(time.RFC3339), "a time from 2000 to 2099")
}

func (v *vet) count(field string, n int) {
	v.must(n >= 0 && n <= mostOf, field, n, "a count")
}

func (v *vet) number(field string, n int) {
	v.must(n >= -mostOf && n <= mostOf, field, n, "a number of nine digits at most")
}

func (v *vet) span(field string, d time.Duration) {
	v.must(d >= 0 && d <= longestSpan, field, d, "a duration up to a year")
}

// text is anything that may be shown and said on, "" included.
func (v *vet) text(field string, all ...string) {
	for _, s := range all {
		v.must(len(s) <= longestText && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl), field, s, "a line of text")
	}
}

// id is the same, and not "".
func (v *vet) id(field, s string) {
	v.must(s != "", field, s, "not empty")
	v.text(field, s)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (v *vet) listed(field string, n int) {
	v.must(n <= mostListed, field, n, fmt.Sprintf("%d entries at most", mostListed))
}

// among holds that a value is one of a closed set; "" is when none includes it.
func among[T ~string](v *vet, field string, value T, set ...T) {
	v.must(slices.Contains(set, value), field, value, fmt.Sprintf("one of %q", set))
}

// The closed sets of what is stored.
var (
	callStates = []CallState{InMenu, Waiting, Offered, Talking, Held, Transferring, Transferred, Ending}
	outcomes   = []Outcome{
		CompletedByAgent, CompletedByCaller, Abandoned, AbandonedInMenu, Closed, Full, Empty, TimedOut, UnknownNumber,
		Lost, WithCallback, EndedRude, NotHeard, EndedTransferred,
	}
	callbackClasses = []CallbackClass{Information, Manager, Complaint}
	callbackStates  = []CallbackState{
		CallbackBooking, CallbackOpen, CallbackOnLine, CallbackOffered, CallbackBriefing, CallbackDialling,
		CallbackGreeting, CallbackTalking, CallbackOver,
	}
	callbackOutcomes = []CallbackOutcome{CallbackCompleted, CallbackReached, CallbackUnreached, CallbackCancelled}
	alarmStates      = []AlarmState{AlarmDue, AlarmRinging, AlarmTold, AlarmOver}
	heldBys          = []HeldBy{HeldByKey, HeldByCode, HeldByConsult}
	ways             = []Way{Blind, ToLine, Consulted, Attended, CalledIn}
	monitorModes     = []MonitorMode{Listen, Whisper, JoinIn}
)

// or adds "" to a set.
func or[T ~string](set []T) []T { return append([]T{""}, set...) }

// Validate implements [Stored].
func (c *Call) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("id", c.ID)
	v.text("queue", c.Queue)
	v.must(c.Queue != "" || c.State == Ending, "queue", c.Queue, "the name of a queue")
	v.text("number", c.DID, c.Number, c.Name, c.Keyed)
	v.text("language", string(c.Language))
	among(&v, "state", c.State, callStates...)
	among(&v, "outcome", c.Outcome, or(outcomes)...)
	v.must((c.Outcome != "") == (c.State == Ending), "outcome", c.Outcome, "one if the call ends, and none before")
	v.at("since", c.Since)
	v.at("arrived", c.Arrived)
	v.past("entered", c.Entered)
	v.past("place", c.Place)
	v.must(!c.inLine() || !c.Entered.IsZero() && !c.Place.IsZero(), "entered", c.Entered, "a time, and a place, of a call in line")
	v.past("joined", c.Joined)
	v.past("answered", c.Answered)
	v.past("talk_end", c.TalkEnd)
	v.must(!c.hasAgent() || !c.Answered.IsZero() && c.Agent != "" && c.Leg != "", "agent", c.Agent, "an agent and a leg, answered at a time, in a talk")
	v.number("priority", c.Priority)
	for field, n := range map[string]int{"misses": c.Misses, "joined_at": c.JoinedAt, "tries": c.Tries, "serial": c.Serial, "rating": c.Rating} {
		v.count(field, n)
	}
	v.number("round", c.Round)
	v.must(c.Rating <= BestRating, "rating", c.Rating, "5 at most")
	v.text("leg", c.Agent, c.Leg, c.Bridge, c.Keeper, c.Callback, c.Telling, c.Warning, c.Playing, c.Exit, c.Result)
	v.listed("offers", len(c.Offers))
	for _, o := range c.Offers {
		v.id("offers", o.Agent)
		v.id("offers", o.Leg)
		v.text("offers", o.Whisper)
		v.at("offers", o.Since)
	}
	v.target(c)
	v.hold(c)
	v.recording(c)
	among(&v, "promised", c.Promised, or(callbackClasses)...)
	among(&v, "rate", c.Rate, "", RatingNext, RatingAsked)
	among(&v, "keying", c.Keying, "", KeyingNumber, KeyingConfirm)
	for field, t := range map[string]time.Time{
		"menu_by": c.MenuBy, "ring_by": c.RingBy, "announce_at": c.AnnounceAt, "overflow_at": c.OverflowAt, "give_up_at": c.GiveUpAt,
		"end_by": c.EndBy, "play_by": c.PlayBy, "key_by": c.KeyBy, "silent_by": c.SilentBy, "remind_at": c.RemindAt,
		"act_at": c.ActAt, "hold_until": c.HoldUntil, "transfer_by": c.TransferBy, "keep_until": c.KeepUntil,
	} {
		v.by(field, t)
	}
	return v.err()
}

// target is the third party of a call, and those of its record.
func (v *vet) target(c *Call) {
	t := c.Target
	v.text("target", t.Number, t.Leg, t.Agent)
	v.past("target", t.Since)
	v.count("target", t.Phone)
	v.must(t.Leg == "" && t == (Target{}) || t.Leg != "" && !t.Since.IsZero(), "target", t.Leg, "a leg and a time, or nothing")
	among(v, "target", t.Way, or(ways)...)
	v.must(t.Leg == "" || len(c.Transfers) > 0, "transfers", len(c.Transfers), "the third party's")
	v.listed("transfers", len(c.Transfers))
	for _, t := range c.Transfers {
		v.at("transfers", t.At)
		v.text("transfers", t.To, t.Agent, string(t.End))
		among(v, "transfers", t.Way, ways...)
	}
}

// hold is the hold of a call, and those that are over.
func (v *vet) hold(c *Call) {
	among(v, "held_by", c.HeldBy, or(heldBys)...)
	v.figures("hold_figures", c.HoldFigures)
	v.listed("hold_log", len(c.HoldLog))
	for _, h := range c.HoldLog {
		v.at("hold_log", h.Start)
		v.span("hold_log", h.Length)
		among(v, "hold_log", h.By, heldBys...)
		v.text("hold_log", string(h.End))
	}
	v.must(!c.Choosing || len(c.HoldLog) > 0 && c.State == Ending, "choosing", c.Choosing, "false but at the end of a call after a hold")
}

func (v *vet) figures(field string, f HoldFigures) {
	v.count(field, f.Count)
	v.span(field, f.Total)
	v.span(field, f.Longest)
}

// recording is that of a call, those that are over, and who listened.
func (v *vet) recording(c *Call) {
	r := c.Recording
	v.text("recording", r.Name, r.In, r.Out)
	v.past("recording", r.Since)
	v.past("recording", r.PausedAt)
	v.by("recording", r.ResumeAt)
	v.span("recording", r.Paused)
	v.must(r.Name != "" || r == (Recording{}), "recording", r.Name, "a name, or nothing")
	v.listed("recorded", len(c.Recorded))
	for _, r := range c.Recorded {
		v.text("recorded", r.Name, r.Agent)
		v.at("recorded", r.Start)
		v.span("recorded", r.Length)
		v.span("recorded", r.Paused)
	}
	v.listed("monitored", len(c.Monitored))
	for _, m := range c.Monitored {
		v.text("monitored", m.By)
		v.at("monitored", m.Start)
		v.span("monitored", m.Length)
		among(v, "monitored", m.Mode, monitorModes...)
	}
}

// Validate implements [Stored].
func (a *Agent) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("id", a.ID)
	v.id("status", string(a.Status))
	v.past("since", a.Since)
	v.past("logged_in", a.LoggedIn)
	v.must(a.Status == Offline || !a.Since.IsZero(), "since", a.Since, "a time, of one who is logged in")
	v.must((a.Status == Offline) == a.LoggedIn.IsZero(), "logged_in", a.LoggedIn, "a time if the agent is logged in")
	v.must((a.Status == Offline) == (a.Endpoint == ""), "endpoint", a.Endpoint, "a phone if the agent is logged in")
	v.text("endpoint", a.Endpoint)
	v.text("call", a.Call, a.Leg, a.Target, a.Recall, a.Callback, a.Owes, a.Telling, a.Words, a.Hears)
	v.text("after", string(a.After), a.AfterBy, a.AfterWhy, a.OrderedBy, a.Keys)
	v.must(len(a.Keys) <= longestNumber+longestCode, "keys", a.Keys, "those of a code")
	for field, t := range map[string]time.Time{
		"leg_by": a.LegBy, "rest_until": a.RestUntil, "wrap_until": a.WrapUntil, "stay_until": a.StayUntil,
		"day_end": a.DayEnd, "gone_by": a.GoneBy, "locked_until": a.LockedUntil,
	} {
		v.by(field, t)
	}
	v.some("shift", a.Shift.Start)
	v.some("shift", a.Shift.End)
	v.some("shift_at", a.ShiftAt)
	v.must(a.ShiftAt.IsZero() || !a.Shift.End.IsZero(), "shift_at", a.ShiftAt, "none without a shift")
	v.past("left", a.Left)
	v.past("last_call", a.LastCall)
	v.past("keys_at", a.KeysAt)
	for field, n := range map[string]int{
		"calls": a.Calls, "missed_in_row": a.MissedInRow, "wrong_pins": a.WrongPINs, "ratings": a.Ratings.Count, "ratings sum": a.Ratings.Sum,
	} {
		v.count(field, n)
	}
	v.must(len(a.Guesses) <= mostGuesses, "guesses", len(a.Guesses), fmt.Sprint(mostGuesses, " phones at most"))
	for _, g := range a.Guesses {
		v.text("guesses", g.Phone)
		v.count("guesses", g.Wrong)
		v.count("guesses", g.Total)
		v.count("guesses", g.Locks)
		v.past("guesses", g.Last)
		v.by("guesses", g.Until)
	}
	v.figures("hold_figures", a.HoldFigures)
	v.text("last", a.Last.Call, a.Last.Queue, string(a.Last.Language), a.Last.Number, a.Last.Callback, a.Last.Result)
	m := a.Monitor
	v.text("monitor", m.Channel, m.Agent, m.Call, m.Snoop, m.Bridge, m.Playing)
	v.must(m.Channel != "" || m == (Monitor{}), "monitor", m.Call, "a channel, or nothing")
	among(&v, "monitor", m.Mode, or(monitorModes)...)
	v.past("monitor", m.Since)
	v.by("monitor", m.By)
	v.count("monitor", m.Serial)
	return v.err()
}

// Validate implements [Stored]. It holds a callback of the spool as well as one of the store.
func (cb *Callback) Validate(now time.Time) error {
	v := vet{now: now}
	v.promise(cb)
	among(&v, "state", cb.State, callbackStates...)
	among(&v, "outcome", cb.Outcome, or(callbackOutcomes)...)
	v.must((cb.Outcome != "") == (cb.State == CallbackOver), "outcome", cb.Outcome, "one if it is over, and none before")
	v.at("since", cb.Since)
	v.at("created", cb.Created)
	v.at("place", cb.Place)
	for field, t := range map[string]time.Time{"from": cb.From, "due_at": cb.DueAt} {
		v.must(!t.IsZero(), field, t, "a time")
		v.until(field, t, longestWait)
	}
	v.number("priority", cb.Priority)
	v.count("serial", cb.Serial)
	v.text("origin", cb.Origin, cb.By, cb.EndedBy, cb.Told, string(cb.PutOff))
	v.text("caller", cb.Caller, cb.Booker, cb.Owner, cb.Agent, cb.Leg, cb.Client, cb.Whisper, cb.Greeting)
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
	among(&v, "alarm", cb.Alarm.State, or(alarmStates)...)
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
	v.text("language", string(cb.Language))
	among(v, "class", cb.Class, callbackClasses...)
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
	v.must(!c.Until.IsZero(), "until", c.Until, "a time")
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
	for field, n := range map[string]int{
		"answered": l.Answered, "answered_in_time": l.AnsweredInTime, "abandoned": l.Abandoned, "abandoned_in_time": l.AbandonedInTime,
	} {
		v.count(field, n)
	}
	v.text("notice", l.Notice.Phrase, l.Notice.By)
	v.past("notice", l.Notice.Since)
	v.by("notice", l.Notice.Until)
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
	// Each day in between gets a sheet of its own.
	v.must(t.Counted.IsZero() || now.Sub(t.Counted) <= longestSpan, "counted", t.Counted, "a time within a year")
	v.text("status", string(t.Status))
	v.listed("spent", len(t.Spent))
	for status, d := range t.Spent {
		v.text("spent", string(status))
		v.span("spent", d)
	}
	for field, n := range map[string]int{"calls": t.Calls, "absences": t.Absences, "overstays": t.Overstays} {
		v.count(field, n)
	}
	for field, d := range map[string]time.Duration{"late": t.Late, "left_early": t.LeftEarly, "overstayed": t.Overstayed} {
		v.span(field, d)
	}
	v.listed("missing", len(t.Missing))
	for _, m := range t.Missing {
		v.text("missing", string(m))
	}
	v.some("until", t.Until)
	return v.err()
}
