package queue

import (
	"fmt"
	"slices"
	"time"
)

// The deadlines of calls, agents, callbacks and queues. Rows that have passed are
// met in this order.

var ending, inLine = []CallState{CallEnding}, []CallState{CallWaiting, CallOffered}

// dialling are those in which a caller may key an agent's extension.
var dialling = []CallState{CallInMenu, CallWaiting, CallOffered}

var callTimers = timers[*Call, CallState]{
	state: func(c *Call) CallState { return c.State },
	rows: []timer[*Call, CallState]{
		{
			name: "end_by", at: func(c *Call) *time.Time { return &c.EndBy }, in: ending, waits: true, then: (*Call).endAgain,
			must: true, unless: func(c *Call, _ *State) bool { return !c.PlayBy.IsZero() || !c.KeyBy.IsZero() },
			what: "the channel was told to end", fixed: goneGuard,
			does: "it is hung up again, and Kezek resyncs with Asterisk",
		}, {
			name: "play_by", at: func(c *Call) *time.Time { return &c.PlayBy }, waits: true, then: (*Call).playingOver,
			while: func(c *Call) bool { return c.Playing != "" }, must: true,
			what: "a phrase or a tone plays to the caller", fixed: playGuard,
			does: "its end was never told: it is stopped, and what follows it begins",
		}, {
			name: "menu_by", at: func(c *Call) *time.Time { return &c.MenuBy }, in: []CallState{CallInMenu}, waits: true, then: (*Call).menuOver,
			while: func(c *Call) bool { return c.Playing == "" }, must: true,
			what: "silence after the menu, for a key", setting: "menu.wait",
			does: "the menu plays again; after the last round the default language is taken",
		}, {
			name: "key_by", at: keyBy, in: ending, waits: true, then: (*Call).choosingOver,
			while: func(c *Call) bool { return c.Choosing },
			what:  "silence after a callback was promised instead of a hold, for the key that refuses it", fixed: choosing,
			does: "the callback stands, and the closing phrase plays",
		}, {
			name: "key_by", at: keyBy, in: ending, waits: true, then: (*Call).ratingOver,
			while: func(c *Call) bool { return c.Rate != "" },
			what:  "silence after the question for a rating", setting: "queues.rating.wait",
			does: "the call ends without one",
		}, {
			name: "key_by", at: keyBy, in: inLine, waits: true, then: (*Call).keyingOver,
			while: func(c *Call) bool { return c.Keying != "" }, must: true,
			what: "the caller keys in a number for a callback", fixed: keyingWithin,
			does: "the caller waits on as before",
		}, {
			name: "dial_by", at: func(c *Call) *time.Time { return &c.DialBy }, in: dialling, waits: true, then: (*Call).dialOver,
			while: func(c *Call) bool { return c.Dialled != "" }, must: true,
			what: "the caller has keyed a digit that may begin an agent's extension", fixed: betweenDigits,
			does: "what was keyed is taken for an extension, or the first digit for a key of its own",
		}, {
			name: "recording.resume_at", at: func(c *Call) *time.Time { return &c.Recording.ResumeAt }, waits: true, then: (*Call).resumeRecording,
			while: func(c *Call) bool { return !c.Recording.PausedAt.IsZero() }, must: true,
			what: "the agent has paused the recording", setting: "queues.recording.pause",
			does: "the recording goes on, and the agent hears so",
		}, {
			name: "transfer_by", at: func(c *Call) *time.Time { return &c.TransferBy }, waits: true,
			then:  func(c *Call, s *State) { c.targetOver(s, CauseNoAnswer) },
			while: func(c *Call) bool { return c.Target.Leg != "" && !c.Target.In }, must: true,
			what: "a third party's phone rings", setting: "transfer.ring",
			does: "the attempt ends: the next supervisor's phone rings, or the caller goes back to the agent, or to the head of the line if the agent has left",
		}, {
			name: "heir_by", at: func(c *Call) *time.Time { return &c.HeirBy }, waits: true, then: (*Call).heirLate,
			while: func(c *Call) bool { return c.Heir.Leg != "" }, must: true,
			what: "the caller's phone joins this call with another one, whose far end is fetched", fixed: takeWithin,
			does: "the caller stays, and the phone is told that it was not done; a caller who has hung up meanwhile is gone",
		}, {
			name: "silent_by", at: func(c *Call) *time.Time { return &c.SilentBy }, in: []CallState{CallTalking}, waits: true, then: (*Call).silentTooLong,
			what: "nothing has been heard of the caller since the connection", setting: "queues.not_heard_after",
			does: "the caller is told so; if nothing is heard after that either, the call ends",
		}, {
			name: "act_at", at: func(c *Call) *time.Time { return &c.ActAt }, in: []CallState{CallHeld}, waits: true, then: (*Call).holdTooLong, must: true,
			what: "the caller is on hold", setting: "queues.hold.act",
			does: "what `hold.then` says: a callback, back to the agent, or to the head of the line",
		}, {
			name: "act_at", at: func(c *Call) *time.Time { return &c.ActAt }, in: []CallState{CallParked}, waits: true, then: (*Call).parkingOver, must: true,
			what: "the caller is parked", setting: "parking.time",
			does: "the phone of the agent who parked them rings; one who is not free, or does not answer: the head of the line",
		}, {
			name: "remind_at", at: func(c *Call) *time.Time { return &c.RemindAt }, in: []CallState{CallHeld}, waits: true, then: (*Call).remind,
			what: "the caller is on hold", setting: "queues.hold.remind",
			does: "the agent is reminded",
		}, {
			name: "keep_until", at: func(c *Call) *time.Time { return &c.KeepUntil }, in: inLine, waits: true, then: (*Call).letGoOfKeeper,
			while: func(c *Call) bool { return c.Keeper != "" }, must: true,
			what: "the call is kept for the agent who had the caller before, or (`extension`) whose extension the caller has keyed", setting: "queues.same_agent.wait",
			does: "any agent may take it",
		}, {
			name: "ring_by", at: func(c *Call) *time.Time { return &c.RingBy }, in: []CallState{CallOffered}, waits: true, then: (*Call).ringOver, must: true,
			what: "agents' phones ring, or the agent who answered hears who calls", setting: "queues.ring.timeout",
			does: "the agent missed the call, and it goes on to the next; one who answered is connected",
		}, {
			name: "overflow_at", at: func(c *Call) *time.Time { return &c.OverflowAt }, in: inLine, waits: true, then: (*Call).overflow,
			must: true, unless: func(c *Call, s *State) bool { return !s.up || !c.mayOverflow(s.queueRules(c.Queue)) },
			what: "the caller waits for an agent who speaks the language", setting: "queues.overflow_after",
			does: "agents of other languages may take the call",
		}, {
			name: "give_up_at", at: func(c *Call) *time.Time { return &c.GiveUpAt }, in: inLine, waits: true, then: (*Call).waitOver,
			must: true, unless: func(c *Call, s *State) bool { return !s.up || s.queueRules(c.Queue).MaxWait == 0 },
			what: "the caller waits", setting: "queues.max_wait",
			does: "the caller hears that nobody can answer, and leaves the queue; phones that ring for them stop, which is no miss",
		}, {
			name: "announce_at", at: func(c *Call) *time.Time { return &c.AnnounceAt }, in: inLine, waits: true, then: (*Call).announce,
			what: "the caller hears music in line", setting: "queues.announce.every",
			does: "position and expected wait are told",
		},
	},
}.byField()

