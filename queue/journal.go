package queue

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Entry is one line of the journal: what happened, and what it is about, as far as it applies.
type Entry struct {
	At   time.Time `json:"at"`
	Kind EntryKind `json:"kind"`

	Call     string   `json:"call,omitempty"`
	Queue    string   `json:"queue,omitempty"`
	Language Language `json:"language,omitempty"`
	Number   string   `json:"number,omitempty"`
	// Name that the caller's phone or carrier gave, in the entries of a ring and of who comes into a line.
	Name  string `json:"name,omitempty"`
	Agent string `json:"agent,omitempty"`
	// Leg is the channel of the agent's phone that rings, was answered or has talked.
	Leg string `json:"leg,omitempty"`
	// Phone that rings or at which a call was picked up, at which an agent logged in or out, or whose reach has changed, where
	// a code was dialled that was refused, or a supervisor's that is called.
	Phone  string `json:"phone,omitempty"`
	Status Status `json:"status,omitempty"`
	// Was is the status before.
	Was     Status  `json:"was,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	Cause   Cause   `json:"cause,omitempty"`
	// Callback it is about, its class and how it ended.
	Callback        string          `json:"callback,omitempty"`
	Class           CallbackClass   `json:"class,omitempty"`
	CallbackOutcome CallbackOutcome `json:"callback_outcome,omitempty"`
	// Position in line, and the one on entry.
	Position int `json:"position,omitempty"`
	JoinedAt int `json:"joined_at,omitempty"`
	// Turn counts how often the call has come to its queue, by a visit or by a talk without one; from 2 on.
	Turn int `json:"turn,omitempty"`
	// Wait is that of the visit, Hold that of the hold, Talk that of the talk; of a call that ended those of all its
	// visits, holds and talks together. Of a callback that ended with a talk, Wait is the time until that talk, from the
	// promise or from the opening at which its time began to run.
	Wait time.Duration `json:"wait,omitempty"`
	Ring time.Duration `json:"ring,omitempty"`
	Talk time.Duration `json:"talk,omitempty"`
	Hold time.Duration `json:"hold,omitempty"`
	// To is the third party: an extension, a number, a queue or a supervisor's phone; of what was refused, as it was keyed in.
	To string `json:"to,omitempty"`
	// TalkEnd is how a talk ended.
	TalkEnd TalkEnd `json:"talk_end,omitempty"`
	// By is the supervisor or program that ordered it; empty if nobody did.
	By string `json:"by,omitempty"`
	// Details are nil where the kind has none; [Entry.More] reads them.
	Details *Details `json:"-"`
}

// Details are what only some kinds of entries tell. They are apart from the entry because most have none: the
// journal of a busy site is much of what the rules allocate.
type Details struct {
	// Arrived is when the call that ended began, DID the number that was dialled.
	Arrived time.Time `json:"arrived,omitzero"`
	DID     string    `json:"did,omitempty"`
	// Of a call that ended: its visits to lines, talks, holds, offers and third parties, and the stretches in which
	// supervisors listened; the last ones of many.
	Visits    []Visit     `json:"visits,omitempty"`
	Talks     []Talked    `json:"talks,omitempty"`
	Holds     []Hold      `json:"holds,omitempty"`
	Offers    []Offered   `json:"offers,omitempty"`
	Transfers []Transfer  `json:"transfers,omitempty"`
	Monitored []Monitored `json:"monitored,omitempty"`
	// VisitEnd is how a caller left a line; Offers are those that this cut off.
	VisitEnd VisitEnd `json:"visit_end,omitempty"`
	// Dialled is for how long the client of a callback was called, until the answer or in vain.
	Dialled time.Duration `json:"dialled,omitempty"`
	// Recorded are its last recordings, or the one that broke off.
	Recorded []Recorded `json:"recorded,omitempty"`
	// HeldBy is how a hold began, HoldEnd how it ended, Then what is done about one that takes too long.
	HeldBy  HeldBy   `json:"held_by,omitempty"`
	HoldEnd HoldEnd  `json:"hold_end,omitempty"`
	Then    HoldThen `json:"then,omitempty"`
	// Slot is the one in which a caller was parked.
	Slot int `json:"slot,omitempty"`
	// Holding: a caller has us on hold, or no longer.
	Holding HoldTurn `json:"holding,omitempty"`
	// Order is what a supervisor has ordered about a call.
	Order CallOrder `json:"order,omitempty"`
	// Mode in which a supervisor listens.
	Mode MonitorMode `json:"mode,omitempty"`
	// Rating of a call that ended by the caller, 1 to 5.
	Rating int `json:"rating,omitempty"`
	// Result of the call, as an agent recorded it, Replaced the one that it had before.
	Result   string `json:"result,omitempty"`
	Replaced string `json:"replaced,omitempty"`
	// Called: the client of the talk that has this result had been called, and did not come out of a line.
	Called bool `json:"called,omitempty"`
	// Length of what is over: a shift, listening to a talk, the pause of a recording.
	Length time.Duration `json:"length,omitempty"`
	// ShiftEnd is why a shift ended, Early how long before its end the agent left.
	ShiftEnd ShiftEnd      `json:"shift_end,omitempty"`
	Early    time.Duration `json:"early,omitempty"`
	// Late is how long after the begin of the shift the agent logged in, and how long after its deadline a callback that
	// was breached ended.
	Late time.Duration `json:"late,omitempty"`
	// Day is the one on whose timesheet it counts, Paid its paid time by a correction.
	Day  string        `json:"day,omitempty"`
	Paid time.Duration `json:"paid,omitempty"`
	// Begin of a shift of the roster.
	Begin time.Time `json:"begin,omitzero"`
	// Queues and Languages are those of an agent who logs in.
	Queues    []string   `json:"queues,omitempty"`
	Languages []Language `json:"languages,omitempty"`
	// Elsewhere: the agent logged in at a phone other than their own.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// PhoneChange is what became of an agent's phone.
	PhoneChange PhoneChange `json:"phone_change,omitempty"`
	// Penalty is what became of the agent's in the queue.
	Penalty PenaltyChange `json:"penalty,omitzero"`
	// Notice is the phrase of a maintenance notice, Until when it ends by itself.
	Notice string    `json:"notice,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	// Due is the deadline of a callback that was booked, Origin what it was booked from.
	Due    time.Time `json:"due,omitzero"`
	Origin string    `json:"origin,omitempty"`
	// Violation is what an agent did, Refusal why something is not done.
	Violation ViolationKind `json:"violation,omitempty"`
	Refusal   Refusal       `json:"refusal,omitempty"`
	// Times is how many refused codes of a phone an entry stands for, the last of which it tells; 0 is one.
	Times int `json:"times,omitempty"`
	// Clock is by how much the clock was set: ahead, or back if it is negative.
	Clock time.Duration `json:"clock,omitempty"`
	// Alarm is the id of the entry that somebody has seen.
	Alarm string `json:"alarm,omitempty"`
	// Reason is the one that was given for an order, or why something went wrong, in words.
	Reason string `json:"reason,omitempty"`
}

