package queue

import (
	"cmp"
	"slices"
	"time"
)

// mend repairs what may be wrong in a state read from two places, the store and a
// spool that knows more about callbacks, as far as that is easy: a reference to
// nothing is dropped, and a callback that nobody works on is open.
func (s *State) mend() {
	s.mergeCallbacks()
	for _, a := range s.agents {
		if a.Owes != "" && s.callbacks[a.Owes] == nil {
			a.Owes = ""
			s.touch(a)
		}
		if cb := s.callbacks[a.Callback]; a.Callback != "" && (cb == nil || cb.Agent != a.ID) {
			a.Callback, a.Status = "", StatusReady
			if a.Leg != "" {
				a.LegBy = a.Since.Add(goneGuard)
			}
			s.touch(a)
		}
		if c := s.calls[a.Target]; a.Target != "" && (c == nil || c.Target.Leg == "" || c.Target.Agent != a.ID) {
			a.Target, a.LegBy = "", a.Since.Add(goneGuard)
			if a.Status == StatusOnCall && a.Call == "" && a.Callback == "" {
				a.Status = StatusReady
			}
			s.touch(a)
		}
	}
	calls := s.callsOf()
	for _, cb := range s.callbacks {
		alone := false
		switch {
		case cb.isWorkedOn():
			a := s.agents[cb.Agent]
			alone = a == nil || a.Callback != cb.ID
		case cb.State == CallbackTalking || cb.State == CallbackOnLine:
			alone = len(calls[cb.ID]) == 0
		}
		if alone {
			cb.reopen()
			s.touch(cb)
		}
	}
}

// mergeCallbacks leaves one callback for each number. The duplicates are put aside, and
// what is stricter in them is taken over.
func (s *State) mergeCallbacks() {
	byNumber := make(map[string]*Callback, len(s.callbacks))
	for _, cb := range s.Callbacks() {
		kept := byNumber[cb.Number]
		if kept == nil {
			byNumber[cb.Number] = cb
			continue
		}
		if kept.State == CallbackOpen && cb.State != CallbackOpen {
			kept, cb = cb, kept // the one that somebody works on goes on
			byNumber[kept.Number] = kept
		}
		kept.Tighten(cb)
		s.touch(kept)
		s.straighten(cb, aside, "callback "+kept.ID+" is for the same number, and keeps the promise")
	}
}

// mendable is an entity that need not be as it was found.
type mendable interface {
	straighten(s *State, hardness int)
}

// straighten mends one entity, as far as its hardness asks for, and lists it among the mendings.
func (s *State) straighten(e Entity, hardness int, why string) {
	m, is := e.(mendable)
	if !is {
		return
	}
	m.straighten(s, hardness)
	s.touch(e)
	s.mendings = append(s.mendings, Mending{Kind: e.Kind(), Key: e.Key(), Why: why, Aside: e.marked().dropped, Entity: e})
}

// straighten ends what a call is busy with. A caller who was served, or was
// about to be, waits at the head of the line, with the true place, and hears that
// the agent is lost. A call in its last words ends. If a call is put aside and the
// caller is still on the line, the first [Synced] takes them in as new.
func (c *Call) straighten(s *State, hardness int) {
	if hardness >= aside {
		s.drop(c)
		s.formerly[c.ID] = max(c.Serial, s.formerly[c.ID])
		return
	}
	plain := &Call{
		marks: c.marks, armed: c.armed, slot: c.slot, ID: c.ID, Channel: c.Channel, Queue: c.Queue, DID: c.DID, Number: c.Number, Name: c.Name, Language: c.Language,
		State: CallWaiting, Since: c.Since, Arrived: c.Arrived, Serial: c.Serial,
		PlaceInLine: PlaceInLine{Entered: c.Entered, Place: c.Place, Priority: c.Priority, Head: c.Head || !c.Answered.IsZero()},
		Audio:       Audio{Music: true},
	}
	plain.parted = c.parted || c.hasAgent()
	plain.Place = cmp.Or(plain.Place, plain.Entered, c.Arrived)
	if hardness < bare {
		c.keepRecord(s, plain)
	}
	switch {
	case c.Outcome != "":
		plain.State, plain.Outcome, plain.EndBy, plain.Music = CallEnding, c.Outcome, c.Since, false
		if hardness >= bare {
			plain.Entered = noTime
		}
	case c.State == CallInMenu:
		plain.State, plain.Round, plain.MenuBy, plain.Music = CallInMenu, c.Round, c.Since, false
		plain.Entered, plain.Place = noTime, noTime
	case !plain.Answered.IsZero():
		plain.beginVisit(plain.TalkEnd)
	default:
		plain.Entered = cmp.Or(plain.Entered, c.Arrived)
		plain.adoptTimes()
	}
	*c = *plain
}

