package queuetest

import (
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
		if a.Status != queue.Offline {
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

// entryLine tells a journal line as a supervisor would.
func entryLine(e queue.Entry) string {
	switch e.Kind {
	case queue.CallEntered:
		return fmt.Sprintf("%s is in line of %s (%s) at %d", e.Call, e.Queue, e.Language, e.JoinedAt)
	case queue.CallKept:
		return fmt.Sprintf("%s waits for %s, who had him before", e.Call, e.Agent)
	case queue.CallOffered:
		return fmt.Sprintf("%s is offered to %s", e.Call, e.Agent)
	case queue.CallMissed:
		return fmt.Sprintf("%s was not taken by %s: %s", e.Call, e.Agent, e.Cause)
	case queue.CallAnswered:
		return fmt.Sprintf("%s talks to %s after %v", e.Call, e.Agent, e.Wait)
	case queue.CallRequeued:
		return fmt.Sprintf("%s is back at the head of the line: agent %s %s", e.Call, e.Agent, e.Cause)
	case queue.CallOverflow:
		return e.Call + " may be taken by agents of other languages"
	case queue.CallWarned:
		return fmt.Sprintf("%s is warned of his tone by %s", e.Call, e.Agent)
	case queue.CallUnheard:
		return e.Call + " is told that nothing is heard of him"
	case queue.CallResult:
		line := fmt.Sprintf("the result of %s is %s (%s)", e.Call, e.Result, e.Agent)
		if e.Detail != "" {
			line += ", not " + e.Detail
		}
		return line
	case queue.CallTransfer:
		return fmt.Sprintf("%s is passed on to %s by %s", e.Call, e.Detail, e.Agent)
	case queue.CallTransferred:
		return fmt.Sprintf("%s talks to %s", e.Call, e.Detail)
	case queue.CallTransferFailed:
		return fmt.Sprintf("%s could not be passed on: %s", e.Call, e.Cause)
	case queue.NoticeOn, queue.NoticeOff:
		return fmt.Sprintf("%s of %s: %s", e.Kind, e.Queue, e.Detail)
	case queue.NumberCleared:
		return fmt.Sprintf("the flag of %s, by %s, is taken off: %s", e.Number, e.Agent, e.Detail)
	case queue.RecordingPaused:
		return fmt.Sprintf("the recording of %s is paused by %s", e.Call, e.Agent)
	case queue.RecordingResumed:
		return fmt.Sprintf("the recording of %s goes on after %v", e.Call, e.Talk)
	case queue.RecordingFailed:
		return fmt.Sprintf("the recording of %s, with %s, has failed: %s", e.Call, e.Agent, e.Detail)
	case queue.MonitorStarted:
		return fmt.Sprintf("%s is heard in %s: %s", e.Agent, e.Call, e.Detail)
	case queue.MonitorEnded:
		return fmt.Sprintf("%s is heard no more in %s: %s for %v", e.Agent, e.Call, e.Detail, e.Talk)
	case queue.CallConsult:
		return fmt.Sprintf("%s asks %s about %s", e.Agent, e.Detail, e.Call)
	case queue.CallSupervisor:
		return fmt.Sprintf("%s calls %s into %s", e.Agent, e.Detail, e.Call)
	case queue.CallJoined:
		return fmt.Sprintf("%s comes into %s", e.Detail, e.Call)
	case queue.CallLeft:
		return fmt.Sprintf("%s leaves %s", e.Detail, e.Call)
	case queue.AgentUnwell:
		return fmt.Sprintf("%s IS UNWELL, in the call %s", e.Agent, e.Call)
	case queue.CallEnded:
		line := fmt.Sprintf("%s has ended: %s, wait %v, talk %v", e.Call, e.Outcome, e.Wait, e.Talk)
		if e.Rating != 0 {
			line += fmt.Sprintf(", rated %d", e.Rating)
		}
		if e.Result != "" {
			line += ", result " + e.Result
		}
		for _, h := range e.Holds {
			line += fmt.Sprintf("; held %v by %s: %s", h.Length, h.By, h.End)
		}
		for _, r := range e.Recorded {
			line += fmt.Sprintf("; recorded for %v as %s", r.Length, r.Name)
			if r.Paused > 0 {
				line += fmt.Sprintf(", paused for %v", r.Paused)
			}
			if r.Broken != "" {
				line += ", broken off: " + r.Broken
			}
		}
		for _, m := range e.Monitored {
			line += fmt.Sprintf("; %s by %s for %v", m.Mode, m.By, m.Length)
		}
		for _, t := range e.Transfers {
			line += fmt.Sprintf("; %s %s: %s", t.Way, t.To, t.End)
		}
		return line
	case queue.AgentStatus:
		return fmt.Sprintf("%s: %s", e.Agent, e.Status)
	case queue.HoldStarted:
		return fmt.Sprintf("%s is put on hold by %s's %s", e.Call, e.Agent, e.Detail)
	case queue.HoldReminded:
		return fmt.Sprintf("%s is reminded of %s", e.Agent, e.Call)
	case queue.HoldLimited:
		return fmt.Sprintf("%s was on hold for too long (%v): %s", e.Call, e.Hold, e.Detail)
	case queue.HoldEnded:
		return fmt.Sprintf("%s is not on hold any more: %s after %v", e.Call, e.Detail, e.Hold)
	case queue.CallerHolds:
		return fmt.Sprintf("%s himself holds: %s", e.Call, e.Detail)
	case queue.CallbackBooked:
		return fmt.Sprintf("%s is promised a callback (%s)", e.Number, e.Class)
	case queue.CallbackMerged:
		return fmt.Sprintf("%s has a callback already", e.Number)
	case queue.CallbackTaken:
		return fmt.Sprintf("the callback of %s goes to %s", e.Number, e.Agent)
	case queue.CallbackAttempt:
		return fmt.Sprintf("%s was not reached: %s", e.Number, e.Cause)
	case queue.CallbackCameIn:
		return e.Number + " calls in himself"
	case queue.CallbackWarned, queue.CallbackEscalated, queue.CallbackBreached:
		return fmt.Sprintf("%s of the callback of %s", strings.TrimPrefix(string(e.Kind), "callback."), e.Number)
	case queue.CallbackEnded:
		return strings.TrimSpace(fmt.Sprintf("the callback of %s is over: %s %s", e.Number, e.CallbackOutcome, e.Detail))
	case queue.CallbackAlarm:
		return fmt.Sprintf("%s is rung for the callback of %s", e.Detail, e.Number)
	case queue.CallbackMoved:
		return fmt.Sprintf("the callback of %s is taken off %s: %s", e.Number, e.Agent, e.Detail)
	case queue.AgentOverstay:
		return fmt.Sprintf("%s stays too long in %s", e.Agent, e.Status)
	case queue.AgentLate:
		return e.Agent + " is late"
	case queue.AgentAbsent:
		return e.Agent + " was absent"
	case queue.AgentLeftEarly:
		return fmt.Sprintf("%s left early: %v before the end", e.Agent, e.Wait)
	case queue.AgentLogIn, queue.AgentLogOut:
		if e.Detail == "" {
			return ""
		}
		return fmt.Sprintf("%s %s: %s", e.Agent, strings.TrimPrefix(string(e.Kind), "agent."), e.Detail)
	case queue.AgentPhone:
		if strings.HasPrefix(e.Detail, "moved") {
			return e.Agent + " " + e.Detail
		}
		return fmt.Sprintf("the phone of %s is %s", e.Agent, e.Detail)
	case queue.AgentOrder:
		return strings.TrimSuffix(fmt.Sprintf("%s is ordered to be %s: %s", e.Agent, e.Status, e.Detail), ": ")
	case queue.Violation:
		return fmt.Sprintf("VIOLATION of %s: %s", e.Agent, e.Detail)
	case queue.Refused:
		if queue.Refusal(e.Detail) == queue.WrongPIN || queue.Refusal(e.Detail) == queue.PINLocked {
			return "refused: " + e.Detail + " at " + e.Phone
		}
		if e.To != "" {
			return "refused: " + e.Detail + " to " + e.To
		}
		return "refused: " + e.Detail
	case queue.Healed:
		return fmt.Sprintf("healed %s: %s", e.Call, e.Detail)
	default:
		return ""
	}
}