// More are the details, empty if there are none.
func (e *Entry) More() Details {
	if e.Details == nil {
		return Details{}
	}
	return *e.Details
}

// Words are what the fields of its kind alone say, in a line for people: a reason, a mode, a third party.
func (e *Entry) Words() string {
	switch d := e.More(); e.Kind {
	case EntryCallTransfer, EntryCallTransferred, EntryCallTransferFailed, EntryCallConsult, EntryCallSupervisor, EntryCallJoined, EntryCallLeft:
		return e.To
	case EntryCallbackAlarm:
		return e.Phone
	case EntryAlarmSeen:
		return d.Alarm
	case EntryCallOrder:
		return strings.Join(strings.Fields(string(d.Order)+" "+e.To+" "+string(d.Mode)), " ")
	case EntryCallbackMoved:
		return cmp.Or(e.To, d.Reason)
	case EntryNoticeOn:
		return d.Notice + " until " + d.Until.UTC().Format(time.RFC3339)
	case EntryNoticeOff:
		if !e.At.Before(d.Until) {
			return d.Notice + " at its time"
		}
		return d.Notice
	case EntryAgentLogIn:
		if d.Elsewhere {
			return "at " + e.Phone
		}
		return ""
	case EntryAgentLogOut:
		return cmp.Or(d.Reason, shiftEndWords[d.ShiftEnd])
	case EntryAgentPhone:
		if d.PhoneChange == PhoneMoved {
			return "moved to " + e.Phone
		}
		if d.PhoneChange == PhoneBroken {
			return "does not work: " + e.Cause.Words()
		}
		return string(d.PhoneChange)
	case EntryAgentPenalty:
		return fmt.Sprintf("%d in %s, was %d", d.Penalty.Is, e.Queue, d.Penalty.Was)
	case EntryTimesheetCorrected:
		return d.Day + " paid " + HoursMinutes(d.Paid)
	case EntryTimesheetRestored:
		return d.Day
	case EntryClockSet:
		return d.Clock.String()
	default: // of these an entry has one at most
		return cmp.Or(d.Replaced, string(d.HeldBy), string(d.Then), string(d.HoldEnd), string(d.Holding),
			string(d.VisitEnd), string(d.Violation), string(d.Refusal), string(d.Mode), d.Reason)
	}
}

