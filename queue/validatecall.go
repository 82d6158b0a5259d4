package queue

import (
	"slices"
	"time"
)

// Validate implements [Stored].
func (c *Call) Validate(now time.Time) error {
	v := vet{now: now}
	v.id("id", c.ID)
	v.text("queue", c.Queue)
	v.must(c.Queue != "" || c.State == CallEnding, "queue", c.Queue, "the name of a queue")
	v.text("number", c.DID, c.Number, c.Name, c.Keyed)
	v.text("language", string(c.Language))
	among(&v, "state", c.State, CallStates...)
	or(&v, "outcome", c.Outcome, Outcomes...)
	v.must((c.Outcome != "") == (c.State == CallEnding), "outcome", c.Outcome, "one if the call ends, and none before")
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
	for _, f := range [...]named[int]{{"misses", c.Misses}, {"joined_at", c.JoinedAt}, {"tries", c.Tries}, {"serial", c.Serial}, {"rating", c.Rating}} {
		v.count(f.field, f.value)
	}
	v.number("round", c.Round)
	v.must(c.Rating <= BestRating, "rating", c.Rating, "5 at most")
	v.text("leg", c.Agent, c.Leg, c.Bridge, c.Keeper, c.Callback, c.Telling, c.Warning, c.Playing, c.Exit, c.Result)
	v.made("playing", c.Playing, c.ID)
	v.listed("offers", len(c.Offers))
	for _, o := range c.Offers {
		v.id("offers", o.Agent)
		v.id("offers", o.Leg)
		v.text("offers", o.Whisper)
		v.at("offers", o.Since)
	}
	for i, o := range c.Offers {
		twice := slices.ContainsFunc(c.Offers[:i], func(b Offer) bool { return b.Agent == o.Agent || b.Leg == o.Leg })
		v.must(!twice, "offers", o.Agent, "one offer an agent")
	}
	v.target(c)
	v.hold(c)
	v.recording(c)
	or(&v, "promised", c.Promised, CallbackClasses...)
	or(&v, "rate", c.Rate, RatingStates...)
	or(&v, "keying", c.Keying, KeyingStates...)
	for _, f := range [...]named[time.Time]{
		{"menu_by", c.MenuBy}, {"ring_by", c.RingBy},
		{"end_by", c.EndBy}, {"play_by", c.PlayBy}, {"key_by", c.KeyBy}, {"silent_by", c.SilentBy}, {"remind_at", c.RemindAt},
		{"act_at", c.ActAt}, {"hold_until", c.HoldUntil}, {"transfer_by", c.TransferBy},
	} {
		v.by(f.field, f.value)
	}
	for _, f := range [...]named[time.Time]{{"announce_at", c.AnnounceAt}, {"overflow_at", c.OverflowAt}, {"give_up_at", c.GiveUpAt}, {"keep_until", c.KeepUntil}} {
		v.stay(f.field, f.value)
	}
	return v.err()
}

// target is the third party of a call, and those of its record.
func (v *vet) target(c *Call) {
	t := c.Target
	v.text("target", t.Number, t.Leg, t.Agent)
	v.past("target", t.Since)
	v.count("target", t.Phone)
	v.made("target", t.Leg, c.ID)
	v.made("bridge", c.Bridge, c.ID)
	v.must(t.Leg == "" && t == (Target{}) || t.Leg != "" && !t.Since.IsZero(), "target", t.Leg, "a leg and a time, or nothing")
	or(v, "target", t.Way, Ways...)
	v.must(t.Leg == "" || len(c.Transfers) > 0, "transfers", len(c.Transfers), "the third party's")
	v.listed("transfers", len(c.Transfers))
	for _, t := range c.Transfers {
		v.at("transfers", t.At)
		v.text("transfers", t.To, t.Agent, string(t.End))
		among(v, "transfers", t.Way, Ways...)
	}
}

// hold is the hold of a call, and those that are over.
func (v *vet) hold(c *Call) {
	or(v, "held_by", c.HeldBy, HeldBys...)
	v.figures("hold_figures", c.HoldFigures)
	v.listed("hold_log", len(c.HoldLog))
	for _, h := range c.HoldLog {
		v.at("hold_log", h.Start)
		v.span("hold_log", h.Length)
		among(v, "hold_log", h.By, HeldBys...)
		v.text("hold_log", string(h.End))
	}
	v.must(!c.Choosing || len(c.HoldLog) > 0 && c.State == CallEnding, "choosing", c.Choosing, "false but at the end of a call after a hold")
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
	v.made("recording", r.In, c.ID)
	v.made("recording", r.Out, c.ID)
	v.past("recording", r.Since)
	v.past("recording", r.PausedAt)
	v.stay("recording", r.ResumeAt)
	v.span("recording", r.Paused)
	v.must(r.Name != "" || r == (Recording{}), "recording", r.Name, "a name, or nothing")
	v.listed("recorded", len(c.Recorded))
	for _, r := range c.Recorded {
		v.text("recorded", r.Name, r.Agent, r.Broken)
		v.at("recorded", r.Start)
		v.span("recorded", r.Length)
		v.span("recorded", r.Paused)
	}
	v.listed("monitored", len(c.Monitored))
	for _, m := range c.Monitored {
		v.text("monitored", m.By)
		v.at("monitored", m.Start)
		v.span("monitored", m.Length)
		among(v, "monitored", m.Mode, MonitorModes...)
	}
}