// keepRecord keeps what the call's record tells.
func (c *Call) keepRecord(s *State, plain *Call) {
	plain.Answered, plain.TalkEnd, plain.Agent = c.Answered, c.TalkEnd, c.Agent
	plain.Visits, plain.Talks = slices.Clone(c.Visits), slices.Clone(c.Talks)
	if !c.Answered.IsZero() && c.TalkEnd.Before(c.Answered) {
		end := c.Answered // how long they talked is not known
		if c.Since.After(end) {
			end = c.Since
		}
		plain.closeTalk(end)
	}
	plain.Result, plain.Misses, plain.Tried, plain.JoinedAt, plain.Tries = c.Result, c.Misses, c.Tried, c.JoinedAt, c.Tries
	plain.HoldFigures, plain.HoldLog, plain.Transfers = c.HoldFigures, c.HoldLog, c.Transfers
	plain.Recorded, plain.Monitored, plain.OfferLog = c.Recorded, c.Monitored, c.OfferLog
	if c.Outcome != "" {
		plain.Rating = c.Rating
	}
	if cb := s.callbacks[c.Callback]; cb != nil && cb.Number == c.Number {
		plain.Callback = c.Callback
	}
}

// straighten ends what an agent is busy with. The leg of a phone that was
// in it is told to end, and until then the agent gets no call. An agent whose log-in
// cannot stay as it is, is logged out.
func (a *Agent) straighten(s *State, hardness int) {
	if hardness >= aside {
		s.drop(a) // one of the config is made anew, logged out
		return
	}
	plain := &Agent{
		marks: a.marks, armed: a.armed, slot: a.slot, ID: a.ID, Status: a.Status, Since: a.Since,
		Attendance: a.Attendance, Stay: a.Stay, Standing: a.Standing, Figures: a.Figures, PINGuard: a.PINGuard,
	}
	plain.Reachable, plain.InUse = false, false // the exchange tells
	if plain.ShiftAt.IsZero() {
		plain.Shift, plain.Came, plain.Left = Shift{}, false, noTime // it is planned anew
	}
	if a.LoggedIn.IsZero() || a.Endpoint == "" || hardness >= bare {
		plain.Status, plain.LoggedIn, plain.Endpoint, plain.DayEnd = StatusOffline, noTime, "", noTime
		plain.Stay, plain.GoneBy = Stay{}, noTime
		plain.Fault, plain.Faults = "", 0
	} else {
		plain.Last, plain.MissedInRow, plain.RestUntil = a.Last, a.MissedInRow, a.RestUntil
		if slices.Contains([]Status{StatusRinging, StatusOnCall, StatusWrapUp, StatusOffline}, a.Status) {
			plain.Status = StatusReady
		}
		if a.Leg != "" {
			plain.Leg, plain.LegBy = a.Leg, a.Since.Add(goneGuard)
		}
		if cb := s.callbacks[a.Owes]; cb != nil && cb.owedBy(a) {
			plain.Owes = a.Owes
		}
	}
	*a = *plain
	agentTimers.dropStrays(a)
}

