// Package queue is the rules of the call centre: which agent answers which caller, in
// which language, after what wait, and what everybody hears meanwhile.
//
// It is a pure state machine. [State.Step] takes one event with its time and
// answers with [Effects]: what changed (to be saved first), what is to be done
// on the exchange (after the save), what happened (for the journal), and what
// to tell the one who asked. There is no I/O, clock, goroutine or chance in
// here; the same events always give the same effects.
//
// Deadlines live in the entities. [State.Next] says when the earliest is due;
// the shell sends a [Tick] then. Ids of legs, bridges and playbacks are chosen
// here, so an action that is repeated cannot do its work twice.
//
// The rules come from the documents that the project's docs/rules.md cites as
// S0 to S4.
package queue
