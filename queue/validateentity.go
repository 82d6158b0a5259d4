package queue

import (
	"fmt"
	"slices"
	"time"
)

// What fields of one entity must say together. Each alone is held by its type and its tags, see validate.go.

// Validate implements [Stored].
func (c *Call) Validate(now time.Time) error {
	v := vetted(c, now)
	v.must(c.Queue != "" || c.State == CallEnding, "queue", c.Queue, "the name of a queue")
	v.must((c.Outcome != "") == (c.State == CallEnding), "outcome", c.Outcome, "one if the call ends, and none before")
	v.must(!c.inLine() || !c.Entered.IsZero() && !c.Place.IsZero(), "entered", c.Entered, "a time, and a place, of a call in line")
	v.must(!c.hasAgent() || !c.Answered.IsZero() && c.Agent != "" && c.Leg != "", "agent", c.Agent, "an agent and a leg, answered at a time, in a talk")
	v.must(c.Rating <= BestRating, "rating", c.Rating, "5 at most")
	for i, o := range c.Offers {
		twice := slices.ContainsFunc(c.Offers[:i], func(b Offer) bool { return b.Agent == o.Agent || b.Leg == o.Leg })
		v.must(!twice, "offers", o.Agent, "one offer an agent")
	}
	t, r := c.Target, c.Recording
	v.must(t.Leg == "" && t == (Target{}) || t.Leg != "" && !t.Since.IsZero(), "target", t.Leg, "a leg and a time, or nothing")
	v.must(t.Leg == "" || len(c.Transfers) > 0, "transfers", len(c.Transfers), "the third party's")
	v.must(!c.Choosing || len(c.HoldLog) > 0 && c.State == CallEnding, "choosing", c.Choosing, "false but at the end of a call after a hold")
	v.must(r.Name != "" || r == (Recording{}), "recording", r.Name, "a name, or nothing")
	v.made("playing", c.Playing, c.ID)
	v.made("bridge", c.Bridge, c.ID)
	v.made("recording.in", r.In, c.ID)
	v.made("recording.out", r.Out, c.ID)
	return v.err()
}

// Validate implements [Stored].
func (a *Agent) Validate(now time.Time) error {
	v := vetted(a, now)
	v.must((a.Status == StatusOffline) == a.LoggedIn.IsZero(), "logged_in", a.LoggedIn, "a time if the agent is logged in")
	v.must((a.Status == StatusOffline) == (a.Endpoint == ""), "endpoint", a.Endpoint, "a phone if the agent is logged in")
	v.must(a.After != StatusRinging && a.After != StatusOnCall && a.After != StatusWrapUp, "after", a.After, "a status that may follow a call")
	v.must(len(a.Keys) <= longestNumber+longestCode, "keys", a.Keys, "those of a code")
	v.must(a.ShiftAt.IsZero() || !a.Shift.End.IsZero(), "shift_at", a.ShiftAt, "none without a shift")
	v.must(len(a.Guesses) <= mostGuesses, "guesses", len(a.Guesses), fmt.Sprintf("%d at most", mostGuesses))
	for _, g := range a.Guesses {
		v.must(g.Locks < 1<<20, "guesses", g.Locks, "a number of locks")
	}
	for i, o := range a.Penalties {
		v.must(o.Penalty <= MostPenalty && o.Config <= MostPenalty, "penalties", o.Penalty, fmt.Sprintf("%d at most", MostPenalty))
		v.must(!slices.ContainsFunc(a.Penalties[:i], func(b PenaltyOrder) bool { return b.Queue == o.Queue }), "penalties", o.Queue, "one for a queue")
	}
	m := a.Monitor
	v.must(m.Channel != "" || m == (Monitor{}), "monitor", m.Call, "a channel, or nothing")
	v.made("monitor.snoop", m.Snoop, m.Channel)
	v.made("monitor.bridge", m.Bridge, m.Channel)
	return v.err()
}

// Validate implements [Stored]. It holds a callback of the spool as well as one of the store.
func (cb *Callback) Validate(now time.Time) error {
	v := vetted(cb, now)
	v.must((cb.Outcome != "") == (cb.State == CallbackOver), "outcome", cb.Outcome, "one if it is over, and none before")
	v.must(cb.State != CallbackDialling || len(cb.Attempts) > 0, "attempts", len(cb.Attempts), "the one that is being made")
	v.made("client", cb.Client, cb.ID)
	v.made("early", cb.Early, cb.Client)
	v.made("alarm.leg", cb.Alarm.Leg, cb.ID)
	return v.err()
}

// Validate implements [Stored].
func (c *Caller) Validate(now time.Time) error { return vetted(c, now).err() }

// Validate implements [Stored].
func (l *Line) Validate(now time.Time) error {
	v := vetted(l, now)
	v.must(l.Handle <= longestHandle, "handle", l.Handle, "a duration up to a day")
	v.must((l.Notice.Phrase == "") == l.Notice.Until.IsZero(), "notice", l.Notice.Phrase, "a phrase and its end, or nothing")
	return v.err()
}

// Validate implements [Stored].
func (t *Timesheet) Validate(now time.Time) error {
	v := vetted(t, now)
	v.must((t.Status == "") == t.Counted.IsZero(), "counted", t.Counted, "a time if there is a status")
	v.must(t.Status != StatusOffline, "status", t.Status, "none while the agent is logged out")
	return v.err()
}