// WireEntry is an entry as other programs get it.
type WireEntry struct {
	Entry
	Details
	// Detail are the words of the entry.
	Detail string `json:"detail,omitempty"`
}

// Wire is the entry for other programs, over the API and in the store. They know its words, and talk and wait as
// the length and earliness of other things than talks and waits, from before these had fields of their own.
func (e Entry) Wire() WireEntry {
	w := WireEntry{e, e.More(), e.Words()}
	w.Talk = cmp.Or(e.Talk, w.Length)
	w.Wait = cmp.Or(e.Wait, w.Early)
	return w
}

// Read is the entry that another program, or the store, was given as this one.
func (w WireEntry) Read() Entry {
	e := w.Entry
	if w.Length != 0 && e.Talk == w.Length {
		e.Talk = 0
	}
	if w.Early != 0 && e.Wait == w.Early {
		e.Wait = 0
	}
	if !reflect.ValueOf(w.Details).IsZero() {
		e.Details = &w.Details
	}
	return e
}

// EntryKind is what a journal line tells.
type EntryKind string

// The kinds.
const (
	EntryCallEntered EntryKind = "call.entered"
	EntryCallKept    EntryKind = "call.kept" // for the agent who had the caller before
	EntryCallOffered EntryKind = "call.offered"
	EntryCallMissed  EntryKind = "call.missed"
	// EntryCallPickedUp: the agent picked it up while it rang at a colleague's phone.
	EntryCallPickedUp EntryKind = "call.picked_up"
	// EntryCallReplaced: another channel has taken the place of the caller's. Number is that of the caller before, To of the one who came,
	// empty if it is withheld or not known yet.
	EntryCallReplaced EntryKind = "call.replaced"
	EntryCallAnswered EntryKind = "call.answered"
	// EntryVisitEnded: the caller leaves the line unserved, at that position. One for whom a callback is booked leaves when they are told so.
	EntryVisitEnded EntryKind = "visit.ended"
	// EntryTalkEnded: the agent has left the talk. What becomes of the caller follows in the same step, if anything.
	EntryTalkEnded    EntryKind = "talk.ended"
	EntryCallRequeued EntryKind = "call.requeued"
	EntryCallOverflow EntryKind = "call.overflow"
	EntryCallWarned   EntryKind = "call.warned"  // about their tone
	EntryCallUnheard  EntryKind = "call.unheard" // nothing is heard of the caller, and they are told so
	// An agent passes the caller on: the attempt, and what became of it.
	EntryCallTransfer       EntryKind = "call.transfer"
	EntryCallTransferred    EntryKind = "call.transferred"
	EntryCallTransferFailed EntryKind = "call.transfer_failed"
	// The agent consults a third party, or calls a supervisor in. All three talk; the third one has left.
	EntryCallConsult    EntryKind = "call.consult"
	EntryCallSupervisor EntryKind = "call.supervisor"
	EntryCallJoined     EntryKind = "call.joined"
	EntryCallLeft       EntryKind = "call.left"
	EntryCallResult     EntryKind = "call.result" // an agent recorded it
	EntryCallEnded      EntryKind = "call.ended"  // the call's record, once for each call
	EntryCallOrder      EntryKind = "call.order"  // a supervisor's order about it: to end it, to move it, to listen

	EntryHoldStarted  EntryKind = "hold.started"
	EntryHoldReminded EntryKind = "hold.reminded" // the agent was told that somebody waits
	EntryHoldLimited  EntryKind = "hold.limit"    // it took too long, and something is done
	EntryHoldEnded    EntryKind = "hold.ended"    // and how
	EntryCallerHolds  EntryKind = "caller.holds"  // the caller has us on hold

	EntryCallbackBooked    EntryKind = "callback.booked"
	EntryCallbackMerged    EntryKind = "callback.merged"     // booked again for the same number
	EntryCallbackTaken     EntryKind = "callback.taken"      // rings at an agent
	EntryCallbackAttempt   EntryKind = "callback.attempt"    // the client was not reached
	EntryCallbackCameIn    EntryKind = "callback.came_in"    // the client calls in
	EntryCallbackWarned    EntryKind = "callback.warning"    // 2/3 of its time are over
	EntryCallbackEscalated EntryKind = "callback.escalation" // 5/6
	EntryCallbackBreached  EntryKind = "callback.breach"
	EntryCallbackAlarm     EntryKind = "callback.alarm" // a supervisor's phone is rung for it
	EntryCallbackMoved     EntryKind = "callback.moved" // a supervisor took it off an agent, gave it to another, or has it due earlier
	EntryCallbackEnded     EntryKind = "callback.ended"
	EntryViolation         EntryKind = "violation" // an agent did what the rules forbid

	EntryNoticeOn  EntryKind = "notice.on"  // a maintenance notice, until when
	EntryNoticeOff EntryKind = "notice.off" // by a supervisor, or at its time

	// The trunk has begun to fail, and works again, with how long it did not.
	EntryTrunkDown EntryKind = "trunk.down"
	EntryTrunkUp   EntryKind = "trunk.up"

	EntryNumberCleared EntryKind = "number.cleared" // a supervisor took its flag off
	EntryNumberErased  EntryKind = "number.erased"  // what was known of a number; it is not told which
	// A supervisor (By) listens to an agent; the end has how long.
	EntryMonitorStarted EntryKind = "monitor.started"
	EntryMonitorEnded   EntryKind = "monitor.ended"

	EntryRecordingPaused  EntryKind = "recording.paused"  // by the agent
	EntryRecordingResumed EntryKind = "recording.resumed" // with the length of the pause
	EntryRecordingFailed  EntryKind = "recording.failed"  // a talk goes on without

	EntryAgentLogIn  EntryKind = "agent.login"
	EntryAgentLogOut EntryKind = "agent.logout"
	EntryAgentStatus EntryKind = "agent.status"
	EntryAgentPhone  EntryKind = "agent.phone"
	EntryAgentUnwell EntryKind = "agent.unwell" // could not go on with a call
	// Of attendance, once for each shift or stay.
	EntryAgentOverstay  EntryKind = "agent.overstay"   // longer in a status than allowed
	EntryAgentLate      EntryKind = "agent.late"       // not there at the start of the shift
	EntryAgentAbsent    EntryKind = "agent.absent"     // not there in all of it
	EntryAgentLeftEarly EntryKind = "agent.left_early" // logged out before its end
	EntryAgentShift     EntryKind = "agent.shift"      // a shift of the roster is over
	EntryAgentOrder     EntryKind = "agent.order"      // a supervisor's order to log out or to take a status
	EntryAgentPenalty   EntryKind = "agent.penalty"    // in a queue, by a supervisor's order or by a new config after one
	// The paid time of a timesheet is corrected by a supervisor, or it is the recorded one again.
	EntryTimesheetCorrected EntryKind = "timesheet.corrected"
	EntryTimesheetRestored  EntryKind = "timesheet.restored"

	EntryAlarmSeen EntryKind = "alarm.seen" // somebody has seen an alarm

	EntryRefused  EntryKind = "refused"   // something asked for that the rules do not allow
	EntryClockSet EntryKind = "clock.set" // the machine's clock was set, ahead or back
	EntryHealed   EntryKind = "healed"    // a difference between the rules and the exchange that was repaired
)