func keyBy(c *Call) *time.Time { return &c.KeyBy }

func shiftAt(a *Agent) *time.Time { return &a.ShiftAt }

var agentTimers = timers[*Agent, Status]{
	state: func(a *Agent) Status { return a.Status },
	rows: []timer[*Agent, Status]{
		{
			name: "shift_at", at: shiftAt, then: (*Agent).shiftBegins,
			while: func(a *Agent) bool { return a.ShiftAt.Before(a.Shift.End) }, must: true,
			what: "the shift has begun", setting: "timesheet.grace",
			does: "an agent who is not logged in is recorded as late",
		}, {
			name: "shift_at", at: shiftAt, then: (*Agent).shiftEnds,
			while: func(a *Agent) bool { return !a.ShiftAt.Before(a.Shift.End) },
			what:  "the shift goes on",
			does:  "an early leave or an absence is recorded, and the next shift is planned",
		}, {
			name: "day_end", at: func(a *Agent) *time.Time { return &a.DayEnd }, then: (*Agent).dayOver,
			while: (*Agent).isLoggedIn, must: true,
			what: "the day of the timesheet goes on, until midnight",
			does: "the timesheet ends, and the next begins",
		}, {
			name: "stay_until", at: func(a *Agent) *time.Time { return &a.StayUntil }, then: (*Agent).overstay,
			while: func(a *Agent) bool { return !slices.Contains(SetByDaemon, a.Status) },
			what:  "the agent is in a status that is bounded", setting: "statuses.longest",
			does: "the overstay is recorded, once",
		}, {
			name: "gone_by", at: func(a *Agent) *time.Time { return &a.GoneBy }, then: (*Agent).phoneStaysGone,
			while: func(a *Agent) bool { return a.isLoggedIn() && !a.Reachable },
			must:  true, unless: func(_ *Agent, s *State) bool { return !s.up || s.rules.PhoneGone == 0 },
			what: "the phone of an agent who is logged in cannot be reached", setting: "phone_gone",
			does: "the agent is logged out, after the call if there is one",
		}, {
			name: "rest_until", at: func(a *Agent) *time.Time { return &a.RestUntil }, then: func(*Agent, *State) {},
			what: "the agent rests after an offer that was not taken", setting: "queues.ring.rest",
			does: "the agent gets calls again",
		}, {
			name: "wrap_until", at: func(a *Agent) *time.Time { return &a.WrapUntil }, in: []Status{StatusWrapUp}, then: (*Agent).release, must: true,
			what: "wrap-up", setting: "queues.wrapup",
			does: "the status that the agent asked for follows, else the agent waits for the next call",
		}, {
			name: "monitor.by", at: func(a *Agent) *time.Time { return &a.Monitor.By }, then: (*Agent).monitorTimedOut,
			while: func(a *Agent) bool { return a.Monitor.Channel != "" && a.Monitor.Snoop == "" }, must: true,
			what: "a supervisor dials in to listen, or hears that it is over", fixed: monitorWithin,
			does: "a supervisor who is not on the line yet must dial again; a channel that was told to end is hung up again",
		}, {
			name: "leg_by", at: func(a *Agent) *time.Time { return &a.LegBy }, then: (*Agent).endLegAgain,
			while: func(a *Agent) bool { return a.Leg != "" },
			must:  true, unless: func(a *Agent, _ *State) bool {
				return a.Telling == "" && (a.Call != "" || a.Callback != "" || a.Target != "")
			},
			what: "the agent's channel was told to end, or plays the last words", fixed: goneGuard,
			does: "it is hung up again, and Kezek resyncs with Asterisk",
		},
	},
}.byField()

