package ops

import (
	"time"

	"kezek/queue"
)

// A call's life as the API shows it: the call on the line, its visits, talks and holds, offers, third parties, and who listened.

// Call is a caller on the line as the API shows them.
type Call struct {
	ID string `json:"id"`
	// Number is empty when it is withheld. Name is what the caller's exchange says, not to be trusted.
	Number string `json:"number"`
	Name   string `json:"name" mask:"words"`
	// Flags are what agents are warned of: "rude", a caller who was recently warned about their tone.
	Flags    []string        `json:"flags"`
	Queue    string          `json:"queue"`
	Language *queue.Language `json:"language"`
	State    queue.CallState `json:"state"`
	// KeptFor is the agent who had the caller before and alone may take the call for now.
	KeptFor *string `json:"kept_for"`
	// Agent talks with the caller, or did until just now; OfferedTo are those whose phones ring for the call.
	Agent     *string    `json:"agent"`
	OfferedTo []string   `json:"offered_to"`
	Since     *time.Time `json:"since"`
	Arrived   *time.Time `json:"arrived"`
	// Callback is the promise that this call keeps, or that was made in it.
	Callback *string `json:"callback"`
	// Result is what the agent recorded, Rating what the caller gave the agent: 1 to 5.
	Result *string `json:"result"`
	Rating *int    `json:"rating"`
	// PassedTo is the third party: the extension, number or supervisor's phone to which the caller is passed on, or that the agent called in.
	PassedTo *string `json:"passed_to" mask:"words"`
	// Hold is the hold that runs, Holds sums up those of this call that are over.
	Hold  *Hold `json:"hold"`
	Holds Holds `json:"holds"`
	// Recording is that of the talk that goes on.
	Recording *Recording `json:"recording"`
	// Position in line, from 1.
	Position *int `json:"position"`
	// Visits to lines, and Talks, the last fifty, those that go on included.
	Visits []Visit  `json:"visits"`
	Talks  []Talked `json:"talks"`
	// Waited is the length of the last visit, ExpectedWait how long it may still take, in seconds.
	Waited       float64 `json:"waited"`
	ExpectedWait float64 `json:"expected_wait"`
}

func copyCalls(s *queue.State, now time.Time) []Call {
	all := s.Calls()
	calls := make([]Call, 0, len(all))
	for _, c := range all {
		call := Call{
			ID: c.ID, Number: c.Number, Name: c.Name, Queue: c.Queue, Language: set(c.Language), State: c.State,
			OfferedTo: each(c.Offers, func(o queue.Offer) string { return o.Agent }), Flags: []string{}, Callback: set(c.Callback), Since: set(c.Since), Arrived: set(c.Arrived),
			Visits: each(c.Visits, newVisit), Talks: each(c.Talks, newTalked),
			Position: set(s.Position(c)), Waited: seconds(c.Waited(now)), ExpectedWait: seconds(s.ExpectedWait(c)),
			Holds: newHolds(c.HoldFigures), Result: set(c.Result), Rating: set(c.Rating), KeptFor: set(c.Keeper),
		}
		if v := len(call.Visits) - 1; v >= 0 {
			call.Visits[v].Length = call.Waited
		}
		if t := len(call.Talks) - 1; t >= 0 && c.TalkEnd.IsZero() && !c.Answered.IsZero() {
			call.Talks[t].Length = seconds(max(0, now.Sub(c.Answered)))
		}
		if r := c.Recording; r.Name != "" {
			call.Recording = &Recording{r.Name, r.Since, set(r.PausedAt)}
		}
		if s.IsFlagged(c.Number) {
			call.Flags = append(call.Flags, rude)
		}
		if c.HeldBy != "" {
			call.Hold = &Hold{Since: c.Since, By: c.HeldBy, Agent: c.Agent, Length: seconds(max(0, now.Sub(c.Since))), ActAt: c.ActAt, Slot: set(c.Slot)}
		}
		if c.Target.Leg != "" {
			call.PassedTo = set(c.Target.Number)
		}
		if c.State == queue.CallTalking || c.State == queue.CallHeld || c.Target.Leg != "" || c.State == queue.CallEnding {
			call.Agent = set(c.Agent)
		}
		calls = append(calls, call)
	}
	return calls
}

