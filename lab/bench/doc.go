// Package bench measures Kezek and app_queue side by side: the same Asterisk,
// the same agents' phones, the same callers, in turns within one run.
//
// The agents are phones of package phone, because times are taken where they
// matter: at the phone, from its SIP messages and its audio. The callers are
// SIPp's, who send no audio, and some of package phone among them, who do and
// who listen. What is measured in which way is told in docs/performance.md,
// which a run writes.
//
// A run has these parts, each of which can be run alone ([Plan.Parts]). One that
// fails ends alone, and what it has found is kept:
//
//   - [Steps]: the rules alone, by Go's benchmarks of package queuetest,
//   - [Line]: rounds with callers waiting: how soon an agent who hangs up gets the
//     next call, and how soon agent and caller hear each other,
//   - [Cost]: rounds with a steady rate of calls and nobody waiting: the processor
//     time of a call, less that of idling for as long,
//   - [Holds]: hold and return keys while many wait,
//   - [Crowd]: many callers wait, the daemon is killed, and more callers come.
//
// Where many callers come they come at a rate that fits the machine.
package bench