var promised = slices.Concat([]CallbackState{CallbackOpen, CallbackOnLine}, workedOn, []CallbackState{CallbackTalking})

var callbackTimers = timers[*Callback, CallbackState]{
	state: func(cb *Callback) CallbackState { return cb.State },
	rows: []timer[*Callback, CallbackState]{
		{
			name: "warned", plan: func(cb *Callback) time.Time { return cb.partOver(2, 3) }, in: promised, then: (*Callback).warn,
			while: func(cb *Callback) bool { return !cb.Warned },
			what:  "2/3 of its time",
			does:  "a warning is recorded",
		}, {
			name: "escalated", plan: func(cb *Callback) time.Time { return cb.partOver(5, 6) }, in: promised, then: (*Callback).escalate,
			while: func(cb *Callback) bool { return cb.Warned && !cb.Escalated },
			what:  "5/6 of its time",
			does:  "an escalation is recorded, and supervisors' phones ring",
		}, {
			name: "due_at", plan: func(cb *Callback) time.Time { return cb.DueAt }, in: promised, then: (*Callback).breach,
			while: func(cb *Callback) bool { return cb.Warned && cb.Escalated && !cb.Breached },
			what:  "all of its time", setting: "queues.callback.information",
			does: "a breach is recorded",
		}, {
			name: "alarm.by", at: func(cb *Callback) *time.Time { return &cb.Alarm.By }, waits: true, then: (*Callback).alarmTimedOut,
			while: func(cb *Callback) bool { return cb.Alarm.Leg != "" }, must: true,
			what: "a supervisor's phone rings, or the supervisor is told", fixed: alarmRing,
			does: "the next supervisor's phone rings; the line to a supervisor who was told is hung up",
		}, {
			name: "next_at", at: func(cb *Callback) *time.Time { return &cb.NextAt }, then: func(*Callback, *State) {},
			in:   []CallbackState{CallbackBooking, CallbackOpen, CallbackOnLine},
			what: "the pause before the next attempt", setting: "queues.callback.retry_after",
			does: "its turn may come",
		}, {
			name: "urgent_at", at: func(cb *Callback) *time.Time { return &cb.UrgentAt }, then: (*Callback).planUrgency,
			while: func(cb *Callback) bool { return !cb.Urgent },
			must:  true, unless: func(cb *Callback, _ *State) bool { return cb.State == CallbackBooking },
			what: "it can start later and still be met: computed from the usual length of a call and the callbacks due before it",
			does: "it is computed again; if it must start now it goes before all live callers",
		}, {
			name: "step_by", at: func(cb *Callback) *time.Time { return &cb.StepBy }, in: workedOn, waits: true, then: (*Callback).stepOver, must: true,
			what: "an agent's or the client's phone rings, or one of them hears a phrase", setting: "queues.callback.ring",
			does: "a phone that was not answered stops ringing, and the callback waits for its next turn; after a phrase the next step follows",
		},
	},
}.byField()