// Visit is a wait in the line of a queue; the length of one that goes on is that until now.
type Visit struct {
	Queue    string         `json:"queue"`
	Language queue.Language `json:"language"`
	Start    time.Time      `json:"start"`
	Length   float64        `json:"length"`
	// Position on entering the line, Back why the caller came back after a talk.
	Position int `json:"position,omitempty"`
	// Left is the position on leaving it unserved.
	Left int         `json:"left,omitempty"`
	Back queue.Cause `json:"back,omitempty"`
	// End is missing while the visit goes on, Agent is who was connected.
	End   queue.VisitEnd `json:"end,omitempty"`
	Agent string         `json:"agent,omitempty"`
	// InTime: within the service level.
	InTime bool `json:"in_time,omitempty"`
}

// Talked is a talk with an agent in the record of a call, holds included; the length of one that goes on is that until now.
type Talked struct {
	Agent    string         `json:"agent"`
	Queue    string         `json:"queue"`
	Language queue.Language `json:"language"`
	Start    time.Time      `json:"start"`
	Length   float64        `json:"length"`
	// Callback: the talk began with our call for this callback, and not in a line.
	Callback string `json:"callback,omitempty"`
	Result   string `json:"result,omitempty"`
}

func newVisit(v queue.Visit) Visit {
	return Visit{v.Queue, v.Language, v.Start, seconds(v.Length), v.Position, v.Left, v.Back, v.End, v.Agent, v.InTime}
}

func newTalked(t queue.Talked) Talked {
	return Talked{t.Agent, t.Queue, t.Language, t.Start, seconds(t.Length), t.Callback, t.Result}
}

// Hold is a hold that runs.
type Hold struct {
	Since time.Time    `json:"since"`
	By    queue.HeldBy `json:"by"`
	// Agent who holds, or has parked, the caller.
	Agent string `json:"agent"`
	// Length so far, in seconds. ActAt is when it will have taken too long.
	Length float64   `json:"length"`
	ActAt  time.Time `json:"act_at"`
	// Slot is the one in which the caller is parked.
	Slot *int `json:"slot"`
}

// Holds sums up holds; times in seconds.
type Holds struct {
	Count   int     `json:"count"`
	Total   float64 `json:"total"`
	Longest float64 `json:"longest"`
}

func newHolds(f queue.HoldFigures) Holds { return Holds{f.Count, seconds(f.Total), seconds(f.Longest)} }

// HoldEnded is a hold that is over; its length is in seconds.
type HoldEnded struct {
	Start  time.Time     `json:"start"`
	Length float64       `json:"length"`
	By     queue.HeldBy  `json:"by"`
	End    queue.HoldEnd `json:"end"`
	// Agent who held the caller; missing in what an earlier release has saved.
	Agent string `json:"agent,omitempty"`
	// Slot in which the caller was parked.
	Slot int `json:"slot,omitempty"`
	// Limit: it had taken too long.
	Limit bool `json:"limit,omitempty"`
}

func newHoldEnded(h queue.Hold) HoldEnded {
	return HoldEnded{h.Start, seconds(h.Length), h.By, h.End, h.Agent, h.Slot, h.Limit}
}

// Offered is an offer of a call to an agent that is over. End is why it was not taken, empty if it was.
type Offered struct {
	At    time.Time   `json:"at"`
	Agent string      `json:"agent"`
	Ring  float64     `json:"ring"`
	End   queue.Cause `json:"end,omitempty"`
}

func newOffered(o queue.Offered) Offered { return Offered{o.At, o.Agent, seconds(o.Ring), o.End} }

// Transfer is a third party of a call.
type Transfer struct {
	At    time.Time         `json:"at"`
	Way   queue.Way         `json:"way"`
	To    string            `json:"to" mask:"words"`
	Agent string            `json:"agent"`
	End   queue.TransferEnd `json:"end"`
	// Answered is when the third party came in, Length how long they stayed, in seconds.
	Answered time.Time `json:"answered,omitzero"`
	Length   float64   `json:"length,omitempty"`
}

func newTransfer(t queue.Transfer) Transfer {
	return Transfer{t.At, t.Way, t.To, t.Agent, t.End, t.Answered, seconds(t.Length)}
}

// Monitored is a time in which a supervisor listened to a call; its length is in seconds.
type Monitored struct {
	By     string            `json:"by"`
	Mode   queue.MonitorMode `json:"mode"`
	Start  time.Time         `json:"start"`
	Length float64           `json:"length"`
}

func newMonitored(m queue.Monitored) Monitored {
	return Monitored{m.By, m.Mode, m.Start, seconds(m.Length)}
}