// straighten ends the work on a callback. The promise stands, with its
// deadline: the callback is open, or waits for the client who is on the line.
func (cb *Callback) straighten(s *State, hardness int) {
	if hardness >= aside {
		s.drop(cb)
		return
	}
	cb.reopen()
	if cb.isTaken(cb.calls(s)) {
		cb.State = CallbackOnLine
	}
	cb.Outcome, cb.Reason, cb.EndedBy, cb.Ended, cb.Until = "", "", "", noTime, noTime
	cb.StepBy, cb.Kept, cb.PutOff = noTime, false, ""
	if cb.Alarm.State != AlarmOver {
		cb.Alarm = Alarm{}
		if cb.Escalated {
			cb.Alarm = Alarm{State: AlarmDue, Since: cb.Since}
		}
	}
	if hardness >= bare {
		cb.Owner, cb.Caller, cb.Booker, cb.Refusers, cb.Tried = "", "", "", nil, nil
		cb.Urgent, cb.UrgentAt, cb.NextAt, cb.TrunkFailed = false, cb.Created, noTime, noTime
		cb.Alarm = Alarm{}
	}
}

// owedBy reports whether an agent owes a callback, having refused it.
func (cb *Callback) owedBy(a *Agent) bool {
	return cb.State != CallbackTalking && slices.ContainsFunc(cb.Refusers, func(r Refuser) bool { return r.Agent == a.ID })
}

// Salvage makes of a stored callback that fails [Callback.Validate] the plain
// promise that it was: open, by its deadline. What cannot be right is left out;
// a deadline that cannot be right becomes that of the class by default, from when it was made.
// It returns false for one that is over, and for one whose number, queue or class
// cannot be used: nobody can be called by it.
func (cb *Callback) Salvage(now time.Time) bool {
	usable := func(s string) bool { return s != "" && isText(s) }
	if !usable(cb.ID) || !usable(cb.Number) || !usable(cb.Queue) || !slices.Contains(CallbackClasses, cb.Class) ||
		cb.State == CallbackOver || cb.Outcome.IsKnown() {
		return false
	}
	r := DefaultCallback()
	plain := &Callback{
		ID: cb.ID, Number: cb.Number, Queue: cb.Queue, Class: cb.Class, State: CallbackOpen,
		Language: legible(cb.Language), Origin: legible(cb.Origin), Note: legible(cb.Note),
		Booker: legible(cb.Booker), Owner: legible(cb.Owner), By: legible(cb.By), Unverified: cb.Unverified,
		Urgency: Urgency{Warned: cb.Warned, Escalated: cb.Escalated, Breached: cb.Breached},
	}
	plain.Created = plausible(cb.Created, now, tolerance, now)
	plain.Since = plausible(cb.Since, now, tolerance, plain.Created)
	plain.Place = plausible(cb.Place, now, tolerance, plain.Created)
	plain.From = plausible(cb.From, now, longestWait, plain.Created)
	plain.DueAt = plausible(cb.DueAt, now, longestWait, plain.From.Add(r.Due(cb.Class)))
	plain.NextAt = plausible(cb.NextAt, now, longestWait, noTime)
	plain.UrgentAt = plain.Created                         // it is planned anew
	plain.Serial = min(max(cb.Serial, 0), mostOf/2) + 1000 // none is used twice, and what it was may be lost
	for _, a := range cb.Attempts {
		known := !plausible(a.At, now, tolerance, noTime).IsZero() && isText(a.Agent) && isText(string(a.Cause))
		if known && len(plain.Attempts) < mostListed {
			plain.Attempts = append(plain.Attempts, a)
		}
	}
	*cb = *plain
	return true
}

// legible is a text if it can be right, otherwise none.
func legible[T ~string](text T) T {
	if isText(string(text)) {
		return text
	}
	return ""
}

// plausible is the time t if it can be right and is not too far ahead, otherwise another.
func plausible(t, now time.Time, ahead time.Duration, other time.Time) time.Time {
	if t.IsZero() || t.Before(oldest) || t.After(now.Add(ahead)) {
		return other
	}
	return t
}
