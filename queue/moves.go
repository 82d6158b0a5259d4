package queue

import (
	"fmt"
	"slices"
)

// Moves lists for each state the states that may follow it; "" is before the first
// one. An entity comes into a state by one setter alone, which looks here: see
// [State.enter], [State.become], [State.stand]. What mending does while a state is
// loaded is no move.
type Moves[S ~string] map[S][]S

// Chosen stands for every status of the config's table in [AgentMoves].
const Chosen = "chosen"

// CallMoves are the moves of a call.
var CallMoves = Moves[CallState]{
	"":           {InMenu, Talking, Waiting}, // the last two: a client whom we called
	InMenu:       {Waiting, Ending},
	Waiting:      {Waiting, Offered, Ending}, // again: in another language
	Offered:      {Waiting, Talking, Ending},
	Talking:      {Held, Transferring, Transferred, Waiting, Ending},
	Held:         {Talking, Transferring, Transferred, Waiting, Ending},
	Transferring: {Talking, Held, Transferred, Waiting},
	Transferred:  {Waiting, Ending},
	Ending:       {Ending, Waiting}, // a callback instead of an end; back in line instead of a callback
}

// AgentMoves are the moves of an agent.
var AgentMoves = Moves[Status]{
	Offline: {Ready},
	Ready:   {Ringing, OnCall, Chosen, Offline}, // OnCall: as a third party
	Ringing: {Ready, OnCall, Missed, Chosen, Offline},
	OnCall:  {Ready, WrapUp, Unwell, Chosen, Offline},
	WrapUp:  {Ready, Chosen, Offline},
	Missed:  {Ready, Chosen, Offline},
	Unwell:  {Ready, Chosen, Offline},
	Chosen:  {Ready, Chosen, OnCall, Missed, Offline}, // Missed: the table does not have it any more
}

// CallbackMoves are the moves of a callback.
var CallbackMoves = Moves[CallbackState]{
	"":               {CallbackBooking},
	CallbackBooking:  {CallbackOpen, CallbackOver},
	CallbackOpen:     {CallbackOffered, CallbackOnLine, CallbackOver},
	CallbackOnLine:   {CallbackOpen, CallbackOver},
	CallbackOffered:  {CallbackBriefing, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackBriefing: {CallbackDialling, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackDialling: {CallbackGreeting, CallbackOpen, CallbackOnLine, CallbackOver},
	CallbackGreeting: {CallbackTalking, CallbackGreeting, CallbackOpen, CallbackOver}, // again: after an absence
	CallbackTalking:  {CallbackOpen, CallbackOver},
}

// declared reports whether the moves have this one.
func (m Moves[S]) declared(from, to S) bool { return slices.Contains(m[from], to) }

// moveAs is how a status stands in [AgentMoves].
func (s Status) moveAs() Status {
	if slices.Contains(SetByDaemon, s) {
		return s
	}
	return Chosen
}

// moving tells of a move that is not declared. It is done all the same, for what follows
// expects it; [State.Check] reports it, and in service the exchange is asked for the truth.
func (s *State) moving(e Entity, declared bool, from, to any) {
	if declared {
		return
	}
	s.wrongMove = &Fault{About: e, What: fmt.Sprintf("%s %s goes from %q to %q, which no rule does", e.Kind(), e.Key(), from, to)}
	s.note(Entry{Kind: Healed, Call: e.Key(), Details: &Details{Reason: s.wrongMove.What}})
	s.do(Resync{})
}
