package queue

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// noTimer are times of an entity that are named as deadlines and are none.
var noTimer = map[string]string{
	"call.hold_until":          "the limit that act_at keeps",
	"call.talk_end":            "it has ended",
	"call.recording.paused_at": "a beginning",
	"agent.keys_at":            "a beginning",
	"agent.shift.end":          "shift_at is looked at",
	"agent.locked_until":       "looked at when the agent logs in",
	"callback.until":           "the store forgets it then",
}

// A deadline that is stored has a row in the table: without one nobody would look at it.
func TestEachDeadlineHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, d := range Deadlines() {
		rows[d.Of+"."+d.Name] = true
		if d.What == "" || d.Does == "" {
			t.Errorf("%s of a %s: nothing says what it is for, or what is done then", d.Name, d.Of)
		}
	}
	deadlines := regexp.MustCompile(`(^|[_.])(by|at|until|end)$`)
	var walk func(prefix string, of reflect.Type)
	walk = func(prefix string, of reflect.Type) {
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch path := prefix + "." + name; {
			case name == "":
			case f.Type == reflect.TypeFor[time.Time]():
				if deadlines.MatchString(path) && !rows[path] && noTimer[path] == "" {
					t.Errorf("%s has no row in the table of deadlines", path)
				}
			case f.Type.Kind() == reflect.Struct:
				walk(path, f.Type)
			}
		}
	}
	for _, e := range []Entity{&Call{}, &Agent{}, &Callback{}, &Line{}} {
		walk(e.Kind(), reflect.TypeOf(e).Elem())
	}
}

// Check tells what has no deadline and must have one, and what has one that is not its own.
func TestCheckReadsTheDeadlines(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	queues := map[string]*QueueRules{"": {}, "bounded": {MaxWait: time.Minute}, "shared": {Overflow: true, OverflowAfter: time.Minute}}
	s := &State{rules: &Rules{PhoneGone: time.Minute, Queues: queues}, up: true}
	call := func(state CallState, set func(*Call)) func(report) {
		c := &Call{State: state}
		set(c)
		return func(bad report) { callTimers.check(s, c, bad) }
	}
	agent := func(status Status, set func(*Agent)) func(report) {
		a := &Agent{Status: status}
		a.Reachable = true
		set(a)
		return func(bad report) { agentTimers.check(s, a, bad) }
	}
	callback := func(state CallbackState, set func(*Callback)) func(report) {
		cb := &Callback{State: state}
		set(cb)
		return func(bad report) { callbackTimers.check(s, cb, bad) }
	}
	for want, check := range map[string]func(report){
		"":                     call(CallEnding, func(c *Call) { c.PlayBy, c.Playing = at, "p" }),
		"without end_by":       call(CallEnding, func(*Call) {}),
		"without play_by":      call(CallWaiting, func(c *Call) { c.Playing = "p" }),
		"without ring_by":      call(CallOffered, func(*Call) {}),
		"without give_up_at":   call(CallOffered, func(c *Call) { c.Queue, c.RingBy = "bounded", at }),
		"without overflow_at":  call(CallWaiting, func(c *Call) { c.Queue = "shared" }),
		"has ring_by":          call(CallWaiting, func(c *Call) { c.RingBy = at }),
		"has key_by":           call(CallEnding, func(c *Call) { c.EndBy, c.KeyBy = at, at }),
		"without day_end":      agent(StatusReady, func(*Agent) {}),
		"has wrap_until":       agent(StatusReady, func(a *Agent) { a.DayEnd, a.WrapUntil = at, at }),
		"without gone_by":      agent(StatusReady, func(a *Agent) { a.DayEnd, a.Reachable = at, false }),
		"without leg_by":       agent(StatusOffline, func(a *Agent) { a.Leg = "leg" }),
		"without shift_at":     agent(StatusOffline, func(a *Agent) { a.Shift = Shift{at, at.Add(time.Hour)} }),
		"has step_by":          callback(CallbackBooking, func(cb *Callback) { cb.StepBy = at }),
		"without urgent_at":    callback(CallbackOpen, func(*Callback) {}),
		"without notice.until": func(bad report) { lineTimers.check(s, &Line{Notice: Notice{Phrase: "maintenance"}}, bad) },
	} {
		var told []string
		check(func(_ Entity, format string, args ...any) {
			told = append(told, fmt.Sprintf(format, args...))
		})
		if want == "" && told != nil || want != "" && !slices.ContainsFunc(told, func(f string) bool { return strings.Contains(f, want) }) || len(told) > 1 {
			t.Errorf("want %q, told %q", want, told)
		}
	}
}

// What an agent's deadlines ask for is done in turn, but a field's once: here the
// shift has ended as well when its beginning is looked at.
func TestADeadlineIsMetOnceATurn(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := New(&Rules{Languages: []Language{"ru"}, Location: time.UTC, Agents: map[string]*AgentRules{"1": {ID: "1", Endpoint: "PJSIP/1"}}}, nil)
	a := s.agents["1"]
	end := at.Add(time.Hour)
	a.Shift, a.ShiftAt = Shift{at, end}, at
	s.now = at.Add(48 * time.Hour)
	a.due(s)
	if !a.ShiftAt.Equal(end) {
		t.Errorf("after its beginning the shift is looked at again at %v, want at its end %v", a.ShiftAt, end)
	}
	a.due(s)
	if !a.ShiftAt.IsZero() || s.sheets["1"].Absences != 1 {
		t.Errorf("the shift is looked at again at %v, with %d absences, want none and 1", a.ShiftAt, s.sheets["1"].Absences)
	}
}