// CallOrder is what a supervisor orders about a call.
type CallOrder string

// The orders.
const (
	CallOrderEnd    CallOrder = "end"
	CallOrderMove   CallOrder = "move"
	CallOrderListen CallOrder = "listen"
)

// ViolationKind is what an agent did that the rules forbid.
type ViolationKind string

// The violations. With a callback: it was declined, not answered, hung up before the client was on the line,
// or the phone was unplugged; a break or a log-out was asked for instead of it.
const (
	ViolationDeclined    ViolationKind = "callback_declined"
	ViolationNotAnswered ViolationKind = "callback_not_answered"
	ViolationHungUp      ViolationKind = "callback_hung_up"
	ViolationUnplugged   ViolationKind = "callback_unplugged"
	ViolationBreak       ViolationKind = "callback_break"
	ViolationLogOut      ViolationKind = "callback_logout"
	// ViolationStatus is a status that is forbidden to the agent.
	ViolationStatus ViolationKind = "status_forbidden"
)

// shiftEndWords name the ends for people, except the agent's own log-out.
var shiftEndWords = map[ShiftEnd]string{
	ShiftPhoneGone: "phone gone", ShiftPhoneRemoved: "phone not in the config", ShiftAgentRemoved: "agent not in the config",
}

// PhoneChange is what became of a logged-in agent's phone.
type PhoneChange string

