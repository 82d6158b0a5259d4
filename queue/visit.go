package queue

import "time"

// A call, a visit and a talk are three things, each with its own times. A call lasts from the arrival of a caller to
// their hang-up. A visit is their wait in the line of a queue, a talk is what an agent has with them. A call has several
// of both when the caller comes back to a line. See [Visit] and [Talked].

// Visit is one stay of a caller in the line of a queue, from when they came into it until an agent was connected or they
// left unserved. Who comes back to a line, by transfer to a queue or without the agent, begins another visit. The wait and
// the service level of a queue count visits. The last one of a call goes on while the caller is in line.
type Visit struct {
	Queue string `json:"queue" must:"set"`
	// Language is the last one of the visit.
	Language Language  `json:"language"`
	Start    time.Time `json:"start" must:"set"`
	// Length is the wait.
	Length time.Duration `json:"length"`
	// Position is that in line on entering it.
	Position int `json:"position,omitempty"`
	// Left is the position at which they left it unserved.
	Left int `json:"left,omitempty"`
	// Back is why the caller came back after a talk.
	Back Cause `json:"back,omitempty"`
	// End is empty while the visit goes on.
	End VisitEnd `json:"end,omitempty"`
	// Agent who was connected, if one was.
	Agent string `json:"agent,omitempty"`
	// InTime: the wait was within the queue's service level, as it was then.
	InTime bool `json:"in_time,omitempty"`
}

// VisitEnd is how a visit ended.
type VisitEnd string

// The ends: an agent was connected, or the caller left unserved, with the [Outcome] of the same name.
const (
	VisitEndAnswered  VisitEnd = "answered"
	VisitEndAbandoned VisitEnd = "abandoned"
	VisitEndTimedOut  VisitEnd = "timeout"
	VisitEndEmpty     VisitEnd = "empty"
	VisitEndCallback  VisitEnd = "callback"
	VisitEndLost      VisitEnd = "lost"
	VisitEndEnded     VisitEnd = "ended"
	// VisitEndMoved: a supervisor has moved the caller to another queue, and they wait on there.
	VisitEndMoved VisitEnd = "moved"
)

// TalkEnd is how an agent came out of a talk.
type TalkEnd string

// The ends.
const (
	// The agent or the caller hung up; an agent may end a talk by a code too.
	TalkEndAgent  TalkEnd = "agent"
	TalkEndCaller TalkEnd = "caller"
	// The agent has passed the caller on: without a word, also to a queue, or to somebody with whom they talked first.
	TalkEndBlind    TalkEnd = "blind"
	TalkEndAttended TalkEnd = "attended"
	// The caller is in a slot, back in a line, or promised a callback.
	TalkEndParked   TalkEnd = "parked"
	TalkEndRequeued TalkEnd = "requeued"
	TalkEndCallback TalkEnd = "callback"
	// TalkEndLost: the agent's phone, the trunk or the exchange broke off.
	TalkEndLost TalkEnd = "lost"
)

// Talked is one talk of a caller with an agent, holds included, from the connection until the agent has left it. The last
// one of a call may go on.
type Talked struct {
	Agent    string    `json:"agent" must:"set"`
	Queue    string    `json:"queue" must:"set"`
	Language Language  `json:"language"`
	Start    time.Time `json:"start" must:"set"`
	// Length is 0 while the talk goes on.
	Length time.Duration `json:"length"`
	// Callback is why no visit led to the talk: it began when we called the client for this callback.
	Callback string `json:"callback,omitempty"`
	// Result is what this agent wrote down.
	Result string `json:"result,omitempty"`
}
