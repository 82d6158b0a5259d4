package queuetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kezek/queue"
)

// show tells the whole state, a line for each call and agent.
func (s *Scenario) show() {
	for _, c := range s.state.Calls() {
		fmt.Fprintf(&s.out, "%s %s %s %s", c.ID, c.Queue, c.Language, c.State)
		if p := s.state.Position(c); p > 0 {
			fmt.Fprintf(&s.out, " position %d", p)
		}
		if c.Keeper != "" {
			fmt.Fprintf(&s.out, " kept for %s", c.Keeper)
		}
		if c.Agent != "" {
			fmt.Fprintf(&s.out, " agent %s", c.Agent)
		}
		if c.Target.Leg != "" {
			fmt.Fprintf(&s.out, " to %s", c.Target.Number)
		}
		s.out.WriteByte('\n')
	}
	for _, cb := range s.state.Callbacks() {
		fmt.Fprintf(&s.out, "callback of %s %s %s %s due %s", cb.Number, cb.Queue, cb.Class, cb.State, s.since(cb.DueAt))
		if cb.Urgent {
			s.out.WriteString(" urgent")
		}
		if cb.Owner != "" {
			fmt.Fprintf(&s.out, " owner %s", cb.Owner)
		}
		s.out.WriteByte('\n')
	}
	for _, a := range s.state.Agents() {
		if a.Status != queue.StatusOffline {
			fmt.Fprintf(&s.out, "%s %s", a.ID, strings.TrimSpace(string(a.Status)+" "+a.Call))
			if a.Owes != "" {
				s.out.WriteString(" owes a callback")
			}
			if a.Ratings.Count > 0 {
				fmt.Fprintf(&s.out, " rated %.1f by %d", a.Ratings.Mean(), a.Ratings.Count)
			}
			s.out.WriteByte('\n')
		}
	}
}

// timesheets tells the last timesheet of each agent as it stands now, then the ones before.
func (s *Scenario) timesheets() {
	for _, t := range s.state.Snapshot().Timesheets {
		local := func(at time.Time) string {
			if at.IsZero() {
				return "…"
			}
			return at.In(s.rules.Location).Format("15:04")
		}
		t := t.At(s.now)
		fmt.Fprintf(&s.out, "%s %s: %s to %s, paid %v, calls %d", t.Agent, t.Day, local(t.LogIn), local(t.LogOut), t.Paid(s.now), t.Calls)
		for _, status := range slices.Sorted(maps.Keys(t.Spent)) {
			fmt.Fprintf(&s.out, ", %s %v", status, t.Spent[status])
		}
		for _, f := range []struct {
			what string
			d    time.Duration
		}{{"late", t.Late}, {"left early", t.LeftEarly}, {"overstayed", t.Overstayed}} {
			if f.d != 0 {
				fmt.Fprintf(&s.out, ", %s %v", f.what, f.d)
			}
		}
		if t.Overstays > 0 {
			fmt.Fprintf(&s.out, ", overstays %d", t.Overstays)
		}
		if t.Absences > 0 {
			fmt.Fprintf(&s.out, ", absent %d", t.Absences)
		}
		if len(t.Missing) > 0 {
			fmt.Fprintf(&s.out, ", has not used %v", t.Missing)
		}
		if !t.Until.IsZero() {
			fmt.Fprintf(&s.out, ", kept until %s", t.Until.In(s.rules.Location).Format("2006-01-02 15:04"))
		}
		s.out.WriteByte('\n')
	}
}

// clock is the time since the scenario began.
func (s *Scenario) clock() string { return s.since(s.now) }

// since tells a time with hours once there are some.
func (s *Scenario) since(at time.Time) string {
	d := at.Sub(start).Round(time.Second)
	text := fmt.Sprintf("%02d:%02d", int(d.Minutes())%60, int(d.Seconds())%60)
	if d >= time.Hour {
		text = fmt.Sprintf("%d:%s", int(d.Hours()), text)
	}
	return text
}

func phrases(list []queue.Phrase) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s/%s", p.Language, p.ID)
		if p.N > 0 || p.ID == "wait" || p.ID == "since" || p.ID == "waiting-calls" {
			fmt.Fprintf(&b, "-%d", p.N)
		}
	}
	return b.String()
}

// actionLine tells an action as those at the phones would, before it is done.
func (s *Scenario) actionLine(a queue.Action) string {
	switch a := a.(type) {
	case queue.AnswerCall:
		return a.Channel + " is answered"
	case queue.Play:
		return fmt.Sprintf("%s hears %s", a.Channel, phrases(a.Phrases))
	case queue.Music:
		if a.Class != "default" {
			return a.Channel + " hears music of " + a.Class
		}
		return a.Channel + " hears music"
	case queue.Lamp:
		if s.watched[a.Name] {
			return fmt.Sprintf("%s shows %s", a.Name, cmp.Or(a.State, "nothing"))
		}
		for _, g := range s.state.Agents() {
			if g.Reminded && queue.AgentLamp(g.ID) == a.Name {
				return "the lamp of " + g.ID + " blinks"
			}
		}
		return ""
	case queue.StopPlay:
		if slices.ContainsFunc(s.state.Calls(), func(c *queue.Call) bool { return c.ID == a.Channel }) {
			return "" // a caller's next words tell it
		}
		return a.Channel + " hears no more of it"
	case queue.StopMusic:
		return ""
	case queue.Dial:
		if a.AutoAnswer {
			return fmt.Sprintf("%s is told to answer by itself: %q", a.Endpoint, a.CallerName)
		}
		return fmt.Sprintf("%s rings: %q", a.Endpoint, a.CallerName)
	case queue.DialClient:
		return fmt.Sprintf("the client %s is called", a.Number)
	case queue.Take:
		return a.Party + " is taken out of the call"
	case queue.Hangup:
		if a.Reason == queue.HangupAnsweredElsewhere {
			return a.Channel + " is hung up: answered elsewhere"
		}
		return a.Channel + " is hung up"
	case queue.Connect:
		return fmt.Sprintf("%s and %s are connected", a.Caller, a.Agent)
	case queue.Disconnect:
		return ""
	case queue.Part:
		return a.Caller + " is taken out of the talk"
	case queue.Join:
		if strings.Contains(a.Caller, "-t") {
			return a.Caller + " comes into the talk"
		}
		return a.Caller + " is in the talk again"
	case queue.SendKey:
		return fmt.Sprintf("%s gets the key %c", a.Channel, a.Key)
	case queue.TransferDone:
		return fmt.Sprintf("%s is told of its transfer: done %v", a.Channel, a.OK)
	case queue.Announce:
		return "both hear " + phrases(a.Phrases)
	case queue.Tap:
		return fmt.Sprintf("%s hears %s (%s)", a.Supervisor, a.Leg, a.Mode)
	case queue.DetectTalk:
		if a.On {
			return "a word of " + a.Channel + " is awaited"
		}
		return ""
	case queue.Record:
		return "recorded as " + a.Name
	case queue.MuteRecording:
		return fmt.Sprintf("the recording writes silence: %v", a.On)
	case queue.Leave:
		return fmt.Sprintf("%s goes to %s", a.Channel, a.Place)
	default:
		return fmt.Sprintf("%T%+v", a, a)
	}
}