// The changes: the agent logged in at another one, or it went away, or came back; it does not work though it is there
// (the entry's cause says why), or works again.
const (
	PhoneBroken PhoneChange = "broken"
	PhoneWorks  PhoneChange = "works"
	PhoneMoved  PhoneChange = "moved"
	PhoneLost   PhoneChange = "gone"
	PhoneBack   PhoneChange = "back"
)

// HoldTurn is what a caller does with the hold key of their phone.
type HoldTurn string

// The turns.
const (
	HoldTurnBegins HoldTurn = "begins"
	HoldTurnEnds   HoldTurn = "ends"
)

// about completes an entry that is about the call.
func (c *Call) about(e Entry) Entry {
	e.Call, e.Queue, e.Language, e.Number, e.JoinedAt = c.ID, c.Queue, c.Language, c.Number, c.JoinedAt
	if turn := c.turn(); turn > 1 {
		e.Turn = turn
	}
	if c.Entered.IsZero() {
		e.Callback = cmp.Or(e.Callback, c.talked().Callback)
	}
	return e
}

// about completes an entry that is about the callback, and about the agent who works on it unless it names another.
func (cb *Callback) about(e Entry) Entry {
	e.Callback, e.Class, e.CallbackOutcome = cb.ID, cb.Class, cb.Outcome
	e.Queue, e.Language, e.Number = cb.Queue, cb.Language, cb.Number
	e.Agent = cmp.Or(e.Agent, cb.Agent)
	return e
}

// record is the last journal line of a call that is over: nothing changes its lists any more.
func (c *Call) record() Entry {
	return c.about(Entry{
		Kind: EntryCallEnded, Outcome: c.Outcome, Agent: c.Agent,
		Wait: c.waited(), Talk: c.talkedFor(), Hold: c.HoldFigures.Total,
		Details: &Details{
			Arrived: c.Arrived, DID: c.DID, Visits: c.Visits, Talks: c.Talks, Holds: c.HoldLog,
			Offers: c.OfferLog, Transfers: c.Transfers, Monitored: c.Monitored,
			Recorded: c.Recorded, Result: c.Result, Rating: c.Rating,
		},
	})
}

// waited is the time of a call in lines, all visits that are over together.
func (c *Call) waited() (total time.Duration) {
	for i := range c.Visits {
		total += c.Visits[i].Length
	}
	return total
}

// talkedFor is the time of a call with agents, all talks that are over together.
func (c *Call) talkedFor() (total time.Duration) {
	for i := range c.Talks {
		total += c.Talks[i].Length
	}
	return total
}
