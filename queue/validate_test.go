package queue

import (
	"strings"
	"testing"
	"time"
)

// What decodes is not believed: each of these is refused, with the name of the field.
func TestValidate(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	far := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	call := func(change func(*Call)) Stored {
		c := &Call{ID: "kg-1", Queue: "sales", Language: "ru", State: CallWaiting, Since: now, Arrived: now, PlaceInLine: PlaceInLine{Entered: now, Place: now}}
		change(c)
		return c
	}
	agent := func(change func(*Agent)) Stored {
		a := &Agent{ID: "1001", Status: StatusReady, Since: now, Attendance: Attendance{LoggedIn: now, Endpoint: "PJSIP/1001"}}
		change(a)
		return a
	}
	callback := func(change func(*Callback)) Stored {
		cb := &Callback{
			ID: "cb-1", Number: "+996700000001", Queue: "sales", Language: "ru", Class: ClassInformation, State: CallbackOpen,
			Since: now, Created: now, From: now, Place: now, DueAt: now.Add(time.Hour),
		}
		change(cb)
		return cb
	}
	for _, e := range []Stored{
		call(func(*Call) {}), agent(func(*Agent) {}), callback(func(*Callback) {}),
		agent(func(a *Agent) { *a = Agent{ID: "1001", Status: StatusOffline} }),
		agent(func(a *Agent) { a.Since = now.Add(time.Hour) }), // the clock was set back
		&Caller{Number: "+1", Until: now.AddDate(10, 0, 0)}, &Line{Queue: "sales", Day: "2026-11-22"}, &Timesheet{Agent: "1001", Day: "2026-11-22"},
	} {
		if err := e.Validate(now); err != nil {
			t.Errorf("%s %s: %v, want none", e.Kind(), e.Key(), err)
		}
	}
	for field, e := range map[string]Stored{
		"rest_until":  agent(func(a *Agent) { a.RestUntil = far }),
		"leg_by":      agent(func(a *Agent) { a.LegBy = now.AddDate(1, 0, 0) }),
		"stay_until":  agent(func(a *Agent) { a.StayUntil = time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC) }),
		"logged_in":   agent(func(a *Agent) { a.LoggedIn = time.Time{} }),
		"endpoint":    agent(func(a *Agent) { a.Endpoint = "" }),
		"missed_in":   agent(func(a *Agent) { a.MissedInRow = -1 }),
		"monitor":     agent(func(a *Agent) { a.Monitor.Call = "kg-1" }),
		"state":       call(func(c *Call) { c.State = "dreaming" }),
		"agent":       call(func(c *Call) { c.State, c.Agent = CallTalking, "" }),
		"outcome":     call(func(c *Call) { c.State, c.Outcome = CallEnding, "lucky" }),
		"place":       call(func(c *Call) { c.Place = far }),
		"entered":     call(func(c *Call) { c.Entered = time.Time{} }),
		"transfers":   call(func(c *Call) { c.Target = Target{Leg: "kg-1-t1", Way: WayBlind, Since: now} }),
		"choosing":    call(func(c *Call) { c.State, c.Outcome, c.Choosing = CallEnding, OutcomeCallback, true }),
		"hold_log":    call(func(c *Call) { c.HoldLog = []Hold{{Start: now, Length: 1 << 62, By: HeldByKey}} }),
		"serial":      call(func(c *Call) { c.Serial = -3 }),
		"queue":       call(func(c *Call) { c.Queue = "" }),
		"class":       callback(func(cb *Callback) { cb.Class = "soon" }),
		"due_at":      callback(func(cb *Callback) { cb.DueAt = far }),
		"from":        callback(func(cb *Callback) { cb.From = time.Time{} }),
		"attempts":    callback(func(cb *Callback) { cb.State = CallbackDialling }),
		"number":      callback(func(cb *Callback) { cb.Number = "" }),
		"alarm":       callback(func(cb *Callback) { cb.Alarm.Phone = -1 }),
		"refusers":    callback(func(cb *Callback) { cb.Refusers = []Refuser{{Agent: "1001", Times: -1 << 40}} }),
		"caller":      callback(func(cb *Callback) { cb.Caller = "kg-1\r\nHangup" }),
		"until":       &Caller{Number: "+1", Until: far},
		"handle":      &Line{Queue: "sales", Day: "2026-11-22", Handle: 1 << 62},
		"day":         &Line{Queue: "sales", Day: "9999-12-31"},
		"notice":      &Line{Queue: "sales", Day: "2026-11-22", Notice: Notice{Phrase: "maintenance", Until: far}},
		"counted":     &Timesheet{Agent: "1001", Day: "2026-11-22", Status: StatusReady},
		"spent":       &Timesheet{Agent: "1001", Day: "2026-11-22", Spent: map[Status]time.Duration{StatusReady: -time.Hour}},
		"missing":     &Timesheet{Agent: "1001", Day: "2026-11-22", Missing: []Status{"\x00"}},
		"locked_unti": agent(func(a *Agent) { a.LockedUntil = far }),
	} {
		if err := e.Validate(now); err == nil || !strings.Contains(err.Error(), `field "`+field) {
			t.Errorf("%s with a wrong %s: %v", e.Kind(), field, err)
		}
	}
}