var lineTimers = timers[*Line, string]{
	state: func(*Line) string { return "" },
	rows: []timer[*Line, string]{{
		name: "notice.until", at: func(l *Line) *time.Time { return &l.Notice.Until },
		then:  func(l *Line, s *State) { s.line(l.Queue).noticeOver(s, "") },
		while: func(l *Line) bool { return l.Notice.Phrase != "" }, must: true,
		what: "a maintenance notice is on", setting: "notice.for",
		does: "it ends",
	}},
}.byField()

// The owners of the deadlines. Those of a call or a callback are met one at a time,
// because what follows may clear the others; those of an agent are met together.

func (c *Call) wakes() wakes      { return callTimers.next(c) }
func (a *Agent) wakes() wakes     { return agentTimers.next(a) }
func (cb *Callback) wakes() wakes { return callbackTimers.next(cb) }
func (l *Line) wakes() wakes      { return lineTimers.next(l) }

func (c *Call) due(s *State)      { callTimers.due(s, c, false) }
func (a *Agent) due(s *State)     { agentTimers.due(s, a, true) }
func (cb *Callback) due(s *State) { callbackTimers.due(s, cb, false) }
func (l *Line) due(s *State)      { lineTimers.due(s, l, false) }

// happen does what is due, the earliest deadline first. Agents who are due at one moment are all looked at before
// anybody is rung: with ringall, those whose rest ends together are rung together.
func (Tick) happen(s *State) {
	rounds, last := 0, owner(nil)
	w, ok := s.index.timetable.first(s.up)
	for ok && w.at <= s.now.UnixNano() {
		if rounds++; w.of != last {
			rounds, last = 0, w.of
		}
		s.hand = nil
		w.of.(acting).due(s)
		if rounds > mostRounds {
			panic(fmt.Sprintf("queue: %s %s is due for ever", w.of.Kind(), w.of.Key()))
		}
		s.refresh()
		next, more := s.index.timetable.first(s.up)
		if !more || next.at != w.at || !isAgent(w.of) || !isAgent(next.of) {
			s.settle()
			next, more = s.index.timetable.first(s.up)
		}
		w, ok = next, more
	}
}

func isAgent(o owner) bool {
	_, is := o.(*Agent)
	return is
}

// acting is an owner that acts on its deadlines when they have passed.
type acting interface{ due(*State) }

// All owners of deadlines.
var _ = []acting{(*Call)(nil), (*Agent)(nil), (*Callback)(nil), (*Line)(nil), (*queueLamp)(nil), (*refusals)(nil)}

// Deadline is a deadline of an entity, in words.
type Deadline struct {
	// Of is the kind of entity, see [Entity], Name the deadline's field where it is stored.
	Of, Name string
	// States are those in which it may be set, none are all. Must: it is always set then, while there is what it bounds.
	States []string
	Must   bool
	// Waits: while the exchange is away it is not looked at.
	Waits bool
	// What it bounds, and what is done when it has passed.
	What, Does string
	// Setting is the path in the config that it is set by, else Fixed is its length; without either it follows from other times.
	Setting string
	Fixed   time.Duration
}

// Deadlines are all deadlines, in the order in which those of one entity are met (invariant 10).
func Deadlines() []Deadline {
	return slices.Concat(callTimers.described(), agentTimers.described(), callbackTimers.described(), lineTimers.described())
}

// described are the deadlines of one kind of entity, in words.
func (t *timers[E, S]) described() (all []Deadline) {
	var e E
	for _, row := range t.rows {
		d := Deadline{
			Of: e.Kind(), Name: row.name, Must: row.must || row.plan != nil, Waits: row.waits,
			What: row.what, Does: row.does, Setting: row.setting, Fixed: row.fixed,
		}
		for _, state := range row.in {
			d.States = append(d.States, string(state))
		}
		all = append(all, d)
	}
	return all
}
